// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/ship_source.hpp"

#include <filesystem>
#include <utility>

#include "base/counted.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "replay/recording_files.hpp"
#include "replay/recording_reader.hpp"
#include "replay/sequences.hpp"
#include "ship/stream_heads.hpp"
#include "spool/segment.hpp"

namespace proctree {

namespace {

class FromSpool final : public ShipSource {
 public:
  explicit FromSpool(std::unique_ptr<SpoolReader> reader) : reader_(std::move(reader)) {}
  Result<const SpoolItem*> next() override { return reader_->next(); }
  [[nodiscard]] const StreamHead& head() const override { return reader_->head(); }
  [[nodiscard]] int fd() const override { return reader_->fd(); }
  [[nodiscard]] bool is_at_end(bool once) const override { return once; }

 private:
  std::unique_ptr<SpoolReader> reader_;
};

// Lines as they stand there, in any order, each once.
class FromRecording final : public ShipSource {
 public:
  FromRecording(RecordingReader reader, StreamPositions positions, Notice notice)
      : reader_(std::move(reader)),
        done_(positions),
        positions_(std::move(positions)),
        notice_(std::move(notice)) {}

  Result<const SpoolItem*> next() override {
    while (true) {
      // The writer of a pipe may be slow: what has come is passed on meanwhile.
      is_waiting_ = reader_.lines().would_wait();
      if (is_waiting_) return nullptr;
      const auto text = PROCTREE_TRY(reader_.next());
      if (text && reader_.lines().ended()) {
        if (PROCTREE_TRY(take(*text))) return &item_;
      } else if (!text) {
        if (PROCTREE_TRY(reader_.next_file())) continue;
        PROCTREE_CHECK(report_skipped());
        return nullptr;
      }
    }
  }
  [[nodiscard]] const StreamHead& head() const override { return head_; }
  [[nodiscard]] int fd() const override { return is_waiting_ ? reader_.lines().fd() : -1; }
  [[nodiscard]] bool is_at_end(bool) const override { return !is_waiting_; }

 private:
  Result<bool> take(std::string_view text) {
    if (!parser_.parse(text, line_)) return skip(text);
    has_lines_ = true;
    if (line_.version != kLineVersion)
      return newer_version(line_.version, reader_.name_of(reader_.place()) + ": ");
    if (stream_ != line_.stream) stream_ = line_.stream;
    if (!line_.host.empty() || line_.type == "start") {
      head_ = head_of(line_);
      heads_.remember(head_);
    } else if (head_.stream != stream_) {
      const StreamHead* const known = heads_.find(stream_);
      head_ = known != nullptr ? *known : head_of(line_);
    }
    if (line_.type == "segment") return false;
    if (!line_.is_of_stream()) return skip(text);
    if (const auto done = done_.find(stream_); done != done_.end() && line_.last_number() <= done->second.seq)
      return false;
    if (!seen_.take({stream_, line_.seq, line_.type == "start"}, text, reader_.place())) return false;
    StreamPosition& position = positions_[stream_];
    item_ =
        item_of(text, stream_, line_, {line_.ktime_ns, parse_time(line_.time).value_or(0)}, position.totals);
    position.seq = std::max(position.seq, item_.seq_to);
    position.totals += line_.totals;
    return true;
  }

  // Lines that no store could distinguish: the first is reported, all are counted and left out.
  bool skip(std::string_view text) {
    if (text.empty()) return false;
    if (skipped_++ == 0 && notice_)
      notice_(reader_.name_of(reader_.place()) +
              ": no line of a stream of proctree's; skipped, as are others");
    return false;
  }

  Result<void> report_skipped() {
    if (skipped_ == 0) return {};
    if (!has_lines_)
      return fail(ErrorCode::corrupt, "there is no line of proctree's",
                  "name what trace --format jsonl wrote");
    if (notice_) notice_(counted(std::exchange(skipped_, 0), "line") + " skipped");
    return {};
  }

  RecordingReader reader_;
  bool is_waiting_ = false;
  StreamPositions done_;
  StreamPositions positions_;
  Notice notice_;
  std::uint64_t skipped_ = 0;
  bool has_lines_ = false;
  Sequences seen_;
  LineHeadParser parser_;
  LineHead line_;
  StreamHead head_;  // of the last line's stream
  StreamHeads heads_;
  std::string stream_;
  SpoolItem item_;
};

bool is_spool(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return false;
  if (std::filesystem::exists(path + "/lock", error) || std::filesystem::exists(path + "/account", error))
    return true;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (parse_segment_name(entry.path().filename().string())) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<ShipSource>> open_ship_source(const std::string& from, StreamPositions positions,
                                                     Notice notice) {
  if (is_spool(from))
    return std::make_unique<FromSpool>(PROCTREE_TRY(SpoolReader::open(from, std::move(positions))));
  auto found = PROCTREE_TRY(find_recording_files({from}));
  auto reader = PROCTREE_TRY(RecordingReader::open(std::move(found.files)));
  return std::make_unique<FromRecording>(std::move(reader), std::move(positions), std::move(notice));
}

}  // namespace proctree
