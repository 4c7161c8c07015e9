// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A line of the stream taken apart into its members, so that a schema can take those that it has names for
// and pass on the rest.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json_text.hpp"

namespace proctree::schema {

// The members that schemas look at. All others are passed on under the names that they have.
enum class Field : std::uint8_t {
  v,
  type,
  stream,
  seq,
  time,
  ktime_ns,
  host,
  tracer,
  seq_from,
  seq_to,  //
  pid,
  start_ns,
  id,
  ppid,
  creator_pid,
  creator_start_ns,
  creator_id,
  comm,
  creator_comm,
  exe,
  uid,
  user,
  gid,
  euid,
  egid,
  loginuid,
  sid,
  pgid,
  tty,
  session_leader,
  group_leader,
  ns,
  ns_pid,
  container_id,
  container,
  args,
  cwd,
  env,
  exe_deleted,
  caps_effective,
  caps_permitted,
  previous,
  ancestors,
  entry,
  error,
  exit_code,
  signal,
  inferred,
  args_truncated,
  runtime_ns,
  exe_sha256,
  line_truncated,  //
  other
};
inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::other);

// Of what a value is, by its first character.
enum class Kind : std::uint8_t { string, number, boolean, array, object };
[[nodiscard]] bool is_of(Kind kind, std::string_view value);

// Longer texts of earlier lines are not remembered.
inline constexpr std::size_t kRememberedMost = 8192;

class SourceLine {
 public:
  struct Member {
    std::string_view name;
    std::string_view value;
    Field field = Field::other;
  };

  // `text`: one object of valid JSON, which stays where it is. `ours`: as this program writes it.
  void read(std::string_view text, bool ours);

  // The value, if the line has it and it is of that kind; empty: not. peek() leaves it in what is passed on
  // too.
  [[nodiscard]] std::string_view peek(Field field, Kind kind) const {
    const std::string_view value = values_[static_cast<std::size_t>(field)];
    // Of our own every number is a whole one.
    const bool is = ours_ && kind == Kind::number ? !value.empty() && value[0] >= '0' && value[0] <= '9'
                                                  : is_of(kind, value);
    return is ? value : std::string_view{};
  }
  std::string_view take(Field field, Kind kind) {
    const std::string_view value = peek(field, kind);
    if (!value.empty()) mark_taken(field);
    return value;
  }
  [[nodiscard]] std::uint64_t number(Field field) const;  // 0: none
  void mark_taken(Field field) { taken_.set(static_cast<std::size_t>(field)); }
  [[nodiscard]] bool is_taken(Field field) const {
    return field != Field::other && taken_[static_cast<std::size_t>(field)];
  }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] bool ours() const { return ours_; }

 private:
  std::string* place_of_value(Field field, std::string_view rest);
  bool is_repeated(const Member& member);

  std::array<std::string_view, kFieldCount> values_;
  std::bitset<kFieldCount> taken_;
  std::vector<Member> members_;
  std::bitset<256> seen_;                                            // hashes of names that aren't fields
  std::vector<std::string> known_ = std::vector<std::string>(1024);  // objects and arrays of earlier lines
  bool ours_ = false;
};

// The members of an object that are not among `taken`, as an object called `name`; nothing where none is.
void put_rest(JsonWriter& json, std::string_view name, std::string_view object,
              std::initializer_list<std::string_view> taken, bool ours);

}  // namespace proctree::schema
