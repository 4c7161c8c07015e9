// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The screen's output and input: lines of text, and keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace proctree::watch {

struct Size {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

struct Frame {
  static constexpr std::size_t kNoLine = ~std::size_t{0};

  std::vector<std::string> lines;  // from the top, none too wide; their colours are TextStyle's
  std::size_t bar = kNoLine;       // the line that stands out in its whole width: the selected process
};

// A key that was pressed, of the mouse too.
struct Key {
  enum class Name : std::uint8_t {
    text,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    tab,
    escape,
    backspace,
    click,
    wheel_up,
    wheel_down,
  };

  Name name = Name::text;
  std::string text;      // of Name::text: one character, UTF-8
  std::size_t line = 0;  // of the mouse: where on the screen, from 0
};

// Makes keys of the characters that a terminal sends. Reports of its mouse stand among them, as xterm's mode
// 1006 has them: ESC [ < BUTTON ; COLUMN ; LINE M.
class KeyParser {
 public:
  void take(std::uint32_t code, std::vector<Key>& keys);
  // No more came with it: an Escape that is not followed by anything was pressed.
  void finish(std::vector<Key>& keys);

 private:
  void give_up(std::vector<Key>& keys);

  std::string pending_;  // the beginning of a report
};

}  // namespace proctree::watch
