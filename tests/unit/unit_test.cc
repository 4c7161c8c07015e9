// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/unit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

struct UnitRow {
  const char* name;
  std::string cgroup;
  std::string unit;
  std::string user_unit;
};

const std::string kManager = "/user.slice/user-1000.slice/user@1000.service";
const std::string kId = "3f29c1e8a7b64d50913e2c7f8a1b0d4e5c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";

class UnitTest : public testing::TestWithParam<UnitRow> {};

TEST_P(UnitTest, IsWhatSystemdCallsIt) {
  const UnitRow& row = GetParam();
  const Units units = units_of(row.cgroup);
  EXPECT_EQ(units.unit, row.unit) << row.cgroup;
  EXPECT_EQ(units.user_unit, row.user_unit) << row.cgroup;
}

INSTANTIATE_TEST_SUITE_P(
    Paths, UnitTest,
    testing::Values(
        UnitRow{"Service", "/system.slice/cron.service", "cron.service", ""},
        UnitRow{"InSlices", "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", ""},
        UnitRow{"InNoSlice", "/init.scope", "init.scope", ""},
        UnitRow{"WithGroupsOfItsOwn", "/system.slice/a.service/workers/1", "a.service", ""},
        UnitRow{"Session", "/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""},
        UnitRow{"Escaped", "/system.slice/_cgroup.service", "cgroup.service", ""},
        UnitRow{"EscapedByName", "/machine.slice/machine-a\\x2db.scope", "machine-a\\x2db.scope", ""},
        UnitRow{"Socket", "/system.slice/ssh@0-10.0.0.1:22-10.0.0.2:40000.service",
                "ssh@0-10.0.0.1:22-10.0.0.2:40000.service", ""},
        UnitRow{"Manager", kManager, "user@1000.service", ""},
        UnitRow{"ManagersOwn", kManager + "/init.scope", "user@1000.service", "init.scope"},
        UnitRow{"OfAUser", kManager + "/app.slice/app-term.slice/vte-1.scope", "user@1000.service",
                "vte-1.scope"},
        UnitRow{"Innermost",
                kManager + "/user.slice/libpod-" + kId + ".scope/container/system.slice/b.service",
                "user@1000.service", "b.service"},
        UnitRow{"NoUsersManager", "/system.slice/user@x.service/b.service", "user@x.service", ""},
        // The manager of a container is not the host's.
        UnitRow{"OutermostOfNested", "/system.slice/docker-" + kId + ".scope/system.slice/ssh.service",
                "docker-" + kId + ".scope", ""},
        UnitRow{"InAContainer", "/lxc.payload.a/system.slice/ssh.service", "", ""},
        UnitRow{"InDocker", "/docker/" + kId, "", ""},
        // What is none.
        UnitRow{"Root", "/", "", ""}, UnitRow{"None", "", "", ""}, UnitRow{"Slice", "/system.slice", "", ""},
        UnitRow{"TypeAlone", "/system.slice/.service", "", ""}, UnitRow{"Rootless", "a.service", "", ""},
        UnitRow{"Outside", "/../b.service", "", ""}, UnitRow{"OddBytes", "/system.slice/a b.service", "", ""},
        UnitRow{"TooLong", "/" + std::string(256, 'a') + ".service", "", ""}),
    [](const auto& row) { return std::string(row.param.name); });

// What is missing may have been another name, or more of them.
TEST(Unit, IsWhatACutPathStillSays) {
  EXPECT_EQ(units_of("/system.slice/a.service/b", true).unit, "a.service");
  EXPECT_EQ(units_of("/system.slice/a.service", true).unit, "");
  EXPECT_EQ(units_of(kManager + "/app.slice/a.service/b", true).unit, "user@1000.service");
  EXPECT_EQ(units_of(kManager + "/app.slice/a.service/b", true).user_unit, "");
}

}  // namespace
}  // namespace proctree
