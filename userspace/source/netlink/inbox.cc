// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/netlink/inbox.hpp"

namespace proctree {

// The counter of an event; nullptr: it has none.
std::uint32_t* Inbox::counter(Waiting& waiting, const ConnectorEvent& event) {
  switch (event.kind) {
    case ConnectorEvent::Kind::fork:
      return event.pid == event.tgid ? &waiting.forks : nullptr;
    case ConnectorEvent::Kind::exec:
      return &waiting.execs;
    case ConnectorEvent::Kind::exit:
      return event.pid == event.tgid ? &waiting.leader_exits : &waiting.thread_exits;
    case ConnectorEvent::Kind::ack:
    case ConnectorEvent::Kind::bad:
      break;
  }
  return nullptr;
}

void Inbox::push(const ConnectorEvent& event) {
  items_.push_back({event, 0});
  Waiting none;
  if (counter(none, event) != nullptr) ++*counter(waiting_[event.tgid], event);
}

void Inbox::push_loss(std::uint64_t count, std::uint64_t until_monotonic_ns) {
  Item item;
  item.event.monotonic_ns = until_monotonic_ns;
  item.lost = count;
  items_.push_back(item);
}

Inbox::Item Inbox::take() {
  const Item item = items_.front();
  items_.pop_front();
  ++taken_;
  const auto found = item.lost != 0 ? waiting_.end() : waiting_.find(item.event.tgid);
  if (found == waiting_.end()) return item;
  Waiting& waiting = found->second;
  if (std::uint32_t* count = counter(waiting, item.event); count != nullptr) --*count;
  if ((waiting.forks | waiting.execs | waiting.leader_exits | waiting.thread_exits) == 0)
    waiting_.erase(found);
  return item;
}

Inbox::Waiting Inbox::waiting(std::uint32_t pid) const {
  const auto found = waiting_.find(pid);
  return found == waiting_.end() ? Waiting{} : found->second;
}

}  // namespace proctree
