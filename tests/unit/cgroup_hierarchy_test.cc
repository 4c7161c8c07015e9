// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/cgroup_hierarchy.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

TEST(CgroupHierarchy, V2WhereNoControllerIsOnV1) {
  EXPECT_EQ(cgroup_v1_controller("0::/user.slice/user-0.slice/session-1.scope\n"), "");
  EXPECT_EQ(cgroup_v1_controller("1:name=systemd:/user.slice\n0::/user.slice\n"), "");
  EXPECT_EQ(cgroup_v1_controller(""), "");
}

TEST(CgroupHierarchy, TheControllerThatContainersHave) {
  EXPECT_EQ(cgroup_v1_controller("8:pids:/\n4:memory:/docker/a\n1:cpu,cpuacct:/\n0::/\n"), "memory");
  EXPECT_EQ(cgroup_v1_controller("8:pids:/\n1:cpu,cpuacct:/\n"), "pids");
  EXPECT_EQ(cgroup_v1_controller("2:cpuacct,cpu:/"), "cpu");
  EXPECT_EQ(cgroup_v1_controller("2:net_cls,freezer,cpuacct:/x"), "freezer");
  EXPECT_EQ(cgroup_subsys_enum("pids"), "pids_cgrp_id");
}

TEST(CgroupHierarchy, APathIsNoController) {
  EXPECT_EQ(cgroup_v1_controller("2:cpuacct:/memory:pids:\n0::/memory,pids\n3:memoryless:/\n"), "");
  EXPECT_EQ(cgroup_v1_controller("memory\n\n:\n::\n:,:\n"), "");
}

}  // namespace
}  // namespace proctree
