// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a file, one after the other, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"

namespace proctree {

class LineReader {
 public:
  // The longest line that is read. Of ours, arguments are at most 64 KiB, six bytes for each at worst; only a
  // chain or a list of ancestors may come near a megabyte.
  static constexpr std::size_t kLineMax = std::size_t{64} << 20;

  // "-" is standard input.
  static Result<LineReader> open(std::string path, std::size_t line_max = kLineMax);

  // The next line, without its newline; nullopt at the end. Valid until the next call.
  Result<std::optional<std::string_view>> next();
  // Of the line read last, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  // The line read last was ended by a newline, as a writer's whole lines are.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] int fd() const { return file_.get(); }
  // How the file is named to people.
  [[nodiscard]] const std::string& name() const { return name_; }

  // Called before reading where nothing waits to be read: what has been read so far may go on its way.
  void before_waiting(std::function<Result<void>()> call) { before_waiting_ = std::move(call); }

 private:
  LineReader(std::string name, FileDescriptor file, std::size_t line_max)
      : name_(std::move(name)), file_(std::move(file)), line_max_(line_max) {}
  Result<bool> read_more();
  [[nodiscard]] tl::unexpected<Error> too_long() const;

  std::string name_;
  FileDescriptor file_;
  std::size_t line_max_;
  std::function<Result<void>()> before_waiting_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been handed out
  std::size_t scanned_ = 0;  // up to here there is no newline
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool ended_ = true;
};

}  // namespace proctree
