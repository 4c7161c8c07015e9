// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The bytes of a file or pipe, one after the other; of gzip and zstd, recognised by their first bytes, what
// they hold, over all members or frames.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/decoder.hpp"
#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"

namespace proctree {

class ByteSource {
 public:
  // "-" is standard input.
  static Result<ByteSource> open(std::string path);
  // `name` is for errors. Nothing is read yet.
  ByteSource(FileDescriptor file, std::string name) : name_(std::move(name)), file_(std::move(file)) {}

  // At least one byte, at most `size`, which isn't 0; 0 at the end. What stands before an error has been
  // read.
  Result<std::size_t> read(char* to, std::size_t size);
  // Nothing is there to be read at once, and the end isn't known.
  [[nodiscard]] bool would_wait() const;
  // At the end: a member or frame lacks its own.
  [[nodiscard]] bool is_cut_short() const { return cut_short_; }

  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Result<std::size_t> read_file(char* to, std::size_t size) const;
  Result<void> fill(std::size_t size);
  Result<bool> begin_member();
  bool end_in_magic();
  Result<std::size_t> decode(char* to, std::size_t size);
  [[nodiscard]] std::string_view input() const { return {buffer_.get() + begin_, end_ - begin_}; }

  std::string name_;
  FileDescriptor file_;
  std::unique_ptr<char[]> buffer_;  // of what was read and not handed out or decoded
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;  // of the file
  bool begun_ = false;   // its compression is known:
  Compression compression_ = Compression::none;
  std::unique_ptr<Decoder> decoder_;  // null: none
  bool between_ = false;              // two members
  bool cut_short_ = false;
  std::optional<Error> error_;  // behind what the last read() gave
};

}  // namespace proctree
