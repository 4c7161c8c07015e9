// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which process a line of a stream began an image of, for `repeat` lines, which name such lines by number.
// They come within a minute and a bit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "proctree/facts.hpp"

namespace proctree {

class RecentImages {
 public:
  void note(std::string_view stream, std::uint64_t seq, const ProcKey& process, std::uint64_t ktime_ns) {
    if (stream != stream_) {
      stream_ = stream;
      images_.clear();
    }
    while (!images_.empty() &&
           (images_.size() == kMost || images_.front().ktime_ns + kRetentionNs < ktime_ns))
      images_.pop_front();
    if (images_.empty() || images_.back().seq < seq) images_.push_back({seq, ktime_ns, process});
  }

  // pid 0: it is not known.
  [[nodiscard]] ProcKey find(std::string_view stream, std::uint64_t seq) const {
    if (stream != stream_) return {};
    const auto at = std::ranges::lower_bound(images_, seq, {}, &Image::seq);
    return at == images_.end() || at->seq != seq ? ProcKey{} : at->process;
  }

 private:
  static constexpr std::uint64_t kRetentionNs = 90'000'000'000;
  static constexpr std::size_t kMost = 262'144;

  struct Image {
    std::uint64_t seq;
    std::uint64_t ktime_ns;
    ProcKey process;
  };

  std::string stream_;
  std::deque<Image> images_;  // by number
};

}  // namespace proctree
