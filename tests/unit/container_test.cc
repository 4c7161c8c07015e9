// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

const std::string kOuter = "3f29c1e8a7b64d50913e2c7f8a1b0d4e5c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
const std::string kInner = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(Container, KnowsTheScopesOfSystemd) {
  EXPECT_EQ(container_id_of("/system.slice/docker-" + kOuter + ".scope"), kOuter);
  EXPECT_EQ(container_id_of("/machine.slice/libpod-" + kOuter + ".scope"), kOuter);
  EXPECT_EQ(container_id_of("/machine.slice/libpod-" + kOuter + ".scope/container"), kOuter);
  const std::string pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b_3c.slice/";
  EXPECT_EQ(container_id_of(pod + "cri-containerd-" + kOuter + ".scope"), kOuter);
  EXPECT_EQ(container_id_of(pod + "crio-" + kOuter + ".scope"), kOuter);
}

TEST(Container, KnowsBareIdsWhereRuntimesPutThem) {
  EXPECT_EQ(container_id_of("/docker/" + kOuter), kOuter);
  EXPECT_EQ(container_id_of("/docker/" + kOuter + "/init.scope"), kOuter);
  EXPECT_EQ(container_id_of("/kubepods/besteffort/pod1a2b-3c/" + kOuter), kOuter);
  EXPECT_EQ(container_id_of("/kubelet/kubepods/pod1a2b-3c/" + kOuter + "/a/b"), kOuter);
}

TEST(Container, TakesTheInnermost) {
  EXPECT_EQ(container_id_of("/docker/" + kOuter + "/docker/" + kInner), kInner);
  EXPECT_EQ(container_id_of("/system.slice/docker-" + kOuter + ".scope/kubepods/pod1/" + kInner), kInner);
}

TEST(Container, SeesNoneElsewhere) {
  EXPECT_EQ(container_id_of(""), "");
  EXPECT_EQ(container_id_of("/"), "");
  EXPECT_EQ(container_id_of("//"), "");
  EXPECT_EQ(container_id_of("/user.slice/user-1000.slice/session-3.scope"), "");
  EXPECT_EQ(container_id_of("/system.slice/docker.service"), "");
  EXPECT_EQ(container_id_of("/somewhere/" + kOuter), "");
  EXPECT_EQ(container_id_of(kOuter), "");
  EXPECT_EQ(container_id_of("/docker/" + kOuter.substr(1)), "");
  EXPECT_EQ(container_id_of("/docker/" + kOuter + "0"), "");
  EXPECT_EQ(container_id_of("/docker/x" + kOuter.substr(1)), "");
  EXPECT_EQ(container_id_of("/a/docker-" + kOuter), "");
  EXPECT_EQ(container_id_of("/a/mydocker-" + kOuter + ".scope"), "");
  EXPECT_EQ(container_id_of("/machine.slice/libpod-conmon-" + kOuter + ".scope"), "")
      << "the monitor, not the container";
}

}  // namespace
}  // namespace proctree
