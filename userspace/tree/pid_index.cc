// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/pid_index.hpp"

namespace proctree {

std::uint32_t PidIndex::take_page() {
  return free_.take([this] {
    used_.push_back(0);
    return pages_.grow();
  });
}

void PidIndex::set(std::uint32_t pid, std::uint32_t slot) {
  if (pid >= kPidLimit) {
    const std::uint32_t before = others_.find(pid);
    if (before == kNone) ++count_;
    others_.erase(pid, before);
    others_.add(pid, slot);
    return;
  }
  const std::uint32_t number = pid / kPagePids;
  if (number >= directory_.size()) directory_.resize(number + 1, kNone);
  std::uint32_t& page = directory_[number];
  if (page == kNone) page = take_page();
  std::uint32_t& place = pages_[page].slots[pid % kPagePids];
  if (place == kNone) {
    ++count_;
    ++used_[page];
  }
  place = slot;
}

void PidIndex::erase(std::uint32_t pid) {
  const std::uint32_t before = find(pid);
  if (before == kNone) return;
  --count_;
  if (pid >= kPidLimit) {
    others_.erase(pid, before);
    return;
  }
  std::uint32_t& page = directory_[pid / kPagePids];
  pages_[page].slots[pid % kPagePids] = kNone;
  if (--used_[page] != 0) return;
  free_.release(page);
  page = kNone;
}

}  // namespace proctree
