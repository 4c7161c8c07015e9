// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Loads each BPF program by itself and prints "NAME INSTRUCTIONS", the number that the kernel's verifier
// walked through, or "NAME refused ERRNO". With a program's name as argument, the verifier's whole log of it.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "proctree.skel.h"
#include "source/bpf/kernel_types.hpp"

namespace {

constexpr unsigned kLogStatistics = 4;  // BPF_LOG_STATS of the kernel; bpf_prog_info tells only since 5.16
constexpr unsigned kLogAll = 7;

// The programs as this kernel gets them.
proctree_bpf* open_programs() {
  proctree_bpf* programs = proctree_bpf__open();
  if (programs == nullptr) return nullptr;
  const auto types = proctree::read_kernel_types("");
  programs->rodata->preemptible = types && types->preemptible_tracepoints;
  return programs;
}

// The log of loading `wanted` and no other program; `error` is 0 where the kernel took it.
std::vector<char> load(const char* wanted, unsigned level, int& error) {
  std::vector<char> log(level == kLogAll ? 64u << 20 : 64u << 10);
  proctree_bpf* programs = open_programs();
  if (programs == nullptr) {
    error = errno;
    return log;
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) {
    const bool is_wanted = std::strcmp(bpf_program__name(program), wanted) == 0;
    bpf_program__set_autoload(program, is_wanted);
    if (!is_wanted) continue;
    bpf_program__set_log_level(program, level);
    bpf_program__set_log_buf(program, log.data(), log.size());
  }
  error = -proctree_bpf__load(programs);
  proctree_bpf__destroy(programs);
  return log;
}

void print_cost(const char* name) {
  int error = 0;
  const std::vector<char> log = load(name, kLogStatistics, error);
  const char* found = std::strstr(log.data(), "processed ");
  if (error != 0) {
    std::printf("%s refused %s\n", name, strerrorname_np(error));
  } else {
    std::printf("%s %ld\n", name, found != nullptr ? std::strtol(found + 10, nullptr, 10) : -1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);
  if (argc > 1) {
    int error = 0;
    std::puts(load(argv[1], kLogAll, error).data());
    return error == 0 ? 0 : 1;
  }
  proctree_bpf* programs = proctree_bpf__open();
  if (programs == nullptr) {
    std::perror("verifier_cost: the BPF object");
    return 1;
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) print_cost(bpf_program__name(program));
  proctree_bpf__destroy(programs);
  return 0;
}
