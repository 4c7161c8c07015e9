// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/programs.hpp"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdlib>

#include "proctree_kfuncs.skel.h"
#include "proctree_percpu.skel.h"
#include "proctree_percpu_kfuncs.skel.h"
#include "source/bpf/kernel_types.hpp"

namespace proctree {

template <class Other>
constexpr bool is_like_proctree_bpf() {
  return sizeof(proctree_bpf::maps) == sizeof(Other::maps) &&
         sizeof(*proctree_bpf::rodata) == sizeof(*Other::rodata) &&
         sizeof(*proctree_bpf::bss) == sizeof(*Other::bss);
}
static_assert(is_like_proctree_bpf<proctree_kfuncs_bpf>());
static_assert(is_like_proctree_bpf<proctree_percpu_bpf>());
static_assert(is_like_proctree_bpf<proctree_percpu_kfuncs_bpf>());

namespace {

const void* object_of(const ProgramsKind& kind, std::size_t& size) {
  if (kind.percpu_ring)
    return kind.kfuncs ? proctree_percpu_kfuncs_bpf__elf_bytes(&size) : proctree_percpu_bpf__elf_bytes(&size);
  return kind.kfuncs ? proctree_kfuncs_bpf__elf_bytes(&size) : proctree_bpf__elf_bytes(&size);
}

}  // namespace

// A producer on a per-cpu ring may not be preempted, and on such kernels only kfuncs hold that off.
std::vector<ProgramsKind> programs_for(const KernelTypes& types, std::string_view jit_setting,
                                       RingKind ring) {
  const bool kfuncs = types.kfuncs && !jit_setting.starts_with('0');
  std::vector<ProgramsKind> kinds;
  for (const bool percpu_ring : {true, false}) {
    if (ring == (percpu_ring ? RingKind::kernel : RingKind::percpu)) continue;
    if (kfuncs) kinds.push_back({true, percpu_ring});
    if (!percpu_ring || !types.preemptible_tracepoints) kinds.push_back({false, percpu_ring});
  }
  return kinds;
}

proctree_bpf* open_programs(const ProgramsKind& kind, const char* btf_path) {
  auto* programs = static_cast<proctree_bpf*>(std::calloc(1, sizeof(proctree_bpf)));
  if (programs == nullptr) return nullptr;
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = btf_path;
  int error = proctree_bpf__create_skeleton(programs);
  if (error == 0) {
    bpf_object_skeleton* skeleton = programs->skeleton;
    skeleton->data = const_cast<void*>(object_of(kind, skeleton->data_sz));
    error = bpf_object__open_skeleton(skeleton, &options);
  }
  if (error == 0) return programs;
  proctree_bpf__destroy(programs);
  errno = -error;
  return nullptr;
}

}  // namespace proctree
