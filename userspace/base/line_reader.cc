// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/line_reader.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/try.hpp"

namespace proctree {

Result<LineReader> LineReader::open(std::string path, std::size_t line_max) {
  auto source = ByteSource::open(std::move(path));
  if (!source) return tl::make_unexpected(std::move(source.error()));
  return LineReader(std::move(*source), line_max);
}

Result<std::optional<std::string_view>> LineReader::next() {
  skipped_nuls_ = false;
  while (true) {
    skip_nuls();
    if (const auto line = lines_.next()) {
      if (line->size() > line_max_) return too_long();
      ++number_;
      return line;
    }
    if (lines_.rest().size() > line_max_) return too_long();
    const auto more = PROCTREE_TRY(read_more());
    if (more) continue;
    const std::string_view rest = lines_.rest();
    ended_ = rest.empty() && !skipped_nuls_ && ended_;
    if (rest.empty()) return std::nullopt;
    ++number_;
    lines_.drop(rest.size());
    return rest;
  }
}

void LineReader::skip_nuls() {
  const std::string_view rest = lines_.rest();
  const std::size_t nuls = std::min(rest.find_first_not_of('\0'), rest.size());
  skipped_nuls_ |= nuls != 0;
  lines_.drop(nuls);
}

// False at the file's end.
Result<bool> LineReader::read_more() {
  if (before_waiting_ && source_.would_wait()) {
    if (auto done = before_waiting_(); !done) return tl::make_unexpected(std::move(done.error()));
  }
  const std::span<char> room = lines_.room();
  const auto got = PROCTREE_TRY(source_.read(room.data(), room.size()));
  lines_.added(got);
  return got != 0;
}

tl::unexpected<Error> LineReader::too_long() const {
  return fail(ErrorCode::corrupt,
              name() + " line " + std::to_string(number_ + 1) + ": longer than " +
                  std::to_string(line_max_ >> 20) + " MiB",
              "no proctree wrote it; is this a JSON lines file?");
}

}  // namespace proctree
