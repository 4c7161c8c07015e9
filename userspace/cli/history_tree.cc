// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree history WHERE tree: who lived, and below whom.
#include <algorithm>

#include "base/try.hpp"
#include "cli/history_question.hpp"
#include "tree/display.hpp"

namespace proctree {

namespace {

// One that is to be drawn.
struct DrawnNode {
  std::int64_t id;
  std::size_t depth;
  bool is_last;
};

}  // namespace

// What was chosen, and its line up to the first process.
Result<void> HistoryQuestion::gather(Drawn& drawn) {
  const bool of_a_moment = options_.since.empty() && options_.until.empty();
  if (of_a_moment && !at_ns_) {
    const Knowledge known = PROCTREE_TRY(store_->knowledge(span_));
    at_ns_ = known.until_ns.value_or(0);
    span_ = {*at_ns_, *at_ns_};
  }
  return each_chosen([&](const HistoryProcess& process, const HistoryImage& image) -> Result<void> {
    HistoryImage shown = at_ns_ ? PROCTREE_TRY(store_->image_at(process, *at_ns_)) : image;
    drawn.processes.insert_or_assign(process.id, std::pair(process, std::move(shown)));
    if (options_.choice.is_all()) return {};
    for (std::int64_t above = process.creator; above != 0 && !drawn.processes.contains(above);) {
      const auto found = PROCTREE_TRY(store_->find(above));
      if (!found) break;
      drawn.processes.emplace(
          above, std::pair(*found, PROCTREE_TRY(
                                       store_->image_at(*found, process, at_ns_.value_or(process.born_ns)))));
      above = found->creator;
    }
    return {};
  });
}

Result<void> HistoryQuestion::gather_below(Drawn& drawn, const HistoryProcess& root) {
  std::vector<HistoryProcess> waiting{root};
  const std::int64_t at = at_ns_.value_or(INT64_MAX);
  while (!waiting.empty()) {
    const HistoryProcess process = std::move(waiting.back());
    waiting.pop_back();
    if (drawn.processes.contains(process.id)) continue;
    if (process.id != root.id) {
      const Lifetime life = PROCTREE_TRY(store_->lifetime(process));
      if (life.since_ns > span_.until_ns || (life.until_ns && *life.until_ns < span_.since_ns)) continue;
    }
    drawn.processes.emplace(process.id, std::pair(process, PROCTREE_TRY(store_->image_at(process, at))));
    for (HistoryProcess& child : PROCTREE_TRY(store_->children(process.id)))
      waiting.push_back(std::move(child));
  }
  return {};
}

Result<std::string> HistoryQuestion::node_text(const HistoryProcess& process, const HistoryImage& image) {
  std::string text = PROCTREE_TRY(describer_->name(image)) + '(' + std::to_string(process.key.pid) + ')';
  if (!at_ns_) text += " [" + PROCTREE_TRY(describer_->life(process)) + ']';
  if (const std::int64_t repeats = PROCTREE_TRY(store_->repeats(process)); repeats != 0)
    text += (charset_of_environment() == Charset::utf8 ? " ×" : " x") + std::to_string(repeats + 1);
  return text;
}

Result<void> HistoryQuestion::draw(Output& output, const Drawn& drawn) {
  TreeLines lines(charset_of_environment());
  std::vector<DrawnNode> waiting;
  const auto wait_for = [&](std::int64_t above, std::size_t depth) {
    const auto found = drawn.below.find(above);
    if (found == drawn.below.end()) return;
    const auto& ids = found->second;
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) waiting.push_back({*id, depth, id == ids.rbegin()});
  };
  wait_for(0, 0);
  std::string text;
  while (!waiting.empty()) {
    const DrawnNode node = waiting.back();
    waiting.pop_back();
    const auto& [process, image] = drawn.processes.at(node.id);
    text.clear();
    lines.append_prefix(text, node.depth, node.is_last);
    if (node.depth == 0) {
      if (const std::string host = PROCTREE_TRY(describer_->host(process)); !host.empty())
        text += host + ": ";
    }
    text += PROCTREE_TRY(node_text(process, image));
    PROCTREE_CHECK(output.append(text));
    wait_for(node.id, node.depth + 1);
  }
  return {};
}

Result<int> HistoryQuestion::tree(Output& output) {
  Drawn drawn;
  if (options_.process.empty()) {
    PROCTREE_CHECK(gather(drawn));
  } else {
    const auto found = PROCTREE_TRY(named(false));
    PROCTREE_CHECK(gather_below(drawn, found.front()));
  }
  if (drawn.processes.empty()) return found_nothing();
  for (const auto& [id, known] : drawn.processes) {
    const std::int64_t above = known.first.creator;
    drawn.below[drawn.processes.contains(above) ? above : 0].push_back(id);
  }
  if (!options_.json) {
    PROCTREE_CHECK(draw(output, drawn));
    return 0;
  }
  JsonArrayOutput array(output);
  JsonWriter json;
  for (const auto& [id, known] : drawn.processes) {
    json.begin_object();
    PROCTREE_CHECK(describer_->write_fields(json, known.first, known.second));
    json.end_object();
    PROCTREE_CHECK(array.take(json));
  }
  PROCTREE_CHECK(array.finish());
  return 0;
}

}  // namespace proctree
