// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/cgroup_hierarchy.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

TEST(CgroupHierarchy, V2WhereNoControllerIsOnV1) {
  EXPECT_EQ(cgroup_v1_controller(
                "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t80\t1\npids\t0\t80\t1\n"),
            "");
  EXPECT_EQ(cgroup_v1_controller(""), "");
}

TEST(CgroupHierarchy, TheControllerThatContainersHave) {
  EXPECT_EQ(cgroup_v1_controller("cpu\t1\t1\t1\nmemory\t4\t11\t1\npids\t8\t1\t1\n"), "memory");
  EXPECT_EQ(cgroup_v1_controller("cpu\t1\t1\t1\nmemory\t4\t11\t0\npids\t8\t1\t1\n"), "pids");
  EXPECT_EQ(cgroup_v1_controller("cpuacct\t2\t1\t1\ncpu\t1\t1\t1"), "cpu");
  EXPECT_EQ(cgroup_subsys_enum("pids"), "pids_cgrp_id");
}

}  // namespace
}  // namespace proctree
