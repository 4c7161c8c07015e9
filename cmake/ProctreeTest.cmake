# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# proctree_test(LABEL NAME LIBRARY...): NAME.cc of the calling folder is a GoogleTest program; each of its tests
# is one of ctest's, under LABEL.
find_package(GTest REQUIRED)
find_package(simdjson REQUIRED)
include(GoogleTest)
if(CMAKE_CROSSCOMPILING) # what is built doesn't run here
  set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)
endif()

function(proctree_test label name)
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gtest_main)
  gtest_discover_tests(${name} PROPERTIES LABELS ${label} TIMEOUT 120)
endfunction()
