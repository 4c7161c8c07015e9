// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/timeline_sink.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/try.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

// Perfetto refuses tracks that are nested in a hundred others. A process below this depth is beside its
// creator.
constexpr std::size_t kDepthMost = 64;
constexpr std::string_view kNotSeen = "not seen";

// The same in a replay and for whoever reads this. Never 0, which is no track.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

// What the tracer reports of itself.
const std::uint64_t kTracerTrack = fnv1a("proctree");

std::string_view comm_of(const ProcessTable& table, Slot slot, std::string_view otherwise) {
  return table[slot].image == kNoImage ? otherwise : table.comm(slot);
}

// The table also counts a process as ended that others only named as their creator.
bool has_ended(const ProcessTable& table, Slot slot) {
  return table[slot].exited && table[slot].image != kNoImage;
}

}  // namespace

void TimelineSink::put() {
  auto appended = file_.append(packet_.end());
  if (!appended && written_) written_ = std::move(appended);
}

Result<void> TimelineSink::done(const RecordHead& head) {
  last_ns_ = std::max(last_ns_, at(head.ktime_ns));
  if (living_.size() > living_max_) drop_ended(head);
  return written_;
}

void TimelineSink::begin(const RecordHead& head) {
  const std::uint64_t clocks_ns = static_cast<std::uint64_t>(head.realtime_ns) - head.ktime_ns;
  if (streams_++ == 0) {
    boot_id_ = head.host->boot_id;
    clocks_ns_ = clocks_ns;
    packet_.clocks(head.ktime_ns, head.realtime_ns);
    put();
    packet_.track(kTracerTrack, 0, "proctree");
    put();
  } else {
    end_all(last_ns_);
    // A later boot's clock began at 0 again: its times are placed by the time of day.
    if (std::exchange(boot_id_, head.host->boot_id) != head.host->boot_id) shift_ns_ = clocks_ns - clocks_ns_;
  }
  begin_ns_ = complete_since_ns_ = head.ktime_ns;
}

Result<void> TimelineSink::on_start(const StartRecord& record) {
  const RecordHead& head = record.head;
  begin(head);
  packet_.instant(at(begin_ns_), kTracerTrack, "start");
  facts_.text("host", head.host->name);
  facts_.text("kernel", head.host->kernel);
  facts_.text("version", record.version);
  facts_.text("source", record.source);
  put();
  return done(head);
}

Result<void> TimelineSink::on_process(const ProcessRecord& record) {
  begin_if_none(record.head);
  switch (record.kind) {
    case RecordKind::process: {
      Living* const process = living(record.head, record.task->self);
      if (process != nullptr && !process->drawn) draw(*process, record);
      break;
    }
    case RecordKind::fork:
      on_fork(record);
      break;
    case RecordKind::exec:
      on_exec(record);
      break;
    case RecordKind::exit:
      on_exit(record);
      break;
    default:  // a failed exec: its image runs on
      break;
  }
  return done(record.head);
}

// A drawn image ends all the same, and the next drawn one must know when it began.
Result<void> TimelineSink::on_filtered(const ProcessRecord& record) {
  begin_if_none(record.head);
  const std::uint64_t now = at(record.head.ktime_ns);
  if (record.kind == RecordKind::fork) {
    add_forked(record);
  } else if (record.kind == RecordKind::exec || record.kind == RecordKind::exit) {
    Living* const process = living(record.head, record.task->self);
    if (process == nullptr) return done(record.head);
    end_image(*process, now);
    process->since_ns = now;
    if (record.kind == RecordKind::exit) living_.erase(record.task->self.pid);
  }
  return done(record.head);
}

// The one that is known under the pid. An earlier process with the pid ends here; one from before the known
// one is ended already.
TimelineSink::Living* TimelineSink::living(const RecordHead& head, const ProcKey& key) {
  const auto [entry, added] = living_.try_emplace(key.pid);
  Living& process = entry->second;
  if (!added && key.same_at_tick({key.pid, process.start_ns})) return &process;
  if (!added && key.start_ns != 0 && key.start_ns < process.start_ns) return nullptr;
  end_image(process, at(head.ktime_ns), kNotSeen);
  process = {.start_ns = key.start_ns, .since_ns = at(std::max(key.start_ns, complete_since_ns_))};
  return &process;
}

TimelineSink::Living& TimelineSink::add_forked(const ProcessRecord& record) {
  const ProcKey& key = record.task->self;
  Living& process = living_[key.pid];
  const std::uint64_t now = at(record.head.ktime_ns);
  end_image(process, now, kNotSeen);
  process = {.start_ns = key.start_ns, .since_ns = now};
  return process;
}

// A process that ran before has no track above its own, or all that a command did would be below the shell,
// the session and their creators; its creators are in its chain. `born`: there was a fork for it, whatever
// its start time says.
TimelineSink::TrackPtr TimelineSink::track_of(const RecordHead& head, Slot slot, bool born) {
  const ProcessTable& table = *head.table;
  std::vector<Slot> unknown;
  TrackPtr track;
  for (Slot s = slot; s != kNoSlot; s = table[s].creator) {
    const ProcKey key = table.key(s);
    const auto known = living_.find(key.pid);
    if (known != living_.end() && key.same_at_tick({key.pid, known->second.start_ns}))
      track = known->second.track;
    if (track) break;
    unknown.push_back(s);
    if (ran_before(key) && !(born && s == slot)) break;
  }
  for (; !unknown.empty(); unknown.pop_back()) {
    const Slot s = unknown.back();
    const bool deep = track && track->depth == kDepthMost;
    if (deep && s != slot) continue;
    const TrackPtr& above = deep ? track->above : track;
    const ProcKey key = table.key(s);
    scratch_.clear();
    append_number(scratch_, streams_);
    scratch_ += '/';
    append_process_id(scratch_, head.host->id_prefix, key);
    scratch_ += '/';
    append_number(scratch_, key.start_ns);  // ids have the grain of ticks
    scratch_ += '/';
    append_number(scratch_, above ? above->uuid : 0);
    track = std::make_shared<Track>(Track{fnv1a(scratch_), above, above ? above->depth + 1 : 1});
    if (s == slot) break;
    const std::string_view comm = comm_of(table, s, kUnknownComm);
    name_track(*track, comm, key.pid);
    if (has_ended(table, s)) continue;
    if (Living* const process = living(head, key); process != nullptr) {
      process->track = track;
      process->name = comm;
    }
  }
  return track;
}

void TimelineSink::name_track(const Track& track, std::string_view comm, std::uint32_t pid) {
  scratch_.clear();
  append_visible(scratch_, comm);
  scratch_ += ' ';
  append_number(scratch_, pid);
  packet_.track(track.uuid, track.above ? track.above->uuid : 0, scratch_);
  put();
}

void TimelineSink::begin_image(Living& process, const RecordHead& head, Slot slot, std::string_view comm,
                               bool born) {
  const bool first = !process.track;
  if (first) process.track = track_of(head, slot, born);
  if (first || process.name != comm) name_track(*process.track, comm, (*head.table)[slot].pid);
  process.name = comm;
  process.drawn = true;
  process.since_ns = std::min(process.since_ns, at(head.ktime_ns));
  scratch_.clear();
  append_visible(scratch_, comm);
  packet_.begin_slice(process.since_ns, process.track->uuid, scratch_);
  if (first && !process.track->above) facts_.chain(head, slot);
}

void TimelineSink::draw(Living& process, const ProcessRecord& record) {
  begin_image(process, record.head, record.slot, record.task->comm, false);
  facts_.process(record);
  put();
}

void TimelineSink::end_image(Living& process, std::uint64_t ns, std::string_view how) {
  if (!std::exchange(process.drawn, false)) return;
  packet_.end_slice(std::max(ns, process.since_ns), process.track->uuid);
  if (!how.empty()) packet_.text("end", how);
  put();
}

void TimelineSink::on_fork(const ProcessRecord& record) {
  const RecordHead& head = record.head;
  const ProcessTable& table = *head.table;
  const std::uint64_t now = at(head.ktime_ns);
  const std::string_view comm = record.task->comm;
  Living& child = add_forked(record);
  const Slot creator_slot = table[record.slot].creator;
  Living* creator = nullptr;
  if (creator_slot != kNoSlot && !has_ended(table, creator_slot))
    creator = living(head, table.key(creator_slot));
  if (creator != nullptr && !creator->drawn) {
    // A child is called as its creator is.
    begin_image(*creator, head, creator_slot, comm_of(table, creator_slot, comm), false);
    facts_.known(head, creator_slot);
    put();
  }
  child.track = track_of(head, record.slot, true);
  if (creator != nullptr) {
    packet_.instant(now, creator->track->uuid, "fork");
    packet_.flow_from(child.track->uuid);
    packet_.number("pid", record.task->self.pid);
    put();
  }
  name_track(*child.track, comm, record.task->self.pid);
  child.name = comm;
  begin_image(child, head, record.slot, comm, true);
  if (creator != nullptr) packet_.flow_to(child.track->uuid);
  facts_.process(record);
  put();
}

void TimelineSink::on_exec(const ProcessRecord& record) {
  Living* const process = living(record.head, record.task->self);
  if (process == nullptr) return;
  const std::uint64_t now = at(record.head.ktime_ns);
  end_image(*process, now);
  process->since_ns = now;
  draw(*process, record);
}

void TimelineSink::on_exit(const ProcessRecord& record) {
  Living* const process = living(record.head, record.task->self);
  if (process == nullptr) return;
  if (!process->drawn) draw(*process, record);
  packet_.end_slice(std::max(at(record.head.ktime_ns), process->since_ns), process->track->uuid);
  facts_.exit(record);
  // It has renamed itself, or an exec of it was lost.
  if (has_proc_facts(*record.task) && record.task->comm != process->name)
    facts_.text("comm", record.task->comm);
  put();
  living_.erase(record.task->self.pid);
}

void TimelineSink::end_all(std::uint64_t ns) {
  for (auto& [pid, process] : living_) end_image(process, ns, kNotSeen);
  living_.clear();
}

// Those whose end was not reported, and those that are no longer in the table, whose end never will be.
// `reported`: those that ended are about to be reported.
void TimelineSink::drop_ended(const RecordHead& head, bool reported) {
  const ProcessTable& table = *head.table;
  for (auto entry = living_.begin(); entry != living_.end();) {
    auto& [pid, process] = *entry;
    const Slot slot = table.find_at_tick({pid, process.start_ns});
    const bool ended = slot != kNoSlot && !reported && has_ended(table, slot);
    if (slot != kNoSlot && !ended) {
      ++entry;
      continue;
    }
    if (!ended && process.drawn) complete_since_ns_ = head.ktime_ns;
    end_image(process, at(head.ktime_ns), kNotSeen);
    entry = living_.erase(entry);
  }
  living_max_ = std::max(kLivingLeast, 2 * living_.size());
}

Result<void> TimelineSink::on_lost(const LostRecord& record) {
  begin_if_none(record.head);
  scratch_.clear();
  append_number(scratch_, record.lost.count);
  scratch_ += record.lost.count == 1 ? " event lost" : " events lost";
  packet_.instant(at(record.head.ktime_ns), kTracerTrack, scratch_);
  packet_.number("count", record.lost.count);
  packet_.number("since_ns", record.lost.since_ns);
  packet_.number("until_ns", record.lost.until_ns);
  if (record.lost.bad_record) packet_.number("bad_record", 1);
  if (record.lost.uid != kUnsetId) packet_.number("uid", record.lost.uid);
  facts_.text("cgroup", record.lost.cgroup);
  put();
  return done(record.head);
}

Result<void> TimelineSink::on_gap(const GapRecord& record) {
  begin_if_none(record.head);
  packet_.instant(at(record.head.ktime_ns), kTracerTrack,
                  record.seq_to == 0 ? "no tracer ran" : "lines missing");
  facts_.text("where", record.where);
  if (record.seq_to != 0) {
    packet_.number("seq_from", record.seq_from);
    packet_.number("seq_to", record.seq_to);
  }
  packet_.number("since_ns", record.since_ns);
  packet_.number("until_ns", record.until_ns);
  put();
  return done(record.head);
}

Result<void> TimelineSink::on_resync(const ResyncRecord& record) {
  begin_if_none(record.head);
  packet_.instant(at(record.head.ktime_ns), kTracerTrack, "tree mended");
  packet_.number("added", record.mending.added);
  packet_.number("exited", record.mending.exited);
  packet_.number("corrected", record.mending.corrected);
  packet_.number("took_ns", record.mending.took_ns);
  put();
  drop_ended(record.head, true);
  return done(record.head);
}

// It was found ended: when is unobserved.
Result<void> TimelineSink::on_resynced(const ProcessRecord& record, Resynced change) {
  begin_if_none(record.head);
  if (change == Resynced::ended) {
    const ProcKey& key = record.task->self;
    const auto entry = living_.find(key.pid);
    if (entry != living_.end() && key.same_at_tick({key.pid, entry->second.start_ns})) {
      end_image(entry->second, at(record.head.ktime_ns), kNotSeen);
      living_.erase(entry);
    }
  }
  return done(record.head);
}

// A running process has no end: Perfetto draws such a slice to the end, and says so.
Result<void> TimelineSink::on_stop(const StopRecord& record) {
  begin_if_none(record.head);
  // Where a recording's end is damaged, its last record's time stands for that of its end.
  packet_.instant(std::max(last_ns_, at(record.head.ktime_ns)), kTracerTrack, "stop");
  packet_.number("forks", record.totals.forks);
  packet_.number("execs", record.totals.execs);
  packet_.number("exits", record.totals.exits);
  packet_.number("lost", record.totals.lost);
  packet_.number("resyncs", record.totals.resyncs);
  put();
  PROCTREE_CHECK(done(record.head));
  return file_.flush();
}

}  // namespace proctree
