// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The BPF source: programs on the scheduler's tracepoints, one ring buffer, the task iterator.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proctree_event.h"
#include "source/bpf/fair_accounts.hpp"
#include "source/bpf/percpu_ring.hpp"
#include "source/bpf/programs.hpp"
#include "source/bpf/ring.hpp"
#include "source/decode.hpp"
#include "source/source.hpp"

struct bpf_link;
struct bpf_program;

namespace proctree {

struct KernelTypes;

// On PREEMPT_RT kernels whose ring buffer has a lock that sleeps.
inline constexpr const char* kRingLockSleeps =
    "this PREEMPT_RT kernel guards BPF's ring buffer with a lock that sleeps: tracing with BPF would harm "
    "the host";
inline constexpr const char* kRingLockRemedy = "use a kernel that has a raw lock there (6.12 or later)";

struct BpfOptions {
  std::uint32_t args_max = 16 * 1024;          // at most PT_ARGS_LIMIT
  std::uint64_t ring_bytes = 8 * 1024 * 1024;  // a power of two, at least a page
  // Only this process and what descends from it is reported; 0: all. Its pid in the initial namespace.
  std::uint32_t follow_pid = 0;
  bool followable = false;     // Source::can_follow()
  bool failed_execs = false;   // reported too; what that takes is loaded only then
  bool debug = false;          // all that libbpf says, on standard error
  std::uint32_t fair_kib = 0;  // a second of each account (bpf/fair.bpf.h); 0: no bound
  RingKind ring = RingKind::automatic;
  VariableNames env = {};     // that are reported; none: no environment is read, but for a launcher's child
  std::uint32_t env_max = 0;  // bytes of each environment, at most PT_ENV_LIMIT
  bool stdio = false;         // what the descriptors 0, 1 and 2 are
  bool exe_state = false;     // ExecEvent::exe_state
};

// What a trial on this host shows.
struct BpfTrial {
  std::string ring;          // as in Source::Info
  std::string percpu_error;  // why it is not per-cpu rings
};

class BpfSource final : public Source {
 public:
  // Loads the programs; nothing runs before attach(). Needs CAP_BPF and CAP_PERFMON (or root).
  static Result<std::unique_ptr<BpfSource>> open(const BpfOptions& options);
  // Loads, attaches and drops all of it again: will tracing work here?
  static Result<BpfTrial> probe(bool failed_execs, bool debug);

  BpfSource(const BpfSource&) = delete;
  BpfSource& operator=(const BpfSource&) = delete;
  ~BpfSource() override;

  void set_launchers(std::span<const FileKey> files) override;
  Result<std::uint64_t> attach() override;
  // The first time all processes, so that ancestors are known; later only those that are followed.
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override;
  [[nodiscard]] std::uint64_t position() const override { return ring_->produced(); }
  [[nodiscard]] std::uint64_t read_position() const override { return ring_->read_position(); }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override;
  Result<void> read_losses(const EventHandler& handler) override;
  [[nodiscard]] int fd() const override { return ring_->fd(); }
  void want_wake(bool wanted) override;
  [[nodiscard]] Info info() const override {
    return {"bpf",
            options_.args_max,
            options_.ring_bytes,
            options_.failed_execs,
            options_.fair_kib,
            kind_.percpu_ring ? "percpu" : "kernel"};
  }

  [[nodiscard]] std::string_view host_name() const override;

  Result<void> set_failed_execs(bool on) override;
  [[nodiscard]] bool can_follow() const override { return follow_marks_ != nullptr; }
  void report_all(bool all) override;
  void set_followed(std::uint32_t pid, bool followed) override;
  [[nodiscard]] bool is_followed(std::uint32_t pid) const override;

  [[nodiscard]] Result<std::vector<Counter>> counters() const override;

 private:
  class Pass;
  explicit BpfSource(const BpfOptions& options) : options_(options) {}

  Result<void> load();
  Result<void> load_any(const KernelTypes& types);
  Result<void> load_programs(const KernelTypes& types);
  Result<void> try_programs(const KernelTypes& types);
  void set_ring();
  // An exec with all of its paths and names, arguments, and what is sent of the environment.
  [[nodiscard]] std::uint64_t largest_record() const {
    const std::uint64_t texts = std::uint64_t{options_.args_max} + PT_ENV_LIMIT;
    const std::uint64_t stdio = options_.stdio ? sizeof(StdioRecords) + PT_STDIO_COUNT * PT_PATH_MAX : 0;
    return sizeof(pt_exec) + sizeof(pt_exe_state) + 4 * PT_PATH_MAX + stdio +
           std::min<std::uint64_t>(texts, PT_ARGS_LIMIT);
  }
  [[nodiscard]] std::uint32_t env_max() const { return options_.env.empty() ? 0 : options_.env_max; }
  Result<void> map_ring();
  void set_scratch_slots(std::uint32_t a_cpu);
  Result<void> follow(std::uint32_t pid);
  Result<void> map_follow_marks();
  void destroy_link(bpf_link* link) const;
  void choose_programs(const KernelTypes& types);
  Result<void> attach_to_exec_returns();
  void detach_from_exec_returns();
  [[nodiscard]] std::uint64_t skipped_runs() const;
  [[nodiscard]] std::uint64_t settled_skipped_runs() const;
  Result<std::uint64_t> report(std::span<const std::byte> record, const EventHandler& handler);
  [[nodiscard]] std::uint64_t events_lost() const;
  [[nodiscard]] std::uint64_t failed_execs_lost() const;
  Result<void> report_unpublished(const EventHandler& handler);
  Result<void> report_loss(const pt_header& header, const EventHandler& handler);
  void set_fair();
  Result<void> open_accounts();
  [[nodiscard]] bool fair_loss_due(std::uint64_t ktime_ns);
  Result<void> report_fair_losses(const EventHandler& handler);

  BpfOptions options_;
  proctree_bpf* skeleton_ = nullptr;
  // The tracepoints' programs that fit this kernel, and where programs may be preempted the further ones that
  // take what the first one was skipped for (bpf/preempt.bpf.h).
  std::vector<bpf_program*> first_, further_;
  std::vector<bpf_program*> renames_;       // that of renames, where this kernel has the tracepoint
  std::vector<bpf_program*> exec_returns_;  // those that report failed execs, where asked for
  std::vector<bpf_link*> links_;
  std::vector<bpf_link*> exec_return_links_;
  std::uint8_t* follow_marks_ = nullptr;  // a byte a pid, shared with the programs
  const pid_t opener_ = ::getpid();
  bpf_link* iterator_ = nullptr;
  ProgramsKind kind_;
  PercpuSizes percpu_sizes_;
  std::string percpu_error_;
  std::unique_ptr<Ring> ring_;
  Decoder decoder_;
  std::size_t cpus_ = 0;
  std::uint64_t lost_seen_ = 0;  // what has been reported
  std::uint64_t skipped_seen_ = 0;
  std::uint64_t unpublished_seen_ = 0;
  std::uint64_t failed_execs_lost_seen_ = 0;
  std::uint64_t skipped_returns_seen_ = 0;
  std::uint64_t last_ktime_ns_ = 0;  // of the record before
  std::uint64_t bad_records_ = 0;
  std::optional<LostEvent> bad_task_;  // the first of the last pass over the tasks, not yet reported
  std::optional<FairAccounts> fair_;
  std::uint64_t fair_lost_seen_ = 0;
  std::uint64_t fair_losers_seen_ = 0;
  std::uint64_t fair_reported_ns_ = 0;  // when they were last looked at
  std::uint64_t fair_quiet_ns_ = 0;     // when all losses were last reported
};

}  // namespace proctree
