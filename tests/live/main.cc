// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The live tests need root and a kernel that lets BPF in. Where they can't run they fail; who doesn't
// want them says PROCTREE_LIVE=off.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace {

class SkipAll : public testing::Environment {
 public:
  void SetUp() override { GTEST_SKIP() << "PROCTREE_LIVE=off"; }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* wanted = std::getenv("PROCTREE_LIVE");
  if (wanted != nullptr && std::string_view(wanted) == "off") {
    testing::AddGlobalTestEnvironment(new SkipAll);
  }
  return RUN_ALL_TESTS();
}
