// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/document_uid.hpp"

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

struct Place {
  std::string_view object;
  std::string_view member;
};

constexpr Place place_of(Schema schema) {
  return schema == Schema::ecs ? Place{"event", "id"} : Place{"metadata", "uid"};
}

// Takes "-NUMBER" from the end. A stream's own name may hold dashes too.
std::optional<std::uint64_t> take_last_number(std::string_view& text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = parse_number<std::uint64_t>(text.substr(dash + 1));
  text = text.substr(0, dash);
  return number;
}

std::optional<DocumentUid> parse_uid(std::string_view text) {
  constexpr std::string_view kLost = "-lost";
  const bool is_range = text.ends_with(kLost);
  if (is_range) text.remove_suffix(kLost.size());
  const auto last = take_last_number(text);
  const auto first = is_range ? take_last_number(text) : last;
  if (!first || !last || *first > *last) return std::nullopt;
  return DocumentUid{text, *first, *last};
}

bool read_member(JsonCursor& json, std::string_view member, std::string_view& out) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    if (key == member ? !json.string(out) : !json.skip()) return false;
  }
  return !json.failed();
}

}  // namespace

std::optional<DocumentUid> read_uid(Schema schema, std::string_view document, JsonCursor& json) {
  const Place place = place_of(schema);
  json.start(document);
  if (!json.begin_object()) return std::nullopt;
  std::string_view uid;
  for (std::string_view key; json.next_key(key);) {
    if (key == place.object ? !read_member(json, place.member, uid) : !json.skip()) return std::nullopt;
  }
  if (json.failed() || !json.end()) return std::nullopt;
  return parse_uid(uid);
}

}  // namespace proctree::schema
