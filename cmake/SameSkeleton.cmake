# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# cmake -DDIR=FOLDER -P …: are the two objects' skeletons alike, byte for byte, up to the objects themselves?
# What loads the one then loads the other (userspace/source/bpf/programs.cc).
cmake_minimum_required(VERSION 3.25)
foreach(name proctree proctree_kfuncs)
  file(READ ${DIR}/${name}.skel.h ${name})
  string(REGEX REPLACE "\n[^\n]*__elf_bytes\\(size_t \\*sz\\)\n{.*" "" ${name} "${${name}}")
  string(REPLACE ${name}_bpf programs ${name} "${${name}}")
endforeach()
string(REPLACE PROCTREE_KFUNCS_BPF PROCTREE_BPF proctree_kfuncs "${proctree_kfuncs}")
if(NOT proctree STREQUAL proctree_kfuncs)
  message(FATAL_ERROR "${DIR}: the maps, programs or settings of proctree_kfuncs.bpf.c are not those of "
    "proctree.bpf.c")
endif()
