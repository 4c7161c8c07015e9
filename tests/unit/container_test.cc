// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

const std::string kA = "3f29c1e8a7b64d50913e2c7f8a1b0d4e5c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
const std::string kB = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kTask = "0123456789abcdef0123456789abcdef";
const std::string kStep = "7ylccd0k76jcgy6xjwaboh645";
const std::string kPod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b_3c.slice/";
const std::string kUser = "/user.slice/user-1000.slice/user@1000.service/";

struct Row {
  const char* name;
  std::string cgroup;
  std::string id;  // empty: in no container
  std::string runtime;
};

class ContainerTest : public testing::TestWithParam<Row> {};

TEST_P(ContainerTest, IsWhatTheRuntimeCallsIt) {
  const Row& row = GetParam();
  const Container container = container_of(row.cgroup);
  EXPECT_EQ(container.id(), row.id) << row.cgroup;
  EXPECT_EQ(container.runtime(), row.runtime) << row.cgroup;
  if (row.id.empty()) return;
  // What runs in it may make groups of its own below, systemd first of all.
  for (const std::string_view below : {"/init.scope", "/container", "/system.slice/ssh.service", "/a/b"}) {
    const std::string cgroup = row.cgroup + std::string(below);
    EXPECT_EQ(container_of(cgroup).id(), row.id) << cgroup;
  }
  EXPECT_EQ(container_of("/.." + row.cgroup).id(), row.id) << "from within another one";
}

std::string name_of(const testing::TestParamInfo<Row>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Forms, ContainerTest,
    testing::Values(
        Row{"DockerSystemd", "/system.slice/docker-" + kA + ".scope", kA, "docker"},
        Row{"DockerCgroupfs", "/docker/" + kA, kA, "docker"}, Row{"DockerParent", "/mybuild/" + kA, kA, ""},
        Row{"DockerParentIsTheRoot", "/" + kA, kA, ""},
        Row{"DockerRootless", kUser + "user.slice/docker-" + kA + ".scope", kA, "docker"},
        Row{"GitHubsRunners", "/actions_job/" + kA, kA, ""},
        Row{"ContainerdCriSystemd", kPod + "cri-containerd-" + kA + ".scope", kA, "containerd"},
        Row{"ContainerdCriColons",
            "/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:" + kA, kA,
            "containerd"},
        Row{"ContainerdCtr", "/default/" + kA, kA, ""},
        Row{"Nerdctl", "/system.slice/nerdctl-" + kA + ".scope", kA, "containerd"},
        Row{"KubeletCgroupfs", "/kubepods/besteffort/pod1a2b-3c/" + kA, kA, ""},
        Row{"KubeletInKind", "/kubelet/kubepods/pod1a2b-3c/" + kA, kA, ""},
        Row{"KubeletDocker", kPod + "docker-" + kA + ".scope", kA, "docker"},
        Row{"CriOSystemd", kPod + "crio-" + kA + ".scope", kA, "cri-o"},
        Row{"CriOCgroupfs", "/kubepods/burstable/pod44e2/crio-" + kA, kA, "cri-o"},
        Row{"CriOPod", "/pod_123-456/crio-" + kA, kA, "cri-o"},
        Row{"PodmanSystemd", "/machine.slice/libpod-" + kA + ".scope", kA, "podman"},
        Row{"PodmanPodSystemd", "/machine.slice/machine-libpod_pod_" + kB + ".slice/libpod-" + kA + ".scope",
            kA, "podman"},
        Row{"PodmanCgroupfs", "/libpod_parent/libpod-" + kA, kA, "podman"},
        Row{"PodmanPodCgroupfs", "/libpod_parent/" + kB + "/libpod-" + kA, kA, "podman"},
        Row{"PodmanSplit", "/system.slice/web.service/libpod-payload-" + kA, kA, "podman"},
        Row{"PodmanRootless", kUser + "user.slice/libpod-" + kA + ".scope", kA, "podman"},
        Row{"BuildKitInDocker", "/docker/buildkit/" + kStep, kStep, "buildkit"},
        Row{"BuildKitColons", "/system.slice/system.slice:docker:" + kStep, kStep, "buildkit"},
        Row{"BuildKitAlone", "/buildkit/" + kStep, kStep, "buildkit"},
        Row{"EcsOnEc2", "/ecs/55091c13-b8cf-4801-b527-f4601742204d/" + kA, kA, ""},
        Row{"EcsTaskLimits", "/ecs/" + kTask + "/" + kA, kA, ""},
        Row{"EcsOnFargate", "/ecs/" + kTask + "/" + kTask + "-1234567890", kTask + "-1234567890", "ecs"},
        Row{"Lxc", "/lxc.payload.web01", "web01", "lxc"},
        Row{"LxcNamedAsAUnit", "/lxc.payload.web.service", "web.service", "lxc"},
        Row{"LxcFolderOfPayloads", "/lxc.payload/web01", "web01", "lxc"},
        Row{"Lxc2", "/lxc/web01", "web01", "lxc"}, Row{"LxcNotUtf8", "/lxc/w\xff", "w\xff", "lxc"},
        Row{"LxdProject", "/lxc.payload.shop_web01", "shop_web01", "lxc"},
        Row{"Nspawn", "/machine.slice/machine-web01.scope/payload", "web01", "nspawn"},
        Row{"NspawnEscaped", "/machine.slice/machine-my\\x2dbox.scope/payload", "my-box", "nspawn"},
        Row{"NspawnService", "/machine.slice/systemd-nspawn@my\\x2dbox.service/payload", "my-box", "nspawn"},
        Row{"NspawnNoEscape", "/machine.slice/machine-a\\x0ab.scope", "a\\x0ab", "nspawn"},
        Row{"NspawnHalfAnEscape", "/machine.slice/machine-a\\x2.scope", "a\\x2", "nspawn"},
        // The innermost counts.
        Row{"DockerInDocker", "/docker/" + kA + "/docker/" + kB, kB, "docker"},
        Row{"PodmanInDocker", "/docker/" + kA + "/libpod_parent/libpod-" + kB, kB, "podman"},
        Row{"KubernetesInDocker", "/system.slice/docker-" + kA + ".scope/kubepods/pod1/" + kB, kB, ""},
        Row{"DockerInLxc", "/lxc.payload.web01/system.slice/docker-" + kB + ".scope", kB, "docker"},
        Row{"LxcInLxc", "/lxc.payload.web01/lxc.payload.inner", "inner", "lxc"},
        // A monitor is in the container around its own, where it is in any.
        Row{"MonitorInDocker", "/docker/" + kA + "/libpod_parent/libpod-conmon-" + kB, kA, "docker"},
        Row{"MonitorInLxc", "/lxc.payload.web01/lxc.monitor.inner", "web01", "lxc"},
        Row{"SupervisorInDocker", "/docker/" + kA + "/machine.slice/machine-b.scope/supervisor", kA,
            "docker"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    None, ContainerTest,
    testing::Values(Row{"Nothing", "", "", ""}, Row{"Root", "/", "", ""}, Row{"Slashes", "//", "", ""},
                    Row{"Session", "/user.slice/user-1000.slice/session-3.scope", "", ""},
                    Row{"DockerItself", "/system.slice/docker.service", "", ""},
                    Row{"TerminalsScope",
                        kUser + "apps.slice/vte-spawn-75bc72bd-6642-4cf5-b62c-0674e11bfc84.scope", "", ""},
                    Row{"ScopeWithHex", kUser + "app.slice/run-r" + kTask + ".scope", "", ""},
                    Row{"ScopeWithAllTheHex", "/system.slice/run-" + kA + ".scope", "", ""},
                    Row{"ScopeThatIsHex", "/system.slice/" + kA + ".scope", "", ""},
                    Row{"ServiceWithHex", kUser + "app.slice/app-" + kA + ".service", "", ""},
                    Row{"SliceWithHex", "/machine.slice/machine-libpod_pod_" + kA + ".slice", "", ""},
                    Row{"OtherPrefix", "/a/mydocker-" + kA + ".scope", "", ""},
                    Row{"PrefixWithoutScope", "/a/docker-" + kA, "", ""}, Row{"RootSideMissing", kA, "", ""},
                    Row{"TooShort", "/docker/" + kA.substr(1), "", ""},
                    Row{"TooLong", "/docker/" + kA + "0", "", ""},
                    Row{"NotHex", "/docker/x" + kA.substr(1), "", ""},
                    Row{"UpperCase", "/docker/A" + kA.substr(1), "", ""},
                    Row{"PodmansMonitor", "/machine.slice/libpod-conmon-" + kA + ".scope", "", ""},
                    Row{"PodmansMonitorCgroupfs", "/libpod_parent/libpod-conmon-" + kA, "", ""},
                    Row{"PodmansPod", "/libpod_parent/" + kA, "", ""},
                    Row{"CriOsMonitor", "/pod_123-456/crio-conmon-" + kA, "", ""},
                    Row{"LxcsMonitor", "/lxc.monitor.web01", "", ""},
                    Row{"LxcsMonitors", "/lxc.monitor/web01", "", ""}, Row{"LxcItself", "/lxc", "", ""},
                    Row{"LxcsOwnGroup", "/lxc/init.scope", "", ""}, Row{"Machines", "/machine.slice", "", ""},
                    Row{"NspawnsSupervisor", "/machine.slice/machine-web01.scope/supervisor", "", ""},
                    Row{"VirtualMachine", "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
                        "", ""},
                    Row{"MachineElsewhere", kUser + "app.slice/machine-web01.scope", "", ""},
                    Row{"BuildKitsOwn", "/docker/buildkit", "", ""},
                    Row{"TwentyFiveLetters", "/system.slice/" + kStep, "", ""},
                    Row{"TaskItself", "/ecs/" + kTask, "", ""},
                    Row{"TaskElsewhere", "/a/" + kTask + "/" + kTask + "-1", "", ""}),
    name_of);

// A name as long as a machine's may be, and one that is longer than any.
TEST(Container, HoldsNamesOfAnyLength) {
  const std::string dashes64 = std::string(64, 'x').replace(3, 1, "\\x2d");
  EXPECT_EQ(container_of("/machine.slice/machine-" + dashes64 + ".scope").id(),
            "xxx-" + std::string(60, 'x'));
  const std::string dashes65 = dashes64 + "x";
  EXPECT_EQ(container_of("/machine.slice/machine-" + dashes65 + ".scope").id(), dashes65) << "as it stands";
}

}  // namespace
}  // namespace proctree
