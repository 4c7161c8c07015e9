// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/timeline_facts.hpp"

#include <sys/wait.h>

#include <concepts>
#include <limits>

#include "base/escape.hpp"
#include "sink/text_format.hpp"
#include "tree/container.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

const TextStyle kPlain(false);

}  // namespace

void TimelineFacts::text(std::string_view name, std::string_view text) {
  if (text.empty()) return;
  scratch_.clear();
  append_visible(scratch_, text);
  packet_.text(name, scratch_);
}

void TimelineFacts::mark(std::string_view name, bool truth) {
  if (truth) packet_.mark(name);
}

template <Part kPart, class Facts>
void TimelineFacts::facts(const Facts& facts) {
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kFact.part == kPart) {
      if constexpr (std::same_as<typename At::Value, bool>) {
        mark(At::kFact.text(), facts.*At::kFact.member);
      } else {
        text(At::kFact.text(), facts.*At::kFact.member);
      }
    }
  });
}

void TimelineFacts::key(const RecordHead& head, const ProcKey& key) {
  packet_.number("pid", key.pid);
  if (key.start_ns == 0) return;
  scratch_.clear();
  append_process_id(scratch_, head.host->id_prefix, key);
  packet_.text("id", scratch_);
}

void TimelineFacts::process(const ProcessRecord& record) {
  const TaskFacts& task = *record.task;
  const ProcessTable& table = *record.head.table;
  // What it runs comes first: that is what one looks for.
  if (record.image != nullptr) {
    image(task, *record.image);
  } else {
    text("exe", table.exe(record.slot));
  }
  if (has_proc_facts(task)) {
    text("user", record.head.users->name(task.uid));
    packet_.number("uid", task.uid);
    if (task.euid != task.uid) packet_.number("euid", task.euid);
  }
  key(record.head, task.self);
  if (task.self.start_ns != 0) packet_.number("start_ns", task.self.start_ns);
  if (task.parent.pid != kUnsetId) packet_.number("ppid", task.parent.pid);
  if (const auto creator = creator_of(table, record.slot)) packet_.number("creator_pid", creator->pid);
  facts<Part::marks>(task);
  text("tty", task.tty);
  text("cgroup", task.cgroup);
  facts<Part::scope_marks>(task);
  text("container_id", container_of(task.cgroup).id());
}

void TimelineFacts::image(const TaskFacts& task, const ImageFacts& image) {
  if (image.args_known) {
    scratch_.clear();
    append_command(scratch_, kPlain, task, image, std::numeric_limits<std::size_t>::max());
    packet_.text("command", scratch_);
    mark("args_truncated", image.args.size() < image.args_size);
    facts<Part::args>(image);
  }
  text("exe", image.exe);
  facts<Part::file_state>(image);
  facts<Part::file_marks>(image);
  facts<Part::image_marks>(image);
  facts<Part::filename>(image);
  facts<Part::names>(image);
  if (task.exec_seq != kUnknownSeq) packet_.number("exec_seq", task.exec_seq);
}

void TimelineFacts::known(const RecordHead& head, Slot slot) {
  const ProcessTable& table = *head.table;
  if (table[slot].image != kNoImage) {
    text("exe", table.exe(slot));
    text("user", head.users->name(table.uid(slot)));
  }
  key(head, table.key(slot));
}

void TimelineFacts::chain(const RecordHead& head, Slot slot) {
  scratch_.clear();
  append_chain(scratch_, TableLineage(*head.table, *head.users, slot));
  packet_.text("chain", scratch_);
}

void TimelineFacts::exit(const ProcessRecord& record) {
  const ExitEvent& exit = *record.exit;
  const int status = static_cast<int>(exit.status);
  scratch_.clear();
  append_end(scratch_, kPlain, exit);
  packet_.text("end", scratch_);
  if (WIFSIGNALED(status)) {
    packet_.number("signal", static_cast<unsigned>(WTERMSIG(status)));
    mark("core_dumped", WCOREDUMP(status));
  } else {
    packet_.number("exit_code", static_cast<unsigned>(WEXITSTATUS(status)));
  }
  if (!exit.usage_known) return;
  packet_.number("user_ns", exit.user_ns);
  packet_.number("system_ns", exit.system_ns);
  if (exit.max_rss_known) packet_.number("max_rss_kb", exit.max_rss_kb);
}

}  // namespace proctree
