// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Loads each BPF program by itself and prints "NAME INSTRUCTIONS", the number that the kernel's verifier
// walked through, or "NAME refused ERRNO": of those that this kernel gets, and as "plain/NAME" without kfuncs
// where that is another object. With a program's name as argument, the verifier's whole log of it.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "source/bpf/kernel_types.hpp"
#include "source/bpf/programs.hpp"

namespace {

constexpr unsigned kLogStatistics = 4;  // BPF_LOG_STATS of the kernel; bpf_prog_info has it only since 5.16
constexpr unsigned kLogAll = 7;

using proctree::ProgramsKind;

// The log of loading `wanted` and no other program; `error` is 0 where the kernel took it.
std::vector<char> load(const proctree::KernelTypes& types, const ProgramsKind& kind, const char* wanted,
                       unsigned level, int& error) {
  std::vector<char> log(level == kLogAll ? 64u << 20 : 64u << 10);
  proctree_bpf* programs = proctree::open_programs(kind);
  if (programs == nullptr) {
    error = errno;
    return log;
  }
  programs->rodata->preemptible = types.preemptible_tracepoints;
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

void print_cost(const proctree::KernelTypes& types, const ProgramsKind& kind, const char* prefix,
                const char* name) {
  int error = 0;
  const std::vector<char> log = load(types, kind, name, kLogStatistics, error);
  const char* found = std::strstr(log.data(), "processed ");
  if (error != 0) {
    const char* known = strerrorname_np(error);
    std::printf("%s%s refused %s\n", prefix, name, known != nullptr ? known : "ENOTSUPP");
  } else {
    std::printf("%s%s %ld\n", prefix, name, found != nullptr ? std::strtol(found + 10, nullptr, 10) : -1);
  }
}

bool print_costs(const proctree::KernelTypes& types, const ProgramsKind& kind, const char* prefix) {
  proctree_bpf* programs = proctree::open_programs(kind);
  if (programs == nullptr) return false;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) {
    print_cost(types, kind, prefix, bpf_program__name(program));
  }
  proctree_bpf__destroy(programs);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);
  const auto types = proctree::read_kernel_types("");
  if (!types) {
    std::fprintf(stderr, "verifier_cost: %s\n", types.error().to_string().c_str());
    return 1;
  }
  const auto kinds = proctree::programs_for(*types, {}, proctree::RingKind::automatic);
  if (argc > 1) {
    int error = 0;
    std::puts(load(*types, kinds.front(), argv[1], kLogAll, error).data());
    return error == 0 ? 0 : 1;
  }
  bool printed = true;
  for (const ProgramsKind& kind : kinds) {
    const std::string prefix = kind == kinds.front() ? ""
                                                     : std::string(kind.percpu_ring ? "percpu-" : "") +
                                                           (kind.kfuncs ? "kfuncs/" : "plain/");
    printed = printed && print_costs(*types, kind, prefix.c_str());
  }
  if (!printed) std::perror("verifier_cost: the BPF object");
  return printed ? 0 : 1;
}
