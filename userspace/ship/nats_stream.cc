// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_stream.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/json_cursor.hpp"
#include "base/try.hpp"
#include "ship/nats_words.hpp"

namespace proctree {

namespace {

constexpr double kDuplicateWindowS = 120;

struct FreeInfo {
  void operator()(jsStreamInfo* info) const { jsStreamInfo_Destroy(info); }
};
using Info = std::unique_ptr<jsStreamInfo, FreeInfo>;

// JSJetStreamNotEnabled and the like come as their number and the server's words.
tl::unexpected<Error> stream_failure(const std::string& what, natsStatus status, jsErrCode code) {
  auto error = nats_failure(what, status);
  if (status == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr) {
    return fail(ErrorCode::unsupported, what + ": the server has no JetStream, or not for this account",
                "set `jetstream` in its configuration");
  }
  return error;
}

NatsStream facts_of(const jsStreamInfo& info) {
  const jsStreamConfig& config = *info.Config;
  NatsStream stream;
  stream.name = config.Name;
  stream.message_most = config.MaxMsgSize > 0 ? static_cast<std::size_t>(config.MaxMsgSize) : 0;
  stream.last_seq = info.State.LastSeq;
  // Even without a bound of its own: its account's counts too.
  stream.drops_oldest = config.Discard == js_DiscardOld;
  stream.drops_by_age = config.MaxAge > 0;
  stream.acknowledges = !config.NoAck;
  return stream;
}

// nullopt: it is missing.
Result<std::optional<NatsStream>> look_up(const NatsConnection& connection, const std::string& name) {
  const NatsContext context = PROCTREE_TRY(open_context(connection));
  jsStreamInfo* raw = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&raw, context.get(), name.c_str(), nullptr, &code);
  if (code == JSStreamNotFoundErr || (status == NATS_NOT_FOUND && code == 0)) return std::nullopt;
  if (status != NATS_OK) return stream_failure("cannot look the stream " + name + " up", status, code);
  const Info info(raw);
  return facts_of(*info);
}

// The streams that take any of our subjects.
Result<std::vector<std::string>> holders(const NatsConnection& connection) {
  const std::string response = PROCTREE_TRY(
      connection.request("$JS.API.STREAM.NAMES", "{\"subject\":\"" + std::string(kSubjects) + "\"}"));
  std::vector<std::string> names;
  JsonCursor json;
  json.start(response);
  if (!json.begin_object()) return names;
  for (std::string_view key; json.next_key(key);) {
    std::string_view name;
    if (key != "streams") {
      if (!json.skip()) break;
      continue;
    }
    if (!json.begin_array()) break;  // null: none
    while (json.next_element() && json.string(name)) names.emplace_back(name);
  }
  return names;
}

tl::unexpected<Error> held_by(const std::string& holder) {
  return fail(ErrorCode::unsupported,
              "the stream " + holder + " has the subjects " + std::string(kSubjects) + " already",
              "ship to " + holder + ", or take them from it");
}

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * kNsPerSecond); }

Result<NatsStream> make_stream(const NatsConnection& connection, const std::string& name,
                               const StreamOptions& options) {
  const NatsContext context = PROCTREE_TRY(open_context(connection));
  const std::string subjects(kSubjects);
  const char* list[] = {subjects.c_str()};
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name.c_str();
  config.Subjects = list;
  config.SubjectsLen = 1;
  config.Retention = js_LimitsPolicy;
  config.Storage = js_FileStorage;
  config.Discard = js_DiscardNew;
  config.Replicas = options.replicas.value_or(1);
  config.MaxBytes = options.max_bytes_mib ? static_cast<std::int64_t>(*options.max_bytes_mib << 20U) : -1;
  config.MaxAge = options.max_age_s ? nanoseconds(*options.max_age_s) : 0;
  config.Duplicates = nanoseconds(options.duplicate_window_s.value_or(
      std::min(kDuplicateWindowS, options.max_age_s.value_or(kDuplicateWindowS))));  // never beyond the age
  jsStreamInfo* raw = nullptr;
  jsErrCode code{};
  const natsStatus status = js_AddStream(&raw, context.get(), &config, nullptr, &code);
  if (code == JSStreamSubjectOverlapErr) {
    const auto found = PROCTREE_TRY(holders(connection));
    return held_by(found.empty() ? "of another name" : found.front());
  }
  if (status != NATS_OK) return stream_failure("cannot make the stream " + name, status, code);
  const Info info(raw);
  return facts_of(*info);
}

}  // namespace

Result<NatsStream> find_stream(const NatsConnection& connection, const std::string& name) {
  const auto found = PROCTREE_TRY(look_up(connection, name));
  if (found) return *found;
  return fail(ErrorCode::unsupported, "there is no stream " + name,
              "`proctree ship --to nats://… --create` makes it");
}

Result<NatsStream> open_stream(const NatsConnection& connection, const std::string& name,
                               const StreamOptions& options) {
  const auto found = PROCTREE_TRY(look_up(connection, name));
  if (!found && options.create) return make_stream(connection, name, options);
  if (!found) {
    return fail(ErrorCode::unsupported, "there is no stream " + name,
                "make it, with the subjects " + std::string(kSubjects) + ", or give --create");
  }
  if (!found->acknowledges) {
    return fail(ErrorCode::unsupported, "the stream " + name + " acknowledges nothing (no_ack)",
                "lines would never count as stored: set its no_ack to false");
  }
  const auto names = PROCTREE_TRY(holders(connection));
  if (std::ranges::find(names, name) != names.end()) return *found;
  if (!names.empty()) return held_by(names.front());
  return fail(ErrorCode::unsupported,
              "the stream " + name + " does not take the subjects " + std::string(kSubjects),
              "add them to it, or name another");
}

std::string stream_warning(const NatsStream& stream) {
  std::string text = "the stream " + stream.name;
  if (stream.drops_oldest) text += " drops its oldest messages when full (discard: old)";
  if (stream.drops_oldest && stream.drops_by_age) text += " and";
  if (stream.drops_by_age) text += " drops messages by age (max_age)";
  if (!stream.drops_oldest && !stream.drops_by_age) return {};
  return text + ": what it has acknowledged may be gone before it is read";
}

}  // namespace proctree
