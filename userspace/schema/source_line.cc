// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/source_line.hpp"

#include <algorithm>

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kFieldNames = {"v"sv,
                                    "type"sv,
                                    "stream"sv,
                                    "seq"sv,
                                    "time"sv,
                                    "ktime_ns"sv,
                                    "host"sv,
                                    "tracer"sv,
                                    "seq_from"sv,
                                    "seq_to"sv,
                                    "pid"sv,
                                    "start_ns"sv,
                                    "id"sv,
                                    "ppid"sv,
                                    "creator_pid"sv,
                                    "creator_start_ns"sv,
                                    "creator_id"sv,
                                    "comm"sv,
                                    "creator_comm"sv,
                                    "exe"sv,
                                    "uid"sv,
                                    "user"sv,
                                    "gid"sv,
                                    "euid"sv,
                                    "egid"sv,
                                    "loginuid"sv,
                                    "sid"sv,
                                    "pgid"sv,
                                    "tty"sv,
                                    "session_leader"sv,
                                    "group_leader"sv,
                                    "ns"sv,
                                    "ns_pid"sv,
                                    "container_id"sv,
                                    "container"sv,
                                    "args"sv,
                                    "cwd"sv,
                                    "env"sv,
                                    "exe_deleted"sv,
                                    "caps_effective"sv,
                                    "caps_permitted"sv,
                                    "previous"sv,
                                    "ancestors"sv,
                                    "entry"sv,
                                    "error"sv,
                                    "exit_code"sv,
                                    "signal"sv,
                                    "inferred"sv,
                                    "args_truncated"sv,
                                    "runtime_ns"sv,
                                    "exe_sha256"sv,
                                    "line_truncated"sv};
static_assert(kFieldNames.size() == kFieldCount);

// Names by a hash of their ends and length, one after the other where two have the same.
constexpr std::size_t kPlaces = 256;
constexpr std::size_t place_of(std::string_view name) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(name[at]); };
  return (name.size() * 37 + byte(0) * 7U + byte(name.size() - 1) * 13U + byte(name.size() / 2) * 31U) %
         kPlaces;
}
constexpr std::array<std::uint8_t, kPlaces> kByName = [] {
  std::array<std::uint8_t, kPlaces> places{};
  places.fill(static_cast<std::uint8_t>(kFieldCount));
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    std::size_t place = place_of(kFieldNames[field]);
    while (places[place] != kFieldCount) place = (place + 1) % kPlaces;
    places[place] = static_cast<std::uint8_t>(field);
  }
  return places;
}();

Field field_of(std::string_view name) {
  if (name.empty()) return Field::other;
  for (std::size_t place = place_of(name); kByName[place] != kFieldCount; place = (place + 1) % kPlaces) {
    if (kFieldNames[kByName[place]] == name) return static_cast<Field>(kByName[place]);
  }
  return Field::other;
}

}  // namespace

bool is_of(Kind kind, std::string_view value) {
  if (value.empty()) return false;
  const char c = value[0];
  switch (kind) {
    case Kind::string:
      return c == '"';
    case Kind::number:  // a whole one
      return std::ranges::all_of(value, [](char digit) { return digit >= '0' && digit <= '9'; });
    case Kind::boolean:
      return c == 't' || c == 'f';
    case Kind::array:
      return c == '[';
    case Kind::object:
      return c == '{';
  }
  return false;
}

void SourceLine::read(std::string_view text, bool ours) {
  values_.fill({});
  taken_.reset();
  members_.clear();
  seen_.reset();
  ours_ = ours;
  JsonText json(text);
  if (!json.begin('{')) return;
  Member member;
  while (json.next_name(member.name)) {
    member.field = field_of(member.name);
    // Most objects and arrays stood in an earlier line, letter by letter: such a one ends where that ended.
    std::string* known = place_of_value(member.field, json.rest());
    if (known != nullptr && !known->empty() && json.rest().starts_with(*known)) {
      member.value = json.rest().substr(0, known->size());
      json.skip(known->size());
    } else {
      if (!json.next_value(member.value)) return;
      const bool whole = member.value.ends_with('}') || member.value.ends_with(']');
      if (known != nullptr && whole && member.value.size() <= kRememberedMost) *known = member.value;
    }
    if (!ours_ && is_repeated(member)) continue;
    if (member.field != Field::other) values_[static_cast<std::size_t>(member.field)] = member.value;
    members_.push_back(member);
  }
}

// JSON that has a name twice is refused by most readers: the first counts. Only foreign lines have any.
bool SourceLine::is_repeated(const Member& member) {
  if (member.field != Field::other) return !values_[static_cast<std::size_t>(member.field)].empty();
  // Nearly all are seen to be new without a look at the others.
  const std::size_t place = member.name.empty() ? 0 : place_of(member.name);
  if (!seen_[place]) {
    seen_.set(place);
    return false;
  }
  return std::ranges::any_of(members_, [&](const Member& before) { return before.name == member.name; });
}

std::uint64_t SourceLine::number(Field field) const {
  return parse_number<std::uint64_t>(values_[static_cast<std::size_t>(field)]).value_or(0);
}

// By the field and its value's beginning, where that is one that lines have in common.
std::string* SourceLine::place_of_value(Field field, std::string_view rest) {
  constexpr std::size_t kLooked = 48;
  const bool common = field == Field::ancestors || field == Field::ns || field == Field::entry ||
                      field == Field::session_leader || field == Field::group_leader;
  if (!common || rest.size() < kLooked || (rest[0] != '{' && rest[0] != '[')) return nullptr;
  std::uint64_t hash = static_cast<std::uint64_t>(field);
  for (std::size_t at = 0; at < kLooked; at += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, rest.data() + at, sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return &known_[hash % known_.size()];
}

void put_rest(JsonWriter& json, std::string_view name, std::string_view object,
              std::initializer_list<std::string_view> taken, bool ours) {
  bool any = false;
  for_each_member(object, [&](std::string_view member, std::string_view value) {
    if (std::ranges::find(taken, member) != taken.end()) return;
    if (!any) {
      json.plain_key(name);
      json.begin_object();
    }
    any = true;
    json.plain_key(member);
    put_value(json, value, ours);
  });
  if (any) json.end_object();
}

}  // namespace proctree::schema
