// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The words of a store, and its programs: each once, with a number.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "history/database.hpp"
#include "proctree/error.hpp"

namespace proctree {

// An executable as it was run: under a name, by a user, in a container, below an entry.
struct ProgramWords {
  std::string_view comm;
  std::string_view exe;
  std::string_view user;
  std::string_view cgroup;  // which says the container
  std::string_view entry;
};

class Programs {
 public:
  Result<void> prepare(const Database& database);

  Result<std::int64_t> id(const ProgramWords& words);
  // A process that was born then is, or once was, this program.
  Result<void> note_use(std::int64_t program, std::int64_t born_ns);
  // The file has no longer all of them.
  void forget();

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Numbers = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

  // None: the text is empty.
  Result<std::optional<std::int64_t>> string_id(std::string_view text);
  Result<std::int64_t> add(const ProgramWords& words);

  Statement find_string_, add_string_, find_program_, add_program_, add_use_;
  Numbers strings_;
  Numbers programs_;  // by their words, each ended by NUL
  std::string key_;
  std::unordered_set<std::uint64_t> uses_;  // of the latest seconds
};

}  // namespace proctree
