// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A key that was pressed.
#pragma once

#include <cstdint>
#include <string>

namespace proctree::watch {

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
  };

  Name name = Name::text;
  std::string text;  // of Name::text: one character, UTF-8
};

}  // namespace proctree::watch
