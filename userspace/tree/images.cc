// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/images.hpp"

namespace proctree {

ImageId Images::acquire(const Image& image) {
  ImageId id = 0;
  if (free_.empty()) {
    id = static_cast<ImageId>(entries_.grow());
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[id];
  entry.comm = strings_.acquire(image.comm);
  entry.exe = strings_.acquire(image.exe);
  entry.image = {strings_.view(entry.comm), strings_.view(entry.exe), image.exec_seq};
  entry.count = 1;
  return id;
}

void Images::retain(ImageId id) {
  if (id != kNoImage) ++entries_[id].count;
}

void Images::release(ImageId id) {
  if (id == kNoImage) return;
  Entry& entry = entries_[id];
  if (--entry.count != 0) return;
  strings_.release(entry.comm);
  strings_.release(entry.exe);
  entry.image = {};
  free_.push_back(id);
}

}  // namespace proctree
