// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/task_records.hpp"

#include <cstring>
#include <utility>

#include "base/try.hpp"

namespace proctree {

std::span<std::byte> TaskRecords::room() {
  if (ended_) return {};
  std::memmove(all().data(), all().data() + taken_, filled_ - taken_);
  filled_ -= std::exchange(taken_, 0);
  return all().subspan(filled_);
}

// Also an impossible one: decoding it will find it bad.
bool TaskRecords::is_whole(std::span<const std::byte> rest) const {
  if (rest.size() < sizeof(pt_header)) return false;
  pt_header header{};
  std::memcpy(&header, rest.data(), sizeof header);
  return header.size <= rest.size() || header.size > storage_.size() * sizeof storage_.front();
}

void TaskRecords::add(std::size_t bytes) {
  filled_ += bytes;
  last_came_ = bytes == 0;
}

Result<std::size_t> TaskRecords::take(std::size_t most, const Source::TaskHandler& handler) {
  std::size_t count = 0;
  for (; count < most && !ended_ && is_whole(rest()); ++count) {
    std::size_t used = 0;
    const auto task = decoder_.decode_task(rest(), used);
    if (!task) on_bad_(used == 0 ? rest() : rest().first(used));
    ended_ = used == 0;
    taken_ += used;
    if (task) PROCTREE_CHECK(handler(*task));
  }
  if (!last_came_ || ended_ || is_whole(rest())) return count;
  ended_ = true;
  if (!rest().empty()) on_bad_(rest());  // the last one is cut
  return count;
}

}  // namespace proctree
