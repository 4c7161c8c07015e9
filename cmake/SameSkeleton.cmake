# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# cmake -DDIR=FOLDER -DNAMES=NAME;… -P …: are the objects' skeletons alike, byte for byte, up to the objects
# themselves? What loads the first then loads each (userspace/source/bpf/programs.cc).
cmake_minimum_required(VERSION 3.25)
set(first)
foreach(name ${NAMES})
  file(READ ${DIR}/${name}.skel.h text)
  string(REGEX REPLACE "\n[^\n]*__elf_bytes\\(size_t \\*sz\\)\n{.*" "" text "${text}")
  string(TOUPPER ${name} guard)
  string(REPLACE ${name}_bpf programs text "${text}")
  string(REPLACE ${guard}_BPF PROGRAMS text "${text}")
  if(NOT first)
    set(first "${text}")
  endif()
  if(NOT text STREQUAL first)
    message(FATAL_ERROR "${DIR}: the maps, programs or settings of ${name}.bpf.c are not those of the others")
  endif()
endforeach()
