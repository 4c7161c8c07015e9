// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/images.hpp"

namespace proctree {

ImageId Images::acquire(const Image& image) {
  const std::uint32_t comm_hash = hash_of(image.comm);
  const std::uint32_t exe_hash = hash_of(image.exe);
  const std::uint32_t hash = hash_of(comm_hash, exe_hash, image.exec_seq ^ std::uint64_t{image.uid} << 32);
  ImageId id = by_hash_.find(hash, [&](ImageId held) { return entries_[held].image == image; });
  if (id != kNoImage) {
    ++entries_[id].count;
    return id;
  }
  id = free_.take([this] {
    comms_.push_back(Interner::kNone);
    return entries_.grow();
  });
  Entry& entry = entries_[id];
  comms_[id] = strings_.acquire(image.comm, comm_hash);
  entry.exe = strings_.acquire(image.exe, exe_hash);
  entry.image = {strings_.view(comms_[id]), strings_.view(entry.exe), image.exec_seq, image.uid};
  entry.generation = ++acquired_;
  entry.hash = hash;
  entry.count = 1;
  by_hash_.add(hash, id);
  return id;
}

void Images::drop(ImageId id) {
  Entry& entry = entries_[id];
  by_hash_.erase(entry.hash, id);
  strings_.release(comms_[id]);
  strings_.release(entry.exe);
  comms_[id] = Interner::kNone;
  entry.image = {};
  free_.release(id);
}

}  // namespace proctree
