// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/ship_target.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/try.hpp"
#include "ship/lines_at_end.hpp"
#include "sink/output.hpp"
#include "spool/spool_writer.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// Of a file, without an acknowledgement: half of what is looked at after a kill.
constexpr std::uint64_t kUnacknowledgedMost = LinesAtEnd::kBytes / 2;

class ToFile final : public ShipTarget {
 public:
  ToFile(Output output, LinesAtEnd lines) : output_(std::move(output)), lines_(std::move(lines)) {}
  Result<bool> put(const SpoolItem& item, const StreamHead&) override {
    PROCTREE_CHECK(output_.append(item.text));
    unacknowledged_ += item.text.size() + 1;
    return true;
  }
  [[nodiscard]] bool has(const SpoolItem& item) const override {
    return lines_.has(item.stream, item.seq_from, item.seq_to);
  }
  [[nodiscard]] bool wants_acknowledgement_before(const SpoolItem&) const override {
    return unacknowledged_ >= kUnacknowledgedMost;
  }
  Result<void> flush() override { return output_.flush(); }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    PROCTREE_CHECK(output_.flush());
    // Pipes and terminals have nothing to sync.
    if (::fdatasync(output_.fd()) != 0 && errno != EINVAL && errno != EROFS)
      return fail_errno("cannot sync what was written", errno);
    unacknowledged_ = 0;
    done = put;
    return {};
  }
  Result<void> reopen() override { return output_.reopen(); }
  Result<void> close() override { return output_.close(); }

 private:
  Output output_;
  LinesAtEnd lines_;
  std::uint64_t unacknowledged_ = 0;  // bytes
};

class ToSpool final : public ShipTarget {
 public:
  explicit ToSpool(std::unique_ptr<SpoolFolder> folder)
      : writer_(std::move(folder), {.sync_segments = true}) {
    if (const auto& previous = writer_.folder().previous()) {
      last_stream_ = previous->stream;
      last_seq_ = previous->seq;
    }
    writer_.start_worker();
  }
  [[nodiscard]] bool has(const SpoolItem& item) const override {
    return item.stream == last_stream_ && item.seq_to <= last_seq_;
  }
  // What a spool ends with is of one stream.
  [[nodiscard]] bool wants_acknowledgement_before(const SpoolItem& item) const override {
    return is_behind_ && item.stream != head_.stream;
  }
  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    if (!writer_.takes(item.text.size())) return false;
    if (head_.stream != head.stream || head_.host != head.host) {
      head_ = head;
      writer_.begin(head, item.before);
    }
    PROCTREE_CHECK(writer_.append({item.text, item.seq_from, item.moment, item.totals}));
    is_behind_ = true;
    return true;
  }
  Result<void> flush() override { return writer_.flush(); }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    PROCTREE_CHECK(writer_.sync());
    is_behind_ = false;
    done = put;
    return {};
  }
  Result<void> close() override { return writer_.close(); }

 private:
  SpoolWriter writer_;
  StreamHead head_;
  bool is_behind_ = false;  // lines were put since the last acknowledgement
  // The line that it ended with.
  std::string last_stream_;
  std::uint64_t last_seq_ = 0;
};

}  // namespace

bool is_folder(const std::string& path) {
  struct stat status {};
  return path.ends_with('/') || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

Result<std::unique_ptr<ShipTarget>> open_ship_target(const std::string& to, StopRequest stop,
                                                     std::optional<schema::Schema> schema) {
  if (to == "-")
    return std::make_unique<ToFile>(Output::standard(STDOUT_FILENO, std::move(stop)), LinesAtEnd{});
  if (is_folder(to)) {
    auto folder = PROCTREE_TRY(
        SpoolFolder::open(to, {.max_bytes = 1024 * kMiB, .segment_bytes = SpoolOptions{}.segment_bytes}));
    return std::make_unique<ToSpool>(std::move(folder));
  }
  auto output = PROCTREE_TRY(Output::open(to, std::move(stop), TornLine::cut));
  auto lines = PROCTREE_TRY(LinesAtEnd::read(to, schema));
  return std::make_unique<ToFile>(std::move(output), std::move(lines));
}

std::string target_name(const std::string& to) {
  if (to == "-") return to;
  std::error_code error;
  auto path = std::filesystem::weakly_canonical(std::filesystem::absolute(to, error), error);
  if (error) return to;
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

}  // namespace proctree
