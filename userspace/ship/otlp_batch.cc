// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/otlp_batch.hpp"

#include <algorithm>

namespace proctree {

namespace {

constexpr std::uint32_t kResourceLogs = 1;  // of ExportLogsServiceRequest
constexpr std::uint32_t kScopeLogs = 2;     // of ResourceLogs
constexpr std::uint32_t kLogRecords = 2;    // of ScopeLogs

}  // namespace

void OtlpBatch::add(const Origin& origin, std::string_view record, std::string_view stream,
                    const StreamPosition& position) {
  // Most come from where the one before did.
  auto group = groups_.rbegin();
  while (group != groups_.rend() && group->origin != origin) ++group;
  Group& of_origin = group != groups_.rend() ? *group : groups_.emplace_back(Group{origin, {}, {}});
  tag_.clear();
  tag_.message(kLogRecords, record.size());
  (of_origin.records += tag_.bytes()) += record;
  of_origin.ends.push_back(of_origin.records.size());
  ++size_;
  bytes_ += record.size();
  progress_.advance(stream, position);
}

std::string OtlpBatch::request(RecordRange range, Gzip& gzip) const {
  std::size_t first = 0;  // of the group
  for (const Group& group : groups_) {
    const std::size_t begin = std::clamp(range.begin, first, first + group.ends.size()) - first;
    const std::size_t end = std::clamp(range.end, first, first + group.ends.size()) - first;
    first += group.ends.size();
    if (begin == end) continue;
    const std::size_t from = begin == 0 ? 0 : group.ends[begin - 1];
    const std::string_view records = std::string_view(group.records).substr(from, group.ends[end - 1] - from);
    const schema::OtlpOrigin& origin = *group.origin;
    ProtobufWriter scope_head;
    const std::size_t scope_size = origin.scope.size() + records.size() + origin.schema.size();
    scope_head.message(kScopeLogs, scope_size);
    ProtobufWriter head;
    head.message(kResourceLogs,
                 origin.resource.size() + scope_head.bytes().size() + scope_size + origin.schema.size());
    for (const std::string_view part :
         {head.bytes(), std::string_view(origin.resource), scope_head.bytes(), std::string_view(origin.scope),
          records, std::string_view(origin.schema), std::string_view(origin.schema)})
      gzip.append(part);
  }
  return gzip.finish();
}

}  // namespace proctree
