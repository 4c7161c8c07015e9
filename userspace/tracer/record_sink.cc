// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tracer/record_sink.hpp"

#include <exception>
#include <string>

#include "base/try.hpp"
#include "entry/entries.hpp"
#include "tracer/record_details.hpp"
#include "tree/container.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

class LiveDetails final : public detail::RecordDetails {
 public:
  LiveDetails(const ProcessRecord& record, const ProcKey& creator) : record_(record), creator_(creator) {}

  [[nodiscard]] std::string_view exe() const override {
    if (record_.image != nullptr) return record_.image->exe;
    return record_.slot == kNoSlot ? std::string_view{} : record_.head.table->exe(record_.slot);
  }
  [[nodiscard]] std::string_view user() const override {
    return has_proc_facts(*record_.task) ? record_.head.users->name(record_.task->uid) : std::string_view{};
  }
  [[nodiscard]] std::string_view container_id() const override {
    container_ = container_of(record_.task->cgroup);
    return container_.id();
  }
  [[nodiscard]] ContainerFacts container() const override {
    const std::string_view id = container_id();
    const ContainerNames names = record_.container_names(id);
    return {id, container_.runtime(), names.name, names.image};
  }
  [[nodiscard]] Units units() const override { return record_.units(); }
  [[nodiscard]] Leader session_leader() const override { return record_.session_leader(); }
  [[nodiscard]] Leader group_leader() const override { return record_.group_leader(); }
  void append_id(std::string& out) const override { append(out, record_.task->self); }
  void append_creator_id(std::string& out) const override { append(out, creator_); }
  void append_chain(std::string& out) const override {
    proctree::append_chain(out, TableLineage(*record_.head.table, *record_.head.users, record_.slot));
  }
  void lineage(Lineage& out, std::size_t ancestors_max) const override {
    fill_lineage(out, *record_.head.table, *record_.head.users, record_.slot, record_.head.lost,
                 ancestors_max, record_.head.entries);
  }

 private:
  void append(std::string& out, const ProcKey& key) const {
    if (key.start_ns != 0) append_process_id(out, record_.head.host->id_prefix, key);
  }

  const ProcessRecord& record_;
  const ProcKey& creator_;
  mutable Container container_;
};

}  // namespace

void fill_lineage(Lineage& out, const ProcessTable& table, Users& users, Slot slot, const LossScope& lost,
                  std::size_t ancestors_max, entry::Entries* entries) {
  AncestryWalk walk(table, users, slot, lost);
  out.ancestors.clear();
  out.truncated = false;
  while (out.ancestors.size() < ancestors_max) {
    const auto ancestor = walk.next();
    if (!ancestor) break;
    out.ancestors.push_back(*ancestor);
    if (entries != nullptr && ancestor->known)
      set_entry(out.ancestors.back(), entries->find(walk.slot()).facts);
  }
  while (walk.step()) out.truncated = true;
  out.complete = walk.complete();
}

bool RecordSink::wants(RecordKind kind) const {
  switch (kind) {
    case RecordKind::fork:
      return kinds_.forks;
    case RecordKind::exec:
    case RecordKind::failed_exec:
      return kinds_.execs;
    case RecordKind::exit:
      return kinds_.exits;
    case RecordKind::resynced:
      return kinds_.resynced;
    case RecordKind::forgotten:
      return kinds_.forgotten;
    default:
      return true;
  }
}

Record RecordSink::begin(RecordKind kind, const RecordHead& head) {
  Record record;
  record.kind = kind;
  record.seq = ++seq_;
  record.ktime_ns = head.ktime_ns;
  record.realtime_ns = head.realtime_ns;
  return record;
}

namespace {

tl::unexpected<Error> callback_threw(const char* what) {
  return fail(ErrorCode::invalid_argument, std::string("the callback threw an exception: ") + what,
              "let it return what went wrong to you instead; no record was lost");
}

}  // namespace

Result<void> RecordSink::deliver(const Record& record) {
  if (mute_ || callback_ == nullptr) return {};
  ++delivered_;
  if (!*callback_) return {};
  // Whatever it throws, the following records are handed out too: none is lost.
  try {
    (*callback_)(record);
  } catch (const std::exception& thrown) {
    thrown_ = callback_threw(thrown.what());
  } catch (...) {
    thrown_ = callback_threw("no std::exception");
  }
  return {};
}

Result<void> RecordSink::on_process(const ProcessRecord& from) {
  if (!wants(from.kind)) return {};
  Record record = begin(from.kind, from.head);
  return deliver(from, record);
}

// Of one that ended unobserved only what the tree has is known.
Result<void> RecordSink::on_resynced(const ProcessRecord& from, Resynced change) {
  TaskFacts task = *from.task;
  if (!has_proc_facts(task)) {
    task.uid = from.head.table->uid(from.slot);
    task.gid = task.euid = task.egid = kUnsetId;
    task.parent = {};
  }
  ProcessRecord shown = from;
  shown.task = &task;
  Record record = begin(RecordKind::resynced, from.head);
  record.resynced = change;
  return deliver(shown, record);
}

Result<void> RecordSink::on_removal(const ProcessRecord& from) {
  if (!kinds_.forgotten) {
    user_data_.set(from.slot, nullptr);
    return {};
  }
  auto delivered = deliver_forgotten(from, !(*from.head.table)[from.slot].exited);
  user_data_.set(from.slot, nullptr);
  return delivered;
}

Result<void> RecordSink::deliver_forgotten(const ProcessRecord& from, bool lives) {
  Record record = begin(RecordKind::forgotten, from.head);
  record.lives = lives;
  return deliver(from, record);
}

Result<void> RecordSink::hand_user_data_back(const RecordHead& head) {
  for (Slot slot = 0; kinds_.forgotten && slot < user_data_.slot_end(); ++slot) {
    if (user_data_.get(slot) == nullptr) continue;
    const TaskFacts task = known_task(*head.table, slot);
    ProcessRecord record;
    record.kind = RecordKind::forgotten;
    record.head = head;
    record.slot = slot;
    record.task = &task;
    PROCTREE_CHECK(deliver_forgotten(record, !(*head.table)[slot].exited));
    user_data_.set(slot, nullptr);
  }
  return {};
}

Result<void> RecordSink::deliver(const ProcessRecord& from, Record& record) {
  record.task = from.task;
  record.user_data = user_data_.get(from.slot);
  record.image = from.image;
  record.stdio = from.stdio;
  record.exit = from.exit;
  record.failed_exec = from.failed;
  PreviousImage previous;
  if (from.previous) {
    previous = {from.previous->comm, from.previous->exe};
    record.previous = &previous;
  }
  EntryFacts entry;
  if (from.entry != nullptr) {
    entry = *from.entry;
    entry.sure = from.entry_sure;
    if (entry.uid != kUnsetId) entry.user = from.head.users->name(entry.uid);
    record.entry = &entry;
  }
  const auto creator = creator_of(*from.head.table, from.slot);
  record.creator_known = creator.has_value();
  record.creator = creator.value_or(ProcKey{});
  const LiveDetails details(from, record.creator);
  details.attach_to(record);
  return deliver(record);
}

Result<void> RecordSink::on_start(const StartRecord& from) {
  Record record = begin(RecordKind::start, from.head);
  const Host& host = *from.head.host;
  const TraceFacts facts{.host = host.name,
                         .boot_id = host.boot_id,
                         .kernel = host.kernel,
                         .arch = host.arch,
                         .version = from.version,
                         .source = from.source,
                         .processes = from.processes,
                         .nested_pid_namespace = host.nested_pid_namespace,
                         .fair_kib = from.fair_kib,
                         .host_id = host.id,
                         .ring = from.ring};
  record.trace = &facts;
  return deliver(record);
}

Result<void> RecordSink::on_lost(const LostRecord& from) {
  Record record = begin(RecordKind::lost, from.head);
  record.loss = &from.lost;
  return deliver(record);
}

Result<void> RecordSink::on_resync(const ResyncRecord& from) {
  Record record = begin(RecordKind::resync, from.head);
  record.mending = &from.mending;
  return deliver(record);
}

Result<void> RecordSink::on_stop(const StopRecord& from) {
  PROCTREE_CHECK(hand_user_data_back(from.head));
  Record record = begin(RecordKind::stop, from.head);
  const StopFacts facts{
      from.totals, {from.counters.begin(), from.counters.end()}, from.failed_execs.value_or(0)};
  record.stop = &facts;
  return deliver(record);
}

}  // namespace proctree
