// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the writers of all schemas share: one line of the stream, with what it and its stream's first line
// say, and the JSON that is made of it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "schema/source_line.hpp"
#include "schema/stream_origins.hpp"
#include "sink/json_lines.hpp"

namespace proctree::schema {

enum class LineType : std::uint8_t {
  process,
  fork,
  exec,
  exit,
  exec_failed,
  hash,  // of one process
  start,
  lost,
  resync,
  repeat,
  stop,
  other  // of the trace
};
[[nodiscard]] LineType line_type_of(std::string_view name);
[[nodiscard]] std::string_view name_of(LineType type);  // not of `other`
[[nodiscard]] constexpr bool is_of_process(LineType type) { return type <= LineType::hash; }

// Of `args` or another array of strings.
struct Arguments {
  std::size_t count = 0;
  std::string command_line;  // a JSON string: all of them with a blank between
};

class Document {
 public:
  SourceLine line;
  LineMoment moment;
  LineType type = LineType::other;
  const StreamOrigin* origin = nullptr;
  JsonWriter json;

  // Members of the document under names of a schema; nothing where the line doesn't have it.
  template <std::size_t N>
  void string(const char (&name)[N], Field field) {
    slice(name, line.take(field, Kind::string));
  }
  template <std::size_t N>
  void slice(const char (&name)[N], std::string_view value) {
    if (!value.empty()) json.repeat_field(name, value);
  }
  template <std::size_t N>
  void number(const char (&name)[N], std::string_view value) {
    if (value.empty()) return;
    if (line.passes_unchanged(value)) return json.repeat_field(name, value);
    json.key(name);
    put_value(json, value, line.ours());
  }
  // A number that the schema wants as a string.
  template <std::size_t N>
  void digits(const char (&name)[N], std::string_view number) {
    if (number.empty()) return;
    json.key(name);
    json.plain(number);
  }
  // The line's own time, as a date.
  template <std::size_t N>
  void now(const char (&name)[N]) {
    if (line.is_noted()) return slice(name, line.peek(Field::time, Kind::string));
    json.plain_field(name, date(moment.realtime_ns));
  }
  // All members of the line that were not taken.
  void put_remaining();

  // An end that only a resync found: when it was is not known.
  [[nodiscard]] bool is_inferred() const { return line.peek(Field::inferred, Kind::boolean) == "true"; }

  // The time of boot, since 1970: equal texts at an equal boot time become equal.
  [[nodiscard]] std::uint64_t boot_realtime_ns() const {
    return static_cast<std::uint64_t>(moment.realtime_ns) - moment.ktime_ns;
  }
  // A boot time in nanoseconds since 1970; none where no clock is known.
  [[nodiscard]] std::optional<std::int64_t> realtime_of(std::string_view start_ns) const;
  // The same as a date; empty: none. Valid until the next call.
  [[nodiscard]] std::string_view date_of(std::string_view start_ns);
  [[nodiscard]] std::string_view date(std::int64_t realtime_ns);
  // STREAM-SEQ, or STREAM-FROM-TO-lost of lines that a store misses; empty: the line has no name.
  [[nodiscard]] std::string_view uid();
  // nullptr: not all of it are strings.
  [[nodiscard]] const Arguments* arguments(std::string_view array);
  // What `write` writes, without adding it to the document. Valid until the next call.
  template <class Write>
  [[nodiscard]] std::string_view apart(Write&& write) {
    std::swap(json, scratch_);
    json.clear();
    write();
    std::swap(json, scratch_);
    return scratch_.text();
  }
  // NAME=VALUE of each, as an array's elements.
  template <class Put>
  void for_each_variable(std::string_view env, Put&& put) {
    for_each_member(env, [&](std::string_view name, std::string_view value) {
      if (is_of(Kind::string, value)) put(name, inside(value));
    });
  }

 private:
  struct Date {
    std::int64_t realtime_ns = 0;
    std::array<char, 30> text{};  // begins with NUL: none
  };
  JsonWriter scratch_;
  UtcTime time_;
  std::array<Date, 256> dates_;  // those of ancestors and leaders stand in many lines
  Arguments arguments_;
  std::string uid_;
};

// What an object, an array or some members of a line become, retained for the lines that repeat them: what
// has the same key becomes the same at the same boot time.
class KnownParts {
 public:
  struct Parts {
    std::uint64_t piece = 0;
    std::uint64_t second = 0;
    std::uint64_t boot_realtime_ns = 0;
    std::string key;    // where it is a text
    std::string id;     // of the process that it is
    std::string named;  // in the schema's words
    std::string rest;   // what it has no names for
  };
  explicit KnownParts(std::size_t places) : parts_(places) {}

  // `make` fills in the last three. Valid until the next call.
  template <class Make>
  const Parts& find(const Document& document, const ValueKey& key, Make&& make) {
    Parts& known = key.text.size() > kRememberedMost ? large_ : parts_[key.place() % parts_.size()];
    const std::uint64_t boot_ns = document.boot_realtime_ns();
    if (known.piece == key.piece && known.second == key.second && known.boot_realtime_ns == boot_ns &&
        (key.piece != 0 || known.key == key.text))
      return known;
    known.piece = key.piece;
    known.second = key.second;
    known.boot_realtime_ns = boot_ns;
    known.key = key.text;
    known.id.clear();
    known.named.clear();
    known.rest.clear();
    make(known);
    return known;
  }
  // The same where all that is retained is what `write` writes, in the schema's words.
  template <class Write>
  std::string_view named(Document& document, const ValueKey& key, Write&& write) {
    return find(document, key, [&](Parts& parts) { parts.named = document.apart(write); }).named;
  }
  // Puts what `write` writes of these members, and takes, which lines have in one retained piece, if in any.
  template <class Write>
  void put(Document& document, std::initializer_list<Field> members, Write&& write) {
    const ValueKey key{document.line.piece(*members.begin()), 0, {}};
    if (key.piece == 0) return write();
    const std::string_view known = named(document, key, write);
    document.line.mark_taken(members);
    document.json.repeat(known);
  }

 private:
  std::vector<Parts> parts_;
  Parts large_;
};

// Members of an object of the line; what isn't there is empty.
struct ProcessObject {
  std::string_view pid, start_ns, id, comm, exe, args, user, uid, tty, type, source_ip;
  static ProcessObject read(std::string_view object);
};

// Of foreign lines with a name twice the last counts.
struct ContainerObject {
  std::string_view id, name, runtime, image;
  static ContainerObject read(std::string_view object);
};

// The line's own process. start_ns and args are passed on too.
[[nodiscard]] ProcessObject take_self(Document& document);

// With all that the first of `ancestors` says, where that is the creator; pid empty: none. creator_start_ns
// is passed on too.
[[nodiscard]] ProcessObject peek_creator(const Document& document);
// Its name and program, as far as the line of the child that it forked has them.
[[nodiscard]] ProcessObject program_of_forker(const Document& document);
// The pieces that peek_creator() is made of; `piece` 0: not of pieces alone.
[[nodiscard]] ValueKey creator_key(const Document& document);
// What `write` writes of the creator, members of an object that is not open yet; empty: there is none. The
// line's own members of it are taken. Valid until the next call of this, or of Document::apart().
template <class Write>
[[nodiscard]] std::string_view creator_members(Document& document, KnownParts& known, Write&& write) {
  const auto write_it = [&] {
    if (const ProcessObject creator = peek_creator(document); !creator.pid.empty()) write(creator);
  };
  const ValueKey key = creator_key(document);
  const std::string_view members =
      key.piece != 0 ? known.named(document, key, write_it) : document.apart(write_it);
  if (!members.empty())
    document.line.mark_taken({Field::creator_pid, Field::creator_id, Field::creator_comm});
  return members;
}

class SchemaWriter {
 public:
  virtual ~SchemaWriter() = default;
  SchemaWriter(const SchemaWriter&) = delete;
  SchemaWriter& operator=(const SchemaWriter&) = delete;
  // Sets origin.written.
  virtual void write_origin(StreamOrigin& origin) = 0;
  // Writes the document of the line into its JSON.
  virtual void write(Document& document) = 0;

 protected:
  SchemaWriter() = default;
};

}  // namespace proctree::schema
