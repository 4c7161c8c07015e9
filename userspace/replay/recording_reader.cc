// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/recording_reader.hpp"

#include <cerrno>
#include <utility>

namespace proctree {

Result<RecordingReader> RecordingReader::open(std::vector<RecordingFile> files, Open open) {
  if (!open) open = [](const std::string& path) { return LineReader::open(path); };
  RecordingReader reader(std::move(files), std::move(open));
  auto opened = reader.open_file(0);
  if (opened && !*opened) opened = reader.next_file();
  if (!opened) return tl::make_unexpected(std::move(opened.error()));
  if (!*opened) return fail(ErrorCode::not_found, reader.files_.front().path + " is gone", "try again");
  return reader;
}

Result<bool> RecordingReader::next_file() {
  for (std::size_t index = at_ + 1; index < files_.size(); ++index) {
    auto opened = open_file(index);
    if (!opened || *opened) return opened;
  }
  return false;
}

// A segment is compressed as soon as it is closed, and the oldest go first: the gap in the sequence says so.
Result<bool> RecordingReader::open_file(std::size_t index) {
  RecordingFile& file = files_[index];
  auto lines = open_(file.path);
  const auto is_gone = [&] { return !lines && file.is_segment && lines.error().system_errno == ENOENT; };
  if (is_gone() && !file.path.ends_with(".zst")) {
    file.path += ".zst";
    lines = open_(file.path);
  }
  if (is_gone()) return false;
  if (!lines) return tl::make_unexpected(std::move(lines.error()));
  lines_.emplace(std::move(*lines));
  lines_->before_waiting(before_waiting_);
  at_ = index;
  return true;
}

std::string RecordingReader::name_of(LinePlace place) const {
  const std::string& path = files_[place.file].path;
  return (path == "-" ? "standard input" : path) + " line " + std::to_string(place.line);
}

void RecordingReader::before_waiting(std::function<Result<void>()> call) {
  before_waiting_ = std::move(call);
  lines_->before_waiting(before_waiting_);
}

}  // namespace proctree
