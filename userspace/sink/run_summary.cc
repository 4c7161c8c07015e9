// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/run_summary.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/escape.hpp"

namespace proctree {

namespace {

constexpr std::size_t kShown = 5;
// A command may run under names without end: what comes later is counted as one.
constexpr std::size_t kProgramsMax = 4096;
constexpr std::string_view kOthers = "others";

std::string seconds(std::uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(ns) / 1e9);
  return text;
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace

std::size_t RunSummary::program_of(std::string_view comm) {
  const bool full = programs_.size() >= kProgramsMax;
  std::string name(comm);
  if (full && !by_name_.contains(name)) name = kOthers;
  const auto [entry, added] = by_name_.try_emplace(name, programs_.size());
  if (added) programs_.push_back({std::move(name), 0});
  return entry->second;
}

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
  if (record.kind == RecordKind::exec) finish(record.task->self.pid, record.head.ktime_ns);
  if (record.kind == RecordKind::exit) {
    finish(record.task->self.pid, record.head.ktime_ns);
    counted_.erase(record.task->self.pid);
  }
  return next_.on_filtered(record);
}

// A process counts when something of it is told for the first time.
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
  tells_failed_execs_ = record.failed_execs.has_value();
  return next_.on_stop(record);
}

void RunSummary::on_exec(const ProcessRecord& record) {
  const std::uint32_t pid = record.task->self.pid;
  finish(pid, record.head.ktime_ns);
  ++execs_;
  const std::size_t program = program_of(record.task->comm);
  ++programs_[program].runs;
  running_[pid] = {program, record.head.ktime_ns};
}

void RunSummary::on_exit(const ProcessRecord& record) {
  const ExitEvent& exit = *record.exit;
  failures_ += exit.status != 0;
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
  const Running running = entry->second;
  running_.erase(entry);
  const std::uint64_t took_ns = ktime_ns - std::min(ktime_ns, running.since_ns);
  const auto quicker = [](const Finished& a, const Finished& b) { return a.took_ns > b.took_ns; };
  if (slowest_.size() == kShown) {
    if (took_ns <= slowest_.front().took_ns) return;
    std::ranges::pop_heap(slowest_, quicker);
    slowest_.pop_back();
  }
  slowest_.push_back({programs_[running.program].name, pid, took_ns});
  std::ranges::push_heap(slowest_, quicker);
}

std::vector<std::string> RunSummary::lines(std::uint64_t wall_ns) const {
  std::vector<std::string> lines;
  std::string line = counted(processes_, "process", "processes") + ", " + counted(execs_, "exec", "execs");
  if (tells_failed_execs_) line += ", " + counted(failed_execs_, "failed exec", "failed execs");
  line += ", " + counted(failures_, "failure", "failures") + ", " + std::to_string(lost_) + " lost";
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

  std::vector<Finished> slowest = slowest_;
  std::ranges::sort(slowest, [](const Finished& a, const Finished& b) { return a.took_ns > b.took_ns; });
  line = "slowest:";
  for (const Finished& run : slowest) {
    line += ' ';
    append_visible(line, run.name);
    line += '(' + std::to_string(run.pid) + ") " + seconds(run.took_ns) + ',';
  }
  line.pop_back();
  if (!slowest.empty()) lines.push_back(std::move(line));

  std::vector<const Program*> frequent;
  for (const Program& program : programs_) frequent.push_back(&program);
  const std::size_t shown = std::min(frequent.size(), kShown);
  std::partial_sort(frequent.begin(), frequent.begin() + static_cast<std::ptrdiff_t>(shown), frequent.end(),
                    [](const Program* a, const Program* b) {
                      return a->runs != b->runs ? a->runs > b->runs : a->name < b->name;
                    });
  line = "most frequent:";
  for (std::size_t i = 0; i < shown; ++i) {
    line += ' ';
    append_visible(line, frequent[i]->name);
    line += " ×" + std::to_string(frequent[i]->runs) + ',';
  }
  line.pop_back();
  if (shown != 0) lines.push_back(std::move(line));
  return lines;
}

}  // namespace proctree
