// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Acknowledgements on their way from libnats's thread to the loop's, which waits on a descriptor. They are
// read and destroyed there, many at a time.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "ship/nats_message.hpp"

namespace proctree {

class AckBox {
 public:
  AckBox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void put(NatsMessage ack) {
    const std::lock_guard<std::mutex> lock(mutex_);
    acks_.push_back(std::move(ack));
    if (acks_.size() == wake_at_) wake();
  }
  // A waiter for room is woken when there is some, not for each.
  void wake_at(std::size_t count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_at_ = count;
    if (acks_.size() >= wake_at_) wake();
  }
  // What has come since; `into` is emptied first.
  void take(std::vector<NatsMessage>& into) {
    into.clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_at_ = 1;
    if (acks_.empty()) return;
    std::swap(acks_, into);
    std::uint64_t count = 0;
    (void)!::read(event_.get(), &count, sizeof count);
  }
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  void wake() {
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof one);
  }

  FileDescriptor event_;
  std::mutex mutex_;
  std::vector<NatsMessage> acks_;
  std::size_t wake_at_ = 1;
};

}  // namespace proctree
