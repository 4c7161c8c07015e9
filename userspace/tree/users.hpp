// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Users' names: from /etc/passwd while tracing, and from the recording in a replay.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proctree {

class Users {
 public:
  virtual ~Users() = default;
  // The user's name, or the number where it has none. Valid until users change; a number, until 256 more were
  // asked for.
  [[nodiscard]] virtual std::string_view name(std::uint32_t uid) = 0;

 protected:
  Users() = default;
  Users(const Users&) = default;
  Users(Users&&) = default;
  Users& operator=(const Users&) = default;
  Users& operator=(Users&&) = default;
};

// Numbers as text, for uids without a name: 256 of them, used in turn, so that invented uids can't fill our
// memory.
class UidTexts {
 public:
  [[nodiscard]] std::string_view of(std::uint32_t uid) {
    std::array<char, 10>& text = texts_[next_++ % texts_.size()];
    const auto result = std::to_chars(text.data(), text.data() + text.size(), uid);
    return {text.data(), static_cast<std::size_t>(result.ptr - text.data())};
  }

 private:
  std::array<std::array<char, 10>, 256> texts_{};
  std::size_t next_ = 0;
};

}  // namespace proctree
