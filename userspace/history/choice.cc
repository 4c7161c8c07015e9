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

// No names: any text.
template <class Name, class Fits>
bool fits_any(const std::vector<Name>& names, std::string_view text, Fits fits) {
  return names.empty() || std::ranges::any_of(names, [&](const Name& name) { return fits(name, text); });
}

}  // namespace

HistoryFilter::HistoryFilter(HistoryStore& store, const HistoryChoice& choice)
    : store_(store),
      choice_(choice),
      comms_(patterns_of(choice.comms)),
      exes_(patterns_of(choice.exes)),
      under_names_(patterns_of(choice.under)) {}

bool HistoryFilter::matches(const HistoryProgram& program) const {
  const auto starts = [](const std::string& name, std::string_view text) { return text.starts_with(name); };
  const auto equals = [](const std::string& name, std::string_view text) { return text == name; };
  const auto& entries = choice_.entries;
  const bool is_entry = entries.empty() || std::ranges::any_of(entries, [&program](EntryType type) {
                          return entry_type_name(type) == program.entry;
                        });
  return is_entry && fits_any(comms_, program.comm, is_called) && fits_any(exes_, program.exe, is_at) &&
         fits_any(choice_.users, program.user, equals) &&
         fits_any(choice_.containers, program.container, starts);
}

bool HistoryFilter::has_name(const HistoryProgram& program) const {
  return std::ranges::any_of(under_names_, [&program](const Pattern& name) {
    return is_called(name, program.comm) || is_named_after(name, program.exe);
  });
}

// A store's programs are few beside its processes: patterns are looked for in them once.
Result<const HistoryStore::Programs*> HistoryFilter::programs() {
  if (!programs_) {
    programs_.emplace();
    unknown_users_ = choice_.users;
    PROCTREE_CHECK(store_.each_program([this](std::int64_t id, const HistoryProgram& program) {
      std::erase(unknown_users_, program.user);
      if (matches(program)) programs_->insert(id);
      if (has_name(program)) named_.insert(id);
    }));
    if (matches({})) programs_->insert(0);
  }
  const bool is_any = choice_.comms.empty() && choice_.exes.empty() && choice_.users.empty() &&
                      choice_.containers.empty() && choice_.entries.empty();
  return is_any ? nullptr : &*programs_;
}

Result<std::optional<HistoryImage>> HistoryFilter::match(const HistoryProcess& process) {
  if (choice_.failed && !process.has_failed()) return std::nullopt;
  PROCTREE_TRY(programs());
  std::optional<HistoryImage> found;
  if (programs_->contains(process.birth.program)) found = process.birth;
  for (const HistoryImage& image : *PROCTREE_TRY(store_.images(process))) {
    if (programs_->contains(image.program)) found = image;
  }
  if (found && !choice_.under.empty() && !PROCTREE_TRY(is_under(process))) return std::nullopt;
  return found;
}

Result<bool> HistoryFilter::is_named(const HistoryProcess& process) {
  const std::string id = PROCTREE_TRY(store_.id_of(process));
  const std::string pid = std::to_string(process.key.pid);
  const auto is_it = [&](const std::string& name) { return name == id || name == pid; };
  if (std::ranges::any_of(choice_.under, is_it) || named_.contains(process.birth.program)) return true;
  const auto* images = PROCTREE_TRY(store_.images(process));
  return std::ranges::any_of(*images,
                             [this](const HistoryImage& image) { return named_.contains(image.program); });
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
    under_[at] = false;  // one that is met again here ends a cycle
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
