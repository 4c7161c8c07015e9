// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What was put to a remote target and isn't acknowledged yet: in order of put(), each under a ticket that
// counts from 0. Acknowledgements may come in any order; progress ends before the first that lacks one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "ship/ship_target.hpp"

namespace proctree {

// `Item`: what is needed to send it again.
template <class Item>
class InFlight {
 public:
  struct Entry {
    const std::string* stream;
    StreamPosition position;  // after it
    Item item;
    std::size_t bytes = 0;
    bool is_acknowledged = false;
  };

  std::uint64_t add(const SpoolItem& item, Item sent, std::size_t bytes) {
    auto stream = streams_.find(item.stream);
    if (stream == streams_.end()) stream = streams_.emplace(item.stream).first;
    entries_.push_back({&*stream, position_after(item), std::move(sent), bytes, false});
    bytes_ += bytes;
    return first_ + entries_.size() - 1;
  }
  // Nothing happens where it is already, or was never added.
  void acknowledge(std::uint64_t ticket) {
    Entry* entry = find(ticket);
    if (entry == nullptr || entry->is_acknowledged) return;
    entry->is_acknowledged = true;
    bytes_ -= entry->bytes;
    entry->item = Item();
    for (; !entries_.empty() && entries_.front().is_acknowledged; ++first_) {
      ready_.advance(*entries_.front().stream, entries_.front().position);
      entries_.pop_front();
    }
  }
  // Null: it is acknowledged up to, or was never added.
  [[nodiscard]] Entry* find(std::uint64_t ticket) {
    if (ticket < first_ || ticket - first_ >= entries_.size()) return nullptr;
    return &entries_[static_cast<std::size_t>(ticket - first_)];
  }
  void take_acknowledged(ShipProgress& done) {
    done.append(ready_);
    ready_ = {};
  }

  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return first_ + entries_.size(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  // of what lacks its acknowledgement

 private:
  std::deque<Entry> entries_;
  std::set<std::string, std::less<>> streams_;
  ShipProgress ready_;       // acknowledged up to, and not taken yet
  std::uint64_t first_ = 0;  // the ticket of the front
  std::size_t bytes_ = 0;
};

}  // namespace proctree
