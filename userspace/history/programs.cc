// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/programs.hpp"

#include "base/try.hpp"
#include "history/schema.hpp"
#include "tree/container.hpp"

namespace proctree {

namespace {

// At most this many are remembered; the file has the others.
constexpr std::size_t kNumbersRemembered = 65'536;

}  // namespace

Result<void> Programs::prepare(const Database& database) {
  find_string_ = PROCTREE_TRY(database.prepare("SELECT id FROM string WHERE text = ?1"));
  add_string_ = PROCTREE_TRY(database.prepare("INSERT INTO string(text) VALUES(?1) RETURNING id"));
  find_program_ = PROCTREE_TRY(
      database.prepare("SELECT id FROM program WHERE comm IS ?1 AND exe IS ?2 AND \"user\" IS ?3 AND"
                       " container IS ?4 AND entry IS ?5"));
  add_program_ = PROCTREE_TRY(database.prepare(
      "INSERT INTO program(comm, exe, \"user\", container, entry) VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id"));
  add_use_ = PROCTREE_TRY(database.prepare_insertion(
      {.table = "program_use", .columns = "program, second", .key = "program, second"}));
  return {};
}

Result<std::optional<std::int64_t>> Programs::string_id(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto found = strings_.find(text); found != strings_.end()) return found->second;
  if (strings_.size() >= kNumbersRemembered) strings_.clear();
  auto id = PROCTREE_TRY(find_string_.bind(text).one());
  if (!id) id = PROCTREE_TRY(add_string_.bind(text).one());
  strings_.emplace(text, id.value_or(0));
  return id;
}

Result<std::int64_t> Programs::id(const ProgramWords& words) {
  key_.clear();
  for (const std::string_view word : {words.comm, words.exe, words.user, words.cgroup, words.entry})
    key_.append(word) += '\0';
  if (const auto found = programs_.find(key_); found != programs_.end()) return found->second;
  if (programs_.size() >= kNumbersRemembered) programs_.clear();
  const std::int64_t id = PROCTREE_TRY(add(words));
  programs_.emplace(key_, id);
  return id;
}

Result<std::int64_t> Programs::add(const ProgramWords& words) {
  const auto comm = PROCTREE_TRY(string_id(words.comm));
  const auto exe = PROCTREE_TRY(string_id(words.exe));
  const auto user = PROCTREE_TRY(string_id(words.user));
  const Container of_cgroup = container_of(words.cgroup);
  const auto container = PROCTREE_TRY(string_id(of_cgroup.id()));
  const auto entry = PROCTREE_TRY(string_id(words.entry));
  if (const auto id = PROCTREE_TRY(find_program_.bind(comm, exe, user, container, entry).one())) return *id;
  return PROCTREE_TRY(add_program_.bind(comm, exe, user, container, entry).one()).value_or(0);
}

void Programs::forget() {
  strings_.clear();
  programs_.clear();
  uses_.clear();
}

Result<void> Programs::note_use(std::int64_t program, std::int64_t born_ns) {
  const std::int64_t second = second_of(born_ns);
  constexpr int kProgramBits = 30;
  const std::uint64_t key =
      static_cast<std::uint64_t>(second) << kProgramBits | static_cast<std::uint64_t>(program);
  if (program >> kProgramBits != 0) return add_use_.bind(program, second).run();
  if (!uses_.insert(key).second) return {};
  if (uses_.size() >= kNumbersRemembered) uses_ = {key};
  return add_use_.bind(program, second).run();
}

}  // namespace proctree
