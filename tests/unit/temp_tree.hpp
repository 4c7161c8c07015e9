// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A folder of files made for one test, removed after it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace proctree {

class TempTree {
 public:
  TempTree() {
    std::string name = (std::filesystem::temp_directory_path() / "proctree-test-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~TempTree() {
    std::error_code ignored;  // what is left behind in /tmp fails no test
    std::filesystem::remove_all(root_, ignored);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  [[nodiscard]] std::string root() const { return root_; }
  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

  void write(const std::string& name, std::string_view content) const {
    make_parent(name);
    std::ofstream file(path(name), std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    EXPECT_TRUE(file.good()) << name;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void link(const std::string& name, const std::string& target) const {
    make_parent(name);
    std::filesystem::create_symlink(target, path(name));
  }
  void fifo(const std::string& name) const {
    make_parent(name);
    EXPECT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(path(name)); }

 private:
  void make_parent(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
  }
  std::string root_;
};

}  // namespace proctree
