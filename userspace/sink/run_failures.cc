// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/run_failures.hpp"

#include "sink/text_format.hpp"
#include "tree/display.hpp"

namespace proctree {

namespace {

constexpr std::size_t kListedMax = 20;
constexpr std::size_t kCommandBytes = 160;
constexpr std::size_t kCommandsMax = 65'536;  // processes that live at a time; of more only names are known

std::string creator_of(const ProcessRecord& record) {
  const ProcessTable& table = *record.head.table;
  const Slot creator = record.slot == kNoSlot ? kNoSlot : table[record.slot].creator;
  std::string text;
  if (creator != kNoSlot && table[creator].image != kNoImage)
    append_name_and_pid(text, table.comm(creator), table[creator].pid);
  return text;
}

}  // namespace

void RunFailures::on_exec(const ProcessRecord& record) {
  if (commands_.size() >= kCommandsMax && !commands_.contains(record.task->self.pid)) return;
  std::string& command = commands_[record.task->self.pid];
  command.clear();
  append_command_line(command, TextStyle(false), *record.task, *record.image, kCommandBytes);
}

void RunFailures::on_exit(const ProcessRecord& record, bool let_through) {
  const auto known = commands_.find(record.task->self.pid);
  if (let_through && record.exit != nullptr && record.exit->status != 0) {
    ++count_;
    if (listed_.size() < kListedMax) {
      std::string line = "failed: ";
      if (known != commands_.end()) {
        line += known->second;
      } else {
        append_task_name(line, TextStyle(false), *record.task);  // forked, and no program was executed
      }
      line += " (" + std::to_string(record.task->self.pid) + ") ";
      append_end(line, TextStyle(false), *record.exit);
      if (const std::string creator = creator_of(record); !creator.empty()) line += ", created by " + creator;
      listed_.push_back(std::move(line));
    }
  }
  if (known != commands_.end()) commands_.erase(known);
}

std::vector<std::string> RunFailures::lines() const {
  std::vector<std::string> lines = listed_;
  if (count_ > listed_.size())
    lines.push_back("failed: " + std::to_string(count_ - listed_.size()) + " more" + "; --failed shows all");
  return lines;
}

}  // namespace proctree
