// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A line of the stream split into its members, so that a schema can take those that it has names for and pass
// on the rest.
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
[[nodiscard]] constexpr bool begins(Kind kind, char c) {
  switch (kind) {
    case Kind::string:
      return c == '"';
    case Kind::number:
      return c >= '0' && c <= '9';
    case Kind::boolean:
      return c == 't' || c == 'f';
    case Kind::array:
      return c == '[';
    case Kind::object:
      return c == '{';
  }
  return false;
}
[[nodiscard]] bool is_of(Kind kind, std::string_view value);  // a number: a whole one

// Longer texts of earlier lines are not remembered.
inline constexpr std::size_t kRememberedMost = 8192;

// Values of equal keys are equal texts: what they become is known. The key is the number of the piece that a
// value is, and that of a second one used with it; or else its text.
struct ValueKey {
  std::uint64_t piece = 0;  // 0: by the text
  std::uint64_t second = 0;
  std::string_view text;

  [[nodiscard]] std::size_t place() const {
    return piece != 0 ? place_of_piece(piece) : std::hash<std::string_view>{}(text);
  }
};

class SourceLine {
 public:
  using Fields = std::uint64_t;  // a bit each

  // Several members that a line has in one retained piece, by where they stand in its text.
  struct Piece {
    struct Part {
      std::uint32_t name = 0;
      std::uint32_t name_size = 0;
      std::uint32_t value = 0;
      std::uint32_t value_size = 0;
      Field field = Field::other;
      [[nodiscard]] std::string_view name_in(std::string_view text) const {
        return {text.data() + name, name_size};
      }
      [[nodiscard]] std::string_view value_in(std::string_view text) const {
        return {text.data() + value, value_size};
      }
    };
    std::uint64_t number = 0;
    std::uint64_t line = 0;  // the last that it stood in
    Fields fields = 0;
    std::vector<Part> parts;
  };
  struct Member {
    std::string_view name;
    std::string_view value;
    Field field = Field::other;
    Fields fields = 0;
    const Piece* piece = nullptr;  // of take_over(): several members, of which `value` is the text
  };

  // `text`: one object of valid JSON, which stays where it is. `ours`: as this program writes it.
  void read(std::string_view text, bool ours);
  // The same of a line whose writer has noted where its members stand: nothing is parsed but pieces that are
  // new.
  void take_over(std::string_view text, const JsonMembers& members);

  // The value, if the line has it and it is of that kind; empty: not. peek() leaves it in what is passed on
  // too.
  [[nodiscard]] std::string_view peek(Field field, Kind kind) const {
    if (!has(field)) return {};
    const std::string_view value = value_at(field).text;
    if (!begins(kind, value[0])) return {};
    // Of our own every number is a whole one.
    return ours_ || kind != Kind::number || is_of(kind, value) ? value : std::string_view{};
  }
  std::string_view take(Field field, Kind kind) {
    const std::string_view value = peek(field, kind);
    if (!value.empty()) mark_taken(field);
    return value;
  }
  [[nodiscard]] std::uint64_t number(Field field) const;  // 0: none
  void mark_taken(Field field) { taken_ |= bit_of(field); }
  void mark_taken(std::initializer_list<Field> fields) {
    for (const Field field : fields) mark_taken(field);
  }
  [[nodiscard]] bool is_taken(Field field) const { return (taken_ & bit_of(field)) != 0; }
  // None of it was taken, or nothing is left.
  [[nodiscard]] bool is_whole(const Member& member) const { return (member.fields & taken_) == 0; }
  [[nodiscard]] bool is_used_up(const Member& member) const { return (member.fields & ~taken_) == 0; }
  // As it stands in the line, from its first name's quote.
  [[nodiscard]] static std::string_view text_of(const Member& member) {
    const char* const begin = member.piece != nullptr ? member.value.data() : member.name.data() - 1;
    return {begin, static_cast<std::size_t>(member.value.data() + member.value.size() - begin)};
  }
  // Calls `use` with name and value of each member of it that was not taken.
  template <class Use>
  void for_each_left(const Member& member, Use&& use) const {
    if (member.piece == nullptr) {
      if (!is_taken(member.field)) use(member.name, member.value);
      return;
    }
    for (const Piece::Part& part : member.piece->parts) {
      if (!is_taken(part.field)) use(part.name_in(member.value), part.value_in(member.value));
    }
  }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] bool ours() const { return ours_; }
  [[nodiscard]] bool is_noted() const { return noted_; }  // by take_over()
  // It may be written as it stands (json_text.hpp).
  [[nodiscard]] bool passes_unchanged(std::string_view value) const {
    return exact_ || schema::passes_unchanged(value, ours_);
  }
  [[nodiscard]] bool passes_unchanged(const Member& member) const {
    return exact_ || (member.piece == nullptr && schema::passes_unchanged(member.value, ours_));
  }
  // The number of the piece that holds it; 0: none does.
  [[nodiscard]] std::uint64_t piece(Field field) const { return has(field) ? value_at(field).piece : 0; }
  // The same of each of `ancestors`.
  [[nodiscard]] std::span<const std::uint64_t> ancestors() const { return ancestors_; }
  // What distinguishes a value of the line from all others.
  [[nodiscard]] ValueKey key(Field field) const {
    const std::uint64_t number = piece(field);
    return number != 0 ? ValueKey{number, 0, {}} : ValueKey{0, 0, value_of(field)};
  }

 private:
  struct Value {
    std::string_view text;
    std::uint64_t piece = 0;  // as JsonMember has it
  };
  static constexpr Fields bit_of(Field field) { return Fields{1} << static_cast<unsigned>(field); }
  static_assert(kFieldCount < 64);
  [[nodiscard]] bool has(Field field) const { return (present_ & bit_of(field)) != 0; }
  [[nodiscard]] const Value& value_at(Field field) const { return values_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::string_view value_of(Field field) const {
    return has(field) ? value_at(field).text : std::string_view{};
  }
  void begin(bool ours);
  void set(Field field, const Value& value) {
    values_[static_cast<std::size_t>(field)] = value;
    present_ |= bit_of(field);
  }
  void add(std::string_view name, Field field, const Value& value) {
    set(field, value);
    members_.push_back({name, value.text, field, bit_of(field), nullptr});
  }
  void add_piece(std::string_view text, std::uint64_t number);
  void add_members(std::string_view text);
  static void take_apart(std::string_view text, Piece& piece);
  std::string* place_of_value(Field field, std::string_view rest);
  bool is_repeated(const Member& member);

  std::array<Value, kFieldCount + 1> values_{};  // of those that are present
  Fields present_ = 0;
  Fields taken_ = 0;
  std::vector<Member> members_;
  std::span<const std::uint64_t> ancestors_;
  std::vector<Piece> pieces_;                                        // by their writer's places
  std::uint64_t lines_ = 0;                                          // that were taken over
  std::bitset<256> seen_;                                            // hashes of names that aren't fields
  std::vector<std::string> known_ = std::vector<std::string>(1024);  // objects and arrays of earlier lines
  bool ours_ = false;
  bool noted_ = false;
  bool exact_ = false;  // all numbers are known to be
};

// The members of an object that are not among `taken`, as an object called `name`; nothing where none is.
void put_rest(JsonWriter& json, std::string_view name, std::string_view object,
              std::initializer_list<std::string_view> taken, bool ours);

}  // namespace proctree::schema
