// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree tree [PID]: the running processes as a tree.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/charset.hpp"
#include "base/try.hpp"
#include "base/width.hpp"
#include "cli/commands.hpp"
#include "cli/drawn_forest.hpp"
#include "cli/print.hpp"
#include "cli/process_choice.hpp"
#include "cli/process_view.hpp"
#include "cli/terminal.hpp"
#include "tree/display.hpp"
#include "tree/queries.hpp"

namespace proctree {
namespace {

// The lines, none wider than `columns`.
std::string cut_lines(std::string_view text, std::size_t columns, Charset charset) {
  std::string cut;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    append_fitting(cut, text.substr(0, end), columns, charset);
    cut += '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return cut;
}

std::string text_of(const DrawnForest& forest, const std::vector<Slot>& roots, std::size_t columns,
                    Charset charset) {
  std::string text;
  for (const Slot root : roots) append_tree(text, forest, root, charset);
  return columns == 0 ? text : cut_lines(text, columns, charset);
}

// Those of `wanted` that are `top` or descend from it.
std::vector<Slot> only_below(const ProcessView& view, Slot top, const std::vector<Slot>& wanted) {
  std::vector<bool> below(view.table().slot_end());
  below[top] = true;
  for (const Slot slot : descendants(TableForest(view.table()), top)) below[slot] = true;
  std::vector<Slot> chosen;
  std::ranges::copy_if(wanted, std::back_inserter(chosen), [&below](Slot slot) { return below[slot]; });
  return chosen;
}

std::vector<Slot> with_descendants(const DrawnForest& forest, const std::vector<Slot>& roots) {
  std::vector<Slot> slots = roots;
  const auto below = descendants_of_any(forest, roots);
  slots.insert(slots.end(), below.begin(), below.end());
  return slots;
}

std::string json_of(ProcessView& view, const DrawnForest& forest, const std::vector<Slot>& roots,
                    const TreeOptions& options) {
  JsonWriter json;
  JsonArrayText array;
  for (const Slot slot : with_descendants(forest, roots)) {
    view.write_json(
        json, slot,
        {.highlighted = forest.is_highlighted(slot), .args = options.args, .threads = options.threads});
    array.take(json);
  }
  return array.finish();
}

void append_dot_string(std::string& out, const std::string& visible) {
  out += '"';
  for (const char c : visible) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string dot_of(const ProcessTable& table, const DrawnForest& forest, const std::vector<Slot>& roots) {
  std::string text = "digraph proctree {\n  rankdir=LR;\n  node [shape=box];\n";
  std::string label;
  const auto slots = with_descendants(forest, roots);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::string pid = std::to_string(table[slots[i]].pid);
    label.clear();
    forest.append_label(label, slots[i]);
    text += "  " + pid + " [label=";
    append_dot_string(text, label);
    if (forest.is_highlighted(slots[i])) text += ", style=bold";
    text += "];\n";
    if (i >= roots.size())
      text += "  " + std::to_string(table[table[slots[i]].creator].pid) + " -> " + pid + ";\n";
  }
  return text + "}\n";
}

}  // namespace

Result<int> run_command(const TreeOptions& options) {
  // The text shows names and pids only: nothing more is read for it.
  const bool json = options.format == TreeOptions::Format::json;
  auto all = PROCTREE_TRY(choose_processes(options.filters, json ? kProcIds | kProcExe : kProcStat));
  ProcessView* view = &all.view;
  std::optional<Slot> top;
  if (options.pid != 0) {
    const auto slot = PROCTREE_TRY(view->find(options.pid));
    top = slot;
  }
  // Graphviz reads UTF-8, whatever the locale.
  const bool is_text = options.format == TreeOptions::Format::text;
  const Charset charset = is_text ? charset_of_environment() : Charset::utf8;
  const TableForest chosen(view->table(), options.up ? only_below(*view, *top, all.chosen) : all.chosen,
                           {.pids = options.pids, .charset = charset});

  const Terminal terminal = look_at_terminal(STDOUT_FILENO, options.colour);
  DrawnForest::Look look{.args = options.args,
                         .threads = options.threads,
                         .style = TextStyle(terminal.colour && is_text, charset)};
  if (options.highlight != 0) {
    const auto slot = PROCTREE_TRY(view->find(options.highlight));
    look.highlight = slot;
  }
  const DrawnForest forest(chosen, *view, look);
  std::vector<Slot> roots;
  if (!top || options.up) {
    roots = chosen.roots();
  } else if (chosen.includes(*top)) {
    roots.push_back(*top);
  }
  if (options.format == TreeOptions::Format::json) return print(json_of(*view, forest, roots, options));
  if (options.format == TreeOptions::Format::dot) return print(dot_of(view->table(), forest, roots));
  return print(text_of(forest, roots, terminal.width, charset));
}

}  // namespace proctree
