// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Colours of the text output, in the terminal's own palette so that every theme stays readable.
#pragma once

#include <string>
#include <string_view>

namespace proctree {

class TextStyle {
 public:
  explicit TextStyle(bool colour) : colour_(colour) {}

  enum class Ink { plain, bold, dim, red, bold_red, green, yellow, cyan };

  void begin(std::string& out, Ink ink) const {
    if (colour_) out += code(ink);
  }
  void end(std::string& out, Ink ink) const {
    if (colour_ && ink != Ink::plain) out += "\x1b[0m";
  }
  void put(std::string& out, Ink ink, std::string_view text) const {
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

  bool colour_;
};

}  // namespace proctree
