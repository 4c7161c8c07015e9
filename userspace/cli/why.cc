// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree why PID|NAME: the creators of a process from its entry down, and what the entry is.
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/boot_clock.hpp"
#include "base/charset.hpp"
#include "base/escape.hpp"
#include "base/parse_text.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "base/width.hpp"
#include "cli/commands.hpp"
#include "cli/history_command.hpp"
#include "cli/print.hpp"
#include "cli/process_view.hpp"
#include "cli/running_entries.hpp"
#include "cli/terminal.hpp"
#include "cli/why_sentence.hpp"
#include "sink/jsonl_fields.hpp"
#include "sink/text_format.hpp"
#include "tree/called.hpp"
#include "tree/entry_type.hpp"
#include "tree/lineage.hpp"
#include "tree/script.hpp"

namespace proctree {
namespace {

constexpr std::size_t kCommandMax = 512;

class Why {
 public:
  // No line of text is wider than `columns`; 0: any.
  Why(ProcessView& view, std::size_t columns) : view_(view), entries_(view), columns_(columns) {}

  void append_text(std::string& out, Slot slot);
  void write_json(JsonWriter& json, Slot slot);

 private:
  [[nodiscard]] std::string sentence(Slot slot);
  [[nodiscard]] std::vector<Slot> line_of(Slot slot);
  [[nodiscard]] WhyAsked::Process named(Slot slot) const {
    return slot == kNoSlot ? WhyAsked::Process{}
                           : WhyAsked::Process{view_.table().comm(slot), view_.table()[slot].pid};
  }
  void append_link(std::string& out, Slot slot, bool is_first);

  ProcessView& view_;
  RunningEntries entries_;
  std::size_t columns_;
  Charset charset_ = charset_of_environment();
  BootClock clock_;
  LocalTime time_;
};

std::string Why::sentence(Slot slot) {
  const auto found = entries_.find(slot);
  const SnapshotTask* task = entries_.facts(slot);
  const std::uint32_t uid = found.facts == nullptr ? kUnsetId : found.facts->uid;
  const std::string user(uid == kUnsetId ? std::string_view{} : view_.users().name(uid));
  WhyAsked asked;
  asked.comm = view_.table().comm(slot);
  asked.pid = view_.table()[slot].pid;
  asked.is_kthread = task != nullptr && task->task.kthread;
  asked.sees_all = ::geteuid() == 0;
  if (found.facts != nullptr && found.facts->type != EntryType::unknown) {
    const Slot entry = view_.table().find(found.facts->process);
    if (entry != kNoSlot) asked.launcher = named(view_.table()[entry].creator);
  } else if (found.facts != nullptr) {
    // Below pid 1, or below another reaper, whose own entry may be known.
    const std::vector<Slot> line = line_of(slot);
    const auto orphan = std::ranges::find_if(line, [this](Slot at) {
      const auto entry = entries_.find(at);
      return entry.facts != nullptr && entry.facts->type == EntryType::unknown;
    });
    if (orphan != line.end() && orphan != line.begin()) {
      asked.orphan = named(*orphan);
      asked.reaper = named(*std::prev(orphan));
    }
  }
  return why_sentence(asked, found.facts, user, found.sure);
}

// From its entry down; from the first known process where that isn't known.
std::vector<Slot> Why::line_of(Slot slot) {
  const ProcessTable& table = view_.table();
  const auto found = entries_.find(slot);
  std::vector<Slot> line;
  for (Slot at = slot; at != kNoSlot; at = table[at].root ? kNoSlot : table[at].creator) {
    line.push_back(at);
    if (found.facts != nullptr && found.facts->process == table.key(at)) break;
  }
  std::ranges::reverse(line);
  return line;
}

void Why::append_link(std::string& out, Slot slot, bool is_first) {
  const ProcessTable& table = view_.table();
  const Node& node = table[slot];
  const std::string_view how = node.root && node.pid != 1 ? std::string_view("the first kernel thread")
                               : node.root                ? std::string_view("the first process")
                               : node.creator == kNoSlot  ? std::string_view("creator unknown")
                                                          : edge_name(node.edge);
  const std::string mark =
      "  [" + std::string(is_first && !node.root ? "entry, " : "") + std::string(how) + "]";
  const auto* task = view_.read_again(slot, kProcIds | kProcArgs | kProcExe);
  std::string line(time_.format_with_date(clock_.realtime(node.start_ns)).substr(0, LocalTime::kWidth - 4));
  const std::string pid = std::to_string(node.pid);
  line.append(pid.size() < 8 ? 8 - pid.size() : 1, ' ').append(pid) += "  ";
  std::string user;
  append_visible(user, view_.users().name(table.uid(slot)));
  line += user;
  line.append(user.size() < 10 ? 10 - user.size() : 1, ' ');
  if (task != nullptr) {
    std::string command;
    append_command(command, TextStyle(false, charset_), task->task, task->image, kCommandMax);
    line += command;
  } else {
    append_visible(line, table.comm(slot));
  }
  if (columns_ == 0) {
    out += line;
  } else {  // the command is cut, not what follows it
    append_fitting(out, line, columns_ - std::min(columns_, mark.size()), charset_);
  }
  out.append(mark).append("\n");
}

void Why::append_text(std::string& out, Slot slot) {
  const auto found = entries_.find(slot);
  bool is_first = found.facts != nullptr && found.facts->process.pid != 0;
  for (const Slot at : line_of(slot)) append_link(out, at, std::exchange(is_first, false));
  out += sentence(slot) + "\n";
}

void Why::write_json(JsonWriter& json, Slot slot) {
  const std::string text = sentence(slot);
  const auto found = entries_.find(slot);
  view_.read_commands_above(slot);
  const auto* running = view_.read_again(slot, kProcAll);
  if (running == nullptr) running = entries_.facts(slot);
  if (running == nullptr) return;
  ProcessRecord record = view_.record_of(slot, *running);
  record.entry = found.facts;
  record.entry_sure = found.sure;
  view_.warn_no_ids();
  JsonFields fields(json);
  fields.write_ancestors_times(clock_.boot_realtime());
  json.begin_object();
  UtcTime utc;
  json.plain_field("time", utc.format(clock_.realtime(running->task.self.start_ns)));
  fields.process(record);
  fields.entry(record);
  fields.image(record);
  fields.lineage(record, std::numeric_limits<std::size_t>::max());
  json.string_field("sentence", text);
  json.end_object();
}

// The script, module or archive that an interpreter runs; empty: none.
std::string_view script_of(ProcessView& view, Slot slot) {
  const SnapshotTask* task = view.read_again(slot, kProcExe | kProcArgs);
  return task == nullptr ? std::string_view() : script_argument(task->image.exe, task->image.args);
}

// All with this command name, executable or script, but this command.
std::vector<Slot> called(ProcessView& view, const std::string& name) {
  const ProcessTable& table = view.table();
  const Pattern pattern(name);
  const auto matches = [&](Slot slot) {
    return is_called(pattern, table.comm(slot)) || is_named_after(pattern, table.exe(slot)) ||
           is_named_after(pattern, script_of(view, slot));
  };
  std::vector<Slot> found;
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    const Node& node = table[slot];
    if (!node.used || node.exited || node.image == kNoImage ||
        node.pid == static_cast<std::uint32_t>(::getpid()))
      continue;
    if (matches(slot)) found.push_back(slot);
  }
  std::ranges::sort(found, {}, [&](Slot slot) { return table[slot].pid; });
  return found;
}

// Filled by proctree-history.service.
constexpr const char* kDefaultHistory = "/var/lib/proctree/history.db";

Result<int> ask_proc(const WhyOptions& options) {
  constexpr ProcParts kParts = kProcIds | kProcExe;
  const auto pid = parse_number<std::uint32_t>(options.process);
  auto view = PROCTREE_TRY(pid ? ProcessView::of_lineage(*pid, kParts)
                               : ProcessView::of_host(kParts, nullptr, UserNames()));
  std::vector<Slot> found;
  if (pid) {
    const auto slot = PROCTREE_TRY(view.find(*pid));
    found.push_back(slot);
  } else {
    found = called(view, options.process);
  }
  if (found.empty()) {
    std::string name;
    append_shell_word(name, options.process);
    return fail(ErrorCode::not_found, "no running process has the command name, program or script " + name,
                "see proctree tree --args");
  }
  Why why(view, look_at_terminal(STDOUT_FILENO).width);
  std::string text;
  JsonWriter json;
  JsonArrayText array;
  for (const Slot slot : found) {
    if (options.json) {
      why.write_json(json, slot);
      if (!json.text().empty()) array.take(json);
    } else {
      if (!text.empty()) text += '\n';
      why.append_text(text, slot);
    }
  }
  return print(options.json ? array.finish() : text);
}

}  // namespace

// What has ended the host's own store may know. That file is no word of the caller's: it is opened with the
// rights that this process has.
Result<int> run_command(const WhyOptions& options) {
  if (!options.history.empty()) return run_command(history_of(options, options.history));
  auto result = ask_proc(options);
  if (result || result.error().code != ErrorCode::not_found) return result;
  if (::access(kDefaultHistory, F_OK) != 0) {
    return fail(ErrorCode::not_found, result.error().message,
                "of what has ended a store, spool or recording of its time knows: --history WHERE");
  }
  if (::access(kDefaultHistory, R_OK) != 0) {
    return fail(ErrorCode::not_found, result.error().message,
                std::string("it may have ended: ") + kDefaultHistory + " is read by the group proctree");
  }
  HistoryOptions asked = history_of(options, std::string("sqlite:") + kDefaultHistory);
  asked.as_root = true;
  return run_command(asked);
}

}  // namespace proctree
