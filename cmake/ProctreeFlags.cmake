# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Flags for all that is compiled here (not for those who link it), and the include path: link proctree_flags.
add_compile_options(-Wall -Wextra -Wconversion -Wshadow $<$<BOOL:${PROCTREE_WERROR}>:-Werror>)
add_library(proctree_flags INTERFACE)
target_include_directories(proctree_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/userspace ${PROJECT_SOURCE_DIR}/userspace/include ${PROJECT_SOURCE_DIR}/bpf)

if(PROCTREE_SANITIZE)
  add_compile_options(-fsanitize=${PROCTREE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PROCTREE_SANITIZE})
  # g++ 12 takes what the instrumentation does to <regex> for uses of uninitialised values (GCC bug 105562).
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
