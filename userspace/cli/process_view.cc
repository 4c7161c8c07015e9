// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/process_view.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/try.hpp"
#include "cli/notice.hpp"
#include "engine/host.hpp"
#include "procfs/parse.hpp"
#include "procfs/snapshot.hpp"
#include "sink/jsonl_fields.hpp"
#include "sink/output.hpp"
#include "tree/process_id.hpp"
#include "tree/title.hpp"

namespace proctree {

namespace {

constexpr unsigned kThreadsMost = 4;  // that read /proc
constexpr const char* kWhatRuns = "see proctree tree";

}  // namespace

Result<ProcessView> ProcessView::make() {
  auto reader = PROCTREE_TRY(ProcReader::open());
  return ProcessView(std::move(reader));
}

const Host& ProcessView::host() {
  if (!host_) host_ = this_host(false).value_or(Host{});  // all but ids is known without it
  return *host_;
}

Result<ProcessView> ProcessView::of_host(ProcParts parts, const Marker* marker, UserNames users) {
  auto view = make();
  if (!view) return view;
  view->users_ = std::move(users);
  view->table_.set_marker(marker);
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMost);
  static_cast<void>(PROCTREE_TRY(snapshot_proc(view->reader_, parts, view->table_, threads)));
  return view;
}

Result<ProcessView> ProcessView::of_lineage(std::uint32_t pid, ProcParts parts) {
  auto view = make();
  if (!view) return view;
  auto counts = snapshot_lineage(view->reader_, pid, parts, view->table_);
  if (counts) return view;
  Error error = std::move(counts.error());
  if (error.code == ErrorCode::not_found && error.remedy.empty()) error.remedy = kWhatRuns;
  return tl::make_unexpected(std::move(error));
}

Result<Slot> ProcessView::find(std::uint32_t pid) const {
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot) {
    return fail(ErrorCode::not_found, "there is no process " + std::to_string(pid), kWhatRuns);
  }
  return slot;
}

Result<void> ProcessView::mark(std::uint32_t pid, Marks marks) {
  const auto slot = PROCTREE_TRY(find(pid));
  table_.add_own_marks(slot, marks);
  return {};
}

const SnapshotTask* ProcessView::read_again(Slot slot, ProcParts parts) {
  const auto read = reader_.read(table_[slot].pid, parts);
  if (!read || (*read)->task.self != table_.key(slot)) return nullptr;
  again_ = **read;
  ImageFacts& image = again_.image;
  const std::size_t padding = image.args.size() - without_title_padding(image.args).size();
  image.args.remove_suffix(padding);
  image.args_size -= static_cast<std::uint32_t>(padding);
  return &again_;
}

void ProcessView::read_commands_above(Slot slot) {
  for (Slot at = table_[slot].creator; at != kNoSlot; at = table_[at].creator) {
    const auto* task = read_again(at, kProcArgs | kProcExe);
    if (task != nullptr && task->task.comm == table_.comm(at) && task->image.exe == table_.exe(at))
      table_.set_invocation(at, invocation_shown(task->task, task->image, kAncestorArgsDefault));
  }
}

ProcessRecord ProcessView::record_of(Slot slot, const SnapshotTask& read) {
  ProcessRecord record;
  record.kind = RecordKind::process;
  record.head.ktime_ns = read.ktime_ns;
  record.head.table = &table_;
  record.head.users = &users_;
  record.head.host = &host();
  record.slot = slot;
  record.task = &read.task;
  record.image = &read.image;
  return record;
}

void ProcessView::warn_no_ids() {
  if (host().id_prefix.empty() && !std::exchange(warned_no_ids_, true))
    print_notice("no ids, for /proc is mounted with subset=pid: the boot's isn't shown");
}

void ProcessView::write_json(JsonWriter& json, Slot slot, const Extras& extras) {
  const auto id = [&](const auto& key, Slot of) {
    if (host().id_prefix.empty()) return;
    json.key(key);
    scratch_.clear();
    append_process_id(scratch_, host().id_prefix, table_.key(of));
    json.plain(scratch_);
  };
  warn_no_ids();
  const Node& node = table_[slot];
  json.begin_object();
  json.field("pid", node.pid);
  if (node.image != kNoImage) {  // else: a parent that we may not read
    json.field("start_ns", node.start_ns);
    id("id", slot);
  }
  if (node.root) {
    json.field("ppid", 0);
    json.field("creator_pid", 0);
  } else if (node.creator != kNoSlot) {
    json.field("ppid", table_[node.creator].pid);
    json.field("creator_pid", table_[node.creator].pid);
    if (table_[node.creator].image != kNoImage) {
      json.field("creator_start_ns", table_[node.creator].start_ns);
      id("creator_id", node.creator);
    }
    json.plain_field("edge", "snapshot");
  }
  if (node.image != kNoImage) {
    json.string_field("comm", table_.comm(slot));
    if (const auto exe = table_.exe(slot); !exe.empty()) json.string_field("exe", exe);
    json.field("uid", table_.uid(slot));
    json.string_field("user", users_.name(table_.uid(slot)));
  }
  if (node.exited) json.field("exited", true);
  if (extras.args || extras.threads) {
    if (const auto* task = read_again(slot, extras.args ? kProcArgs : kProcStat)) {
      if (extras.args && task->image.args_size != 0) JsonFields(json).arguments(task->image);
      if (extras.threads) json.field("threads", reader_.num_threads());
    }
  }
  if (extras.highlighted) json.field("highlighted", true);
  json.end_object();
}

void JsonArrayText::take(JsonWriter& json) {
  text_ += text_.empty() ? "[\n" : ",\n";
  text_ += json.text();
  json.clear();
}

std::string JsonArrayText::finish() { return text_.empty() ? "[]\n" : std::move(text_) + "\n]\n"; }

}  // namespace proctree
