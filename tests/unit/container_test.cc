// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

const std::string outer = "3f29c1e8a7b64d50913e2c7f8a1b0d4e5c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
const std::string inner = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(Container, KnowsTheScopesOfSystemd) {
  EXPECT_EQ(container_id_of("/system.slice/docker-" + outer + ".scope"), outer);
  EXPECT_EQ(container_id_of("/machine.slice/libpod-" + outer + ".scope"), outer);
  EXPECT_EQ(container_id_of("/machine.slice/libpod-" + outer + ".scope/container"), outer);
  const std::string pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b_3c.slice/";
  EXPECT_EQ(container_id_of(pod + "cri-containerd-" + outer + ".scope"), outer);
  EXPECT_EQ(container_id_of(pod + "crio-" + outer + ".scope"), outer);
}

TEST(Container, KnowsBareIdsWhereRuntimesPutThem) {
  EXPECT_EQ(container_id_of("/docker/" + outer), outer);
  EXPECT_EQ(container_id_of("/docker/" + outer + "/init.scope"), outer);
  EXPECT_EQ(container_id_of("/kubepods/besteffort/pod1a2b-3c/" + outer), outer);
  EXPECT_EQ(container_id_of("/kubelet/kubepods/pod1a2b-3c/" + outer + "/a/b"), outer);
}

TEST(Container, TakesTheInnermost) {
  EXPECT_EQ(container_id_of("/docker/" + outer + "/docker/" + inner), inner);
  EXPECT_EQ(container_id_of("/system.slice/docker-" + outer + ".scope/kubepods/pod1/" + inner), inner);
}

TEST(Container, SeesNoneElsewhere) {
  EXPECT_EQ(container_id_of(""), "");
  EXPECT_EQ(container_id_of("/"), "");
  EXPECT_EQ(container_id_of("//"), "");
  EXPECT_EQ(container_id_of("/user.slice/user-1000.slice/session-3.scope"), "");
  EXPECT_EQ(container_id_of("/system.slice/docker.service"), "");
  EXPECT_EQ(container_id_of("/somewhere/" + outer), "");
  EXPECT_EQ(container_id_of(outer), "");
  EXPECT_EQ(container_id_of("/docker/" + outer.substr(1)), "");
  EXPECT_EQ(container_id_of("/docker/" + outer + "0"), "");
  EXPECT_EQ(container_id_of("/docker/x" + outer.substr(1)), "");
  EXPECT_EQ(container_id_of("/a/docker-" + outer), "");
  EXPECT_EQ(container_id_of("/a/mydocker-" + outer + ".scope"), "");
  EXPECT_EQ(container_id_of("/machine.slice/libpod-conmon-" + outer + ".scope"), "")
      << "the monitor, not the container";
}

}  // namespace
}  // namespace proctree
