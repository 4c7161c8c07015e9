// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// When a started engine is to look at its source again: naps in a storm, sleep where nothing happens,
// housekeeping while awake, mending when it is due. All of it behind one descriptor, so that any loop
// can wait for it.
#pragma once

#include <cstdint>

#include "base/file_descriptor.hpp"
#include "engine/engine.hpp"
#include "source/source.hpp"

namespace proctree {

class Pacer {
 public:
  // Both outlive it. The descriptor is readable from the beginning: the first turn is due.
  static Result<Pacer> open(Engine& engine, Source& source);

  // Readable (level-triggered) when turn() has something to do.
  [[nodiscard]] int fd() const { return poll_.get(); }
  // Reads and writes at most `most` events, does what is due, and settles when fd() is to be readable
  // next; answers how many events. What it wrote should be flushed before anybody waits.
  Result<std::uint64_t> turn(std::uint64_t most);
  // fd() stays, and is never readable again.
  void close();

 private:
  // Naps: in a storm one wake-up serves many events, and producers spend nothing on waking us. A wake-up
  // costs more than tens of events do; so each nap that was not for nothing is followed by one twice as long.
  static constexpr std::uint64_t kShortestNapNs = 1'000'000;
  static constexpr std::uint64_t kLongestNapNs = 8'000'000;

  Pacer(Engine& engine, Source& source) : engine_(&engine), source_(&source) {}
  Result<void> wake_in(std::uint64_t ns);
  Result<void> sleep(std::uint64_t now);

  Engine* engine_;
  Source* source_;
  FileDescriptor poll_;   // an epoll of the two below
  FileDescriptor timer_;  // the source's own descriptor is not ours
  std::uint64_t next_tick_ = 0;
  std::uint64_t nap_ = kShortestNapNs;
  bool asleep_ = false;  // the source was asked to wake us
  bool quiet_ = false;   // and nothing came in the first sleep
};

}  // namespace proctree
