// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/lineage.hpp"

#include <set>

#include "base/try.hpp"
#include "tree/lineage.hpp"

namespace proctree {

Result<HistoryLine> history_line(HistoryStore& store, const HistoryProcess& process, std::int64_t at_ns) {
  HistoryLine line;
  std::set<std::int64_t> seen{process.id};  // a store that was written by hand may have a cycle
  HistoryImage image = PROCTREE_TRY(store.image_at(process, at_ns));
  std::string user = (PROCTREE_TRY(store.program(image.program)))->user;
  line.links.push_back({process, std::move(image), std::move(user)});
  while (true) {
    const HistoryProcess below = line.links.back().process;
    if (below.creator == 0) {
      line.unknown_pid = below.creator_pid.value_or(0);
      return line;
    }
    auto above = PROCTREE_TRY(store.find(below.creator));
    if (!above || !seen.insert(above->id).second) return line;
    HistoryImage its = PROCTREE_TRY(store.image_at(*above, process, at_ns));
    // A child is born with its creator's user.
    std::string acted_as;
    if (below.known == 3) acted_as = (PROCTREE_TRY(store.program(below.birth.program)))->user;
    if (acted_as.empty()) {
      const HistoryImage then = PROCTREE_TRY(store.image_at(*above, below, below.born_ns));
      acted_as = (PROCTREE_TRY(store.program(then.program)))->user;
    }
    line.links.push_back({std::move(*above), std::move(its), std::move(acted_as)});
  }
}

Result<std::int64_t> last_change(HistoryStore& store, const HistoryProcess& process) {
  std::int64_t last = process.born_ns;
  for (const HistoryImage& image : *PROCTREE_TRY(store.images(process))) last = std::max(last, image.at_ns);
  return last;
}

bool is_first_of_host(const HistoryProcess& process) {
  return process.creator == 0 && (process.key.pid == 1 || process.creator_pid.value_or(1) == 0);
}

Result<bool> is_complete(HistoryStore& store, const HistoryLine& line) {
  if (!is_first_of_host(line.links.back().process)) return false;
  for (const HistoryLink& link : line.links) {
    const bool is_last = &link == &line.links.back();
    if (!is_last && link.process.edge == Edge::inferred) return false;
    if ((PROCTREE_TRY(store.program(link.image.program)))->comm.empty()) return false;
  }
  return true;
}

Result<std::string> chain_text(HistoryStore& store, const HistoryLine& line) {
  std::string text;
  bool is_known = true;
  for (const HistoryLink& link : line.links) {
    const std::string& comm = (PROCTREE_TRY(store.program(link.image.program)))->comm;
    const std::string& user = link.user;
    if (!text.empty()) text += ';';
    is_known = !comm.empty() && !user.empty();
    append_link(text, {.pid = link.process.key.pid, .cmd = comm, .user = user, .known = is_known});
    if (!is_known) break;
  }
  if (is_known && line.unknown_pid != 0) {
    text += ';';
    append_link(text, {static_cast<std::uint32_t>(line.unknown_pid), {}, {}, false});
  }
  return text;
}

}  // namespace proctree
