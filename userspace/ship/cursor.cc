// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/cursor.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "base/json.hpp"
#include "base/json_cursor.hpp"
#include "base/try.hpp"
#include "base/whole_file.hpp"

namespace proctree {

namespace {

constexpr mode_t kMode = 0640;
constexpr std::size_t kSizeMax = std::size_t{64} << 20;

bool read_position(JsonCursor& json, StreamPositions& positions) {
  if (!json.begin_object()) return false;
  std::string stream;
  StreamPosition position;
  for (std::string_view key; json.next_key(key);) {
    std::string_view name;
    std::uint64_t* number = key == "seq" ? &position.seq : find_total(position.totals, key);
    if (key == "stream") {
      if (!json.string(name)) return false;
      stream = name;
    } else if (number == nullptr ? !json.skip() : !json.number(*number)) {
      return false;
    }
  }
  if (json.failed() || stream.empty()) return false;
  positions.insert_or_assign(stream, position);
  return true;
}

bool parse(std::string_view text, std::string& target, StreamPositions& positions) {
  JsonCursor json;
  json.start(text);
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    std::string_view name;
    if (key == "to") {
      if (!json.string(name)) return false;
      target = name;
    } else if (key == "streams") {
      if (!json.begin_array()) return false;
      while (json.next_element()) {
        if (!read_position(json, positions)) return false;
      }
    } else if (!json.skip()) {
      return false;
    }
  }
  return !json.failed() && json.end();
}

}  // namespace

Result<Cursor> Cursor::open(std::string path, std::string target) {
  Cursor cursor(std::move(path), std::move(target));
  const std::string lock = cursor.path_ + ".lock";
  cursor.lock_ = FileDescriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!cursor.lock_.valid()) return fail_errno("cannot write " + lock, errno, "name another --cursor");
  if (::flock(cursor.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("cannot lock " + lock, errno);
    return fail(ErrorCode::io, "another process uses the cursor " + cursor.path_,
                "stop it, or give another --cursor or --name");
  }
  PROCTREE_CHECK(cursor.read());
  return cursor;
}

Result<void> Cursor::read() {
  const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return {};
  if (!file.valid()) return fail_errno("cannot read the cursor " + path_, errno);
  std::string text;
  if (!read_whole(file.get(), kSizeMax, text) && errno != EFBIG)  // that is no cursor either
    return fail_errno("cannot read the cursor " + path_, errno);
  std::string target;
  if (!parse(text, target, positions_)) {
    return fail(ErrorCode::corrupt, path_ + " is not a cursor",
                "name another file; without its cursor a target is filled from the beginning");
  }
  if (target == target_) return {};
  return fail(ErrorCode::invalid_argument, "the cursor " + path_ + " is of " + target + ", not of " + target_,
              "give each target a --cursor or a --name of its own");
}

Result<void> Cursor::save(const StreamPositions& positions) const {
  JsonWriter json;
  json.begin_object();
  json.field("v", 1);
  json.string_field("to", target_);
  json.key("streams");
  json.begin_array();
  for (const auto& [stream, position] : positions) {
    json.begin_object();
    json.string_field("stream", stream);
    json.field("seq", position.seq);
    write_totals(json, position.totals);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  const std::string text = std::string(json.text()) + '\n';
  if (replace_file(AT_FDCWD, path_ + ".new", path_, text, kMode, Sync::yes)) return {};
  return fail_errno("cannot write the cursor " + path_, errno, "make room there");
}

}  // namespace proctree
