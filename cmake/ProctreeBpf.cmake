# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# clang builds the BPF objects, bpftool their skeletons: proctree_bpf_objects(TARGET FOLDER FLAG...) puts them
# there. The programs come as four objects of the same maps and settings (bpf/kfuncs.bpf.h, bpf/ring.bpf.h).
find_program(BPF_CLANG NAMES clang clang-14 clang-15 clang-16 clang-19 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)
find_path(LIBBPF_INCLUDE bpf/libbpf.h REQUIRED)

# What bpf/bpf_tracing.h calls the processor.
set(bpf_archs
  "^(x86_64|amd64|AMD64)$" x86
  "^(aarch64|arm64)$" arm64
  "^(ppc64le|ppc64el|powerpc64le)$" powerpc
  "^riscv64$" riscv
  "^s390x$" s390)
set(bpf_arch)
while(bpf_archs)
  list(POP_FRONT bpf_archs processors name)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "${processors}")
    set(bpf_arch ${name})
  endif()
endwhile()
if(NOT bpf_arch)
  message(FATAL_ERROR "no BPF programs for the processor ${CMAKE_SYSTEM_PROCESSOR}: known are x86_64, aarch64, "
    "ppc64le, riscv64 and s390x; -DPROCTREE_BPF=OFF builds what does without them")
endif()

# -mcpu=v3: 32-bit registers and jumps, known since 5.1. ctx is a parameter that BPF_PROG names itself.
function(proctree_bpf_object source dir)
  get_filename_component(name ${source} NAME_WE)
  set(object ${dir}/${name}.bpf.o)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${bpf_arch} ${ARGN}
            -Wall -Wextra -Wshadow -Wno-unused-parameter -Werror
            -I${PROJECT_SOURCE_DIR}/vmlinux -I${PROJECT_SOURCE_DIR}/bpf -isystem ${LIBBPF_INCLUDE}
            -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -MD -MF ${object}.d -MQ ${object}
            -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "Building a BPF object: ${object}"
    VERBATIM)
  add_custom_command(
    OUTPUT ${dir}/${name}.skel.h
    COMMAND ${BPFTOOL} gen object ${dir}/${name}.linked.o ${object}
    COMMAND ${BPFTOOL} gen skeleton ${dir}/${name}.linked.o name ${name}_bpf > ${dir}/${name}.skel.h
    DEPENDS ${object}
    COMMENT "Generating a BPF skeleton: ${dir}/${name}.skel.h"
    VERBATIM)
endfunction()

function(proctree_bpf_objects target dir)
  file(MAKE_DIRECTORY ${dir})
  set(objects proctree proctree_kfuncs proctree_percpu proctree_percpu_kfuncs)
  set(skeletons)
  foreach(name ${objects})
    proctree_bpf_object(${PROJECT_SOURCE_DIR}/bpf/${name}.bpf.c ${dir} ${ARGN})
    list(APPEND skeletons ${dir}/${name}.skel.h)
  endforeach()
  set(checks ${PROJECT_SOURCE_DIR}/cmake/CheckBpfObject.cmake ${PROJECT_SOURCE_DIR}/cmake/SameSkeleton.cmake)
  add_custom_command(
    OUTPUT ${dir}/checked
    COMMAND ${CMAKE_COMMAND} -DOBJECT=${dir}/proctree.bpf.o -P ${PROJECT_SOURCE_DIR}/cmake/CheckBpfObject.cmake
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} "-DNAMES=${objects}" -P ${PROJECT_SOURCE_DIR}/cmake/SameSkeleton.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${dir}/checked
    DEPENDS ${checks} ${dir}/proctree.bpf.o ${skeletons}
    COMMENT "Checking the BPF objects: ${dir}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${skeletons} ${dir}/checked)
endfunction()

set(bpf_dir ${PROJECT_BINARY_DIR}/bpf)
proctree_bpf_objects(proctree_bpf_skeleton ${bpf_dir})

# libbpf and what it needs, as one target.
add_library(proctree_libbpf INTERFACE)
target_include_directories(proctree_libbpf SYSTEM INTERFACE ${bpf_dir} ${LIBBPF_INCLUDE})
include(ProctreeStatic)
if(NOT PROCTREE_STATIC)
  find_library(LIBBPF_LIBRARY bpf REQUIRED)
  find_library(LIBELF_LIBRARY elf REQUIRED)
  find_library(ZLIB_LIBRARY z REQUIRED)
  set(libbpf_libraries ${LIBBPF_LIBRARY} ${LIBELF_LIBRARY} ${ZLIB_LIBRARY})
endif()
target_link_libraries(proctree_libbpf INTERFACE ${libbpf_libraries})
