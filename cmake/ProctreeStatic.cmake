# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Whether libbpf can be linked statically here, where that is asked for: sets libbpf_libraries, or PROCTREE_STATIC to
# OFF and says why. Debian's libelf.a of 0.192 (Debian 13) refers to functions that no package's archive holds; that of 0.188
# (Debian 12) is whole, that of 0.196 again, with libzstd.
if(NOT PROCTREE_STATIC)
  return()
endif()
include(CheckCSourceCompiles)

set(archives "")
foreach(name IN ITEMS bpf elf z zstd)
  string(TOUPPER ${name} upper)
  find_library(PROCTREE_${upper}_ARCHIVE lib${name}.a)
  if(PROCTREE_${upper}_ARCHIVE)
    list(APPEND archives ${PROCTREE_${upper}_ARCHIVE})
  endif()
endforeach()

set(CMAKE_REQUIRED_INCLUDES ${LIBBPF_INCLUDE})
set(CMAKE_REQUIRED_LIBRARIES ${archives})
set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
check_c_source_compiles("
  #include <bpf/libbpf.h>
  int main(void) { return bpf_object__load(bpf_object__open(0)); }" PROCTREE_STATIC_LIBBPF_LINKS)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

if(PROCTREE_STATIC_LIBBPF_LINKS)
  set(libbpf_libraries ${archives})
else()
  message(NOTICE "proctree: libbpf does not link statically with this system's archives: the program is dynamic")
  set(PROCTREE_STATIC OFF)
endif()
