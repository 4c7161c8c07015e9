# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# clang builds the BPF object, bpftool its skeleton: proctree_bpf_object(TARGET FOLDER FLAG...) puts it there.
find_program(BPF_CLANG NAMES clang clang-14 clang-15 clang-16 clang-19 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)
find_path(LIBBPF_INCLUDE bpf/libbpf.h REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(bpf_arch arm64)
else()
  set(bpf_arch x86)
endif()

# -mcpu=v3: 32-bit registers and jumps, known since 5.1. ctx is a parameter that BPF_PROG names itself.
function(proctree_bpf_object target dir)
  set(source ${PROJECT_SOURCE_DIR}/bpf/proctree.bpf.c)
  set(object ${dir}/proctree.bpf.o)
  set(skeleton ${dir}/proctree.skel.h)
  file(MAKE_DIRECTORY ${dir})
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${bpf_arch} ${ARGN}
            -Wall -Wextra -Wshadow -Wno-unused-parameter -Werror
            -I${PROJECT_SOURCE_DIR}/vmlinux -I${PROJECT_SOURCE_DIR}/bpf -isystem ${LIBBPF_INCLUDE}
            -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -MD -MF ${object}.d -MQ ${object}
            -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "Building a BPF object for ${target}"
    VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen object ${dir}/proctree.linked.o ${object}
    COMMAND ${BPFTOOL} gen skeleton ${dir}/proctree.linked.o name proctree_bpf > ${skeleton}
    DEPENDS ${object}
    COMMENT "Generating a BPF skeleton for ${target}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${skeleton})
endfunction()

set(bpf_dir ${PROJECT_BINARY_DIR}/bpf)
proctree_bpf_object(proctree_bpf_skeleton ${bpf_dir})

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
