// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/account.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/json.hpp"
#include "base/json_cursor.hpp"
#include "base/whole_file.hpp"
#include "spool/segment.hpp"

namespace proctree {

namespace {

constexpr const char* kName = "account";
constexpr std::size_t kSizeMax = std::size_t{64} << 20;

bool read_stream(JsonCursor& json, StreamAccount& stream) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    std::string_view name;
    if (key == "stream") {
      if (!json.string(name)) return false;
      stream.stream = name;
    } else if (key == "last_seq") {
      if (!json.number(stream.last_seq)) return false;
    } else if (key == "host" || key == "tracer") {
      if (!json.raw(name) || !name.starts_with('{')) return false;
      (key == "host" ? stream.host : stream.tracer) = name;
    } else if (key == "time") {
      if (!json.string(name)) return false;
      stream.time = name;
    } else if (key == "ktime_ns") {
      if (!json.number(stream.ktime_ns)) return false;
    } else if (std::uint64_t* total = find_total(stream.totals, key)) {
      if (!json.number(*total)) return false;
    } else if (!json.skip()) {
      return false;
    }
  }
  return !json.failed();
}

}  // namespace

Result<SpoolAccount> SpoolAccount::parse(std::string_view text) {
  SpoolAccount account;
  JsonCursor json;
  json.start(text);
  bool read = json.begin_object();
  for (std::string_view key; read && json.next_key(key);) {
    if (key != "streams") {
      read = json.skip();
      continue;
    }
    read = json.begin_array();
    while (read && json.next_element()) {
      StreamAccount stream;
      read = read_stream(json, stream);
      if (read) account.set(stream);
    }
  }
  if (!read || json.failed() || !json.end())
    return fail(ErrorCode::corrupt,
                std::string("no account of streams: ") + (json.failed() ? json.why() : "?"));
  return account;
}

Result<SpoolAccount> SpoolAccount::read(int folder_fd, const std::string& path) {
  const std::string name = path + '/' + kName;
  const FileDescriptor file(::openat(folder_fd, kName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return SpoolAccount{};
  if (!file.valid()) return fail_errno("cannot read " + name, errno);
  std::string text;
  if (!read_whole(file.get(), kSizeMax, text)) {
    if (errno != EFBIG) return fail_errno("cannot read " + name, errno);
    return fail(ErrorCode::corrupt, name + " is too large for an account of streams");
  }
  auto account = parse(text);
  if (!account)
    return fail(ErrorCode::corrupt, name + ": " + account.error().message,
                "move it away: what it says of streams that are gone is lost then");
  return account;
}

std::string SpoolAccount::to_json() const {
  JsonWriter json;
  json.begin_object();
  json.field("v", 1);
  json.key("streams");
  json.begin_array();
  for (const StreamAccount& stream : streams_) {
    json.begin_object();
    json.string_field("stream", stream.stream);
    json.field("last_seq", stream.last_seq);
    write_totals(json, stream.totals);
    for (const auto& [name, object] :
         {std::pair("host", &stream.host), std::pair("tracer", &stream.tracer)}) {
      if (object->empty()) continue;
      json.plain_key(name);
      json.repeat(*object);
    }
    if (!stream.time.empty()) {
      json.string_field("time", stream.time);
      json.field("ktime_ns", stream.ktime_ns);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::string(json.text()) + '\n';
}

Result<void> SpoolAccount::write(int folder_fd, const std::string& path) const {
  if (replace_file(folder_fd, temporary_name(kName), kName, to_json(), kSegmentMode, Sync::no) &&
      ::fchmodat(folder_fd, kName, kSegmentMode, 0) == 0)
    return {};
  return fail_errno("cannot write " + path + '/' + kName, errno);
}

void SpoolAccount::set(const StreamAccount& stream) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const StreamAccount& known) { return known.stream == stream.stream; });
  if (found == streams_.end()) {
    streams_.push_back(stream);
  } else if (found->last_seq <= stream.last_seq) {
    StreamAccount known = std::exchange(*found, stream);
    if (found->host.empty()) found->host = std::move(known.host);
    if (found->tracer.empty()) found->tracer = std::move(known.tracer);
  }
}

}  // namespace proctree
