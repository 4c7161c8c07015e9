// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/choice.hpp"

#include <algorithm>

#include "base/pattern.hpp"
#include "base/try.hpp"
#include "proctree/facts.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::size_t kUnderMost = 1'000'000;

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_comm(const std::string& name, std::string_view comm) {
  const Pattern pattern(name);
  return pattern.is_literal() ? as_comm(name) == comm : pattern.matches(comm);
}

bool is_exe(const std::string& name, std::string_view exe) {
  const Pattern pattern(name);
  return !exe.empty() && (pattern.matches(exe) || pattern.matches(last_part(exe)));
}

}  // namespace

Result<bool> HistoryFilter::matches(const HistoryImage& image) {
  const auto any = [](const std::vector<std::string>& names, std::string_view text, auto fits) {
    return names.empty() ||
           std::ranges::any_of(names, [&](const std::string& name) { return fits(name, text); });
  };
  const auto starts = [](const std::string& name, std::string_view text) { return text.starts_with(name); };
  const auto equals = [](const std::string& name, std::string_view text) { return text == name; };
  const auto& entries = choice_.entries;
  const bool is_entry = entries.empty() || std::ranges::any_of(entries, [&image](EntryType type) {
                          return entry_type_name(type) == image.entry;
                        });
  return is_entry && any(choice_.comms, PROCTREE_TRY(store_.text(image.comm)), is_comm) &&
         any(choice_.exes, PROCTREE_TRY(store_.text(image.exe)), is_exe) &&
         any(choice_.users, PROCTREE_TRY(store_.text(image.user)), equals) &&
         any(choice_.containers, PROCTREE_TRY(store_.text(image.container)), starts);
}

Result<std::optional<HistoryImage>> HistoryFilter::match(const HistoryProcess& process) {
  if (choice_.failed && !process.has_failed()) return std::nullopt;
  std::optional<HistoryImage> found;
  if (PROCTREE_TRY(matches(process.birth))) found = process.birth;
  for (HistoryImage& image : PROCTREE_TRY(store_.images(process.id))) {
    if (PROCTREE_TRY(matches(image))) found = std::move(image);
  }
  if (found && !choice_.under.empty() && !PROCTREE_TRY(is_under(process))) return std::nullopt;
  return found;
}

Result<bool> HistoryFilter::is_named(const HistoryProcess& process) {
  const std::string id = PROCTREE_TRY(store_.id_of(process));
  auto images = PROCTREE_TRY(store_.images(process.id));
  images.push_back(process.birth);
  for (const std::string& name : choice_.under) {
    if (name == id || name == std::to_string(process.key.pid)) return true;
    for (const HistoryImage& image : images) {
      if (is_comm(name, PROCTREE_TRY(store_.text(image.comm)))) return true;
      const std::string exe = PROCTREE_TRY(store_.text(image.exe));
      if (!exe.empty() && Pattern(name).matches(last_part(exe))) return true;
    }
  }
  return false;
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
