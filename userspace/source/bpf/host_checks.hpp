// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Can this host trace? What the kernel shows in files, and what it says when tried; nothing is judged
// by a version number.
#pragma once

#include <string>
#include <vector>

#include "proctree/error.hpp"
#include "source/host_check.hpp"

namespace proctree {

struct BpfTrial;

// From files. `root` stands before every path: empty for this host, else a tree made for a test.
[[nodiscard]] HostCheck check_kernel(const std::string& root);
[[nodiscard]] HostCheck check_capabilities(const std::string& root);
[[nodiscard]] HostCheck check_proc_access(const std::string& root);
[[nodiscard]] HostCheck check_pid_namespace(const std::string& root);
[[nodiscard]] HostCheck check_lockdown(const std::string& root);
[[nodiscard]] HostCheck check_btf(const std::string& root);
[[nodiscard]] HostCheck check_tracepoints(const std::string& root);
// Whether, by the kernel's types, the ring buffer's lock sleeps.
[[nodiscard]] HostCheck check_ring_lock(const std::string& root);
[[nodiscard]] HostCheck check_unprivileged_bpf(const std::string& root);
[[nodiscard]] HostCheck check_jit(const std::string& root);
[[nodiscard]] HostCheck check_tracefs(const std::string& root);

// What the kernel returned when asked: an errno, 0 for yes.
struct BpfProbe {
  int array_map = 0;
  int ring_page = 0;  // a ring buffer of one page
  int ring_full = 0;  // one of the default size
};
[[nodiscard]] BpfProbe probe_bpf();
[[nodiscard]] HostCheck check_bpf_call(const BpfProbe& probe);
[[nodiscard]] HostCheck check_ring_buffer(const BpfProbe& probe);

// The result of loading and attaching the programs, and the same with those for failed execs.
[[nodiscard]] HostCheck check_trial(const Result<BpfTrial>& trial);
// Which kind of ring that took.
[[nodiscard]] HostCheck check_ring(const BpfTrial& trial);
[[nodiscard]] HostCheck check_failed_execs(const Result<BpfTrial>& trial);

// A check that fails only because of another one becomes a note that names that one: one cause is one
// problem. The order is that of check_host().
void leave_one_problem_a_cause(std::vector<HostCheck>& checks);

// All of them, in the order in which a reader would look; the last are the trials themselves. `debug`: all
// that libbpf says of these, on standard error.
[[nodiscard]] std::vector<HostCheck> check_host(bool debug = false, const std::string& root = {});

// A temporary lack (descriptors, memory), which is no property of the host.
[[nodiscard]] bool is_passing(const Error& error);

// The error of a failed start, in the words of the first check that explains it; `error` itself where none
// does.
[[nodiscard]] Error explain_failed_start(Error error, const std::string& root = {});

}  // namespace proctree
