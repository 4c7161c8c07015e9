// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_words.hpp"

#include <algorithm>

#include "base/json_cursor.hpp"
#include "base/sha256.hpp"

namespace proctree {

namespace {

constexpr std::string_view kPrefix = "proctree.v1.";
constexpr std::string_view kUnknown = "unknown";
constexpr std::size_t kTokenMost = 64;  // bytes of a name that a subject has: a host's are at most as long

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool parse_error(JsonCursor& json, PublishAck& ack) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    std::string_view text;
    if (key == "code") {
      if (!json.number(ack.code)) return false;
    } else if (key == "err_code") {
      if (!json.number(ack.error_code)) return false;
    } else if (key == "description") {
      if (!json.string(text)) return false;
      ack.description = text;
    } else if (!json.skip()) {
      return false;
    }
  }
  return !json.failed();
}

bool parse_ack(JsonCursor& json, PublishAck& ack) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    std::string_view text;
    if (key == "stream") {
      if (!json.string(text)) return false;
      ack.stream = text;
    } else if (key == "seq") {
      if (!json.number(ack.seq)) return false;
    } else if (key == "duplicate") {
      if (!json.boolean(ack.is_duplicate)) return false;
    } else if (key == "error") {
      if (!parse_error(json, ack)) return false;
    } else if (!json.skip()) {
      return false;
    }
  }
  return !json.failed() && json.end();
}

}  // namespace

std::string subject_token(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (text.empty()) return std::string(kUnknown);
  std::string token;
  for (const char c : text.substr(0, kTokenMost)) {
    if (is_plain(c)) {
      token += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      token += '=';
      token += kDigits[byte >> 4U];
      token += kDigits[byte & 0xFU];
    }
  }
  return token;
}

std::string host_token(std::string_view host) {
  JsonCursor json;
  json.start(host);
  if (!json.begin_object()) return std::string(kUnknown);
  for (std::string_view key; json.next_key(key);) {
    std::string_view name;
    if (key != "name") {
      if (!json.skip()) break;
    } else {
      return json.string(name) ? subject_token(name) : std::string(kUnknown);
    }
  }
  return std::string(kUnknown);
}

std::string subject_of(std::string_view host_token, std::string_view type) {
  std::string subject(kPrefix);
  subject += host_token;
  subject += '.';
  subject += subject_token(type);
  return subject;
}

// Neither a header nor two streams of one beginning may come of a name.
std::string stream_key(std::string_view stream) {
  constexpr std::size_t kMost = 128;
  if (!stream.empty() && stream.size() <= kMost && std::ranges::all_of(stream, is_plain))
    return std::string(stream);
  Sha256 hash;
  hash.update(stream);
  return "sha256_" + hash.hex_digest();
}

std::string line_key(const SpoolItem& item) {
  std::string key = stream_key(item.stream);
  key += '-';
  if (item.seq != 0) return key += std::to_string(item.seq);
  key += std::to_string(item.seq_from) + '-' + std::to_string(item.seq_to) + "-lost";
  return key;
}

std::size_t header_size(std::string_view message_id) {
  constexpr std::string_view kAround = "NATS/1.0\r\n: \r\n\r\n";
  return kAround.size() + kMessageIdHeader.size() + message_id.size();
}

PublishAck parse_publish_ack(std::string_view text) {
  PublishAck ack;
  JsonCursor json;
  json.start(text);
  if (parse_ack(json, ack) && (ack.is_stored() || ack.code != 0 || ack.error_code != 0)) return ack;
  ack = {};
  ack.code = 500;
  ack.description = "an acknowledgement that makes no sense";
  return ack;
}

}  // namespace proctree
