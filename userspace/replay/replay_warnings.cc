// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/replay_warnings.hpp"

#include "base/escape.hpp"

namespace proctree {

namespace {

constexpr std::size_t kNameMost = 64;

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

}  // namespace

void ReplayWarnings::add(Kind& kind, std::uint64_t line, std::string_view name) {
  if (kind.count++ != 0) return;
  kind.first_line = line;
  append_visible(kind.first_name, name.substr(0, kNameMost));
}

std::vector<std::string> ReplayWarnings::texts() const {
  std::vector<std::string> texts;
  const auto tell = [&](const Kind& kind, const std::string& what, const std::string& named) {
    if (kind.count == 0) return;
    texts.push_back(what + (kind.count == 1 ? ", at line " : ", the first at line ") +
                    std::to_string(kind.first_line) + named);
  };
  tell(torn_, counted(torn_.count, "torn line") + " left out", "");
  tell(unknown_types_, counted(unknown_types_.count, "line") + " of a type that this proctree doesn't know",
       " (" + unknown_types_.first_name + ")");
  tell(unknown_fields_,
       counted(unknown_fields_.count, "line") + " with fields that this proctree doesn't know",
       " (" + unknown_fields_.first_name + ")");
  tell(doubled_, counted(doubled_.count, "line") + " left out that had been read already", "");
  tell(gaps_, counted(missing_, "line") + " missing from the sequence, " + counted(gaps_.count, "gap"), "");
  return texts;
}

}  // namespace proctree
