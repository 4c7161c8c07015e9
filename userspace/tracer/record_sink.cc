// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tracer/record_sink.hpp"

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
                 ancestors_max);
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
                  std::size_t ancestors_max) {
  AncestryWalk walk(table, users, slot, lost);
  out.ancestors.clear();
  out.truncated = false;
  while (out.ancestors.size() < ancestors_max) {
    const auto ancestor = walk.next();
    if (!ancestor) break;
    out.ancestors.push_back(*ancestor);
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

Result<void> RecordSink::deliver(const Record& record) {
  if (mute_) return {};
  ++delivered_;
  if (*callback_) (*callback_)(record);
  return {};
}

Result<void> RecordSink::on_process(const ProcessRecord& from) {
  if (!wants(from.kind)) return {};
  Record record = begin(from.kind, from.head);
  record.task = from.task;
  record.image = from.image;
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
  Record record = begin(RecordKind::stop, from.head);
  const StopFacts facts{
      from.totals, {from.counters.begin(), from.counters.end()}, from.failed_execs.value_or(0)};
  record.stop = &facts;
  return deliver(record);
}

}  // namespace proctree
