// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/programs.hpp"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdlib>

#include "proctree_kfuncs.skel.h"
#include "source/bpf/kernel_types.hpp"

namespace proctree {

static_assert(sizeof(proctree_bpf::maps) == sizeof(proctree_kfuncs_bpf::maps));
static_assert(sizeof(*proctree_bpf::rodata) == sizeof(*proctree_kfuncs_bpf::rodata));
static_assert(sizeof(*proctree_bpf::bss) == sizeof(*proctree_kfuncs_bpf::bss));

ProgramsKind programs_for(const KernelTypes& types, std::string_view jit_setting) {
  return types.kfuncs && !jit_setting.starts_with('0') ? ProgramsKind::with_kfuncs : ProgramsKind::plain;
}

proctree_bpf* open_programs(ProgramsKind kind, const char* btf_path) {
  auto* programs = static_cast<proctree_bpf*>(std::calloc(1, sizeof(proctree_bpf)));
  if (programs == nullptr) return nullptr;
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = btf_path;
  int error = proctree_bpf__create_skeleton(programs);
  if (error == 0) {
    bpf_object_skeleton* skeleton = programs->skeleton;
    if (kind == ProgramsKind::with_kfuncs)
      skeleton->data = const_cast<void*>(proctree_kfuncs_bpf__elf_bytes(&skeleton->data_sz));
    error = bpf_object__open_skeleton(skeleton, &options);
  }
  if (error == 0) return programs;
  proctree_bpf__destroy(programs);
  errno = -error;
  return nullptr;
}

}  // namespace proctree
