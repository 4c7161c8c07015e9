// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/ship_target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "sink/output.hpp"
#include "spool/spool_writer.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// The last whole line of a file, as far as one is found within its last bytes.
std::string last_line(const std::string& path) {
  constexpr off_t kLookedAt = 64 << 20;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  std::string text;
  for (off_t size = 1 << 16;; size *= 4) {
    const off_t begin = std::max<off_t>(status.st_size - size, 0);
    text.resize(static_cast<std::size_t>(status.st_size - begin));
    if (::pread(file.get(), text.data(), text.size(), begin) != static_cast<ssize_t>(text.size())) return "";
    const std::size_t end = text.rfind('\n');
    if (end != std::string::npos) {
      const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
      if (before != std::string::npos) return text.substr(before + 1, end - before - 1);
      if (begin == 0) return text.substr(0, end);
    }
    if (begin == 0 || size >= kLookedAt) return "";
  }
}

class ToFile final : public ShipTarget {
 public:
  ToFile(Output output, const std::string& path) : output_(std::move(output)) {
    LineHeadParser parser;
    LineHead line;
    const std::string last = last_line(path);
    if (!parser.parse(last, line)) return;
    last_stream_ = line.stream;
    last_seq_ = line.last_number();
  }
  Result<bool> put(const SpoolItem& item, const StreamHead&) override {
    PROCTREE_CHECK(output_.append(item.text));
    return true;
  }
  Result<void> flush() override { return output_.flush(); }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    PROCTREE_CHECK(output_.flush());
    // Pipes and terminals have nothing to sync.
    if (::fdatasync(output_.fd()) != 0 && errno != EINVAL && errno != EROFS)
      return fail_errno("cannot sync what was written", errno);
    done = put;
    return {};
  }
  Result<void> reopen() override { return output_.reopen(); }
  Result<void> close() override { return output_.close(); }

 private:
  Output output_;
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
  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    if (!writer_.takes(item.text.size())) return false;
    if (head_.stream != head.stream || head_.host != head.host) {
      head_ = head;
      writer_.begin(head, item.before);
    }
    PROCTREE_CHECK(writer_.append({item.text, item.seq_from, item.moment, item.totals}));
    return true;
  }
  Result<void> flush() override { return writer_.flush(); }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    PROCTREE_CHECK(writer_.sync());
    done = put;
    return {};
  }
  Result<void> close() override { return writer_.close(); }

 private:
  SpoolWriter writer_;
  StreamHead head_;
};

}  // namespace

bool is_folder(const std::string& path) {
  struct stat status {};
  return path.ends_with('/') || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

Result<std::unique_ptr<ShipTarget>> open_ship_target(const std::string& to, StopRequest stop) {
  if (to == "-") return std::make_unique<ToFile>(Output::standard(STDOUT_FILENO, std::move(stop)), "");
  if (is_folder(to)) {
    auto folder = PROCTREE_TRY(
        SpoolFolder::open(to, {.max_bytes = 1024 * kMiB, .segment_bytes = SpoolOptions{}.segment_bytes}));
    return std::make_unique<ToSpool>(std::move(folder));
  }
  auto output = PROCTREE_TRY(Output::open(to, std::move(stop), TornLine::cut));
  return std::make_unique<ToFile>(std::move(output), to);
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
