// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/choice.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "tree/called.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::size_t kUnderMost = 1'000'000;

std::vector<Pattern> patterns_of(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

HistoryFilter::HistoryFilter(HistoryStore& store, const HistoryChoice& choice)
    : store_(store),
      choice_(choice),
      comms_(patterns_of(choice.comms)),
      exes_(patterns_of(choice.exes)),
      under_names_(patterns_of(choice.under)) {}

// No names: any text.
template <class Name, class Fits>
Result<bool> HistoryFilter::fits_any(const std::vector<Name>& names, std::int64_t string, Fits fits) {
  if (names.empty()) return true;
  const std::string text = PROCTREE_TRY(store_.text(string));
  return std::ranges::any_of(names, [&](const Name& name) { return fits(name, text); });
}

Result<bool> HistoryFilter::matches(const HistoryImage& image) {
  const auto starts = [](const std::string& name, std::string_view text) { return text.starts_with(name); };
  const auto equals = [](const std::string& name, std::string_view text) { return text == name; };
  const auto& entries = choice_.entries;
  const bool is_entry = entries.empty() || std::ranges::any_of(entries, [&image](EntryType type) {
                          return entry_type_name(type) == image.entry;
                        });
  return is_entry && PROCTREE_TRY(fits_any(comms_, image.comm, is_called)) &&
         PROCTREE_TRY(fits_any(exes_, image.exe, is_at)) &&
         PROCTREE_TRY(fits_any(choice_.users, image.user, equals)) &&
         PROCTREE_TRY(fits_any(choice_.containers, image.container, starts));
}

Result<std::optional<HistoryImage>> HistoryFilter::match(const HistoryProcess& process) {
  if (choice_.failed && !process.has_failed()) return std::nullopt;
  std::optional<HistoryImage> found;
  if (PROCTREE_TRY(matches(process.birth))) found = process.birth;
  for (const HistoryImage& image : *PROCTREE_TRY(store_.images(process.id))) {
    if (PROCTREE_TRY(matches(image))) found = image;
  }
  if (found && !choice_.under.empty() && !PROCTREE_TRY(is_under(process))) return std::nullopt;
  return found;
}

Result<bool> HistoryFilter::is_named(const HistoryProcess& process) {
  const std::string id = PROCTREE_TRY(store_.id_of(process));
  const std::string pid = std::to_string(process.key.pid);
  const auto is_it = [&](const Pattern& name) { return name.text() == id || name.text() == pid; };
  if (std::ranges::any_of(under_names_, is_it) || PROCTREE_TRY(is_named(process.birth))) return true;
  for (const HistoryImage& image : *PROCTREE_TRY(store_.images(process.id))) {
    if (PROCTREE_TRY(is_named(image))) return true;
  }
  return false;
}

Result<bool> HistoryFilter::is_named(const HistoryImage& image) {
  return PROCTREE_TRY(fits_any(under_names_, image.comm, is_called)) ||
         PROCTREE_TRY(fits_any(under_names_, image.exe, is_named_after));
}

// A process isn't under itself.
Result<bool> HistoryFilter::is_under(const HistoryProcess& process) {
  if (under_.size() > kUnderMost) under_.clear();
  std::vector<std::int64_t> line;
  bool found = false;
  for (std::int64_t at = process.creator; at != 0;) {
    if (const auto known = under_.find(at); known != under_.end()) {
      found = known->second;
      break;
    }
    const auto above = PROCTREE_TRY(store_.find(at));
    if (!above) break;
    line.push_back(at);
    under_[at] = false;  // one that is met again here ends a circle
    if (PROCTREE_TRY(is_named(*above))) {
      found = true;
      break;
    }
    at = above->creator;
  }
  for (const std::int64_t at : line) under_[at] = found;
  return found;
}

}  // namespace proctree
