// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the table keeps of command lines, and for how long; titles over them; what runtimes' arguments say.
#include "tree/invocation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tree/container_names.hpp"
#include "tree/lineage.hpp"
#include "tree/table.hpp"
#include "tree/title.hpp"

namespace proctree {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

Invocation invocation_of_args(std::string_view exe, std::string_view args, std::size_t most = 256) {
  ImageFacts image;
  image.exe = exe;
  image.args = args;
  image.args_size = static_cast<std::uint32_t>(args.size());
  image.args_known = true;
  return invocation_of({}, image, most);
}

TEST(Invocation, HoldsTheFirstBytes) {
  const Invocation whole = invocation_of_args("/bin/echo", "echo\0a\0"sv);
  EXPECT_EQ(whole.args, "echo\0a\0"sv);
  EXPECT_FALSE(whole.args_truncated);
  const Invocation cut = invocation_of_args("/bin/echo", "echo\0abc\0d\0"sv, 7);
  EXPECT_EQ(cut.args, "echo\0ab"sv);
  EXPECT_TRUE(cut.args_truncated);
  EXPECT_EQ(invocation_of_args("/bin/echo", "echo\0abc\0d\0"sv, 5).args, "echo") << "no empty argument";
  EXPECT_EQ(invocation_of_args("/bin/echo", "echo\0\xe2\x82\xac\0"sv, 6).args, "echo\0"sv.substr(0, 4))
      << "no part of a character";
  EXPECT_FALSE(invocation_of_args("/bin/echo", "echo\0"sv, 0).args_known);
}

TEST(Invocation, NamesTheScriptThoughItsArgumentsAreCut) {
  const std::string args = "java\0-cp\0"s + std::string(500, 'x') + "\0-jar\0/opt/app.jar\0"s;
  EXPECT_EQ(invocation_of_args("/usr/bin/java", args).script, "app.jar");
  EXPECT_EQ(invocation_of_args("/usr/bin/java", args, 0).script, "app.jar");
}

class InvocationsTest : public testing::Test {
 protected:
  Slot add(std::uint32_t pid, Slot creator) {
    const Slot slot = table_.insert({pid, pid * 100ULL}, creator, Edge::observed);
    if (creator == kNoSlot) table_.set_image(slot, {"sh", "/bin/sh", 1});
    return slot;
  }
  ProcessTable table_;
};

TEST_F(InvocationsTest, AreInheritedAndShared) {
  const Slot shell = add(1, kNoSlot);
  const std::size_t before = table_.bytes();
  table_.set_invocation(shell, invocation_of_args("/bin/sh", "sh\0-c\0something\0"sv));
  const Slot child = add(2, shell);
  EXPECT_EQ(table_.invocation(child).args, table_.invocation(shell).args);
  EXPECT_EQ(table_.invocation_generation(child), table_.invocation_generation(shell));
  EXPECT_GT(table_.bytes(), before);
  table_.set_invocation(shell, {});
  EXPECT_EQ(table_.invocation(child).args, "sh\0-c\0something\0"sv) << "its own";
}

// An id is used again, the generation of what it stood for is not.
TEST_F(InvocationsTest, HaveGenerationsOfTheirOwn) {
  const Slot shell = add(1, kNoSlot);
  table_.set_invocation(shell, invocation_of_args("/bin/a", "a\0"sv));
  const std::uint64_t first = table_.invocation_generation(shell);
  table_.set_invocation(shell, {});
  EXPECT_EQ(table_.invocation_generation(shell), 0U);
  table_.set_invocation(shell, invocation_of_args("/bin/b", "b\0"sv));
  EXPECT_NE(table_.invocation_generation(shell), first);
}

TEST_F(InvocationsTest, GoWithTheLastThatMayBeReported) {
  const Slot top = add(1, kNoSlot);
  table_.set_invocation(top, invocation_of_args("/bin/a", "a\0"sv));
  const Slot middle = add(2, top);
  table_.set_invocation(middle, invocation_of_args("/bin/b", "b\0"sv));
  const Slot leaf = add(3, middle);
  table_.set_invocation(leaf, invocation_of_args("/bin/c", "c\0"sv));
  table_.mark_exited(middle, 500);
  EXPECT_EQ(table_.invocation(middle).args, "b\0"sv) << "what descends from it may report it";
  table_.mark_exited(leaf, 600);
  EXPECT_EQ(table_.invocation(leaf), Invocation{});
  EXPECT_EQ(table_.invocation(middle), Invocation{});
  EXPECT_EQ(table_.invocation(top).args, "a\0"sv);
  table_.mark_exited(top, 700);
  EXPECT_EQ(table_.invocation(top), Invocation{});
}

TEST(Title, IsWhatStandsOverTheArguments) {
  const Invocation executed = invocation_of_args("/usr/sbin/sshd", "/usr/sbin/sshd\0-D\0-R\0"sv);
  EXPECT_EQ(title_in("/usr/sbin/sshd\0-D\0-R\0"sv, executed, "sshd"), "");
  EXPECT_EQ(title_in("sshd: alice@pts/0\0\0\0\0\0\0"sv, executed, "sshd"), "sshd: alice@pts/0");
  EXPECT_EQ(title_in("sshd: alice@pts/0 and a long one\0"sv, executed, "sshd"),
            "sshd: alice@pts/0 and a long one");
  EXPECT_EQ(title_in("worker\0bin/sshd\0-D\0-"sv, executed, "sshd"), std::nullopt) << "of another size";
  EXPECT_EQ(title_in("worker\0in/sshd\0-D\0-R\0"sv, executed, "sshd"), "worker in/sshd -D -R")
      << "over a part of them";
  EXPECT_EQ(title_in(""sv, executed, "sshd"), std::nullopt);
  EXPECT_EQ(title_in("short\0"sv, invocation_of_args("/usr/bin/perl", "perl\0-e\0x\0"sv), "short"), "short");
}

// Of one whose arguments were read from /proc.
TEST(Title, AloneIsNoArgument) {
  TaskFacts task;
  task.tty = "pts/3";
  ImageFacts image;
  image.args = "sshd: alice@pts/0\0\0\0"sv;
  image.args_known = true;
  image.args_size = 20;
  const Invocation title = invocation_shown(task, image, 256);
  EXPECT_EQ(title.title, "sshd: alice@pts/0");
  EXPECT_EQ(title.tty, "pts/3");
  EXPECT_FALSE(title.args_known);
  EXPECT_EQ(title.args, "");
  EXPECT_EQ(invocation_shown(task, image, 6).title, "sshd: ");
  EXPECT_TRUE(invocation_shown(task, image, 6).title_truncated);
  image.args =
      "sleep\0"
      "10\0"sv;
  image.args_size = static_cast<std::uint32_t>(image.args.size());
  EXPECT_EQ(invocation_shown(task, image, 256).args, image.args);
  EXPECT_EQ(invocation_shown(task, image, 256).title, "");
}

// The arguments of what it executes next, whose event is still to come, are no title.
TEST(Title, IsNotTheNextProgramsArguments) {
  const Invocation executed = invocation_of_args("/bin/sh", "sh\0-c\0sleep 1 & exec sh\0"sv);
  EXPECT_EQ(title_in("sh\0"sv, executed, "sh"), std::nullopt);
  EXPECT_EQ(title_in("-sh\0"sv, executed, "sh"), std::nullopt);
  EXPECT_EQ(title_in("/bin/sh\0"sv, executed, "sh"), std::nullopt);
  EXPECT_EQ(title_in("sh\0other.sh\0"sv, executed, "sh"), std::nullopt);
}

struct RuntimeRow {
  const char* name;
  std::string_view exe;
  std::string_view args;
  std::string_view id, container, image;
};
class RuntimeTest : public testing::TestWithParam<RuntimeRow> {};
TEST_P(RuntimeTest, SaysWhichContainerItRuns) {
  const RuntimeRow& row = GetParam();
  const Invocation invocation = invocation_of_args(row.exe, row.args);
  EXPECT_EQ(invocation.container_id, row.id);
  EXPECT_EQ(invocation.container_name, row.container);
  EXPECT_EQ(invocation.container_image, row.image);
}
INSTANTIATE_TEST_SUITE_P(
    Programs, RuntimeTest,
    testing::Values(
        RuntimeRow{"Conmon", "/usr/bin/conmon",
                   "/usr/bin/conmon\0--api-version\0001\0-c\0a1b2\0-u\0a1b2\0-r\0/usr/bin/crun\0-n\0web\0"
                   "--exit-command-arg\0--name\0--exit-command-arg\0-n\0"sv,
                   "a1b2", "web", ""},
        RuntimeRow{
            "Podman", "/usr/bin/podman",
            "podman\0--root\0/x\0run\0-dit\0-v\0/a:/b\0--rm\0--name=web\0-e\0A=B\0docker.io/nginx\0-g\0x\0"sv,
            "", "web", "docker.io/nginx"},
        RuntimeRow{"PodmanWithoutName", "/usr/bin/podman", "podman\0run\0alpine\0sh\0"sv, "", "", "alpine"},
        RuntimeRow{"PodmanOfAFolder", "/usr/bin/podman",
                   "podman\0run\0--name\0web\0--rootfs\0/srv/root\0/bin/sleep\0"sv, "", "web", ""},
        RuntimeRow{"PodmanStart", "/usr/bin/podman", "podman\0start\0web\0"sv, "", "", ""},
        RuntimeRow{"Nspawn", "/usr/bin/systemd-nspawn",
                   "systemd-nspawn\0-D\0/srv/m\0--machine=box\0--image=/x.raw\0--\0/bin/sh\0--image=no\0"sv,
                   "box", "box", "/x.raw"},
        RuntimeRow{"Lxc", "/usr/bin/lxc-start", "lxc-start\0-n\0ct1\0-F\0"sv, "ct1", "ct1", ""},
        RuntimeRow{"NoRuntime", "/tmp/nomad", "conmon\0-c\0a1\0-n\0web\0"sv, "", "", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(InvocationsTest, NameAContainerByItsRuntime) {
  const Slot podman = add(1, kNoSlot);
  table_.set_invocation(podman, invocation_of_args("/usr/bin/podman", "podman\0run\0--name\0web\0nginx\0"sv));
  const Slot conmon = add(2, podman);
  table_.set_invocation(conmon, invocation_of_args("/usr/bin/conmon", "conmon\0-c\0a1\0-n\0web\0"sv));
  const Slot monitor = add(3, conmon);
  const Slot inside = add(4, monitor);
  table_.set_invocation(inside, invocation_of_args("/bin/sh", "sh\0"sv));
  ContainerNames names = container_names(table_, inside, "a1");
  EXPECT_EQ(names.name, "web");
  EXPECT_EQ(names.image, "nginx");
  names = container_names(table_, inside, "b2");
  EXPECT_EQ(names.name, "") << "another's";
  EXPECT_EQ(names.image, "");
}

}  // namespace
}  // namespace proctree
