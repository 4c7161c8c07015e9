// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/segment.hpp"

#include <algorithm>
#include <tuple>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

constexpr std::string_view kPlain = ".jsonl";
constexpr std::string_view kCompressed = ".jsonl.zst";
constexpr std::string_view kTemporary = ".tmp";
constexpr std::size_t kDigits = 12;
constexpr std::size_t kStreamMax = 64;

bool is_of_stream(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; }

}  // namespace

std::string SegmentName::file_name() const {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits + '-' + stream + '-' +
         std::to_string(first_seq) + std::string(compressed ? kCompressed : kPlain);
}

bool is_same_segment(const SegmentName& a, const SegmentName& b) {
  return a.number == b.number && a.stream == b.stream && a.first_seq == b.first_seq;
}

bool is_before(const SegmentName& a, const SegmentName& b) {
  return std::tie(a.number, a.stream, a.first_seq) < std::tie(b.number, b.stream, b.first_seq);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  SegmentName segment;
  std::string_view rest = name;
  segment.compressed = rest.ends_with(kCompressed);
  if (!segment.compressed && !rest.ends_with(kPlain)) return std::nullopt;
  rest.remove_suffix(segment.compressed ? kCompressed.size() : kPlain.size());
  const auto number = parse_number<std::uint64_t>(take_until(rest, '-'));
  const std::size_t last = rest.rfind('-');
  if (!number || last == std::string_view::npos) return std::nullopt;
  const auto first_seq = parse_number<std::uint64_t>(rest.substr(last + 1));
  const std::string_view stream = rest.substr(0, last);
  if (!first_seq || stream.empty() || stream.size() > kStreamMax ||
      !std::all_of(stream.begin(), stream.end(), is_of_stream))
    return std::nullopt;
  segment.number = *number;
  segment.first_seq = *first_seq;
  segment.stream = stream;
  // Any other spelling is not ours.
  if (segment.file_name() != name) return std::nullopt;
  return segment;
}

std::string temporary_name(std::string_view name) {
  return '.' + std::string(name) + std::string(kTemporary);
}

bool is_temporary_name(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporary)) return false;
  name.remove_prefix(1);
  name.remove_suffix(kTemporary.size());
  return name == "account" || parse_segment_name(name).has_value();
}

}  // namespace proctree
