// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/host_checks.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "source/bpf/bpf_source.hpp"
#include "source/bpf/kernel_types.hpp"
#include "tree/namespaces.hpp"

namespace proctree {
namespace {

HostCheck ok(const char* name, std::string detail) {
  return {name, CheckStatus::ok, std::move(detail), {}, false};
}
HostCheck note(const char* name, std::string detail, std::string remedy = {}) {
  return {name, CheckStatus::note, std::move(detail), std::move(remedy), false};
}
HostCheck problem(const char* name, std::string detail, std::string remedy) {
  return {name, CheckStatus::problem, std::move(detail), std::move(remedy), false};
}
HostCheck bpf_problem(const char* name, std::string detail, std::string remedy) {
  return {name, CheckStatus::problem, std::move(detail), std::move(remedy), true};
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

std::string words_of(int error) { return std::generic_category().message(error); }

// The beginning of a file of the kernel's, without the newline at its end.
std::optional<std::string> read_small(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(65536, '\0');
  if (!file) return std::nullopt;
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// The set in /proc/self/status.
std::optional<std::uint64_t> effective_capabilities(const std::string& root) {
  const auto text = read_small(root + "/proc/self/status");
  if (!text) return std::nullopt;
  constexpr std::string_view kKey = "\nCapEff:\t";
  const std::size_t at = text->find(kKey);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t set = 0;
  const char* begin = text->data() + at + kKey.size();
  if (std::from_chars(begin, text->data() + text->size(), set, 16).ec != std::errc{}) return std::nullopt;
  return set;
}

bool has(std::uint64_t set, unsigned capability) { return (set >> capability & 1) != 0; }

// The inode of a namespace of ours ("pid:[4026531836]"); 0: not to be seen.
std::uint64_t namespace_inode(const std::string& root, const char* kind) {
  std::array<char, 64> target{};
  const ssize_t length = ::readlink((root + "/proc/self/ns/" + kind).c_str(), target.data(), target.size());
  if (length <= 0) return 0;
  std::string_view text(target.data(), static_cast<std::size_t>(length));
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos) return 0;
  std::uint64_t inode = 0;
  std::from_chars(text.data() + open + 1, text.data() + text.size(), inode);
  return inode;
}

std::string btf_path(const std::string& root) { return root + "/sys/kernel/btf/vmlinux"; }

// libbpf would complain about a broken file on standard error; we report it ourselves.
class QuietLibbpf {
 public:
  QuietLibbpf() : before_(libbpf_set_print(nullptr)) {}
  ~QuietLibbpf() { libbpf_set_print(before_); }
  QuietLibbpf(const QuietLibbpf&) = delete;
  QuietLibbpf& operator=(const QuietLibbpf&) = delete;

 private:
  libbpf_print_fn_t before_;
};

Btf load_btf(const std::string& root) {
  const QuietLibbpf quiet;
  return Btf(btf__parse_raw(btf_path(root).c_str()));
}

int try_map(bpf_map_type type, std::uint32_t entry, std::uint32_t entries) {
  const int fd = bpf_map_create(type, "proctree_trial", entry, entry, entries, nullptr);
  if (fd < 0) return -fd;
  ::close(fd);
  return 0;
}

}  // namespace

HostCheck check_kernel(const std::string& root) {
  utsname names{};
  const bool known = ::uname(&names) == 0;
  const auto release = read_small(root + "/proc/sys/kernel/osrelease");
  if (!release) {
    return problem("kernel", "cannot read " + root + "/proc/sys/kernel/osrelease",
                   is_there(root + "/proc/self/status")
                       ? "mount all of /proc: subset=pid (systemd's ProcSubset=pid) leaves this out"
                       : "mount /proc");
  }
  return ok("kernel", "Linux " + *release + " " + (known ? std::string(names.machine) : std::string()));
}

HostCheck check_capabilities(const std::string& root) {
  constexpr const char* kName = "capabilities";
  const auto set = effective_capabilities(root);
  if (!set) return problem(kName, "cannot read them from " + root + "/proc/self/status", "mount /proc");
  const bool bpf = has(*set, CAP_SYS_ADMIN) || has(*set, CAP_BPF);
  const bool perfmon = has(*set, CAP_SYS_ADMIN) || has(*set, CAP_PERFMON);
  if (!bpf || !perfmon) {
    const std::string missing = !bpf && !perfmon ? "CAP_BPF and CAP_PERFMON"
                                : !bpf           ? "CAP_BPF"
                                                 : "CAP_PERFMON";
    return problem(kName, missing + " missing", "run it as root, or give it CAP_BPF and CAP_PERFMON");
  }
  const std::uint64_t user_namespace = namespace_inode(root, "user");
  if (user_namespace != 0 && user_namespace != kInitialUserNamespace) {
    return problem(kName, "held in a user namespace, where they do not count for BPF",
                   "run it outside the container, as the host's root");
  }
  return ok(kName, has(*set, CAP_SYS_ADMIN) ? "CAP_SYS_ADMIN" : "CAP_BPF and CAP_PERFMON");
}

HostCheck check_proc_access(const std::string& root) {
  constexpr const char* kName = "proc-access";
  const auto set = effective_capabilities(root);
  if (!set)
    return problem(kName, "cannot read capabilities from " + root + "/proc/self/status", "mount /proc");
  if (has(*set, CAP_SYS_PTRACE)) return ok(kName, "CAP_SYS_PTRACE");
  return note(
      kName,
      "CAP_SYS_PTRACE missing: executables of other users' processes are not shown by tree, find and chain",
      "run it as root, or give it CAP_SYS_PTRACE");
}

HostCheck check_pid_namespace(const std::string& root) {
  constexpr const char* kName = "pid-namespace";
  const std::uint64_t inode = namespace_inode(root, "pid");
  if (inode == 0) return note(kName, "cannot read " + root + "/proc/self/ns/pid: assuming the host's");
  if (inode == kInitialPidNamespace) return ok(kName, "the host's");
  return problem(kName, "a container's: processes that run already outside of it cannot be seen",
                 "run it on the host, or start the container with --pid=host");
}

HostCheck check_lockdown(const std::string& root) {
  constexpr const char* kName = "lockdown";
  const auto text = read_small(root + "/sys/kernel/security/lockdown");
  // No file: not built in, or securityfs is not mounted; then the trial decides.
  if (!text) return ok(kName, "not in force as far as can be seen");
  const std::size_t open = text->find('[');
  const std::size_t close = text->find(']', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) {
    return note(kName, "cannot make sense of " + root + "/sys/kernel/security/lockdown");
  }
  const std::string level = text->substr(open + 1, close - open - 1);
  if (level != "confidentiality") return ok(kName, level);
  return bpf_problem(kName, "confidentiality: the kernel lets no BPF program read its memory",
                     "boot with lockdown=integrity or without lockdown");
}

HostCheck check_btf(const std::string& root) {
  constexpr const char* kName = "btf";
  const std::string path = btf_path(root);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int error = errno;
    return bpf_problem(kName, path + ": " + words_of(error),
                       error == EACCES                   ? "run it as root"
                       : !is_there(root + "/sys/kernel") ? "mount /sys (mount -t sysfs sysfs /sys)"
                                                         : "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
  }
  if (load_btf(root) == nullptr) {
    const int error = errno;
    return bpf_problem(kName, path + " cannot be read: " + words_of(error),
                       error == ENOMEM ? "free some memory, or raise the limit on it (ulimit -v)"
                                       : "run it as root, or use another kernel");
  }
  return ok(kName, path);
}

HostCheck check_tracepoints(const std::string& root) {
  constexpr const char* kName = "tracepoints";
  const Btf types = load_btf(root);
  if (types == nullptr) return bpf_problem(kName, "not known without BTF", "see btf");
  std::string missing;
  const auto want = [&](const char* type, std::uint32_t kind, const char* shown) {
    if (btf__find_by_name_kind(types.get(), type, kind) < 0)
      missing += (missing.empty() ? "" : ", ") + std::string(shown);
  };
  want("btf_trace_sched_process_fork", BTF_KIND_TYPEDEF, "sched_process_fork");
  want("btf_trace_sched_process_exec", BTF_KIND_TYPEDEF, "sched_process_exec");
  want("btf_trace_sched_process_exit", BTF_KIND_TYPEDEF, "sched_process_exit");
  want("bpf_iter_task", BTF_KIND_FUNC, "the task iterator");
  if (missing.empty())
    return ok(kName, "sched_process_fork, sched_process_exec, sched_process_exit, task iterator");
  return bpf_problem(kName, missing + " missing in the kernel's types",
                     "use a kernel of 5.8 or later, built with CONFIG_TRACEPOINTS=y and CONFIG_BPF_EVENTS=y");
}

HostCheck check_ring_lock(const std::string& root) {
  constexpr const char* kName = "ring-lock";
  const Btf types = load_btf(root);
  if (types == nullptr) return bpf_problem(kName, "not known without BTF", "see btf");
  if (kernel_types_of(types.get(), "").ring_lock_sleeps)
    return bpf_problem(kName, kRingLockSleeps, kRingLockRemedy);
  return ok(kName, "does not sleep");
}

HostCheck check_unprivileged_bpf(const std::string& root) {
  constexpr const char* kName = "unprivileged-bpf";
  const auto text = read_small(root + "/proc/sys/kernel/unprivileged_bpf_disabled");
  if (!text) return ok(kName, "no setting (proctree does not need it)");
  if (*text != "0") return ok(kName, "disabled (proctree does not need it)");
  return note(kName, "enabled: any user may load BPF programs (proctree does not need it)",
              "sysctl kernel.unprivileged_bpf_disabled=2");
}

HostCheck check_jit(const std::string& root) {
  constexpr const char* kName = "jit";
  const auto text = read_small(root + "/proc/sys/net/core/bpf_jit_enable");
  if (!text) return ok(kName, "no setting to be seen");
  if (*text != "0") return ok(kName, "on");
  return note(kName, "off: each event costs several times as much", "sysctl net.core.bpf_jit_enable=1");
}

HostCheck check_tracefs(const std::string& root) {
  struct stat status {};
  const bool mounted = ::stat((root + "/sys/kernel/tracing/events").c_str(), &status) == 0;
  return ok("tracefs",
            mounted ? "mounted (proctree does not need it)" : "not mounted (proctree does not need it)");
}

BpfProbe probe_bpf() {
  const QuietLibbpf quiet;
  BpfProbe probe;
  probe.array_map = try_map(BPF_MAP_TYPE_ARRAY, 4, 1);
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  probe.ring_page = try_map(BPF_MAP_TYPE_RINGBUF, 0, page);
  probe.ring_full = try_map(BPF_MAP_TYPE_RINGBUF, 0, static_cast<std::uint32_t>(BpfOptions{}.ring_bytes));
  return probe;
}

HostCheck check_bpf_call(const BpfProbe& probe) {
  constexpr const char* kName = "bpf-syscall";
  switch (probe.array_map) {
    case 0:
      return ok(kName, "allowed");
    case EPERM:
    case EACCES:
      return bpf_problem(kName, "refused: " + words_of(probe.array_map),
                         "run it as root; in a container, allow bpf(2) in its seccomp profile");
    case ENOSYS:
      return bpf_problem(kName, "not there",
                         "use a kernel built with CONFIG_BPF_SYSCALL=y, or allow bpf(2) in seccomp");
    default:
      return bpf_problem(kName, "failed: " + words_of(probe.array_map), "see the kernel's log (dmesg)");
  }
}

HostCheck check_ring_buffer(const BpfProbe& probe) {
  constexpr const char* kName = "ring-buffer";
  if (probe.array_map != 0) return bpf_problem(kName, "not known without bpf(2)", "see bpf-syscall");
  if (probe.ring_full == 0) return ok(kName, "can be made");
  if (probe.ring_page == EINVAL) {
    return bpf_problem(kName, "this kernel has none", "use a kernel of 5.8 or later");
  }
  if (probe.ring_page == 0) {
    // Kernels before 5.11 count BPF memory as locked; later ones may lack the memory itself.
    return bpf_problem(kName, "not of the default size: " + words_of(probe.ring_full),
                       probe.ring_full == EPERM
                           ? "raise the limit (ulimit -l unlimited), or ask for a smaller ring"
                           : "free some memory, or ask for a smaller ring");
  }
  return bpf_problem(kName, "refused: " + words_of(probe.ring_page),
                     probe.ring_page == EPERM
                         ? "run it as root; raise the limit on locked memory (ulimit -l unlimited)"
                         : "see the kernel's log (dmesg)");
}

HostCheck check_trial(const Result<BpfTrial>& trial) {
  if (trial) return ok("trial", "programs loaded and attached");
  const std::string& remedy = trial.error().remedy;
  return bpf_problem(
      "trial", trial.error().message,
      remedy.empty() ? "proctree doctor --debug-bpf shows all that libbpf says of it" : remedy);
}

HostCheck check_ring(const BpfTrial& trial) {
  constexpr const char* kName = "ring";
  if (trial.percpu_error.empty()) return ok(kName, trial.ring);
  return note(kName,
              trial.ring + ": no per-cpu rings here (" + trial.percpu_error + "), each event costs more");
}

HostCheck check_failed_execs(const Result<BpfTrial>& trial) {
  constexpr const char* kName = "failed-execs";
  if (trial) return ok(kName, "--failed-execs would work too");
  return note(kName, "--failed-execs would not work: " + trial.error().message, trial.error().remedy);
}

void leave_one_problem_a_cause(std::vector<HostCheck>& checks) {
  // By name: a check of the left column makes that of the right one fail; the trials fail for any reason.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kCauses = {{
      {"kernel", "capabilities"},
      {"kernel", "proc-access"},
      {"btf", "tracepoints"},
      {"btf", "ring-lock"},
      {"capabilities", "bpf-syscall"},
      {"capabilities", "ring-buffer"},
      {"bpf-syscall", "ring-buffer"},
  }};
  const HostCheck* first_of_bpf = nullptr;
  std::vector<std::string_view> failed;
  for (HostCheck& check : checks) {
    if (check.status != CheckStatus::problem) continue;
    std::string_view cause;
    for (const auto& [of, then] : kCauses) {
      if (then == check.name && std::ranges::find(failed, of) != failed.end()) cause = of;
    }
    if (check.name == "trial" && first_of_bpf != nullptr) cause = first_of_bpf->name;
    failed.push_back(check.name);
    if (!cause.empty()) {
      check.status = CheckStatus::note;
      check.remedy = "see " + std::string(cause);
    } else if (first_of_bpf == nullptr && (check.of_bpf || check.name == "capabilities")) {
      first_of_bpf = &check;
    }
  }
}

std::vector<HostCheck> check_host(bool debug, const std::string& root) {
  const BpfProbe probe = probe_bpf();
  const auto with_failed_execs = BpfSource::probe(true, debug);
  const auto trial = with_failed_execs ? with_failed_execs : BpfSource::probe(false, debug);
  std::vector<HostCheck> checks = {
      check_kernel(root),    check_capabilities(root), check_pid_namespace(root),    check_lockdown(root),
      check_btf(root),       check_tracepoints(root),  check_bpf_call(probe),        check_ring_buffer(probe),
      check_ring_lock(root), check_jit(root),          check_unprivileged_bpf(root), check_proc_access(root),
      check_tracefs(root),   check_trial(trial)};
  if (trial) checks.push_back(check_ring(*trial));
  if (trial) checks.push_back(check_failed_execs(with_failed_execs));
  leave_one_problem_a_cause(checks);
  return checks;
}

bool is_passing(const Error& error) {
  return error.system_errno == EMFILE || error.system_errno == ENFILE || error.system_errno == ENOMEM;
}

Error explain_failed_start(Error error, const std::string& root) {
  if (is_passing(error)) return error;
  const BpfProbe probe = probe_bpf();
  // The ring is not among them: a trace's may be larger than the one tried here.
  for (const HostCheck& check : {check_capabilities(root), check_lockdown(root), check_btf(root),
                                 check_tracepoints(root), check_bpf_call(probe), check_ring_lock(root)}) {
    if (check.status != CheckStatus::problem) continue;
    error.message = "this host cannot be traced as it is: " + check.name + ": " + check.detail;
    error.remedy = check.remedy;
    break;
  }
  return error;
}

}  // namespace proctree
