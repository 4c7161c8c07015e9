// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/recording_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "base/line_reader.hpp"
#include "base/try.hpp"
#include "replay/record_parser.hpp"
#include "spool/segment.hpp"

namespace proctree {

namespace {

using Names = std::vector<std::string>;

Result<Names> regular_files(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), &::closedir);
  if (!dir) return fail_errno("cannot open " + folder, errno);
  Names names;
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    struct stat status {};
    const std::string name = entry->d_name;
    if (::fstatat(::dirfd(dir.get()), name.c_str(), &status, 0) == 0 && S_ISREG(status.st_mode))
      names.push_back(name);
    errno = 0;
  }
  if (errno != 0) return fail_errno("cannot read " + folder, errno);
  return names;
}

// Where a file is there both plain and compressed, the latter is whole.
std::vector<RecordingFile> segments(const std::string& folder, const Names& names) {
  std::map<std::pair<std::uint64_t, std::string>, bool> found;  // number and plain name: it is compressed
  for (const std::string& name : names) {
    auto segment = parse_segment_name(name);
    if (!segment) continue;
    const bool compressed = std::exchange(segment->compressed, false);
    found[{segment->number, segment->file_name()}] |= compressed;
  }
  std::vector<RecordingFile> files;
  files.reserve(found.size());
  for (const auto& [segment, is_compressed] : found)
    files.push_back({folder + '/' + segment.second + (is_compressed ? ".zst" : ""), true});
  return files;
}

enum class First : std::uint8_t { nothing, no_record, record };

// The `time` of a file's first record. Before it may stand what a crash has torn.
Result<First> first_time(const std::string& path, std::int64_t& time) {
  constexpr int kLinesTried = 64;
  auto lines = PROCTREE_TRY(LineReader::open(path));
  RecordParser parser;
  First found = First::nothing;
  for (int i = 0; i < kLinesTried; ++i) {
    const auto line = lines.next();
    if (!line) return First::no_record;
    if (!*line) break;
    found = First::no_record;
    if (!parser.parse(**line) || parser.line().realtime_ns == 0) continue;
    time = parser.line().realtime_ns;
    return First::record;
  }
  return found;
}

Result<void> add_by_time(const std::string& folder, const Names& names, RecordingFiles& to) {
  std::vector<std::pair<std::int64_t, std::string>> by_time;
  Names left_out;
  for (const std::string& name : names) {
    std::int64_t time = 0;
    const auto first = PROCTREE_TRY(first_time(folder + '/' + name, time));
    if (first == First::record) by_time.emplace_back(time, name);
    if (first == First::no_record) left_out.push_back(name);
  }
  std::ranges::sort(by_time);
  for (const auto& [time, name] : by_time) to.files.push_back({folder + '/' + name});
  if (left_out.empty()) return {};
  std::ranges::sort(left_out);
  to.warnings.push_back(folder + ": " + std::to_string(left_out.size()) +
                        (left_out.size() == 1 ? " file is" : " files are") + " no recording and left out (" +
                        left_out.front() + (left_out.size() == 1 ? ")" : ", …)"));
  return {};
}

Result<void> add_folder(const std::string& folder, RecordingFiles& to) {
  const auto names = PROCTREE_TRY(regular_files(folder));
  const std::size_t before = to.files.size();
  auto spooled = segments(folder, names);
  if (spooled.empty()) {
    if (auto added = add_by_time(folder, names, to); !added) return added;
  }
  std::ranges::move(spooled, std::back_inserter(to.files));
  if (to.files.size() != before) return {};
  return fail(ErrorCode::not_found, folder + " holds no recording", "name what trace --format jsonl wrote");
}

}  // namespace

Result<RecordingFiles> find_recording_files(const Names& names) {
  RecordingFiles found;
  for (const std::string& name : names) {
    struct stat status {};
    if (name == "-") {
      found.files.push_back({name});
    } else if (::stat(name.c_str(), &status) != 0 ||
               ::faccessat(AT_FDCWD, name.c_str(), R_OK, AT_EACCESS) != 0) {
      return fail_errno("cannot open " + name, errno, "name a file that trace --format jsonl wrote");
    } else if (!S_ISDIR(status.st_mode)) {
      found.files.push_back({name});
    } else if (auto added = add_folder(name, found); !added) {
      return tl::make_unexpected(std::move(added.error()));
    }
  }
  if (std::ranges::count(names, "-") > 1)
    return fail(ErrorCode::invalid_argument, "standard input can be read once only", "name - once");
  return found;
}

}  // namespace proctree
