// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// When a started engine is to look at its source again: naps in a storm, sleep while nothing happens,
// housekeeping while awake, a resync when it is due. All of it behind one descriptor, so that any loop
// can wait for it; a loop that waits with a timeout of its own spares the timer's system call.
#pragma once

#include <cstdint>

#include "base/file_descriptor.hpp"
#include "engine/engine.hpp"
#include "source/source.hpp"

namespace proctree {

class Pacer {
 public:
  // What a loop waits for: fd() alone, or fd() until due_ns() at most.
  enum class Wait : std::uint8_t { for_fd, until_due };
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // Naps: in a storm one wake-up serves many events, and producers spend nothing on waking us, unless what
  // they write fills up. A wake-up costs more than tens of events do; so each nap that gathered events is
  // followed by one twice as long, up to a longest one: so late an event is read at most.
  static constexpr std::uint64_t kShortestNapNs = 1'000'000;
  static constexpr std::uint64_t kLongestNapNs = 8'000'000;

  // Both outlive it. The first turn is due at once.
  static Result<Pacer> open(Engine& engine, Source& source, Wait wait = Wait::for_fd,
                            std::uint64_t longest_nap_ns = kLongestNapNs);

  // Readable (level-triggered) when turn() has something to do; with until_due, when it has before due_ns().
  [[nodiscard]] int fd() const { return poll_.get(); }
  // Boot time of the next turn, unless fd() asks for it earlier.
  [[nodiscard]] std::uint64_t due_ns() const { return due_ns_; }
  // Reads and writes at most `most` events, does what is due, and settles when fd() is to be readable next;
  // returns how many events. What it wrote should be flushed before anybody waits.
  Result<std::uint64_t> turn(std::uint64_t most);
  // fd() stays, and is never readable again.
  void close();

 private:
  Pacer(Engine& engine, Source& source, std::uint64_t longest_nap_ns)
      : engine_(&engine), source_(&source), longest_nap_ns_(longest_nap_ns) {}
  Result<void> wake_in(std::uint64_t ns);
  Result<void> sleep(std::uint64_t now);

  Engine* engine_;
  Source* source_;
  FileDescriptor poll_;   // an epoll of the two below
  FileDescriptor timer_;  // the source's own descriptor is not ours; none where the loop waits until due_ns_
  std::uint64_t longest_nap_ns_;
  std::uint64_t next_tick_ = 0;
  std::uint64_t due_ns_ = 0;
  std::uint64_t nap_ = kShortestNapNs;
  bool asleep_ = false;  // the source was asked to wake us
  bool quiet_ = false;   // and nothing came in the first sleep
};

}  // namespace proctree
