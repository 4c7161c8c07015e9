// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A line of JSON taken apart as far as cutting needs: where each text is, and which go first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace proctree {

// What is cut, in this order; ancestors beyond the nearest eight before all of it.
enum class Cut : std::uint8_t { ancestor_args, args, env, path, chain, other, count };

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

// A text that may be cut, a list of texts or the object `env`: the value of one field.
struct LinePiece {
  Cut cut = Cut::other;
  bool list = false;
  bool has_raw = false;
  Span value;                // with its quotes or brackets
  Span whole;                // the value, and the field with its exact bytes where that stands behind it
  Span raw;                  // those bytes in base64, without quotes
  std::string_view name;     // of the field
  std::uint32_t object = 0;  // the object that holds it, by number
  std::size_t ancestor = 0;  // 1: in the nearest; 0: in none
};

// One of `env`.
struct LineVariable {
  std::string_view name;  // as it is written, without quotes
  Span value;
  Span raw;  // its exact bytes in base64, with quotes; empty: env_raw doesn't have it
};

class LinePieces {
 public:
  // `line` is one object of valid JSON and stays where it is.
  void find(std::string_view line);

  [[nodiscard]] const std::vector<LinePiece>& pieces() const { return pieces_; }
  // Those of the piece that is `env`, where there is one.
  [[nodiscard]] const std::vector<LineVariable>& variables() const { return variables_; }
  // Elements of `ancestors`, each with the comma before it.
  [[nodiscard]] const std::vector<Span>& ancestors() const { return ancestors_; }
  [[nodiscard]] std::size_t ancestors_end() const { return ancestors_end_; }  // behind the bracket; 0: none
  // The line's own fields, each with the comma before it.
  struct Member {
    Span span;
    std::string_view name;
  };
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  // `name`_truncated is true in that object.
  [[nodiscard]] bool is_marked(std::uint32_t object, std::string_view name) const;

 private:
  enum class Env : std::uint8_t { none, values, raw };
  // An object or an array that is open.
  struct Open {
    bool object = false;
    bool ancestors = false;  // the array of them
    Env env = Env::none;
    bool whole = false;  // no text within is a piece
    std::size_t ancestor = 0;
    std::uint32_t number = 0;
    std::string_view name;  // of the field that is being read
    std::size_t begin = 0;  // of what is being read, with the comma before it
    std::size_t value = 0;  // the same without comma and name
  };
  struct Mark {
    std::uint32_t object = 0;
    std::string_view name;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };

  void read_value();
  void read_key();
  void end_value();
  void read_string();
  void read_scalar();
  bool read_list();
  void open(bool object);
  void close();
  void skip_blanks();
  void skip_string();
  void add_piece(Span value, bool list);
  bool take_raw(Span value);
  [[nodiscard]] Env env_of(const Open& in) const;
  void end_env(Env env);
  void end_variable(const Open& in);
  [[nodiscard]] Cut cut_of(const Open& in, bool list) const;

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  std::vector<LinePiece> pieces_;
  std::vector<LineVariable> variables_;
  std::size_t raw_variables_ = 0;  // as many of them have been looked at for env_raw
  bool has_env_ = false;
  std::vector<Span> ancestors_;
  std::size_t ancestors_end_ = 0;
  std::vector<Member> members_;
  std::vector<Mark> marks_;
  std::uint32_t objects_ = 0;
};

}  // namespace proctree
