// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/run_summary.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/counted.hpp"
#include "base/escape.hpp"

namespace proctree {

namespace {

std::string seconds(std::uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(ns) / 1e9);
  return text;
}

}  // namespace

Result<void> RunSummary::on_process(const ProcessRecord& record) {
  count_process(record);
  switch (record.kind) {
    case RecordKind::failed_exec:
      ++failed_execs_;
      break;
    case RecordKind::exec:
      on_exec(record);
      break;
    case RecordKind::exit:
      on_exit(record);
      break;
    default:
      break;
  }
  return next_.on_process(record);
}

Result<void> RunSummary::on_filtered(const ProcessRecord& record) {
  if (record.kind == RecordKind::exec) {
    finish(record.task->self.pid, record.head.ktime_ns);
    failures_.on_exec(record);
    brokers_.on_exec(record);
  } else if (record.kind == RecordKind::exit) {
    finish(record.task->self.pid, record.head.ktime_ns);
    failures_.on_exit(record, false);
    counted_.erase(record.task->self.pid);
  }
  return next_.on_filtered(record);
}

// A process counts when a record of it is written for the first time.
void RunSummary::count_process(const ProcessRecord& record) {
  const ProcKey& self = record.task->self;
  if (record.kind == RecordKind::exit) {
    const auto entry = counted_.find(self.pid);
    processes_ += entry == counted_.end() || entry->second != self.start_ns;
    if (entry != counted_.end()) counted_.erase(entry);
    return;
  }
  const auto [entry, added] = counted_.try_emplace(self.pid, self.start_ns);
  processes_ += added || entry->second != self.start_ns;
  entry->second = self.start_ns;
}

Result<void> RunSummary::on_stop(const StopRecord& record) {
  lost_ = record.totals.lost;
  has_failed_execs_ = record.failed_execs.has_value();
  return next_.on_stop(record);
}

void RunSummary::on_exec(const ProcessRecord& record) {
  const std::uint32_t pid = record.task->self.pid;
  finish(pid, record.head.ktime_ns);
  ++execs_;
  programs_.add(record.task->comm);
  failures_.on_exec(record);
  brokers_.on_exec(record);
  running_[pid] = {std::string(record.task->comm), record.head.ktime_ns};
}

void RunSummary::on_exit(const ProcessRecord& record) {
  const ExitEvent& exit = *record.exit;
  failures_.on_exit(record, true);
  user_ns_ += exit.user_ns;
  system_ns_ += exit.system_ns;
  if (exit.max_rss_kb > peak_rss_kb_) {
    peak_rss_kb_ = exit.max_rss_kb;
    peak_name_ = record.task->comm;
  }
  finish(record.task->self.pid, record.head.ktime_ns);
}

void RunSummary::finish(std::uint32_t pid, std::uint64_t ktime_ns) {
  const auto entry = running_.find(pid);
  if (entry == running_.end()) return;
  Running running = std::move(entry->second);
  running_.erase(entry);
  slowest_.add(ktime_ns - std::min(ktime_ns, running.since_ns), {std::move(running.name), pid});
}

std::vector<std::string> RunSummary::lines(std::uint64_t wall_ns) const {
  std::vector<std::string> lines;
  std::string line = counted(processes_, "process", "processes") + ", " + counted(execs_, "exec");
  if (has_failed_execs_) line += ", " + counted(failed_execs_, "failed exec");
  line += ", " + counted(failures_.count(), "failure") + ", " + std::to_string(lost_) + " lost";
  lines.push_back(std::move(line));

  char rss[48];
  std::snprintf(rss, sizeof rss, "%.1f MiB", static_cast<double>(peak_rss_kb_) / 1024);
  line = seconds(wall_ns) + ", cpu " + seconds(user_ns_) + " user and " + seconds(system_ns_) + " system";
  if (peak_rss_kb_ != 0) {
    line += ", at most " + std::string(rss) + " in one process (";
    append_visible(line, peak_name_);
    line += ')';
  }
  lines.push_back(std::move(line));

  line = "slowest:";
  const auto slowest = slowest_.sorted();
  for (const auto& [took_ns, run] : slowest) {
    line += ' ';
    append_visible(line, run.name);
    line += '(' + std::to_string(run.pid) + ") " + seconds(took_ns) + ',';
  }
  line.pop_back();
  if (!slowest.empty()) lines.push_back(std::move(line));

  line = "most frequent:";
  const auto frequent = programs_.top(kShown);
  for (const TopCounts::Entry& program : frequent) {
    line += ' ';
    append_visible(line, program.name);
    line += " ×" + std::to_string(program.count) + ',';
  }
  line.pop_back();
  if (!frequent.empty()) lines.push_back(std::move(line));

  for (std::string& failure : failures_.lines()) lines.push_back(std::move(failure));
  if (std::string brokers = brokers_.line(); !brokers.empty()) lines.push_back(std::move(brokers));
  return lines;
}

}  // namespace proctree
