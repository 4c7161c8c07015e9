// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/ring_merge.hpp"

#include <algorithm>
#include <utility>

#include "proctree_event.h"

namespace proctree {

namespace {

constexpr std::size_t kLeast = sizeof(pt_frame) + sizeof(pt_header);

std::uint64_t load(const __u64& from) { return __atomic_load_n(&from, __ATOMIC_ACQUIRE); }

const pt_frame& frame_at(std::span<const std::byte> data, std::uint64_t at) {
  return *reinterpret_cast<const pt_frame*>(data.data() + at);
}

const pt_header& header_at(std::span<const std::byte> data, std::uint64_t at) {
  return *reinterpret_cast<const pt_header*>(data.data() + at + sizeof(pt_frame));
}

}  // namespace

RingMerge::RingMerge(const std::vector<Region>& regions, const __u64* numbers_taken, Clock clock)
    : numbers_taken_(numbers_taken), clock_(std::move(clock)) {
  for (const Region& region : regions) {
    empty_.push_back(cpus_.size());
    cpus_.push_back({.region = region});
  }
  fronts_.reserve(cpus_.size());
}

std::uint64_t RingMerge::numbers_taken() const { return load(*numbers_taken_); }

std::span<const std::byte> RingMerge::next() {
  if (!find_next()) return {};
  const Cpu& cpu = cpus_[fronts_.front().cpu];
  const auto record = cpu.region.data.subspan(cpu.at + sizeof(pt_frame), cpu.size);
  pass();
  return record;
}

// Whether the lowest of the fronts is the next number.
bool RingMerge::find_next() {
  const auto found = [this] { return !fronts_.empty() && fronts_.front().number == next_; };
  if (found()) return true;
  // In this order: all lower numbers are published by now, or late.
  const std::uint64_t taken = numbers_taken();
  if (taken == next_) return false;
  look_at_empty();
  if (found() || !waited_long()) return found();
  const std::uint64_t to = fronts_.empty() ? taken : std::min(taken, fronts_.front().number);
  unpublished_ += to - next_;
  next_ = to;
  return found();
}

// Whether the wait for the next record is over.
bool RingMerge::waited_long() {
  const std::uint64_t now = clock_();
  if (waiting_for_ != next_) {
    waiting_for_ = next_;
    waiting_since_ = now;
    looks_ = 0;
  }
  return ++looks_ >= kPatienceLooks && now - waiting_since_ >= kPatienceNs;
}

void RingMerge::look_at_empty() {
  for (std::size_t i = 0; i < empty_.size();) {
    Front front;
    if (find_front(empty_[i], front)) {
      empty_[i] = empty_.back();
      empty_.pop_back();
      push(front);
    } else {
      ++i;
    }
  }
}

// The first record of this cpu that is not late. Its sizes are the kernel side's own: they are checked, but
// only against each other.
bool RingMerge::find_front(std::size_t index, Front& front) {
  Cpu& cpu = cpus_[index];
  for (;;) {
    if (cpu.tail == cpu.head) cpu.head = load(cpu.region.state->head);
    const std::uint64_t published = cpu.head - cpu.tail;
    if (published == 0) return false;
    const auto data = cpu.region.data;
    const std::uint64_t room = cpu.at < cpu.region.bytes ? std::min(published, data.size() - cpu.at) : 0;
    const std::uint64_t size = room < kLeast ? 0 : header_at(data, cpu.at).size;
    if (size < sizeof(pt_header) || PT_FRAMED(size) > room) {
      resynchronise(cpu);
      return false;
    }
    front = {frame_at(data, cpu.at).number, index};
    cpu.size = size;
    if (front.number >= next_) return true;
    skip(cpu);
  }
}

// An unreadable record has no known end: all that is published there is skipped, as soon as the producer
// pauses. Its numbers are passed over in time, and so counted.
void RingMerge::resynchronise(Cpu& cpu) {
  const pt_ring_state& state = *cpu.region.state;
  if (load(state.open) != 0) return;
  const std::uint64_t head = load(state.head);
  const std::uint64_t at = load(state.at);
  if (load(state.open) != 0 || load(state.head) != head) return;
  cpu.head = cpu.tail = head;
  cpu.at = at;
}

void RingMerge::push(const Front& front) {
  fronts_.push_back(front);
  std::ranges::push_heap(fronts_, std::ranges::greater{}, &Front::number);
}

// The record at the lowest front.
void RingMerge::pass() {
  std::ranges::pop_heap(fronts_, std::ranges::greater{}, &Front::number);
  const std::size_t index = fronts_.back().cpu;
  fronts_.pop_back();
  ++next_;
  skip(cpus_[index]);
  Front front;
  if (find_front(index, front))
    push(front);
  else
    empty_.push_back(index);
}

void RingMerge::skip(Cpu& cpu) {
  cpu.tail += PT_FRAMED(cpu.size);
  cpu.at += PT_FRAMED(cpu.size);
  if (cpu.at >= cpu.region.bytes) cpu.at = 0;
}

void RingMerge::release() {
  for (Cpu& cpu : cpus_) {
    if (cpu.released == cpu.tail) continue;
    cpu.released = cpu.tail;
    __atomic_store_n(&cpu.region.state->tail, cpu.tail, __ATOMIC_RELEASE);
  }
}

}  // namespace proctree
