// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree tree [PID]: the running processes as a tree.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/process_view.hpp"
#include "tree/display.hpp"
#include "tree/escape.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

struct TreeOptions {
  std::uint32_t pid = 0;  // 0: all
  std::string format;
  bool no_pids = false;
};

std::string text_of(const TableForest& forest, const std::vector<Slot>& roots) {
  std::string text;
  for (const Slot root : roots) append_tree(text, forest, root);
  return text;
}

std::vector<Slot> with_descendants(const TableForest& forest, const std::vector<Slot>& roots) {
  std::vector<Slot> slots = roots;
  const auto below = descendants_of_any(forest, roots);
  slots.insert(slots.end(), below.begin(), below.end());
  return slots;
}

std::string json_of(ProcessView& view, const std::vector<Slot>& slots) {
  JsonWriter json;
  JsonArrayText array;
  for (const Slot slot : slots) {
    view.write_json(json, slot);
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

std::string dot_of(const ProcessTable& table, const TableForest& forest, const std::vector<Slot>& roots) {
  std::string text = "digraph proctree {\n  rankdir=LR;\n  node [shape=box];\n";
  std::string label;
  const auto slots = with_descendants(forest, roots);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::string pid = std::to_string(table[slots[i]].pid);
    label.clear();
    forest.append_label(label, slots[i]);
    text += "  " + pid + " [label=";
    append_dot_string(text, label);
    text += "];\n";
    if (i >= roots.size())
      text += "  " + std::to_string(table[table[slots[i]].creator].pid) + " -> " + pid + ";\n";
  }
  return text + "}\n";
}

Result<int> run_tree(const TreeOptions& options) {
  // The text shows names and pids only: who asks for no more waits for no more.
  auto view = ProcessView::of_host(options.format == "json" ? kProcIds | kProcExe : kProcStat);
  if (!view) return tl::make_unexpected(std::move(view.error()));
  const TableForest forest(view->table(), !options.no_pids);
  std::vector<Slot> roots;
  if (options.pid == 0) {
    roots = forest.roots();
  } else {
    const auto slot = view->find(options.pid);
    if (!slot) return tl::make_unexpected(slot.error());
    roots.push_back(*slot);
  }
  if (options.format == "json") return print(json_of(*view, with_descendants(forest, roots)));
  if (options.format == "dot") return print(dot_of(view->table(), forest, roots));
  return print(text_of(forest, roots));
}

}  // namespace

void add_tree_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("tree", "Show the running processes as a tree");
  const auto options = std::make_shared<TreeOptions>();
  command->add_option("PID", options->pid, "Only this process and what descends from it")
      ->check(CLI::Range(1U, 0xffffffffU).description(""))
      ->type_name("");
  add_format_option(*command, options->format, {"text", "json", "dot"},
                    "text: one line a process; json: an array, parents first; dot: for Graphviz");
  command->add_flag("--no-pids", options->no_pids, "Names alone in text and dot, to compare two trees");
  command->callback([&action, options] { action = [options] { return run_tree(*options); }; });
}

}  // namespace proctree
