// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a sink's lines go: a file, a pipe or a terminal. Whole lines only.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proctree/error.hpp"
#include "sink/stop_request.hpp"

namespace proctree {

// What to do with half a line that a crash left at a file's end.
enum class TornLine : std::uint8_t {
  end,  // a newline makes it one line
  cut,  // in JSON lines it is cut off: it is of no use, and many readers would stop there
};

// Lines are gathered and written in batches. A line that cannot be written stays, and the next flush()
// tries again from where the reader's whole lines end: nothing is lost or doubled while the caller goes on.
// Expects SIGPIPE and SIGXFSZ to be ignored.
class Output {
 public:
  // Appends to the file, made readable to owner and group only; "-" is standard output. A torn last line that
  // a crash left is handled first.
  // If it is a FIFO without a reader, waits for one until the stop is asked for; the error is then that the
  // reader is gone.
  static Result<Output> open(std::string path, StopRequest stop = {}, TornLine torn = TornLine::end);
  // Standard output or standard error.
  static Output standard(int fd, StopRequest stop = {});

  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();  // does not flush: a destructor can't report a failure

  // `line` without its newline. On an error (of writing those before it) the line is not taken.
  Result<void> append(std::string_view line);
  Result<void> flush();

  // Opens the path again, after a rotation has moved the file away. Where that fails the old file stays in
  // use; so it does where a FIFO has no reader yet, until one is there.
  Result<void> reopen();
  // Flushes and closes: the last place where some file systems report a failed write.
  Result<void> close();

  // A reader may stall for as long as it likes, until the stop is asked for: then it has kGrace more to take
  // what waits, or the write fails.
  static constexpr std::chrono::seconds kGrace{2};

  [[nodiscard]] int fd() const { return fd_; }

 private:
  static constexpr std::size_t kBatchBytes = 64 * 1024;

  Output(std::string path, int fd, bool owned, StopRequest stop)
      : path_(std::move(path)), fd_(fd), owned_(owned), stop_(std::move(stop)) {}
  [[nodiscard]] std::string shown_path() const;
  Result<void> close_torn_line();
  [[nodiscard]] bool cut_torn_line(std::int64_t size) const;
  [[nodiscard]] bool begins_as_ours(std::int64_t at) const;
  Result<void> write_buffer();
  Result<void> try_reopening();
  Result<void> go_over_to(int fd);
  [[nodiscard]] ssize_t write_some(std::string_view text) const;
  [[nodiscard]] bool wait_until_writable();
  [[nodiscard]] tl::unexpected<Error> write_failed(int system_errno, std::size_t written);
  [[nodiscard]] bool take_back(std::size_t torn_bytes) const;
  [[nodiscard]] tl::unexpected<Error> close_failed(int system_errno) const;

  std::string path_;
  TornLine torn_ = TornLine::end;
  int fd_ = -1;
  bool owned_ = false;
  bool reopening_ = false;  // a FIFO, whose reader is still to come
  int standard_ = -1;       // which standard descriptor it is; -1: none, path_ names it
  bool socket_ = false;
  std::string buffer_;     // whole lines
  std::size_t begun_ = 0;  // bytes of the first one that a pipe already has, after a failure
  StopRequest stop_;
};

// True where the error says that the reader went away (`| head`): an end, not a failure.
[[nodiscard]] inline bool is_reader_gone(const Error& error) { return error.system_errno == EPIPE; }

}  // namespace proctree
