# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Flags that every target of ours gets: link proctree_flags.
add_library(proctree_flags INTERFACE)
target_compile_options(proctree_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow
  $<$<BOOL:${PROCTREE_WERROR}>:-Werror>)
target_include_directories(proctree_flags INTERFACE
  ${CMAKE_SOURCE_DIR}/userspace ${CMAKE_SOURCE_DIR}/userspace/include ${CMAKE_SOURCE_DIR}/bpf)

if(PROCTREE_SANITIZE)
  add_compile_options(-fsanitize=${PROCTREE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PROCTREE_SANITIZE})
  # g++ 12 takes what the instrumentation does to <regex> for uses of uninitialised values (GCC bug 105562).
  add_compile_options(-Wno-maybe-uninitialized)
endif()
