// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/recorded_chain.hpp"

#include <cstddef>

#include "base/parse_text.hpp"

namespace proctree {

bool RecordedChain::unescape(std::string_view field, std::string& out) {
  out.clear();
  while (!field.empty()) {
    const std::size_t escape = field.find('\\');
    out += field.substr(0, escape);
    if (escape == std::string_view::npos) return true;
    const auto byte = parse_number<unsigned char>(
        field.substr(escape, 4).substr(0, 2) == "\\x" ? field.substr(escape + 2, 2) : std::string_view{}, 16);
    if (!byte || field.size() < escape + 4) return false;
    out += static_cast<char>(*byte);
    field.remove_prefix(escape + 4);
  }
  return true;
}

bool RecordedChain::next(LinkView& link) {
  if (ended_) return false;
  ended_ = rest_.find(';') == std::string_view::npos;
  std::string_view text = take_until(rest_, ';');
  const auto pid = parse_number<std::uint32_t>(take_until(text, '|'));
  const std::size_t bar = text.find('|');
  const bool good = pid && bar != std::string_view::npos && unescape(text.substr(0, bar), cmd_) &&
                    unescape(text.substr(bar + 1), user_);
  if (!good) {
    ended_ = broken_ = true;
    return false;
  }
  // A process of that name looks like this too; as the last link nothing else is known either way.
  link = {*pid, cmd_, user_, !(ended_ && text == "unknown|unknown")};
  return true;
}

}  // namespace proctree
