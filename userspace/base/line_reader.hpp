// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a file, compressed or not, one after the other, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_source.hpp"
#include "base/line_buffer.hpp"
#include "proctree/error.hpp"

namespace proctree {

class LineReader {
 public:
  // The longest line that is read. Of ours, arguments are at most 64 KiB, six bytes for each at worst; only a
  // chain or a list of ancestors may come near a megabyte.
  static constexpr std::size_t kLineMax = std::size_t{64} << 20;

  // "-" is standard input.
  static Result<LineReader> open(std::string path, std::size_t line_max = kLineMax);
  explicit LineReader(ByteSource source, std::size_t line_max = kLineMax)
      : source_(std::move(source)), line_max_(line_max) {}

  // The next line, without its newline and the NULs before it; nullopt at the end. Valid until the next call.
  Result<std::optional<std::string_view>> next();
  // Of the line read last, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  // The line read last was ended by a newline, as a writer's whole lines are.
  [[nodiscard]] bool ended() const { return ended_; }
  // NULs stood before the line read last, or at the end: a file that its writer goes on with after it was
  // truncated (logrotate's copytruncate) begins with as many as it had bytes.
  [[nodiscard]] bool skipped_nuls() const { return skipped_nuls_; }
  // At the end: its compressed data ended early.
  [[nodiscard]] bool is_cut_short() const { return source_.is_cut_short(); }
  // Nothing of a further line is there, and its writer may still bring one: next() would wait.
  [[nodiscard]] bool would_wait() const { return lines_.rest().empty() && source_.would_wait(); }
  [[nodiscard]] int fd() const { return source_.fd(); }
  // How the file is named to people.
  [[nodiscard]] const std::string& name() const { return source_.name(); }

  // Called before a read that would wait: lines read so far need not wait for more.
  void before_waiting(std::function<Result<void>()> call) { before_waiting_ = std::move(call); }

 private:
  Result<bool> read_more();
  void skip_nuls();
  [[nodiscard]] tl::unexpected<Error> too_long() const;

  ByteSource source_;
  std::size_t line_max_;
  std::function<Result<void>()> before_waiting_;
  LineBuffer lines_;
  std::uint64_t number_ = 0;
  bool ended_ = true;
  bool skipped_nuls_ = false;
};

}  // namespace proctree
