// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/source_line.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

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

constexpr std::size_t kNameMost = 16;
static_assert(std::ranges::all_of(kFieldNames,
                                  [](std::string_view name) { return name.size() <= kNameMost; }));

constexpr std::uint64_t word_at(std::string_view text, std::size_t at, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i)
    word |= std::uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
  return word;
}

// Of a size that is known: one load.
template <std::size_t kSize>
std::uint64_t load_at(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, kSize);
  return word;
}

// All of a name of at most kNameMost bytes, to be compared without a call.
struct NameWords {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t size = 0;

  constexpr explicit NameWords(std::string_view name) : size(name.size()) {
    constexpr std::size_t kWord = sizeof first;
    constexpr std::size_t kHalf = kWord / 2;
    constexpr bool kLoads = std::endian::native == std::endian::little;
    if (std::is_constant_evaluated() || !kLoads || size < kHalf) {
      const std::size_t part = size >= kWord ? kWord : size >= kHalf ? kHalf : size;
      first = word_at(name, 0, part);
      last = word_at(name, size - part, part);
    } else if (size >= kWord) {
      first = load_at<kWord>(name, 0);
      last = load_at<kWord>(name, size - kWord);
    } else {
      first = load_at<kHalf>(name, 0);
      last = load_at<kHalf>(name, size - kHalf);
    }
  }
  [[nodiscard]] constexpr std::size_t hash() const {
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
    constexpr unsigned kShift = 56;
    return ((first + size) * kFactor ^ last * (kFactor << 1 | 1)) >> kShift;
  }
  friend constexpr bool operator==(const NameWords&, const NameWords&) = default;
};

// By the hash of their names, one after the other where two have the same.
constexpr std::size_t kPlaces = 256;
constexpr std::array<NameWords, kFieldCount> kNameWords =
    []<std::size_t... kField>(std::index_sequence<kField...>) {
  return std::array{NameWords(kFieldNames[kField])...};
}
(std::make_index_sequence<kFieldCount>());
constexpr std::array<std::uint8_t, kPlaces> kByName = [] {
  std::array<std::uint8_t, kPlaces> places{};
  places.fill(static_cast<std::uint8_t>(kFieldCount));
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    std::size_t place = kNameWords[field].hash();
    while (places[place] != kFieldCount) place = (place + 1) % kPlaces;
    places[place] = static_cast<std::uint8_t>(field);
  }
  return places;
}();

Field field_of(std::string_view name) {
  if (name.empty() || name.size() > kNameMost) return Field::other;
  const NameWords words(name);
  for (std::size_t place = words.hash(); kByName[place] != kFieldCount; place = (place + 1) % kPlaces) {
    if (kNameWords[kByName[place]] == words) return static_cast<Field>(kByName[place]);
  }
  return Field::other;
}

// For a look at whether a name may have been there before.
std::size_t place_of(std::string_view name) { return std::hash<std::string_view>{}(name) % kPlaces; }

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

void SourceLine::begin(bool ours) {
  places_.fill(kNowhere);
  taken_.reset();
  members_.clear();
  ancestors_ = {};
  ours_ = ours;
  exact_ = false;
}

// Of a field beyond what a place counts, which only a foreign line has, no schema looks at the value.
void SourceLine::add(const Member& member) {
  if (member.field != Field::other && members_.size() < kNowhere)
    places_[static_cast<std::size_t>(member.field)] = static_cast<std::uint16_t>(members_.size());
  members_.push_back(member);
}

void SourceLine::take_over(std::string_view text, const JsonMembers& members) {
  begin(true);
  exact_ = members.exact;
  ancestors_ = members.elements;
  const auto& list = members.list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonMember& noted = list[i];
    // A comma or the brace follows.
    const std::size_t end = (i + 1 < list.size() ? list[i + 1].name : text.size()) - 1;
    Member member;
    member.name = text.substr(noted.name + 1, noted.value - noted.name - 3);
    member.value = text.substr(noted.value, end - noted.value);
    member.field = field_of(member.name);
    member.piece = noted.piece;
    add(member);
  }
}

void SourceLine::read(std::string_view text, bool ours) {
  begin(ours);
  seen_.reset();
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
    add(member);
  }
}

// JSON that has a name twice is refused by most readers: the first counts. Only foreign lines have any.
bool SourceLine::is_repeated(const Member& member) {
  if (member.field != Field::other) return !value_of(member.field).empty();
  // Nearly all are seen to be new without a look at the others.
  const std::size_t place = place_of(member.name);
  if (!seen_[place]) {
    seen_.set(place);
    return false;
  }
  return std::ranges::any_of(members_, [&](const Member& before) { return before.name == member.name; });
}

std::uint64_t SourceLine::number(Field field) const {
  return parse_number<std::uint64_t>(value_of(field)).value_or(0);
}

ValueKey SourceLine::key(Field field, std::string_view value) const {
  const std::size_t place = places_[static_cast<std::size_t>(field)];
  if (place != kNowhere && members_[place].piece != 0) return ValueKey::of({&members_[place].piece, 1});
  return {std::hash<std::string_view>{}(value), value};
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
