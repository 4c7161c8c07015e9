// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The style of text for people: colours, from the terminal's own palette so that every theme stays readable,
// and our own characters.
#pragma once

#include <string_view>

#include "base/charset.hpp"

namespace proctree {

class TextStyle {
 public:
  explicit TextStyle(bool colour, Charset charset = Charset::utf8) : colour_(colour), charset_(charset) {}

  [[nodiscard]] bool colour() const { return colour_; }
  [[nodiscard]] Charset charset() const { return charset_; }
  // Between a process and what started it.
  [[nodiscard]] std::string_view arrow() const { return pick("←", "<-"); }
  // The same with its spaces, and dim.
  [[nodiscard]] std::string_view separator() const {
    return colour_ ? pick(" \x1b[2m←\x1b[0m ", " \x1b[2m<-\x1b[0m ") : pick(" ← ", " <- ");
  }
  // Behind a process that has ended.
  [[nodiscard]] std::string_view ended() const { return pick("†", "+"); }
  // For what is left out.
  [[nodiscard]] std::string_view ellipsis() const { return pick("…", "..."); }
  // One character, for a rule across the screen.
  [[nodiscard]] std::string_view rule() const { return pick("─", "-"); }

  enum class Ink { plain, bold, dim, red, bold_red, green, yellow, cyan };

  // `out` is a std::string or what gathers pieces for one.
  template <class Out>
  void begin(Out& out, Ink ink) const {
    if (colour_) out += code(ink);
  }
  template <class Out>
  void end(Out& out, Ink ink) const {
    if (colour_ && ink != Ink::plain) out += "\x1b[0m";
  }
  template <class Out>
  void put(Out& out, Ink ink, std::string_view text) const {
    begin(out, ink);
    out += text;
    end(out, ink);
  }

 private:
  static constexpr std::string_view code(Ink ink) {
    switch (ink) {
      case Ink::plain:
        return "";
      case Ink::bold:
        return "\x1b[1m";
      case Ink::dim:
        return "\x1b[2m";
      case Ink::red:
        return "\x1b[31m";
      case Ink::bold_red:
        return "\x1b[1;31m";
      case Ink::green:
        return "\x1b[32m";
      case Ink::yellow:
        return "\x1b[33m";
      case Ink::cyan:
        return "\x1b[36m";
    }
    return "";
  }

  [[nodiscard]] std::string_view pick(std::string_view utf8, std::string_view ascii) const {
    return charset_ == Charset::utf8 ? utf8 : ascii;
  }

  bool colour_;
  Charset charset_;
};

}  // namespace proctree
