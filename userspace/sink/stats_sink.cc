// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/stats_sink.hpp"

#include <algorithm>
#include <string_view>

#include "base/counted.hpp"
#include "base/escape.hpp"
#include "base/timestamp.hpp"
#include "base/width.hpp"
#include "sink/text_format.hpp"

namespace proctree {

namespace {

constexpr std::size_t kNumberWidth = 10;
constexpr std::size_t kCommandColumns = 50;  // so that a row fits 80 with its number and most names

// Of the image that it ended with, as far as the table has it; only of what may be shown, which is little.
std::string command_of(const ProcessRecord& record) {
  if (record.slot == kNoSlot) return {};
  const Invocation invocation = record.head.table->invocation(record.slot);
  std::string command;
  std::string_view rest = invocation.args;
  while (!rest.empty() && command.size() < kCommandColumns) {
    const std::string_view word = rest.substr(0, rest.find('\0'));
    if (!command.empty()) command += ' ';
    append_shell_word(command, first_bytes(word, kCommandColumns), Charset::utf8);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  std::string fitting;
  append_fitting(fitting, command, kCommandColumns);
  return fitting;
}

void append_row(std::vector<std::string>& lines, const std::string& number, std::string_view text) {
  std::string line(kNumberWidth - std::min(kNumberWidth, number.size()), ' ');
  line += number;
  line += "  ";
  append_visible(line, text);
  lines.push_back(std::move(line));
}

void append_counts(std::vector<std::string>& lines, const char* title, const TopCounts& counts,
                   std::size_t most) {
  const auto top = counts.top(most);
  if (top.empty()) return;
  std::string line = title;
  if (counts.error() != 0)
    line +=
        " (more names than are counted: each count is up to " + std::to_string(counts.error()) + " too low)";
  lines.push_back(std::move(line));
  for (const TopCounts::Entry& entry : top) append_row(lines, std::to_string(entry.count), entry.name);
}

}  // namespace

Result<void> StatsSink::on_process(const ProcessRecord& record) {
  switch (record.kind) {
    case RecordKind::fork: {
      ++forks_;
      const ProcessTable& table = *record.head.table;
      const Slot creator = record.slot == kNoSlot ? kNoSlot : table[record.slot].creator;
      if (creator != kNoSlot && table[creator].image != kNoImage) spawners_.add(table.comm(creator));
      break;
    }
    case RecordKind::exec:
      ++execs_;
      commands_.add(record.task->comm);
      break;
    case RecordKind::exit:
      on_exit(record);
      break;
    case RecordKind::failed_exec:
      key_ = record.task->comm;
      key_ += " could not execute ";
      key_ += record.failed->filename;
      failing_.add(key_);
      break;
    default:
      break;
  }
  return {};
}

void StatsSink::on_exit(const ProcessRecord& record) {
  if (record.exit == nullptr) return;
  ++exits_;
  const TaskFacts& task = *record.task;
  const std::uint64_t lived_ns = record.head.ktime_ns - std::min(record.head.ktime_ns, task.self.start_ns);
  if (task.self.start_ns != 0 && slowest_.takes(lived_ns))
    slowest_.add(lived_ns, {std::string(task.comm), task.self.pid, command_of(record)});
  if (record.exit->status == 0) return;
  ++failures_;
  key_ = task.comm;
  key_ += ' ';
  append_end(key_, TextStyle(false), *record.exit);
  failing_.add(key_);
}

// Counted with all that is known of them, which are numbers.
Result<void> StatsSink::on_repeat(const RepeatRecord& record) {
  forks_ += record.forks;
  execs_ += record.execs;
  exits_ += record.exits;
  failures_ += record.failures;
  return {};
}

Result<void> StatsSink::on_stop(const StopRecord& record) {
  lost_ = std::max(lost_, record.totals.lost);  // of a recording without its last line what the others say
  return {};
}

std::vector<std::string> StatsSink::lines() const {
  std::vector<std::string> lines;
  lines.push_back("stats: " + counted(forks_, "fork") + ", " + counted(execs_, "exec") + ", " +
                  counted(exits_, "exit") + ", " + counted(failures_, "failure") + ", " +
                  std::to_string(lost_) + " lost");
  append_counts(lines, "top commands, by execs:", commands_, kShown);
  append_counts(lines, "top spawners, by forks:", spawners_, kShown);
  if (const auto slowest = slowest_.sorted(); !slowest.empty()) {
    lines.emplace_back("slowest of those that ended, from birth to end:");
    for (const auto& [ns, process] : slowest) {
      std::string duration;
      append_duration(duration, ns);
      append_row(lines, duration, process.comm + '(' + std::to_string(process.pid) + ')');
      if (!process.command.empty()) lines.back().append("  ").append(process.command);
    }
  }
  append_counts(lines, "failing:", failing_, kShown);
  return lines;
}

}  // namespace proctree
