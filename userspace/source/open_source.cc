// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/open_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/try.hpp"
#include "source/host_check.hpp"
#include "source/netlink/netlink_source.hpp"
#ifdef PROCTREE_HAS_BPF
#include "source/bpf/bpf_source.hpp"
#include "source/bpf/host_checks.hpp"
#endif

namespace proctree {

namespace {

constexpr std::uint64_t kRingMost = std::uint64_t{1} << 30;

#ifdef PROCTREE_HAS_BPF
// The other source, where it works here and can do what is asked.
void name_netlink(Error& error, const SourceOptions& options) {
  if (is_passing(error) || error.code == ErrorCode::invalid_argument) return;
  const bool bpf_alone = options.follow_pid != 0 || options.followable || options.failed_execs ||
                         options.fair_kib != 0 || options.ring != RingKind::automatic ||
                         !options.env.empty() || options.stdio || options.exe_state;
  if (bpf_alone || !NetlinkSource::probe()) return;
  add_netlink(error.remedy);
}
#endif

Result<std::unique_ptr<Source>> open_bpf([[maybe_unused]] const SourceOptions& options) {
#ifdef PROCTREE_HAS_BPF
  auto source = BpfSource::open({.args_max = options.args_max,
                                 .ring_bytes = options.ring_bytes,
                                 .follow_pid = options.follow_pid,
                                 .followable = options.followable,
                                 .failed_execs = options.failed_execs,
                                 .debug = options.debug_bpf,
                                 .fair_kib = options.fair_kib,
                                 .ring = options.ring,
                                 .env = options.env,
                                 .env_max = options.env_max,
                                 .stdio = options.stdio,
                                 .exe_state = options.exe_state});
  if (!source) {
    Error error = explain_failed_start(std::move(source.error()));
    name_netlink(error, options);
    return tl::make_unexpected(std::move(error));
  }
  return std::unique_ptr<Source>(std::move(*source));
#else
  return fail(ErrorCode::unsupported, "this proctree was built without BPF",
              "trace with the source netlink, or build it with -DPROCTREE_BPF=ON");
#endif
}

}  // namespace

Result<std::unique_ptr<Source>> open_source(EventSource kind, const SourceOptions& options) {
  if (options.ring_bytes > kRingMost) {
    return fail(ErrorCode::invalid_argument, "the ring's size is above 1 GiB", "ask for a smaller one");
  }
  SourceOptions rounded = options;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  rounded.ring_bytes = std::bit_ceil(std::max(page, options.ring_bytes));
  if (kind == EventSource::bpf) return open_bpf(rounded);
  if (options.follow_pid != 0 || options.followable) {
    return fail(ErrorCode::unsupported, "the proc connector reports all processes or none",
                "follow processes with the source bpf");
  }
  if (options.failed_execs) {
    return fail(ErrorCode::invalid_argument, "the proc connector tells nothing of execs that failed",
                "ask for them with the source bpf");
  }
  if (options.ring != RingKind::automatic) {
    return fail(ErrorCode::invalid_argument, "the proc connector has no ring to choose",
                "choose one with the source bpf");
  }
  if (options.fair_kib != 0) {
    return fail(ErrorCode::invalid_argument, "the proc connector can't bound what an account sends",
                "bound accounts with the source bpf");
  }
  if (!options.env.empty()) {
    return fail(ErrorCode::invalid_argument, "the proc connector reports no environment",
                "ask for it with the source bpf");
  }
  if (options.stdio) {
    return fail(ErrorCode::invalid_argument, "the proc connector reports no descriptors",
                "ask for them with the source bpf");
  }
  if (options.exe_state) {
    return fail(ErrorCode::invalid_argument, "the proc connector reports no state of executables",
                "ask for it with the source bpf");
  }
  auto source =
      PROCTREE_TRY(NetlinkSource::open({.args_max = rounded.args_max, .buffer_bytes = rounded.ring_bytes}));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace proctree
