// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a recording, file after file.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/line_reader.hpp"
#include "proctree/error.hpp"
#include "replay/recording_files.hpp"

namespace proctree {

// Where a line stands.
struct LinePlace {
  std::size_t file = 0;    // in the order in which they are read
  std::uint64_t line = 0;  // from 1
  auto operator<=>(const LinePlace&) const = default;
};

class RecordingReader {
 public:
  using Open = std::function<Result<LineReader>(const std::string& path)>;

  // Opens the first file; the others in their turn. `files` isn't empty.
  static Result<RecordingReader> open(std::vector<RecordingFile> files, Open open = {});

  // The next line of the file; nullopt at its end. Valid until the next call.
  Result<std::optional<std::string_view>> next() { return lines_->next(); }
  // On to the next file; false: there is none.
  Result<bool> next_file();

  // Of the line read last; what else is known of it is lines()'s.
  [[nodiscard]] LinePlace place() const { return {at_, lines_->number()}; }
  [[nodiscard]] const LineReader& lines() const { return *lines_; }
  // "FILE line N".
  [[nodiscard]] std::string name_of(LinePlace place) const;
  [[nodiscard]] const std::vector<RecordingFile>& files() const { return files_; }

  // As LineReader's, of every file.
  void before_waiting(std::function<Result<void>()> call);

 private:
  RecordingReader(std::vector<RecordingFile> files, Open open)
      : files_(std::move(files)), open_(std::move(open)) {}
  // False: a spool has dropped it meanwhile.
  Result<bool> open_file(std::size_t index);

  std::vector<RecordingFile> files_;
  Open open_;
  std::function<Result<void>()> before_waiting_;
  std::optional<LineReader> lines_;
  std::size_t at_ = 0;
};

}  // namespace proctree
