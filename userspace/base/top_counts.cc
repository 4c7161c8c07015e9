// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/top_counts.hpp"

#include <algorithm>
#include <iterator>

namespace proctree {

void TopCounts::add(std::string_view name, std::uint64_t count) {
  if (const auto known = counts_.find(name); known != counts_.end()) {
    known->second += count;
    return;
  }
  if (counts_.size() >= names_max_) drop_rare();
  counts_.emplace(name, count);
}

// At least half of them go, so that the cost per name is small.
void TopCounts::drop_rare() {
  std::vector<std::uint64_t> all;
  all.reserve(counts_.size());
  for (const auto& [name, count] : counts_) all.push_back(count);
  const auto median = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), median, all.end());
  const std::uint64_t taken = *median;
  for (auto at = counts_.begin(); at != counts_.end();) {
    at->second -= std::min(at->second, taken);
    at = at->second == 0 ? counts_.erase(at) : std::next(at);
  }
  error_ += taken;
}

std::vector<TopCounts::Entry> TopCounts::top(std::size_t most) const {
  std::vector<Entry> entries;
  entries.reserve(counts_.size());
  for (const auto& [name, count] : counts_) entries.push_back({name, count});
  const std::size_t shown = std::min(most, entries.size());
  std::partial_sort(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(shown), entries.end(),
                    [](const Entry& a, const Entry& b) {
                      return a.count != b.count ? a.count > b.count : a.name < b.name;
                    });
  entries.resize(shown);
  return entries;
}

}  // namespace proctree
