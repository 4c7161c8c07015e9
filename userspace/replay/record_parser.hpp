// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reads a line of a JSON lines stream: the text becomes facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_cursor.hpp"
#include "proctree/error.hpp"
#include "replay/recorded_line.hpp"
#include "replay/seen_values.hpp"

namespace proctree {

class RecordParser {
 public:
  // The error says what is wrong with the line; if it is no JSON is_json() is false. What is read is valid as
  // long as `text` is, until the next call.
  Result<void> parse(std::string_view text);
  [[nodiscard]] const RecordedLine& line() const { return line_; }
  [[nodiscard]] bool is_json() const { return is_json_; }
  // The first name in the line that we don't know; empty: there was none. New names of a newer writer are no
  // error.
  [[nodiscard]] std::string_view unknown_field() const { return unknown_field_; }

  // Fields of the line itself that are checked to be JSON, no more.
  void leave_out(std::span<const std::string_view> names);
  // Asked at `ancestors`, which comes after the line's own facts: whether it is read.
  void set_wants_ancestors(std::function<bool(const RecordedLine&)> wants) {
    wants_ancestors_ = std::move(wants);
  }

  // Notes where the first `count` entries of `ancestors` end.
  void mark_ancestors(std::size_t count) { marked_ancestors_ = count; }

 private:
  // Reads the value of one field; false: it is not of its kind.
  struct Field {
    std::string_view name;
    bool (*read)(RecordParser&);
  };
  // The search for a field begins at `from`: fields come in the order in which we write them.
  static const Field* find(std::span<const Field> fields, std::string_view name, std::size_t& from);
  bool object(std::span<const Field> fields);
  bool wrong(const char* what);

  template <class Number>
  bool number(Number& out) {
    std::uint64_t value = 0;
    if (!cursor_.number(value)) return false;
    if (value > std::numeric_limits<Number>::max()) return wrong("the number is too large");
    out = static_cast<Number>(value);
    return true;
  }
  bool truth(bool& out) { return cursor_.boolean(out); }
  bool string(std::string_view& out) { return cursor_.string(out); }
  // The exact bytes, in base64, of the string that stands beside.
  bool raw(std::string_view& out);
  bool hex(std::uint64_t& out);
  bool ignore() { return cursor_.skip(); }
  bool pass_by();
  bool version();
  bool type();
  bool seq();
  bool time();
  bool events();
  bool failed_execs();
  bool creator_pid();
  bool creator_id();
  bool args();
  bool list(std::string& out);  // of texts, each to be ended by NUL
  bool env();
  bool env_raw();
  void settle_env();
  bool stdio();
  bool file_kind();
  bool previous();
  bool entry();
  bool entry_type();
  bool entry_args();
  bool ancestor_args();
  std::string& next_text();
  bool leader(Leader& out);
  bool resynced();
  bool ancestors();
  bool ancestor_edge();
  bool dirfd();
  bool exit_code();
  bool signal();
  bool core_dumped();
  bool has_all();
  void settle_raws(std::size_t from);
  void settle_ancestor_args(RecordedAncestor& ancestor);
  tl::unexpected<Error> refused(std::string_view text);

  // In record_fields.cc.
  struct Tables;
  static std::span<const Field> line_fields();
  static std::span<const Field> host_fields();
  static std::span<const Field> tracer_fields();
  static std::span<const Field> namespace_fields();
  static std::span<const Field> previous_fields();
  static std::span<const Field> leader_fields();
  static std::span<const Field> container_fields();
  static std::span<const Field> stdio_fields();
  static std::span<const Field> peer_fields();
  static std::span<const Field> forked_as_fields();
  static std::span<const Field> entry_fields();
  static std::span<const Field> server_fields();
  static std::span<const Field> entry_container_fields();
  static std::span<const Field> ancestor_fields();

  JsonCursor cursor_;
  RecordedLine line_;
  const char* text_ = nullptr;
  const char* wrong_ = nullptr;  // what is wrong with the value of
  std::string_view field_;       // the field that is being read
  std::string_view unknown_field_;
  const Field* read_ = nullptr;    // the same
  std::vector<Field> own_fields_;  // the line's, where some are left out
  std::vector<SeenValues> seen_;   // of each of these
  std::function<bool(const RecordedLine&)> wants_ancestors_;
  std::size_t marked_ancestors_ = ~std::size_t{0};
  Leader* leader_ = nullptr;      // the one that is being read
  StandardFile* file_ = nullptr;  // of `stdio`, that is being read
  using Variable = std::pair<std::string_view, std::string_view>;
  std::vector<Variable> variables_;  // of `env`, and the exact bytes of values
  std::vector<Variable> raw_variables_;
  std::string env_;
  std::string args_;               // each ended by NUL
  std::deque<std::string> texts_;  // of the line's ancestors: their memory is used again
  std::size_t texts_used_ = 0;
  std::string_view args_raw_;
  std::string entry_args_;
  std::string_view entry_args_raw_;
  bool entry_args_truncated_ = false;
  bool args_truncated_ = false;
  bool is_json_ = true;
  bool has_seq_ = false;
  bool has_time_ = false;
  bool has_ktime_ = false;
  bool has_pid_ = false;
  std::vector<std::pair<std::string_view*, std::string_view>> raws_;  // whichever comes first, these count
};

}  // namespace proctree
