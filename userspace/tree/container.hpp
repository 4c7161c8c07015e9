// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which container a cgroup path stands for.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace proctree {

// What runtimes call their groups is a table in container.cc. Of nested containers the innermost counts; a
// runtime's monitor (conmon, lxc's, nspawn's) is in none.
//
// It is only what the path says: a user who may make cgroups below his own may name them like a container's.
class Container {
 public:
  // As the runtime's own tools call it: hex digits, or a name; empty: in none.
  [[nodiscard]] std::string_view id() const {
    return size_ == 0 ? id_ : std::string_view(unescaped_.data(), size_);
  }
  // Empty where the form does not say.
  [[nodiscard]] std::string_view runtime() const { return runtime_; }

 private:
  friend Container container_of(std::string_view cgroup);

  std::string_view id_;  // in the path
  std::string_view runtime_;
  std::array<char, 64> unescaped_{};  // of a machine's name, which systemd escapes in units
  std::size_t size_ = 0;
};

// Valid as long as `cgroup` is.
[[nodiscard]] Container container_of(std::string_view cgroup);

}  // namespace proctree
