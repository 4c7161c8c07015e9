// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/details.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/timestamp.hpp"
#include "base/utf8.hpp"
#include "base/width.hpp"
#include "sink/text_format.hpp"
#include "tree/container.hpp"
#include "tree/display.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"
#include "tree/table_forest.hpp"

namespace proctree::watch {

namespace {

using Ink = TextStyle::Ink;

constexpr std::size_t kNameWidth = 12;
constexpr std::size_t kCommandBytes = 4096;
constexpr std::size_t kCommandLinesLeast = 2;
// Marks over one character take no column: without a bound a line could be endless.
constexpr std::size_t kBytesPerColumn = 16;

std::string ascii_of(std::string_view text) {
  std::string ascii;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      ascii += c;
    } else {
      append_hex_escapes(ascii, {&c, 1});
    }
  }
  return ascii;
}

// How many bytes of `text` fit; at least one character.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t used = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    used += c.length == 0 ? 1 : width_of(c.code);
    const std::size_t next = at + std::max<std::size_t>(c.length, 1);
    if (at != 0 && (used > columns || next > kBytesPerColumn * columns)) break;
    at = next;
  }
  return at;
}

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
    if (style_.charset() == Charset::ascii) chain = ascii_of(chain);
    field("chain", chain, most > others ? most - others : 2);
    head.insert(head.end(), lines_.begin(), lines_.end());
    head.insert(head.end(), tail.begin(), tail.end());
    if (head.size() > most) head.resize(most);
    return head;
  }

 private:
  [[nodiscard]] const Node& node() const { return of_.table[of_.slot]; }
  [[nodiscard]] const SnapshotTask* task_facts() const {
    return of_.state != nullptr && of_.state->task ? &of_.state->task->get() : nullptr;
  }
  [[nodiscard]] const SnapshotTask* image_facts() const {
    return of_.state != nullptr && of_.state->image ? &of_.state->image->get() : nullptr;
  }

  void field(std::string_view name, std::string_view value, std::size_t most = 1) {
    if (value.empty() || columns_ <= kNameWidth) return;
    bool first = true;
    for (const std::string& part : wrap(value, columns_ - kNameWidth, most, style_.charset())) {
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
    append_label(text, style_, of_.table, of_.slot, of_.state);
    style_.end(text, Ink::bold);
    if (has_reported_end(of_.state)) {
      text += ' ';
      append_end(text, style_, of_.table[of_.slot], *of_.state);
    } else if (!node().exited) {
      text += " since ";
      text += LocalTime().format(of_.boot_realtime_ns + static_cast<std::int64_t>(node().start_ns));
    }
    append_fitting(lines_.emplace_back(), text, columns_, style_.charset());
  }

  void command(std::size_t most) {
    const SnapshotTask* image = image_facts();
    if (image == nullptr) return;
    std::string text;
    append_command_line(text, TextStyle(false, style_.charset()), image->task, image->image, kCommandBytes);
    field("command", text, most);
  }

  void image() {
    std::string text;
    append_visible(text, of_.table.exe(of_.slot), style_.charset());
    if (const SnapshotTask* facts = image_facts(); facts != nullptr && !facts->image.cwd.empty()) {
      if (!text.empty()) text += "  in ";
      append_visible(text, facts->image.cwd, style_.charset());
    }
    field("program", text);
  }

  void task() {
    std::string text;
    if (node().image != kNoImage) {
      append_visible(text, of_.users.name(of_.table.uid(of_.slot)), style_.charset());
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
        append_visible(text, facts->task.tty, style_.charset());
      }
    }
    field("started by", text);
    if (facts == nullptr) return;
    text.clear();
    append_visible(text, facts->task.cgroup, style_.charset());
    if (facts->task.cgroup_truncated) {
      text += "/";
      text += style_.ellipsis();
    }
    field("cgroup", text);
    text.clear();
    append_visible(text, container_of(facts->task.cgroup).id(), style_.charset());
    field("container", text);
    namespaces(facts->task);
  }

  void creator(std::string& out) const {
    const Slot creator = node().creator;
    if (node().root) {
      out += "no process";
    } else if (creator == kNoSlot) {
      append_numbered(out, "unknown", node().creator_pid);
    } else {
      TableForest(of_.table, ForestOptions{.charset = style_.charset()}).append_label(out, creator);
      out += " (";
      out += edge_name(node().edge);
      const auto above = AncestryWalk(of_.table, of_.users, of_.slot, LossScope{}).next();
      if (above && above->forked_as) {
        out += ", as ";
        append_visible(out, above->forked_as_comm, style_.charset());
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

void append_label(std::string& out, const TextStyle& style, const ProcessTable& table, Slot slot,
                  const ProcessState* state) {
  if (has_reported_end(state)) {
    append_name_and_pid(out, table.comm(slot), table[slot].pid, style.charset());
  } else {
    TableForest(table, ForestOptions{.charset = style.charset()}).append_label(out, slot);
  }
}

void append_end(std::string& out, const TextStyle& style, const Node& node, const ProcessState& state) {
  const std::uint64_t end_ns = state.end->ktime_ns;
  append_how_it_ended(out, style, *state.end, end_ns - std::min(end_ns, node.start_ns));
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max,
                              Charset charset) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < lines_max && columns != 0) {
    std::string& line = lines.emplace_back();
    if (lines.size() == lines_max) {
      append_fitting(line, text, columns, charset);
      break;
    }
    const std::size_t bytes = fitting(text, columns);
    line = text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return lines;
}

std::vector<std::string> details(const DetailsOf& of, const TextStyle& style, std::size_t columns,
                                 std::size_t lines_max) {
  if (of.slot == kNoSlot) return {};
  return Writer(of, style, columns).write(lines_max);
}

}  // namespace proctree::watch
