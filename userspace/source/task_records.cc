// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/task_records.hpp"

#include <cstring>

namespace proctree {

std::span<std::byte> TaskRecords::room() { return ended_ ? std::span<std::byte>() : all().subspan(filled_); }

// Also one that can never be: it is decoded to be found bad.
bool TaskRecords::is_whole(std::span<const std::byte> rest) const {
  if (rest.size() < sizeof(pt_header)) return false;
  pt_header header{};
  std::memcpy(&header, rest.data(), sizeof header);
  return header.size <= rest.size() || header.size > storage_.size() * sizeof storage_.front();
}

Result<void> TaskRecords::add(std::size_t bytes) {
  filled_ += bytes;
  std::span<const std::byte> rest = all().first(filled_);
  while (!ended_ && is_whole(rest)) {
    std::size_t used = 0;
    const auto task = decoder_.decode_task(rest, used);
    if (!task) on_bad_(used == 0 ? rest : rest.first(used));
    ended_ = used == 0;
    if (task) {
      if (auto handled = handler_(*task); !handled) return handled;
    }
    rest = rest.subspan(used);
  }
  if (bytes == 0 && !ended_) {
    ended_ = true;
    if (!rest.empty()) on_bad_(rest);  // the last one is cut
  }
  std::memmove(all().data(), rest.data(), rest.size());
  filled_ = rest.size();
  return {};
}

}  // namespace proctree
