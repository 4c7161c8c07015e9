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

// All of a name of at most kNameMost bytes, to be compared without a call: padded with NULs, which no name
// holds.
struct NameWords {
  static constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  constexpr explicit NameWords(std::string_view name)
      : first(word_at(name, 0, std::min(name.size(), kWord))),
        second(name.size() > kWord ? word_at(name, kWord, name.size() - kWord) : 0) {}
  // The same where kNameMost bytes may be read.
  static NameWords load(std::string_view name) {
    if constexpr (std::endian::native != std::endian::little) return NameWords(name);
    NameWords words(std::string_view{});
    std::memcpy(&words.first, name.data(), kWord);
    std::memcpy(&words.second, name.data() + kWord, kWord);
    words.first &= mask_of(std::min(name.size(), kWord));
    words.second &= mask_of(std::max(name.size(), kWord) - kWord);
    return words;
  }
  [[nodiscard]] constexpr std::size_t hash() const {
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
    constexpr unsigned kShift = 56;
    return (first * kFactor ^ second * (kFactor << 1 | 1)) >> kShift;
  }
  friend constexpr bool operator==(const NameWords&, const NameWords&) = default;

 private:
  static std::uint64_t mask_of(std::size_t size) {
    return size == kWord ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
  }
};
static_assert(kNameMost == 2 * NameWords::kWord);

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

Field field_of(const NameWords& words) {
  for (std::size_t place = words.hash(); kByName[place] != kFieldCount; place = (place + 1) % kPlaces) {
    if (kNameWords[kByName[place]] == words) return static_cast<Field>(kByName[place]);
  }
  return Field::other;
}

// `end`: of the text that the name stands in.
Field field_of(std::string_view name, const char* end) {
  if (name.empty() || name.size() > kNameMost) return Field::other;
  const bool loads = end - name.data() >= static_cast<std::ptrdiff_t>(kNameMost);
  return field_of(loads ? NameWords::load(name) : NameWords(name));
}

// For a look at whether a name may have been there before.
std::size_t place_of(std::string_view name) { return std::hash<std::string_view>{}(name) % kPlaces; }

}  // namespace

bool is_of(Kind kind, std::string_view value) {
  if (value.empty() || !begins(kind, value[0])) return false;
  return kind != Kind::number ||
         std::ranges::all_of(value, [](char digit) { return digit >= '0' && digit <= '9'; });
}

void SourceLine::begin(bool ours) {
  present_ = taken_ = 0;
  members_.clear();
  ancestors_ = {};
  ours_ = ours;
  noted_ = exact_ = false;
}

void SourceLine::take_over(std::string_view text, const JsonMembers& members) {
  begin(true);
  ++lines_;
  noted_ = true;
  exact_ = members.exact;
  ancestors_ = members.elements;
  const auto& list = members.list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonMember& noted = list[i];
    // A comma or the brace follows.
    const std::size_t end = (i + 1 < list.size() ? list[i + 1].begin : text.size()) - 1;
    const auto between = [&](std::size_t from, std::size_t to) {
      return std::string_view(text.data() + from, to - from);
    };
    if (noted.value == 0) {
      add_piece(between(noted.begin, end), noted.piece);
    } else {
      const std::string_view name = between(noted.begin + 1, noted.value - 2);
      const std::string_view value = between(noted.value, end);
      const Field field = field_of(name, text.data() + text.size());
      // Adjacent ones that no schema reads count as one.
      Member* const last = exact_ && field == Field::other && !members_.empty() ? &members_.back() : nullptr;
      if (last != nullptr && last->piece == nullptr && last->field == Field::other) {
        last->value = {last->value.data(),
                       static_cast<std::size_t>(value.data() + value.size() - last->value.data())};
      } else {
        add(name, field, {value, noted.piece});
      }
    }
  }
}

// Its contents are known by its number.
void SourceLine::add_piece(std::string_view text, std::uint64_t number) {
  if (pieces_.empty()) pieces_.resize(kJsonPiecePlaces);
  Piece& piece = pieces_[place_of_piece(number)];
  // Where another one has its place in this very line, or it has none, its members are the line's own.
  if (number == 0 || (piece.number != number && piece.line == lines_)) return add_members(text);
  if (piece.number != number) {
    take_apart(text, piece);
    piece.number = number;
  }
  piece.line = lines_;
  for (const Piece::Part& part : piece.parts) set(part.field, {part.value_in(text), number});
  members_.push_back({{}, text, Field::other, piece.fields, &piece});
}

void SourceLine::add_members(std::string_view text) {
  JsonText members(text);
  std::string_view name;
  std::string_view value;
  while (members.next_member(name, value)) add(name, field_of(name, text.data() + text.size()), {value, 0});
}

void SourceLine::take_apart(std::string_view text, Piece& piece) {
  piece.fields = 0;
  piece.parts.clear();
  const auto place_of = [&](std::string_view part) {
    return static_cast<std::uint32_t>(part.data() - text.data());
  };
  JsonText members(text);
  std::string_view name;
  std::string_view value;
  while (members.next_member(name, value)) {
    const Field field = field_of(name, text.data() + text.size());
    piece.fields |= bit_of(field);
    piece.parts.push_back({place_of(name), static_cast<std::uint32_t>(name.size()), place_of(value),
                           static_cast<std::uint32_t>(value.size()), field});
  }
}

void SourceLine::read(std::string_view text, bool ours) {
  begin(ours);
  seen_.reset();
  JsonText json(text);
  if (!json.begin('{')) return;
  Member member;
  while (json.next_name(member.name)) {
    member.field = field_of(member.name, text.data() + text.size());
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
    add(member.name, member.field, {member.value});
  }
}

// JSON that has a name twice is refused by most readers: the first counts. Only foreign lines have any.
bool SourceLine::is_repeated(const Member& member) {
  if (member.field != Field::other) return has(member.field);
  // Nearly all are found to be new without comparing the others.
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
  if (object.empty()) return;
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
