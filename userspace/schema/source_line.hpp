// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A line of the stream taken apart into its members, so that a schema can take those that it has names for
// and pass on the rest.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
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

// Values of equal keys are equal texts: what they become is known. The bytes are the numbers of the pieces
// that a value consists of, or else its text, which begins with another byte than those do.
struct ValueKey {
  std::size_t place = 0;
  std::string_view bytes;  // empty: there is no key

  static ValueKey of(std::span<const std::uint64_t> pieces) {
    for (const std::uint64_t piece : pieces) {
      if (piece == 0) return {};
    }
    if (pieces.empty()) return {};
    constexpr unsigned kIndexShift = 8;  // JsonWriter::next_piece()
    return {pieces.front() >> kIndexShift,
            {reinterpret_cast<const char*>(pieces.data()), pieces.size_bytes()}};
  }
};

class SourceLine {
 public:
  struct Member {
    std::string_view name;
    std::string_view value;
    Field field = Field::other;
    std::uint64_t piece = 0;  // as JsonMember has it
  };

  // `text`: one object of valid JSON, which stays where it is. `ours`: as this program writes it.
  void read(std::string_view text, bool ours);
  // The same of a line whose writer has noted where its members stand: nothing is parsed.
  void take_over(std::string_view text, const JsonMembers& members);

  // The value, if the line has it and it is of that kind; empty: not. peek() leaves it in what is passed on
  // too.
  [[nodiscard]] std::string_view peek(Field field, Kind kind) const {
    const std::string_view value = value_of(field);
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
  // It may be written as it stands (json_text.hpp).
  [[nodiscard]] bool passes_unchanged(std::string_view value) const {
    return exact_ || schema::passes_unchanged(value, ours_);
  }
  // The number of the piece that holds it; 0: none does.
  [[nodiscard]] std::uint64_t piece(Field field) const {
    const std::size_t place = places_[static_cast<std::size_t>(field)];
    return place == kNowhere ? 0 : members_[place].piece;
  }
  // The same of each of `ancestors`.
  [[nodiscard]] std::span<const std::uint64_t> ancestors() const { return ancestors_; }
  // What tells an object of the line from all others.
  [[nodiscard]] ValueKey key(Field field, std::string_view value) const;

 private:
  static constexpr std::uint16_t kNowhere = 0xffff;
  [[nodiscard]] std::string_view value_of(Field field) const {
    const std::size_t place = places_[static_cast<std::size_t>(field)];
    return place == kNowhere ? std::string_view{} : members_[place].value;
  }
  void begin(bool ours);
  void add(const Member& member);
  std::string* place_of_value(Field field, std::string_view rest);
  bool is_repeated(const Member& member);

  std::array<std::uint16_t, kFieldCount> places_{};  // among the members
  std::bitset<kFieldCount> taken_;
  std::vector<Member> members_;
  std::span<const std::uint64_t> ancestors_;
  std::bitset<256> seen_;                                            // hashes of names that aren't fields
  std::vector<std::string> known_ = std::vector<std::string>(1024);  // objects and arrays of earlier lines
  bool ours_ = false;
  bool exact_ = false;  // all numbers are known to be
};

// The members of an object that are not among `taken`, as an object called `name`; nothing where none is.
void put_rest(JsonWriter& json, std::string_view name, std::string_view object,
              std::initializer_list<std::string_view> taken, bool ours);

}  // namespace proctree::schema
