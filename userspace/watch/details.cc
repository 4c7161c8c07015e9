// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/details.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/timestamp.hpp"
#include "base/width.hpp"
#include "sink/text_format.hpp"
#include "tree/container.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"
#include "tree/table_forest.hpp"
#include "watch/label.hpp"
#include "watch/wrap.hpp"

namespace proctree::watch {

namespace {

using Ink = TextStyle::Ink;

constexpr std::size_t kNameWidth = 12;
constexpr std::size_t kCommandBytes = 4096;
constexpr std::size_t kCommandLinesLeast = 2;

class Writer {
 public:
  Writer(const DetailsOf& of, const TextStyle& style, std::size_t columns)
      : of_(of), style_(style), columns_(columns) {}

  std::vector<std::string> write(std::size_t most) {
    title();
    command(std::max(kCommandLinesLeast, most / 4));
    std::vector<std::string> head = std::exchange(lines_, {});
    image();
    task();
    ids();
    // The lines above and below the chain leave it one at least, and what they don't need themselves.
    const std::size_t others = head.size() + lines_.size();
    std::vector<std::string> tail = std::exchange(lines_, {});
    std::string chain;
    append_chain(chain, TableLineage(of_.table, of_.users, of_.slot));
    field("chain", chain, most > others ? most - others : 2);
    head.insert(head.end(), lines_.begin(), lines_.end());
    head.insert(head.end(), tail.begin(), tail.end());
    if (head.size() > most) head.resize(most);
    return head;
  }

 private:
  [[nodiscard]] const Node& node() const { return of_.table[of_.slot]; }
  [[nodiscard]] const SnapshotTask* task_facts() const {
    return of_.life != nullptr && of_.life->task ? &of_.life->task->get() : nullptr;
  }
  [[nodiscard]] const SnapshotTask* image_facts() const {
    return of_.life != nullptr && of_.life->image ? &of_.life->image->get() : nullptr;
  }

  void field(std::string_view name, std::string_view value, std::size_t most = 1) {
    if (value.empty() || columns_ <= kNameWidth) return;
    bool first = true;
    for (const std::string& part : wrap(value, columns_ - kNameWidth, most)) {
      std::string& line = lines_.emplace_back();
      style_.begin(line, Ink::cyan);
      if (first) line += name;
      line.append(kNameWidth - (first ? name.size() : 0), ' ');
      style_.end(line, Ink::cyan);
      line += part;
      first = false;
    }
  }

  void title() {
    std::string text;
    style_.begin(text, Ink::bold);
    append_label(text, of_.table, of_.slot, of_.life);
    style_.end(text, Ink::bold);
    if (has_told_end(of_.life)) {
      text += ' ';
      append_end(text, style_, of_.table[of_.slot], *of_.life);
    } else if (!node().exited) {
      text += " since ";
      text += LocalTime().format(of_.boot_realtime_ns + static_cast<std::int64_t>(node().start_ns));
    }
    append_fitting(lines_.emplace_back(), text, columns_);
  }

  void command(std::size_t most) {
    const SnapshotTask* image = image_facts();
    if (image == nullptr) return;
    std::string text;
    append_command_line(text, TextStyle(false), image->task, image->image, kCommandBytes);
    field("command", text, most);
  }

  void image() {
    std::string text;
    append_visible(text, of_.table.exe(of_.slot));
    if (const SnapshotTask* facts = image_facts(); facts != nullptr && !facts->image.cwd.empty()) {
      if (!text.empty()) text += "  in ";
      append_visible(text, facts->image.cwd);
    }
    field("program", text);
  }

  void task() {
    std::string text;
    if (node().image != kNoImage) {
      append_visible(text, of_.users.name(of_.table.uid(of_.slot)));
      append_numbered(text, "  uid ", of_.table.uid(of_.slot));
    }
    const SnapshotTask* facts = task_facts();
    if (facts != nullptr && has_proc_facts(facts->task)) {
      const TaskFacts& task = facts->task;
      append_numbered(text, " gid ", task.gid);
      if (task.euid != task.uid) append_numbered(text, " euid ", task.euid);
      if (task.egid != task.gid) append_numbered(text, " egid ", task.egid);
      if (task.loginuid != kUnsetId) append_numbered(text, " login uid ", task.loginuid);
      if (task.audit_session != kUnsetId) append_numbered(text, " audit session ", task.audit_session);
    }
    field("user", text);
    text.clear();
    creator(text);
    if (facts != nullptr) {
      append_numbered(text, "  kernel's parent ", facts->task.parent.pid);
      append_numbered(text, "  session ", facts->task.sid);
      append_numbered(text, " group ", facts->task.pgid);
      if (!facts->task.tty.empty()) {
        text += " on ";
        append_visible(text, facts->task.tty);
      }
    }
    field("started by", text);
    if (facts == nullptr) return;
    text.clear();
    append_visible(text, facts->task.cgroup);
    if (facts->task.cgroup_truncated) text += "/…";
    field("cgroup", text);
    text.clear();
    append_visible(text, container_of(facts->task.cgroup).id());
    field("container", text);
    namespaces(facts->task);
  }

  void creator(std::string& out) const {
    const Slot creator = node().creator;
    if (node().root) {
      out += "nobody";
    } else if (creator == kNoSlot) {
      append_numbered(out, "unknown", node().creator_pid);
    } else {
      TableForest(of_.table).append_label(out, creator);
      out += " (";
      out += edge_name(node().edge);
      const auto above = AncestryWalk(of_.table, of_.users, of_.slot, LossScope{}).next();
      if (above && above->forked_as) {
        out += ", as ";
        append_visible(out, above->forked_as_comm);
      }
      out += ')';
    }
  }

  void namespaces(const TaskFacts& task) {
    static constexpr std::array<std::string_view, kNsCount> kNames = {"pid", "mnt", "net",   "user",
                                                                      "uts", "ipc", "cgroup"};
    std::string text;
    if (task.ns_pid != 0 && task.ns_pid != task.self.pid) append_numbered(text, "pid there ", task.ns_pid);
    for (std::size_t at = 0; at < kNames.size(); ++at) {
      if (task.ns[at] == 0) continue;
      if (!text.empty()) text += ' ';
      text += kNames[at];
      append_numbered(text, " ", task.ns[at]);
    }
    field("namespaces", text);
  }

  void ids() {
    std::string text;
    append_process_id(text, of_.host.id_prefix, of_.table.key(of_.slot));
    append_numbered(text, "  start_ns ", node().start_ns);
    if (const std::uint64_t seq = of_.table.image(node().image).exec_seq; seq != kUnknownSeq)
      append_numbered(text, " exec_seq ", seq);
    field("id", text);
  }

  static void append_numbered(std::string& out, std::string_view name, std::uint64_t number) {
    out += name;
    append_number(out, number);
  }

  const DetailsOf& of_;
  const TextStyle& style_;
  std::size_t columns_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> details(const DetailsOf& of, const TextStyle& style, std::size_t columns,
                                 std::size_t most) {
  if (of.slot == kNoSlot) return {};
  return Writer(of, style, columns).write(most);
}

}  // namespace proctree::watch
