# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# clang builds the BPF object, bpftool its skeleton: target proctree_bpf_skeleton.
find_program(BPF_CLANG NAMES clang clang-14 clang-15 clang-16 clang-19 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)
find_path(LIBBPF_INCLUDE bpf/libbpf.h REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(bpf_arch arm64)
else()
  set(bpf_arch x86)
endif()

set(bpf_source ${PROJECT_SOURCE_DIR}/bpf/proctree.bpf.c)
set(bpf_dir ${PROJECT_BINARY_DIR}/bpf)
set(bpf_object ${bpf_dir}/proctree.bpf.o)
set(bpf_skeleton ${bpf_dir}/proctree.skel.h)
file(MAKE_DIRECTORY ${bpf_dir})

# -mcpu=v3: 32-bit registers and jumps, known since 5.1. ctx is a parameter that BPF_PROG names itself.
add_custom_command(
  OUTPUT ${bpf_object}
  COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${bpf_arch}
          -Wall -Wextra -Wshadow -Wno-unused-parameter -Werror
          -I${PROJECT_SOURCE_DIR}/vmlinux -I${PROJECT_SOURCE_DIR}/bpf -isystem ${LIBBPF_INCLUDE}
          -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -MD -MF ${bpf_object}.d -MQ ${bpf_object}
          -c ${bpf_source} -o ${bpf_object}
  DEPENDS ${bpf_source}
  DEPFILE ${bpf_object}.d
  COMMENT "Building BPF object proctree.bpf.o"
  VERBATIM)
add_custom_command(
  OUTPUT ${bpf_skeleton}
  COMMAND ${BPFTOOL} gen object ${bpf_dir}/proctree.linked.o ${bpf_object}
  COMMAND ${BPFTOOL} gen skeleton ${bpf_dir}/proctree.linked.o name proctree_bpf > ${bpf_skeleton}
  DEPENDS ${bpf_object}
  COMMENT "Generating BPF skeleton proctree.skel.h"
  VERBATIM)
add_custom_target(proctree_bpf_skeleton DEPENDS ${bpf_skeleton})

# libbpf and what it needs, as one target; static archives where the program is to be static.
add_library(proctree_libbpf INTERFACE)
target_include_directories(proctree_libbpf SYSTEM INTERFACE ${bpf_dir} ${LIBBPF_INCLUDE})
if(PROCTREE_STATIC)
  find_library(LIBBPF_LIBRARY libbpf.a REQUIRED)
  find_library(LIBELF_LIBRARY libelf.a REQUIRED)
  find_library(ZLIB_LIBRARY libz.a REQUIRED)
else()
  find_library(LIBBPF_LIBRARY bpf REQUIRED)
  find_library(LIBELF_LIBRARY elf REQUIRED)
  find_library(ZLIB_LIBRARY z REQUIRED)
endif()
target_link_libraries(proctree_libbpf INTERFACE ${LIBBPF_LIBRARY} ${LIBELF_LIBRARY} ${ZLIB_LIBRARY})
