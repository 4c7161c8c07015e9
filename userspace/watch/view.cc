// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/width.hpp"
#include "sink/text_format.hpp"
#include "tree/display.hpp"
#include "watch/details.hpp"

namespace proctree::watch {

namespace {

using Ink = TextStyle::Ink;

constexpr std::size_t kUserWidth = 8;
constexpr std::size_t kNameColumn = 2 + kUserWidth + 2;  // where the tree begins: behind mark and user
constexpr std::size_t kRowCommandBytes = 512;            // more than a line shows

// How the lines of the screen are shared out, by their number: the tree comes first.
struct Layout {
  Layout(std::size_t lines, bool all_details)
      : header(lines >= 2 ? 1 : 0), footer(lines >= 4 ? 1 : 0), tree(lines - header - footer) {
    if (lines < 12) return;
    details = all_details ? tree - std::min<std::size_t>(tree, 6) : std::min<std::size_t>(tree / 3 + 2, 11);
    tree -= details;
  }
  std::size_t header;
  std::size_t footer;
  std::size_t tree;
  std::size_t details = 0;  // its ruler too
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kHelp = {{
    {"Up Down  k j", "the process above, below"},
    {"PgUp PgDn", "a page up, down"},
    {"Home End  g G", "the first, the last"},
    {"Left Right  h l", "fold, unfold; where that is done: its parent, its first child"},
    {"Enter Space", "fold up, unfold"},
    {"-  +", "fold up all, unfold all"},
    {"/", "search in names, pids and arguments; Enter ends, Esc cancels"},
    {"n N", "the next match, the one before"},
    {"Tab", "all that is known of the process, or the tree"},
    {"p", "pause: the rows stand still, events go on; p again: resume"},
    {"Mouse", "click selects, wheel scrolls; Shift: the terminal's own"},
    {"?", "this; any key closes it"},
    {"q  Ctrl-C", "quit"},
    {"Ctrl-Z", "suspend; events may be lost meanwhile, and are counted"},
}};

using KeyHint = std::pair<std::string_view, std::string_view>;
constexpr std::array<KeyHint, 7> kKeysOfFooter = {{
    {"?", "help"},
    {"/", "search"},
    {"n N", "next"},
    {"Left Right", "fold"},
    {"Tab", "details"},
    {"p", "pause"},
    {"q", "quit"},
}};
constexpr std::array<KeyHint, 7> kKeysWhilePaused = {{
    {"p", "go on"},
    {"?", "help"},
    {"/", "search"},
    {"n N", "next"},
    {"Left Right", "fold"},
    {"Tab", "details"},
    {"q", "quit"},
}};

constexpr std::string_view kMarks =
    "+ new  * executed another program  - ended (for 3 s)  [+3] so many are folded";

// What is left of the guides of a line when this many columns on its left are out of sight; each of their
// characters takes one.
std::string_view shifted(std::string_view guides, std::size_t columns) {
  for (; columns > 0 && !guides.empty(); --columns) guides.remove_prefix(utf8_at(guides, 0).length);
  return guides;
}

void append_rate(std::string& out, double rate, std::string_view what) {
  append_number(out, std::lround(rate));
  out += ' ';
  out += what;
  out += "/s  ";
}

}  // namespace

View::View(Engine& engine, const ProcessMarks& marks, const TextStyle& style)
    : engine_(engine),
      marks_(marks),
      style_(style),
      browser_(engine.table(), [this](std::string& out, RowIndex row) { append_searched(out, row); }) {
  // There are hundreds of kernel threads, rarely of interest.
  const ProcessTable& table = engine.table();
  if (const Slot slot = table.find(2); slot != kNoSlot && table[slot].root)
    browser_.collapse(table.key(slot));
}

void View::refresh(std::uint64_t now_ns) {
  take_table();
  rates_.update(now_ns, engine_.totals());
  clock_.adjust();
}

void View::take_table() {
  const ProcessTable& table = engine_.table();
  const std::vector<bool> shown = marks_.shown(table);
  shown_ = 0;
  for (Slot slot = 0; slot < table.slot_end(); ++slot)
    shown_ += static_cast<std::size_t>(shown[slot] && !table[slot].exited);
  if (!browser_.pauses()) browser_.refresh(TableForest(table, [&](Slot slot) { return shown[slot]; }));
}

void View::press(const Key& key) {
  const bool paused = browser_.pauses();
  browser_.press(key);
  if (browser_.pauses() == paused) return;
  if (paused) {
    retained_ = {};
    take_table();
  } else {
    retain_rows();
  }
}

// All of them, for the reader moves on: their slots will soon be those of other processes.
void View::retain_rows() {
  const Outline& outline = browser_.outline();
  retained_.reserve(outline.size());
  for (RowIndex row = 0; row < outline.size(); ++row) {
    const Slot slot = outline[row].slot;
    const ProcessState* state = marks_.find(engine_.table(), slot);
    RowContent& retained = retained_.emplace_back(content_of(slot));
    if (has_reported_end(state)) append_arguments(retained.hidden_arguments, state);
    if (state != nullptr) retained.state = *state;
  }
}

std::string View::cut(std::string_view text, std::size_t columns) const {
  std::string line;
  append_fitting(line, text, columns, style_.charset());
  return line;
}

Frame View::draw(const Size& size) {
  Frame frame;
  const Layout layout(size.lines, browser_.wants_all_details());
  browser_.set_place(layout.header, layout.tree);
  if (layout.header != 0) frame.lines.push_back(header(size.columns));
  if (browser_.shows_help()) {
    draw_help(frame, size.columns, layout.tree + layout.details);
  } else {
    draw_tree(frame, size.columns, layout.tree);
    if (layout.details != 0) draw_details(frame, size.columns, layout.details);
  }
  if (layout.footer != 0) {
    frame.lines.resize(size.lines - 1);
    frame.lines.push_back(footer(size.columns));
  }
  return frame;
}

std::string View::header(std::size_t columns) const {
  const Totals& totals = engine_.totals();
  std::string text;
  if (browser_.pauses()) style_.put(text, Ink::yellow, "paused  ");
  if (marks_.filtered()) {
    append_number(text, shown_);
    text += " of ";
  }
  append_number(text, engine_.table().live());
  text += " processes  ";
  const Rates::PerSecond& rates = rates_.per_second();
  append_rate(text, rates.forks, "forks");
  append_rate(text, rates.execs, "execs");
  append_rate(text, rates.exits, "exits");
  const Ink ink = totals.lost == 0 ? Ink::plain : Ink::bold_red;
  style_.begin(text, ink);
  append_number(text, totals.lost);
  text += " lost";
  if (engine_.has_gap()) text += ", not resynchronised yet";
  style_.end(text, ink);
  // The name of the host has what room is left.
  std::string host;
  append_visible(host, engine_.host().name, style_.charset());
  std::string line;
  style_.put(line, Ink::bold, "proctree");
  line += "  ";
  const std::size_t used = text_width(line) + text_width(text) + 2;
  if (used < columns) line += cut(host, columns - used) + "  ";
  return cut(line + text, columns);
}

std::string View::footer(std::size_t columns) const {
  std::string text;
  if (browser_.typing() || browser_.not_found()) {
    text += '/';
    text += browser_.sought();
    if (browser_.not_found()) style_.put(text, Ink::bold_red, "  not found");
    return cut(text, columns);
  }
  if (browser_.shows_help()) return text;
  for (const auto& [keys, does] : browser_.pauses() ? kKeysWhilePaused : kKeysOfFooter) {
    if (!text.empty()) text += "  ";
    style_.put(text, Ink::dim, keys);
    text += ' ';
    text += does;
  }
  return cut(text, columns);
}

void View::draw_nothing(Frame& frame, std::size_t columns, std::size_t lines) const {
  static constexpr std::array<std::string_view, 2> kFiltered = {
      "Nothing that runs passes the filters.", "What does is shown here from the moment it starts."};
  static constexpr std::array<std::string_view, 1> kUnfiltered = {"No process is known."};
  const std::span<const std::string_view> words =
      marks_.filtered() ? std::span<const std::string_view>(kFiltered) : kUnfiltered;
  for (const std::string_view line : words.first(std::min(lines, words.size())))
    frame.lines.push_back(cut(line, columns));
}

void View::draw_tree(Frame& frame, std::size_t columns, std::size_t lines) {
  const std::vector<RowIndex>& rows = browser_.lines();
  if (rows.empty()) return draw_nothing(frame, columns, lines);
  const Outline& outline = browser_.outline();
  const std::size_t top = browser_.top();
  const std::size_t end = std::min(rows.size(), top + lines);

  // The guides of a line are made from those of the lines above it that it hangs on.
  TreeLines guides(style_.charset());
  std::string text;
  std::vector<RowIndex> above;
  for (RowIndex at = outline[rows[top]].parent; at != kNoRow; at = outline[at].parent) above.push_back(at);
  for (std::size_t i = above.size(); i-- > 0;) {
    guides.append_prefix(text, outline[above[i]].depth, outline[above[i]].last);
  }
  // A deep tree moves to the left, so far that the selected process has half of the line.
  const std::size_t room = (columns - std::min(columns, kNameColumn)) / 2;
  const std::size_t depth =
      std::min<std::size_t>(outline[rows[browser_.selected_line()]].depth, TreeLines::kIndentMax);
  const std::size_t shift = 2 * depth - std::min(2 * depth, room);
  std::string line;
  for (std::size_t i = top; i < end; ++i) {
    const Row& row = outline[rows[i]];
    text.clear();
    guides.append_prefix(text, row.depth, row.last);
    line.clear();
    const bool bar = i == browser_.selected_line();
    append_row(line, rows[i], shifted(text, shift), bar);
    if (bar) frame.bar = frame.lines.size();
    frame.lines.push_back(cut(line, columns));
  }
}

View::RowContent View::content_of(Slot slot) const {
  const ProcessTable& table = engine_.table();
  const ProcessState* state = marks_.find(table, slot);
  RowContent row;
  if (state != nullptr) row.mark = state->mark;
  row.exited = table[slot].exited;
  if (table[slot].image != kNoImage)
    append_visible(row.user, engine_.users().name(table.uid(slot)), style_.charset());
  append_process(row.process, slot, state);
  return row;
}

void View::append_row(std::string& out, RowIndex index, std::string_view guides, bool bar) const {
  const RowContent row = browser_.pauses() ? retained_[index] : content_of(browser_.outline()[index].slot);
  // Within the bar nothing else is to stand out.
  const TextStyle style = bar ? TextStyle(false, style_.charset()) : style_;

  static constexpr std::array<char, 4> kMarkOf = {' ', '+', '*', '-'};
  static constexpr std::array<Ink, 4> kInkOf = {Ink::plain, Ink::green, Ink::yellow, Ink::dim};
  const auto which = static_cast<std::size_t>(row.mark);
  const Ink ink = row.exited ? Ink::dim : kInkOf.at(which);
  style.begin(out, ink);
  out += kMarkOf.at(which);
  style.end(out, ink);
  out += ' ';

  style.begin(out, Ink::cyan);
  const std::size_t used = append_fitting(out, row.user, kUserWidth, style_.charset());
  style.end(out, Ink::cyan);
  out.append(kNameColumn - 2 - std::min(kUserWidth, used), ' ');

  style.put(out, Ink::dim, guides);
  style.put(out, ink, row.process);
  if (browser_.is_collapsed(index)) {
    out += " [+";
    append_number(out, browser_.outline()[index].end - index - 1);
    out += ']';
  }
}

// Its name, and its arguments while it lives; how it ended, once it has.
void View::append_process(std::string& out, Slot slot, const ProcessState* state) const {
  const ProcessTable& table = engine_.table();
  const TextStyle style(false, style_.charset());
  append_label(out, style, table, slot, state);
  if (has_reported_end(state)) {
    out += ' ';
    append_end(out, style, table[slot], *state);
  } else {
    append_arguments(out, state);
  }
}

// What a search looks through: of a process that has ended its arguments too, though its row shows how it
// ended.
void View::append_searched(std::string& out, RowIndex row) const {
  if (browser_.pauses()) {
    out += retained_[row].process;
    out += retained_[row].hidden_arguments;
    return;
  }
  const Slot slot = browser_.outline()[row].slot;
  const ProcessState* state = marks_.find(engine_.table(), slot);
  append_process(out, slot, state);
  if (has_reported_end(state)) append_arguments(out, state);
}

void View::append_arguments(std::string& out, const ProcessState* state) const {
  if (state == nullptr || !state->image || state->image->get().task.kthread) return;
  const SnapshotTask& image = state->image->get();
  if (!image.image.args_known || image.image.args.empty()) return;
  out += ' ';
  std::string command;
  append_command_line(command, TextStyle(false, style_.charset()), image.task, image.image, kRowCommandBytes);
  out += command;
}

void View::draw_details(Frame& frame, std::size_t columns, std::size_t lines) const {
  frame.lines.resize(1 + browser_.height());
  std::string ruler;
  for (std::size_t i = 0; i < columns; ++i) ruler += style_.rule();
  std::string& line = frame.lines.emplace_back();
  style_.put(line, Ink::dim, ruler);
  const RowIndex row = browser_.selected();
  if (row == kNoRow) return;
  const ProcessTable& table = engine_.table();
  const Slot slot = table.find(browser_.outline()[row].key);
  if (slot == kNoSlot) {  // it paused for so long that the table has dropped it
    frame.lines.push_back(cut(retained_[row].process, columns));
    return;
  }
  const DetailsOf of{table, engine_.users(),     engine_.host(),
                     slot,  state_of(row, slot), clock_.boot_realtime()};
  for (std::string& detail : details(of, style_, columns, lines - 1))
    frame.lines.push_back(std::move(detail));
}

// What is known of the process now. Of one that has ended while the reader pauses, what was known then,
// unless that was of an earlier image.
const ProcessState* View::state_of(RowIndex row, Slot slot) const {
  const ProcessTable& table = engine_.table();
  if (const ProcessState* state = marks_.find(table, slot)) return state;
  if (!browser_.pauses() || !retained_[row].state) return nullptr;
  const ProcessState& state = *retained_[row].state;
  const bool same = state.task && state.task->get().task.exec_seq == table.image(table[slot].image).exec_seq;
  return same ? &state : nullptr;
}

void View::draw_help(Frame& frame, std::size_t columns, std::size_t lines) const {
  constexpr std::size_t kKeysWidth = 18;
  std::vector<std::string> help;
  for (const auto& [keys, does] : kHelp) {
    std::string& line = help.emplace_back(keys);
    line.append(kKeysWidth - text_width(keys), ' ');
    line += does;
  }
  help.emplace_back();
  help.emplace_back(kMarks);
  for (std::size_t i = 0; i < std::min(help.size(), lines); ++i) frame.lines.push_back(cut(help[i], columns));
}

}  // namespace proctree::watch
