// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hashes of what is executed: on the line of the exec where they are known, on lines of their own otherwise.
#include <poll.h>

#include <algorithm>
#include <cstdint>

#include "base/boot_clock.hpp"
#include "base/try.hpp"
#include "engine/engine.hpp"
#include "hash/hashes.hpp"

namespace proctree {

namespace {

// For those that are missing at the end.
constexpr std::uint64_t kPatienceNs = 1'000'000'000;
constexpr std::uint64_t kMillisecondNs = 1'000'000;

}  // namespace

// The script first: its process may have ended soon, and nothing else leads to its root.
Result<void> Engine::write_hashed(ProcessRecord record, const ExecEvent& exec) {
  options_.hashes->ask_for_script(exec);
  ImageFacts image = exec.image;
  image.exe_sha256 = options_.hashes->of(exec, record.head.realtime_ns);
  record.image = &image;
  return sink_.on_process(record);
}

Result<void> Engine::report_hashes() {
  if (options_.hashes == nullptr) return {};
  return options_.hashes->take([this](const LateHash& late) {
    HashRecord record{head(boot_now_ns()), late.process, late.exec_seq, {}};
    (late.file == HashedFile::script ? record.image.script_sha256 : record.image.exe_sha256) = late.sha256;
    return sink_.on_hash(record);
  });
}

Result<void> Engine::await_hashes() {
  if (options_.hashes == nullptr) return {};
  const std::uint64_t end = boot_now_ns() + kPatienceNs;
  PROCTREE_CHECK(report_hashes());
  while (options_.hashes->is_waiting() && boot_now_ns() < end) {
    pollfd helper{options_.hashes->fd(), POLLIN, 0};
    ::poll(&helper, 1, static_cast<int>((end - std::min(end, boot_now_ns())) / kMillisecondNs) + 1);
    PROCTREE_CHECK(report_hashes());
  }
  return {};
}

}  // namespace proctree
