// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/finished_tree.hpp"

#include <algorithm>

#include "base/append_number.hpp"
#include "base/width.hpp"
#include "sink/text_format.hpp"
#include "tree/display.hpp"

namespace proctree {

// The processes to draw as a forest. A process is noted after its creator, so that indices only grow
// downwards.
class FinishedTree::Drawing {
 public:
  using Handle = Index;

  explicit Drawing(const FinishedTree& tree)
      : tree_(tree), shown_(tree.processes_.size()), first_(shown_.size(), kNone), next_(first_) {
    for (Index at = 0; at < shown_.size(); ++at) {
      for (Index up = at; tree.processes_[at].shown && up != kNone && !shown_[up];
           up = tree.processes_[up].creator) {
        shown_[up] = true;
      }
    }
    for (Index at = static_cast<Index>(shown_.size()); at-- > 0;) {
      const Index creator = tree.processes_[at].creator;
      if (!shown_[at] || creator == kNone) continue;
      next_[at] = first_[creator];
      first_[creator] = at;
    }
  }

  [[nodiscard]] std::optional<Index> parent(Index at) const {
    const Index creator = tree_.processes_[at].creator;
    return creator == kNone ? std::nullopt : std::optional(creator);
  }
  void append_children(Index at, std::vector<Index>& out) const {
    for (Index child = first_[at]; child != kNone; child = next_[child]) out.push_back(child);
  }
  void append_all(std::vector<Index>& out) const {
    for (Index at = 0; at < shown_.size(); ++at) {
      if (shown_[at]) out.push_back(at);
    }
  }
  [[nodiscard]] std::string_view comm(Index at) const { return tree_.processes_[at].name; }
  void append_label(std::string& out, Index at) const { tree_.append_label(out, tree_.processes_[at]); }

 private:
  const FinishedTree& tree_;
  std::vector<bool> shown_;
  std::vector<Index> first_;
  std::vector<Index> next_;
};

FinishedTree::Index FinishedTree::find(const ProcKey& key) const {
  const auto known = newest_.find(key.pid);
  return known != newest_.end() && processes_[known->second].key.same_at_tick(key) ? known->second : kNone;
}

FinishedTree::Index FinishedTree::add(const ProcKey& key, std::string_view name) {
  const auto index = static_cast<Index>(processes_.size());
  processes_.push_back({});
  processes_.back().key = key;
  processes_.back().began_ns = key.start_ns;
  processes_.back().name = name;
  newest_[key.pid] = index;
  return index;
}

FinishedTree::Index FinishedTree::add_with_ancestors(const ProcessTable& table, Slot slot) {
  std::vector<Slot> missing;
  Index above = kNone;
  for (Slot at = slot; at != kNoSlot; at = table[at].creator) {
    above = find(table.key(at));
    if (above != kNone) break;
    missing.push_back(at);
    if (table.key(at) == top_) break;
  }
  if (processes_.size() + missing.size() > options_.processes_max) {
    ++left_out_;
    return kNone;
  }
  for (; !missing.empty(); missing.pop_back()) {
    const Slot at = missing.back();
    const Index added = add(table.key(at), table[at].image == kNoImage ? "unknown" : table.comm(at));
    processes_[added].creator = above;
    processes_[added].ended = table[at].exited;
    above = added;
  }
  return above;
}

Result<void> FinishedTree::note(const ProcessRecord& record, bool shown) {
  if (record.slot == kNoSlot) return {};
  const ProcessTable& table = *record.head.table;
  Index at = find(table.key(record.slot));
  if (at == kNone) at = add_with_ancestors(table, record.slot);
  if (at == kNone) return {};
  Process& process = processes_[at];
  process.shown |= shown;
  process.name = record.task->comm;
  process.ended = record.kind == RecordKind::exit;
  process.exit_known = record.exit != nullptr;
  if (record.exit != nullptr) process.exit = *record.exit;
  const std::uint64_t now_ns = record.head.ktime_ns;
  const bool waited = process.key == top_ && process.began_ns == process.key.start_ns;
  if (waited && record.kind == RecordKind::exec) process.began_ns = now_ns;
  if (process.ended) process.lived_ns = now_ns - std::min(now_ns, process.began_ns);
  return {};
}

Result<void> FinishedTree::on_repeat(const RepeatRecord& record) {
  const Index at = find(record.of);
  if (at != kNone) processes_[at].repeats += record.exits;
  return {};
}

void FinishedTree::append_label(std::string& out, const Process& process) const {
  append_name_and_pid(out, process.name, process.key.pid, options_.style.charset());
  out += ' ';
  if (process.repeats != 0) {
    out += options_.style.charset() == Charset::utf8 ? "×" : "x";
    append_number(out, process.repeats + 1);
    out += ' ';
  }
  if (process.exit_known) return append_how_it_ended(out, options_.style, process.exit, process.lived_ns);
  out += process.ended ? "ended" : lacks_exits_ ? "end not recorded" : "still running";
}

Result<void> FinishedTree::on_stop(const StopRecord& record) {
  lacks_exits_ = record.lacks_exits;
  const Drawing drawing(*this);
  std::vector<Index> roots;
  drawing.append_all(roots);
  std::erase_if(roots, [&](Index at) { return drawing.parent(at).has_value(); });
  std::string line, cut;
  for (const Index root : roots) {
    TreeLines lines(options_.style.charset());
    Result<void> written;
    for_each_line(drawing, root, [&](Index at, std::size_t depth, bool last) {
      if (!written) return;
      line.clear();
      lines.append_prefix(line, depth, last);
      drawing.append_label(line, at);
      cut.clear();
      if (options_.width != 0) append_fitting(cut, line, options_.width, options_.style.charset());
      written = output_.append(options_.width == 0 ? line : cut);
    });
    if (!written) return written;
  }
  if (left_out_ != 0) {
    if (auto written = output_.append("and " + std::to_string(left_out_) + " processes more"); !written)
      return written;
  }
  return output_.flush();
}

}  // namespace proctree
