// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/lines_at_end.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/byte_source.hpp"
#include "base/file_descriptor.hpp"
#include "base/json_cursor.hpp"
#include "base/line_reader.hpp"
#include "base/try.hpp"
#include "schema/document_uid.hpp"
#include "spool/line_head.hpp"

namespace proctree {

namespace {

using Numbers = schema::DocumentUid;

// Opened at what is looked at; invalid: it is nothing to look at.
FileDescriptor open_at_end(const std::string& path, bool& begins_amid_a_line) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  constexpr auto kMost = static_cast<off_t>(LinesAtEnd::kBytes);
  begins_amid_a_line = status.st_size > kMost;
  if (begins_amid_a_line && ::lseek(file.get(), status.st_size - kMost, SEEK_SET) < 0) return {};
  return file;
}

class NumbersReader {
 public:
  explicit NumbersReader(std::optional<schema::Schema> schema) : schema_(schema) {}

  // std::nullopt: it is no line of a stream.
  std::optional<Numbers> read(std::string_view text) {
    if (schema_) return schema::read_uid(*schema_, text, json_);
    if (!parser_.parse(text, line_) || !line_.is_of_stream()) return std::nullopt;
    return Numbers{line_.stream, line_.first_number(), line_.last_number()};
  }

 private:
  std::optional<schema::Schema> schema_;
  JsonCursor json_;
  LineHeadParser parser_;
  LineHead line_;
};

}  // namespace

Result<LinesAtEnd> LinesAtEnd::read(const std::string& path, std::optional<schema::Schema> schema) {
  LinesAtEnd lines;
  bool begins_amid_a_line = false;
  FileDescriptor file = open_at_end(path, begins_amid_a_line);
  if (!file.valid()) return lines;
  LineReader reader{ByteSource(std::move(file), path)};
  NumbersReader numbers(schema);
  while (const auto text = PROCTREE_TRY(reader.next())) {
    if (std::exchange(begins_amid_a_line, false) || !reader.ended()) continue;
    const auto line = numbers.read(*text);
    if (!line || line->first > line->last) continue;
    auto stream = lines.streams_.find(line->stream);
    if (stream == lines.streams_.end()) stream = lines.streams_.emplace(line->stream, NumberRanges{}).first;
    add_range(stream->second, line->first, line->last);
  }
  return lines;
}

bool LinesAtEnd::has(std::string_view stream, std::uint64_t first, std::uint64_t last) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return false;
  const auto end = last_of_range(found->second, first);
  return end && *end >= last;
}

}  // namespace proctree
