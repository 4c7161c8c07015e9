# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# proctree_tests(LABEL NAME SOURCES FILE... LIBRARIES TARGET...): the files are the GoogleTest program NAME; each of its
# tests is one of ctest's, under LABEL.
find_package(GTest REQUIRED)
find_package(simdjson REQUIRED)
include(GoogleTest)
if(CMAKE_CROSSCOMPILING) # what is built doesn't run here
  set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)
endif()

function(proctree_tests label name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest_main)
  # Of what hangs: a million events under sanitizers take over a minute where others compute beside them. Tests are listed
  # while others compile.
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES LABELS ${label} TIMEOUT 900)
endfunction()
