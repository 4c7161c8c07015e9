// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/line_memory.hpp"

#include <algorithm>
#include <utility>

namespace proctree {

bool LineMemory::insert(std::uint64_t fingerprint) {
  fingerprint = std::max<std::uint64_t>(fingerprint, 1);
  if (recent_.contains(fingerprint) || older_.contains(fingerprint)) return false;
  if (recent_.size() == kRemembered) {
    std::swap(recent_, older_);
    recent_.clear();
  }
  recent_.insert(fingerprint);
  return true;
}

void LineMemory::clear() {
  recent_.clear();
  older_.clear();
}

// Where it is, or the empty place where it belongs.
std::size_t LineMemory::Set::place_of(std::uint64_t fingerprint) const {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = static_cast<std::size_t>((fingerprint * 0x9e3779b97f4a7c15U) >> 32U) & mask;
  while (places_[at] != 0 && places_[at] != fingerprint) at = (at + 1) & mask;
  return at;
}

bool LineMemory::Set::contains(std::uint64_t fingerprint) const {
  return !places_.empty() && places_[place_of(fingerprint)] == fingerprint;
}

void LineMemory::Set::insert(std::uint64_t fingerprint) {
  if (2 * (count_ + 1) > places_.size()) grow();
  places_[place_of(fingerprint)] = fingerprint;
  ++count_;
}

void LineMemory::Set::grow() {
  constexpr std::size_t kLeast = 1024;
  const std::vector<std::uint64_t> before = std::exchange(places_, {});
  places_.assign(std::max(kLeast, 2 * before.size()), 0);
  for (const std::uint64_t fingerprint : before) {
    if (fingerprint != 0) places_[place_of(fingerprint)] = fingerprint;
  }
}

}  // namespace proctree
