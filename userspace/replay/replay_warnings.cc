// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/replay_warnings.hpp"

#include "base/counted.hpp"
#include "base/escape.hpp"

namespace proctree {

namespace {

constexpr std::size_t kNameMost = 64;

}  // namespace

void ReplayWarnings::add(Kind& kind, LinePlace place, std::uint64_t count, std::string_view name) {
  if (kind.count == 0) {
    kind.first = place;
    append_visible(kind.first_name, name.substr(0, kNameMost));
  }
  kind.count += count;
}

std::vector<std::string> ReplayWarnings::texts(const RecordingReader& reader) const {
  std::vector<std::string> texts;
  const bool one_file = reader.files().size() == 1;
  const auto report = [&](const Kind& kind, const std::string& what, const std::string& named = "") {
    if (kind.count == 0) return;
    texts.push_back(what + (kind.count == 1 ? ", at " : ", the first at ") +
                    (one_file ? "line " + std::to_string(kind.first.line) : reader.name_of(kind.first)) +
                    named);
  };
  report(cut_short_, counted(cut_short_.count, "compressed file") + " torn: what could be read of it counts");
  report(torn_, counted(torn_.count, "torn line") + " left out");
  report(blank_, counted(blank_.count, "blank line") + " left out");
  report(nuls_, "NULs left out before " + counted(nuls_.count, "line"));
  report(unknown_types_, counted(unknown_types_.count, "line") + " of a type that this proctree doesn't know",
         " (" + unknown_types_.first_name + ")");
  report(unknown_fields_,
         counted(unknown_fields_.count, "line") + " with fields that this proctree doesn't know",
         " (" + unknown_fields_.first_name + ")");
  report(repeated_, counted(repeated_.count, "repeated line") + " left out");
  report(gaps_, counted(missing_, "line") + " missing from the sequence, " + counted(gaps_.count, "gap"));
  return texts;
}

}  // namespace proctree
