// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/bpf_source.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "source/bad_record.hpp"
#include "source/bpf/cgroup_hierarchy.hpp"
#include "source/bpf/kernel_types.hpp"
#include "source/bpf/libbpf_messages.hpp"
#include "source/bpf/programs.hpp"
#include "source/bpf/task_iterator.hpp"
#include "source/bpf/tracepoint.hpp"

namespace proctree {

namespace {

// Programs, maps, links, the iterator, the ring, /proc, the output; with some to spare.
constexpr rlim_t kDescriptors = 64;

// The ring's fill level is checked once in that many bytes of it, or more often where it is small.
constexpr std::uint64_t kLookEvery = 64 * 1024;

// The largest value of an array on kernels that bound it so.
constexpr std::uint64_t kOldArrayValueMost = 4 << 20;

constexpr const char* kPercpuPreempted =
    "programs may be preempted on this kernel, and without a JIT they cannot hold that off";

constexpr std::uint32_t kPidsAnEntry = 8;  // of the map of who is followed (bpf/follow.bpf.h)

// As a superblock has it (include/linux/kdev_t.h MKDEV).
std::uint64_t kernel_dev(std::uint64_t dev) { return std::uint64_t{major(dev)} << 20 | minor(dev); }

// Of the kernel's ring beside per-cpu ones: the smallest there is.
std::uint32_t bell_bytes() { return static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE)); }

std::string read_text(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Runs of these that the kernel skipped. Kernels before 5.12 don't report them, nor those before 6.7 for
// programs that perf's events run.
std::uint64_t misses_of(const std::vector<bpf_program*>& programs) {
  std::uint64_t misses = 0;
  for (const bpf_program* program : programs) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) misses += info.recursion_misses;
  }
  return misses;
}

}  // namespace

Result<std::unique_ptr<BpfSource>> BpfSource::open(const BpfOptions& options) {
  if (options.args_max > PT_ARGS_LIMIT) {
    return fail(ErrorCode::invalid_argument,
                "args-max is larger than " + std::to_string(PT_ARGS_LIMIT) + " bytes");
  }
  if (options.env_max > PT_ENV_LIMIT) {
    return fail(ErrorCode::invalid_argument,
                "env-max is larger than " + std::to_string(PT_ENV_LIMIT) + " bytes");
  }
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (options.ring_bytes < page || (options.ring_bytes & (options.ring_bytes - 1)) != 0) {
    return fail(ErrorCode::invalid_argument, "the ring's size is not a power of two of at least a page");
  }
  // With too few of them libbpf fails with all kinds of errors.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kDescriptors) {
    return fail(ErrorCode::io,
                "the limit on open files is " + std::to_string(files.rlim_cur) +
                    ", and tracing takes up to " + std::to_string(kDescriptors),
                "raise it (ulimit -n)");
  }
  std::unique_ptr<BpfSource> source(new BpfSource(options));
  source->decoder_.set_variables(options.env, options.env_max);
  PROCTREE_CHECK(source->load());
  return source;
}

Result<BpfTrial> BpfSource::probe(bool failed_execs, bool debug) {
  auto source = PROCTREE_TRY(
      open({.args_max = 4096, .ring_bytes = 1 << 16, .failed_execs = failed_execs, .debug = debug}));
  static_cast<void>(PROCTREE_TRY(source->attach()));
  return BpfTrial{std::string(source->info().ring), source->percpu_error_};
}

// In a child that a fork has given the same descriptors, destroying a link to a perf event would switch that
// off for the parent, too: only the descriptor goes there.
BpfSource::~BpfSource() {
  for (const auto& links : {links_, exec_return_links_}) {
    for (bpf_link* link : links) destroy_link(link);
  }
  bpf_link__destroy(iterator_);
  if (follow_marks_ != nullptr) ::munmap(follow_marks_, kPidsEnd);
  ring_.reset();
  proctree_bpf__destroy(skeleton_);
}

void BpfSource::destroy_link(bpf_link* link) const {
  if (::getpid() != opener_) {
    bpf_link__disconnect(link);
    ::close(bpf_link__fd(link));
  }
  bpf_link__destroy(link);
}

Result<void> BpfSource::load() {
  const LibbpfMessages messages(options_.debug);
  const std::string controller(cgroup_v1_controller(read_text("/proc/self/cgroup")));
  const auto types =
      PROCTREE_TRY(read_kernel_types(controller.empty() ? std::string() : cgroup_subsys_enum(controller)));
  if (types.ring_lock_sleeps) return fail(ErrorCode::unsupported, kRingLockSleeps, kRingLockRemedy);
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return fail_errno("can't count the cpus", -cpus);
  cpus_ = static_cast<std::size_t>(cpus);

  PROCTREE_CHECK(load_any(types));
  if (options_.follow_pid != 0) {
    if (auto followed = follow(options_.follow_pid); !followed) return followed;
  }
  if (options_.followable) PROCTREE_CHECK(map_follow_marks());
  if (options_.fair_kib != 0) {
    if (auto opened = open_accounts(); !opened) return opened;
  }
  return map_ring();
}

// The best variant that this kernel loads. The one without kfuncs is tried where the kernel says that it has
// none, the one with the kernel's ring after any other error.
Result<void> BpfSource::load_any(const KernelTypes& types) {
  const auto kinds = programs_for(types, read_text("/proc/sys/net/core/bpf_jit_enable"), options_.ring);
  if (options_.ring == RingKind::automatic && !kinds.front().percpu_ring) percpu_error_ = kPercpuPreempted;
  if (kinds.empty())
    return fail(ErrorCode::unsupported, std::string("no per-cpu rings here: ") + kPercpuPreempted,
                "leave the ring automatic, or turn the JIT on (sysctl net.core.bpf_jit_enable=1)");
  Result<void> loaded;
  for (const ProgramsKind& kind : kinds) {
    const bool same_ring = kind.percpu_ring == kind_.percpu_ring;
    if (!loaded && same_ring && loaded.error().system_errno != kKernelNotSupported) continue;
    if (!loaded) LibbpfMessages::forget();
    kind_ = kind;
    loaded = load_programs(types);
    if (kind.percpu_ring) percpu_error_ = loaded ? std::string() : loaded.error().message;
    if (loaded) return loaded;
  }
  if (kind_.percpu_ring && loaded.error().remedy.empty()) loaded.error().remedy = "leave the ring automatic";
  return loaded;
}

Result<void> BpfSource::map_ring() {
  const std::uint64_t bytes = kind_.percpu_ring ? bell_bytes() : options_.ring_bytes;
  auto kernels = PROCTREE_TRY(KernelRing::map(bpf_map__fd(skeleton_->maps.events), bytes));
  if (!kind_.percpu_ring) {
    ring_ = std::move(kernels);
    return {};
  }
  ring_ = PROCTREE_TRY(PercpuRing::map(bpf_map__fd(skeleton_->maps.rings), percpu_sizes_, cpus_,
                                       std::move(kernels), &skeleton_->bss->delivery.numbers_taken));
  return {};
}

Result<void> BpfSource::load_programs(const KernelTypes& types) {
  percpu_sizes_ = percpu_sizes(options_.ring_bytes, cpus_, largest_record());
  auto loaded = try_programs(types);
  const auto bounded = percpu_sizes_.within(kOldArrayValueMost);
  if (loaded || !kind_.percpu_ring || loaded.error().system_errno != E2BIG || !bounded) return loaded;
  LibbpfMessages::forget();
  percpu_sizes_ = *bounded;
  return try_programs(types);
}

Result<void> BpfSource::try_programs(const KernelTypes& types) {
  proctree_bpf__destroy(skeleton_);
  skeleton_ = open_programs(kind_);
  if (skeleton_ == nullptr) return load_error("can't open the BPF programs", errno);
  skeleton_->rodata->args_max = options_.args_max;
  skeleton_->rodata->env_max = env_max();
  skeleton_->rodata->report_stdio = options_.stdio;
  skeleton_->rodata->report_exe_state = options_.exe_state;
  skeleton_->rodata->cgroup_subsys = types.cgroup_subsys.value_or(-1);
  skeleton_->rodata->preemptible = types.preemptible_tracepoints;
  skeleton_->rodata->note_rss = !types.exit_reports_group_dead;
  set_ring();
  const bool holds_cpu = !types.preemptible_tracepoints || kind_.kfuncs;
  set_scratch_slots(holds_cpu ? 1 : PT_SLOTS_A_CPU);
  if (!types.preemptible_tracepoints) bpf_map__set_max_entries(skeleton_->maps.marks, 1);
  if (types.exit_reports_group_dead) bpf_map__set_max_entries(skeleton_->maps.rss_notes, 1);
  if (options_.follow_pid != 0 || options_.followable) {
    skeleton_->rodata->following = true;
    bpf_map__set_max_entries(skeleton_->maps.followed, kPidsEnd / kPidsAnEntry);
  }
  if (options_.followable) {
    skeleton_->bss->follow_all = options_.follow_pid == 0;
    bpf_map__set_map_flags(skeleton_->maps.followed, BPF_F_MMAPABLE);
  }
  if (options_.fair_kib != 0) set_fair();
  choose_programs(types);
  const int error = proctree_bpf__load(skeleton_);
  return error == 0 ? Result<void>{} : load_error("the kernel refuses the BPF programs", -error);
}

void BpfSource::set_ring() {
  const std::uint64_t bytes = kind_.percpu_ring ? percpu_sizes_.region_bytes : options_.ring_bytes;
  skeleton_->rodata->wake_above = bytes / 4;
  skeleton_->rodata->wakeup_check_interval = std::min(kLookEvery, std::bit_floor(bytes / 64));
  skeleton_->rodata->failed_execs_most = bytes / 2;
  const auto& maps = skeleton_->maps;
  if (!kind_.percpu_ring) {
    bpf_map__set_max_entries(maps.events, static_cast<std::uint32_t>(options_.ring_bytes));
    bpf_map__set_autocreate(maps.rings, false);
    return;
  }
  bpf_map__set_max_entries(maps.events, bell_bytes());
  skeleton_->rodata->region_offset = percpu_sizes_.region_offset;
  skeleton_->rodata->region_bytes = percpu_sizes_.region_bytes;
  skeleton_->rodata->slack_bytes = percpu_sizes_.slack_bytes;
  bpf_map__set_value_size(maps.rings, static_cast<std::uint32_t>(percpu_sizes_.element()));
  bpf_map__set_max_entries(maps.rings, static_cast<std::uint32_t>(cpus_));
}

void BpfSource::set_scratch_slots(std::uint32_t a_cpu) {
  const auto slots = static_cast<std::uint32_t>(cpus_) * a_cpu;
  skeleton_->rodata->slots_a_cpu = a_cpu;
  skeleton_->rodata->iterator_slot = slots;
  bpf_map__set_max_entries(skeleton_->maps.scratch, slots + 1);
}

// An account may use half a second's share at once, so that no second holds more than one and a half; a
// larger record is let through where nothing is outstanding, and paid off before the next.
void BpfSource::set_fair() {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  skeleton_->rodata->fair_ns_a_kib = kSecond / options_.fair_kib;
  skeleton_->rodata->fair_burst_ns = kSecond / 2;
  bpf_map__set_max_entries(skeleton_->maps.accounts, kFairAccounts);
}

// With the account of all for which there will be no room.
Result<void> BpfSource::open_accounts() {
  const int map = bpf_map__fd(skeleton_->maps.accounts);
  const std::uint64_t crowd = PT_ACCOUNT_CROWD;
  const pt_account empty{};
  if (bpf_map_update_elem(map, &crowd, &empty, BPF_ANY) != 0)
    return fail_errno("can't open the accounts", errno);
  fair_.emplace(map);
  return {};
}

Result<void> BpfSource::follow(std::uint32_t pid) {
  const std::uint32_t place = pid / kPidsAnEntry;
  std::array<std::uint8_t, kPidsAnEntry> marks{};
  marks[pid % kPidsAnEntry] = 1;
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.followed), &place, marks.data(), BPF_ANY) != 0) {
    return fail_errno("can't mark the process to follow", errno);
  }
  return {};
}

// Into memory shared with the programs, byte by byte: neighbours' marks change at any time.
Result<void> BpfSource::map_follow_marks() {
  void* marks =
      ::mmap(nullptr, kPidsEnd, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(skeleton_->maps.followed), 0);
  if (marks == MAP_FAILED) return fail_errno("can't map the marks of who is followed", errno);
  follow_marks_ = static_cast<std::uint8_t*>(marks);
  return {};
}

void BpfSource::report_all(bool all) { __atomic_store_n(&skeleton_->bss->follow_all, all, __ATOMIC_SEQ_CST); }

void BpfSource::set_followed(std::uint32_t pid, bool followed) {
  if (pid < kPidsEnd) __atomic_store_n(&follow_marks_[pid], followed ? 1 : 0, __ATOMIC_SEQ_CST);
}

bool BpfSource::is_followed(std::uint32_t pid) const {
  return pid < kPidsEnd && __atomic_load_n(&follow_marks_[pid], __ATOMIC_SEQ_CST) != 0;
}

// Ends before births: if a process's birth is seen so is its end.
void BpfSource::choose_programs(const KernelTypes& types) {
  const auto& programs = skeleton_->progs;
  first_ = {types.exit_reports_group_dead ? programs.proctree_exit : programs.proctree_exit_live,
            programs.proctree_exec, programs.proctree_fork};
  if (types.task_rename) renames_ = {programs.proctree_rename};
  if (types.preemptible_tracepoints) {
    further_ = {programs.proctree_exit_2, programs.proctree_exec_2, programs.proctree_fork_2,
                programs.proctree_exit_3, programs.proctree_exec_3, programs.proctree_fork_3};
  }
  if (options_.failed_execs)
    exec_returns_ = {programs.proctree_failed_execve, programs.proctree_failed_execveat};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton_->obj) bpf_program__set_autoload(program, false);
  bpf_program__set_autoload(programs.proctree_task, true);
  for (const auto& chosen : {renames_, first_, further_, exec_returns_}) {
    for (bpf_program* of : chosen) bpf_program__set_autoload(of, true);
  }
}

// Into memory shared with the programs: that takes no privilege later either.
void BpfSource::set_launchers(std::span<const FileKey> files) {
  auto& known = skeleton_->bss->launcher_files;
  if (!files.empty()) __atomic_store_n(&skeleton_->bss->have_launchers, true, __ATOMIC_SEQ_CST);
  for (std::size_t i = 0; i < std::size(known); ++i) {
    const FileKey file = i < files.size() ? files[i] : FileKey{};
    known[i].inode = 0;  // never half of one and half of another
    std::atomic_thread_fence(std::memory_order_seq_cst);
    known[i].dev = kernel_dev(file.dev);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    known[i].inode = file.inode;
  }
  if (files.empty()) __atomic_store_n(&skeleton_->bss->have_launchers, false, __ATOMIC_SEQ_CST);
}

Result<std::uint64_t> BpfSource::attach() {
  const LibbpfMessages messages(options_.debug);
  // A tracepoint calls them in this order.
  for (const auto& chosen : {renames_, first_, further_}) {
    for (const bpf_program* program : chosen) {
      bpf_link* link = bpf_program__attach(program);
      if (link == nullptr) return attach_error("can't attach to the scheduler's tracepoints", errno);
      links_.push_back(link);
    }
  }
  PROCTREE_CHECK(attach_to_exec_returns());
  last_ktime_ns_ = fair_quiet_ns_ = boot_now_ns();
  iterator_ = bpf_program__attach(skeleton_->progs.proctree_task);
  if (iterator_ == nullptr) return attach_error("can't attach the task iterator", errno);
  return last_ktime_ns_;
}

Result<void> BpfSource::attach_to_exec_returns() {
  constexpr std::array<const char*, 2> kTracepoints = {"syscalls/sys_exit_execve",
                                                       "syscalls/sys_exit_execveat"};
  for (std::size_t i = 0; i < exec_returns_.size(); ++i) {
    auto link = attach_to_tracepoint(exec_returns_[i], kTracepoints[i]);
    if (!link) {  // half of them would look like all
      detach_from_exec_returns();
      return tl::make_unexpected(std::move(link.error()));
    }
    exec_return_links_.push_back(*link);
  }
  return {};
}

void BpfSource::detach_from_exec_returns() {
  for (bpf_link* link : exec_return_links_) destroy_link(link);
  exec_return_links_.clear();
}

Result<void> BpfSource::set_failed_execs(bool on) {
  if (on == !exec_return_links_.empty()) return {};
  if (exec_returns_.empty())
    return fail(ErrorCode::invalid_argument, "the tracer was opened without failed execs",
                "open it with them, and turn them off until they are wanted");
  if (on) return attach_to_exec_returns();
  detach_from_exec_returns();
  return {};
}

class BpfSource::Pass final : public TaskPass {
 public:
  Pass(BpfSource& source, TaskIterator iterator)
      : source_(source),
        iterator_(std::move(iterator)),
        records_(source.decoder_, [&source](std::span<const std::byte> record) {
          ++source.bad_records_;
          if (!source.bad_task_) source.bad_task_ = bad_record(record, source.last_ktime_ns_, boot_now_ns());
        }) {}
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  ~Pass() override {
    const BpfOptions& options = source_.options_;
    if (!options.followable) source_.skeleton_->bss->iterate_followed = options.follow_pid != 0;
  }
  Result<bool> next(std::size_t most, const TaskHandler& handler) override {
    return iterator_.next(records_, most, handler);
  }

 private:
  BpfSource& source_;
  TaskIterator iterator_;
  TaskRecords records_;
};

Result<std::unique_ptr<Source::TaskPass>> BpfSource::begin_snapshot() {
  if (options_.followable) skeleton_->bss->iterate_followed = !skeleton_->bss->follow_all;
  // Losses of an account from here on are reported at once: this snapshot may not show them.
  if (fair_) __atomic_fetch_add(&skeleton_->bss->fair_epoch, 1, __ATOMIC_SEQ_CST);
  auto iterator = PROCTREE_TRY(TaskIterator::open(bpf_link__fd(iterator_)));
  return std::unique_ptr<TaskPass>(std::make_unique<Pass>(*this, std::move(iterator)));
}

// The task iterator has seen it where it saw kthreadd.
std::string_view BpfSource::host_name() const {
  const auto& name = skeleton_->bss->first_ns.nodename;
  return {static_cast<const char*>(name), strnlen(static_cast<const char*>(name), sizeof name)};
}

Result<std::uint64_t> BpfSource::read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) {
  // Often enough that producers see room, seldom enough that their cache line rarely changes.
  constexpr std::uint64_t kReleaseEvery = 64;
  std::uint64_t events = 0;
  while (events < most && ring_->read_position() < until) {
    const auto bytes = ring_->next();
    PROCTREE_CHECK(report_unpublished(handler));
    if (bytes.empty()) break;
    const auto reported = PROCTREE_TRY(report(bytes, handler));
    events += reported;
    if (events % kReleaseEvery == 0) ring_->release();
  }
  ring_->release();
  return events;
}

// One record of the ring, and what was lost before it; returns how many events it was. A bad record counts
// for nothing: the next one carries the losses before it too.
Result<std::uint64_t> BpfSource::report(std::span<const std::byte> record, const EventHandler& handler) {
  auto decoded = decoder_.decode(record);
  Result<void> result;
  if (!decoded) {
    ++bad_records_;
    result = handler(bad_record(record, last_ktime_ns_, boot_now_ns()));
  } else {
    result = report_loss(*decoded->header, handler);
    if (result && fair_ && fair_loss_due(decoded->header->ktime_ns)) result = report_fair_losses(handler);
    last_ktime_ns_ = std::max<std::uint64_t>(last_ktime_ns_, decoded->header->ktime_ns);
    if (result && decoded->event) result = handler(*decoded->event);
  }
  if (!result) return tl::make_unexpected(std::move(result.error()));
  return decoded && !decoded->event ? 0 : 1;
}

// What the ring has skipped, in its place.
Result<void> BpfSource::report_unpublished(const EventHandler& handler) {
  const std::uint64_t count = ring_->unpublished() - unpublished_seen_;
  if (count == 0) return {};
  unpublished_seen_ += count;
  return handler(LostEvent{count, last_ktime_ns_, boot_now_ns()});
}

// Each record carries what had been lost before it: a rise is a gap right here. (A record that was begun
// earlier, on another cpu, may come later and carry less.)
Result<void> BpfSource::report_loss(const pt_header& header, const EventHandler& handler) {
  const std::uint64_t until_ns = std::max(last_ktime_ns_, std::uint64_t{header.ktime_ns});
  if (header.lost > lost_seen_) {
    const std::uint64_t sum = std::min<std::uint64_t>(header.lost, events_lost());
    const LostEvent lost{sum - std::min(sum, lost_seen_), last_ktime_ns_, until_ns};
    lost_seen_ += lost.count;
    PROCTREE_CHECK(handler(lost));
  }
  if (header.kind != PT_FAILED_EXEC) return {};
  const std::uint64_t failed =
      std::min<std::uint64_t>(reinterpret_cast<const pt_failed_exec&>(header).lost, failed_execs_lost());
  if (failed <= failed_execs_lost_seen_) return {};
  const std::uint64_t count = failed - failed_execs_lost_seen_;
  failed_execs_lost_seen_ = failed;
  return handler(LostEvent{count, last_ktime_ns_, until_ns, count});
}

// An account's first loss since the last snapshot is reported ahead of all records that came after it; until
// the next snapshot its lineages are unverified anyway, and further losses are reported now and then.
bool BpfSource::fair_loss_due(std::uint64_t ktime_ns) {
  constexpr std::uint64_t kReportIntervalNs = 100'000'000;
  if (__atomic_load_n(&skeleton_->bss->fair_lost, __ATOMIC_ACQUIRE) == fair_lost_seen_) {
    fair_quiet_ns_ = std::max(fair_quiet_ns_, last_ktime_ns_);
    return false;
  }
  return __atomic_load_n(&skeleton_->bss->fair_losers, __ATOMIC_ACQUIRE) != fair_losers_seen_ ||
         ktime_ns > fair_reported_ns_ + kReportIntervalNs;
}

Result<void> BpfSource::report_fair_losses(const EventHandler& handler) {
  fair_reported_ns_ = boot_now_ns();
  fair_losers_seen_ = __atomic_load_n(&skeleton_->bss->fair_losers, __ATOMIC_ACQUIRE);
  const std::uint64_t lost = __atomic_load_n(&skeleton_->bss->fair_lost, __ATOMIC_ACQUIRE);
  auto result = fair_->report(
      lost, fair_quiet_ns_, [this](std::uint64_t nr) { return decoder_.cgroup_path(nr); }, handler);
  fair_lost_seen_ = lost;
  fair_quiet_ns_ = fair_reported_ns_;
  return result;
}

Result<std::vector<Counter>> BpfSource::counters() const {
  static constexpr std::array<std::string_view, PT_COUNTERS> kNames = {
      "lost_forks",  "lost_execs",   "lost_exits",     "lost_cgroups",      "failed_scratch",
      "failed_args", "failed_paths", "failed_strings", "failed_cgroup_map", "lost_failed_execs"};
  std::vector<pt_counters> values(cpus_);
  const std::uint32_t zero = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &zero, values.data()) != 0) {
    return fail_errno("can't read the loss counters", errno);
  }
  std::vector<Counter> counters;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    Counter counter{kNames[i], 0};
    for (const pt_counters& cpu : values) counter.value += cpu.count[i];
    counters.push_back(counter);
  }
  counters.push_back({"skipped_runs", skipped_runs() + misses_of(exec_returns_)});
  counters.push_back({"bad_records", bad_records_});
  counters.push_back({"unpublished", ring_->unpublished()});
  return counters;
}

// Runs that the kernel skipped because the program was running on that cpu already, and that no other program
// took.
std::uint64_t BpfSource::skipped_runs() const {
  const std::uint64_t skipped = misses_of(first_);
  const std::uint64_t taken_over = __atomic_load_n(&skeleton_->bss->taken_over, __ATOMIC_ACQUIRE);
  return skipped - std::min(skipped, taken_over);
}

// A run counts as skipped before the program that takes it over has begun, and a host's cpu may be away just
// then: what seems lost is looked at again before it is called so. Only where programs are interrupted by
// themselves at all (bpf/preempt.bpf.h) is there anything to wait for.
std::uint64_t BpfSource::settled_skipped_runs() const {
  constexpr int kLooks = 10;
  constexpr timespec kPause = {0, 2'000'000};
  std::uint64_t skipped = skipped_runs();
  for (int look = 0; look < kLooks && skipped > skipped_seen_; ++look) {
    ::nanosleep(&kPause, nullptr);
    skipped = skipped_runs();
  }
  return skipped;
}

// The kernel side's sums: an upper bound for what any record has carried.
std::uint64_t BpfSource::events_lost() const {
  return __atomic_load_n(&skeleton_->bss->delivery.events_lost, __ATOMIC_ACQUIRE);
}

std::uint64_t BpfSource::failed_execs_lost() const {
  return __atomic_load_n(&skeleton_->bss->delivery.failed_execs_lost, __ATOMIC_ACQUIRE);
}

Result<void> BpfSource::read_losses(const EventHandler& handler) {
  if (const auto bad = std::exchange(bad_task_, std::nullopt)) PROCTREE_CHECK(handler(*bad));
  const std::uint64_t lost_now = events_lost();
  const std::uint64_t skipped = std::max(skipped_seen_, settled_skipped_runs());
  const LostEvent lost{lost_now - std::min(lost_now, lost_seen_) + skipped - skipped_seen_, last_ktime_ns_,
                       boot_now_ns()};
  lost_seen_ = std::max(lost_seen_, lost_now);
  skipped_seen_ = skipped;
  if (lost.count != 0) PROCTREE_CHECK(handler(lost));
  if (fair_) {
    PROCTREE_CHECK(report_fair_losses(handler));
    fair_->remove_idle(boot_now_ns());
  }
  if (exec_returns_.empty()) return {};

  const std::uint64_t failed_now = failed_execs_lost();
  const std::uint64_t returns = std::max(skipped_returns_seen_, misses_of(exec_returns_));
  const std::uint64_t count =
      failed_now - std::min(failed_now, failed_execs_lost_seen_) + returns - skipped_returns_seen_;
  failed_execs_lost_seen_ = std::max(failed_execs_lost_seen_, failed_now);
  skipped_returns_seen_ = returns;
  return count == 0 ? Result<void>{} : handler(LostEvent{count, last_ktime_ns_, boot_now_ns(), count});
}

void BpfSource::want_wake(bool wanted) {
  __atomic_store_n(&skeleton_->bss->delivery.consumer_waiting, wanted ? 1U : 0U, __ATOMIC_SEQ_CST);
}

}  // namespace proctree
