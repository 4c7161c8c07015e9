# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# The library as its users get it, and where it is installed: components `runtime` (the shared library) and
# `development` (headers, static library, package config, pkg-config file, man pages).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(parts base tree entry procfs hash library source sources source_netlink engine tracer capi)
if(PROCTREE_BPF)
  list(APPEND parts source_bpf)
  set(private_libraries bpf elf z)
endif()
list(TRANSFORM parts REPLACE "(.+)" "$<TARGET_OBJECTS:proctree_\\1>" OUTPUT_VARIABLE objects)
set(PROCTREE_LIBRARY_PARTS ${parts} CACHE INTERNAL "Folders of userspace/ that the library consists of")

add_library(proctree_static STATIC ${objects})
set_target_properties(proctree_static PROPERTIES OUTPUT_NAME proctree)
add_library(proctree::proctree_static ALIAS proctree_static)
set(libraries proctree_static)

# A shared library can't take the static archives that a static program is made of.
if(PROCTREE_STATIC)
  add_library(proctree::proctree ALIAS proctree_static)
else()
  add_library(proctree_shared SHARED ${objects})
  set(map ${PROJECT_SOURCE_DIR}/userspace/capi/libproctree.map)
  set_target_properties(proctree_shared PROPERTIES
    OUTPUT_NAME proctree
    EXPORT_NAME proctree
    SOVERSION 2
    VERSION 2.${PROJECT_VERSION}
    LINK_DEPENDS ${map})
  target_link_options(proctree_shared PRIVATE -Wl,--version-script=${map} -Wl,--no-undefined)
  add_library(proctree::proctree ALIAS proctree_shared)
  list(APPEND libraries proctree_shared)
endif()

foreach(library IN LISTS libraries)
  # What is installed says so in proctreeConfig.cmake, to who compiles C++.
  target_compile_features(${library} INTERFACE $<BUILD_INTERFACE:cxx_std_20>)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/userspace/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(PROCTREE_BPF)
    if(library STREQUAL proctree_static)
      target_link_libraries(${library} INTERFACE
        $<BUILD_INTERFACE:proctree_libbpf> "$<INSTALL_INTERFACE:${private_libraries}>")
    else()
      target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:proctree_libbpf>)
    endif()
  endif()
endforeach()

if(NOT PROCTREE_INSTALL)
  return()
endif()

install(TARGETS ${libraries} EXPORT proctreeTargets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/userspace/include/proctree
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/proctree)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/proctreeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/proctreeConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/proctreeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/proctreeConfig.cmake ${PROJECT_BINARY_DIR}/proctreeConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(EXPORT proctreeTargets NAMESPACE proctree:: DESTINATION ${package_dir} COMPONENT development)

# The prefix is found from where the file lies, so that an installed tree may be moved.
set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_to_prefix ${pc_dir} ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
list(TRANSFORM private_libraries PREPEND -l)
list(JOIN private_libraries " " pc_private)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/proctree.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT development)

configure_file(${PROJECT_SOURCE_DIR}/cmake/proctree.pc.in ${PROJECT_BINARY_DIR}/proctree.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/proctree.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
