// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lives that were written within the last minute, for others to repeat: those that run, by process, and those
// that have ended, the originals, by signature. A ring in the order of writing, bounded, and without an
// allocation a life.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash_index.hpp"
#include "proctree/facts.hpp"
#include "sink/by_process.hpp"
#include "sink/life_signature.hpp"

namespace proctree {

struct WrittenLife {
  enum class State : std::uint8_t { running, original, gone };

  ProcKey process;
  ProcKey creator;
  LifeSignature signature;
  std::uint64_t born_ns = 0;
  std::uint64_t seq = 0;  // of its last exec line, or of its fork line
  bool has_children = false;
  bool in_use = false;  // of an original: lives are held or counted that repeat it
  State state = State::running;
};

class WrittenLives {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = HashIndex::kNone;
  static constexpr std::uint64_t kWindowNs = 60'000'000'000;  // from a life's birth

  // One that runs, or has ended already. kNone: not noted, for there is no room for more.
  Id add_running(const WrittenLife& life);
  void add_ended(const WrittenLife& life, std::uint64_t now_ns);
  // kNone: not noted, or ended.
  [[nodiscard]] Id find_running(const ProcKey& process) const;
  // It is an original from now on, where it may be one.
  void end_running(Id id, std::uint64_t now_ns);
  [[nodiscard]] WrittenLife& operator[](Id id) { return slot(id); }
  [[nodiscard]] const WrittenLife& operator[](Id id) const { return ring_[id & mask()]; }

  // Of one signature there may be several that differ in what they started: a shell's forks. First the one
  // that was written first.
  struct Alike {
    std::array<Id, 4> ids{};
    std::size_t size = 0;
    [[nodiscard]] const Id* begin() const { return ids.data(); }
    [[nodiscard]] const Id* end() const { return ids.data() + size; }
  };
  // Those that a process born then may repeat.
  [[nodiscard]] Alike originals(const LifeSignature& signature, std::uint64_t born_ns) const;
  // The first of them, or the first that has created an original itself.
  [[nodiscard]] Id find_original(const LifeSignature& signature, std::uint64_t born_ns,
                                 bool with_children = false) const;
  // It has created originals.
  [[nodiscard]] bool is_creator(const ProcKey& process) const { return creators_.contains(process); }
  void remove_original(Id id);

  // What lives longer than the window, or was born before it, can't be repeated any more. Those in use stay.
  void forget_old(std::uint64_t now_ns);
  // What has been written so far can't be repeated any more. No original is in use.
  void forget_written();

 private:
  static constexpr std::size_t kLivesMax = std::size_t{64} << 10;  // 6 MiB

  [[nodiscard]] std::size_t mask() const { return ring_.size() - 1; }
  [[nodiscard]] WrittenLife& slot(Id id) { return ring_[id & mask()]; }
  [[nodiscard]] Id push(const WrittenLife& life);
  void grow();
  [[nodiscard]] Alike alike(const LifeSignature& signature) const;
  static std::uint32_t key(const LifeSignature& signature) {
    return static_cast<std::uint32_t>(signature.hash.low);
  }

  std::vector<WrittenLife> ring_;  // by the low bits of an id
  Id first_ = 0;
  Id next_ = 0;
  HashIndex running_;                  // by process
  HashIndex originals_;                // by signature
  ByProcess<std::uint32_t> creators_;  // of how many originals
};

}  // namespace proctree
