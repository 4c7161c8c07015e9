// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a sink's lines go: a file, a pipe or a terminal. Whole lines only.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

// Lines are gathered and written in batches. A line that cannot be written stays, and the next flush()
// tries again from where the reader's whole lines end: nothing is lost or doubled while the caller goes on.
// Expects SIGPIPE and SIGXFSZ to be ignored.
class Output {
 public:
  // Appends to the file, made readable to owner and group only; "-" is standard output. A torn last line
  // that a crash left is ended first.
  static Result<Output> open(std::string path);

  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();  // does not flush: a destructor has nobody to tell of a failure

  // `line` without its newline. On an error (of writing those before it) the line is not taken.
  Result<void> append(std::string_view line);
  Result<void> flush();

  // Opens the path anew, after a rotation has moved the file away. Where that fails the old file stays in
  // use.
  Result<void> reopen();
  // Flushes and closes: the last place where some file systems tell of a failed write.
  Result<void> close();

  // A reader may stall for as long as it likes, until `asked_to_stop`, called when `fd` is readable,
  // answers true: then it has kGrace more to take what waits, or the write fails.
  static constexpr std::chrono::seconds kGrace{2};
  void stop_waiting_on(int fd, std::function<bool()> asked_to_stop);

  [[nodiscard]] int fd() const { return fd_; }

 private:
  static constexpr std::size_t kBatchBytes = 64 * 1024;

  Output(std::string path, int fd, bool owned) : path_(std::move(path)), fd_(fd), owned_(owned) {}
  [[nodiscard]] std::string shown_path() const;
  Result<void> close_torn_line();
  [[nodiscard]] bool wait_until_writable();
  [[nodiscard]] tl::unexpected<Error> write_failed(int system_errno, std::size_t written);
  [[nodiscard]] bool take_back(std::size_t torn_bytes) const;
  [[nodiscard]] tl::unexpected<Error> close_failed(int system_errno) const;

  std::string path_;
  int fd_ = -1;
  bool owned_ = false;
  std::string buffer_;     // whole lines
  std::size_t begun_ = 0;  // bytes of the first one that a pipe already has, after a failure
  int stop_fd_ = -1;
  std::function<bool()> asked_to_stop_;
};

// True where the error says that the reader went away (`| head`): an end, not a failure.
[[nodiscard]] inline bool is_reader_gone(const Error& error) { return error.system_errno == EPIPE; }

}  // namespace proctree
