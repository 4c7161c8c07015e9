// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/stream_origins.hpp"

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

constexpr std::size_t kTextMost = 4096;  // of what every document of the stream will say

void set_text(std::string& to, std::string_view value) {
  if (is_of(Kind::string, value) && value.size() > 2 && value.size() <= kTextMost) to = value;
}

// 32 hex digits, with dashes or without.
std::optional<BootId> boot_of(std::string_view text) {
  BootId boot{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const auto digit = parse_number<unsigned>({&c, 1}, 16);
    if (!digit || digits == 2 * boot.size()) return std::nullopt;
    const unsigned high = static_cast<unsigned char>(boot[digits / 2]);
    boot[digits / 2] = static_cast<char>(high << 4 | *digit);
    ++digits;
  }
  return digits == 2 * boot.size() ? std::optional(boot) : std::nullopt;
}

}  // namespace

StreamOrigin& StreamOrigins::learn(const SourceLine& line) {
  StreamOrigin origin;
  origin.stream = line.peek(Field::stream, Kind::string);
  for_each_member(line.peek(Field::host, Kind::object), [&](std::string_view name, std::string_view value) {
    if (name == "name") set_text(origin.host_name, value);
    if (name == "id") set_text(origin.host_id, value);
    if (name == "boot_id") set_text(origin.boot_id, value);
    if (name == "kernel") set_text(origin.kernel, value);
    if (name == "arch") set_text(origin.arch, value);
  });
  for_each_member(line.peek(Field::tracer, Kind::object), [&](std::string_view name, std::string_view value) {
    if (name == "version") set_text(origin.tracer_version, value);
    if (name == "pid" && is_of(Kind::number, value) && is_exact(value)) origin.tracer_pid = value;
  });
  origin.boot = boot_of(inside(origin.boot_id));
  for (StreamOrigin& known : origins_) {
    if (known.stream == origin.stream) return known = std::move(origin);
  }
  if (origins_.size() < kMost) return origins_.emplace_back(std::move(origin));
  return origins_[next_++ % kMost] = std::move(origin);
}

const StreamOrigin* StreamOrigins::find(std::string_view stream) const {
  for (const StreamOrigin& origin : origins_) {
    if (origin.stream == stream) return &origin;
  }
  return nullptr;
}

}  // namespace proctree::schema
