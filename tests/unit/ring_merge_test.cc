// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The reader of the per-cpu rings against made producers, as bpf/percpu_ring.bpf.h has them: up to 192 that
// are held up, wrap, are interrupted and never come back, a step at a time in any order; and threads.
// Whatever happens, what was read, what was counted as lost and what was passed over are together what
// happened, in the order of numbers.
#include "source/ring_merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <thread>

#include "proctree_event.h"

namespace proctree {
namespace {

constexpr std::uint64_t kRegion = 4096, kSlack = 1024;

std::uint64_t size_of(std::uint64_t number) { return sizeof(pt_header) + number * 37 % 700; }

// Its number, and that many bytes of it.
void fill(std::byte* record, std::uint64_t number, std::uint64_t size) {
  pt_header header{};
  header.size = static_cast<__u32>(size);
  header.kind = PT_FORK;
  header.ktime_ns = number;
  std::memcpy(record, &header, sizeof header);
  std::memset(record + sizeof header, static_cast<int>(number & 0xff), size - sizeof header);
}

bool is_whole(std::span<const std::byte> record) {
  pt_header header{};
  std::memcpy(&header, record.data(), sizeof header);
  return record.size() == header.size && header.size == size_of(header.ktime_ns) &&
         std::ranges::all_of(record.subspan(sizeof header), [&](std::byte byte) {
           return byte == static_cast<std::byte>(header.ktime_ns & 0xff);
         });
}

std::uint64_t number_of(std::span<const std::byte> record) {
  pt_header header{};
  std::memcpy(&header, record.data(), sizeof header);
  return header.ktime_ns;
}

// A cpu's element of the map, and what a program does to it, step by step.
class Producer {
 public:
  explicit Producer(__u64& numbers) : numbers_(numbers), data_(kRegion + kSlack) {}

  [[nodiscard]] RingMerge::Region region() { return {state_.get(), data_, kRegion}; }
  [[nodiscard]] bool is_open() const { return state_->open != 0; }

  // The size hangs on the number, which is not known yet: room for the largest.
  bool reserve() {
    constexpr std::uint64_t kLargest = PT_FRAMED(sizeof(pt_header) + 700);
    if (state_->open != 0 || !has_room(kLargest)) return false;
    state_->open = 1;
    number = std::atomic_ref(numbers_).fetch_add(1);
    std::memcpy(data_.data() + state_->at, &number, sizeof number);
    return true;
  }
  void write() {
    size_ = size_of(number);
    fill(data_.data() + state_->at + sizeof(pt_frame), number, size_);
  }
  void submit() {
    const std::uint64_t at = state_->at + PT_FRAMED(size_);
    std::atomic_ref(state_->at).store(at < kRegion ? at : 0, std::memory_order_relaxed);
    std::atomic_ref(state_->head).store(state_->head + PT_FRAMED(size_), std::memory_order_release);
    std::atomic_ref(state_->open).store(0, std::memory_order_release);
  }
  void damage() { std::memset(data_.data() + state_->at + sizeof(pt_frame), 0xff, sizeof(pt_header)); }

  std::uint64_t number = 0;

 private:
  [[nodiscard]] bool has_room(std::uint64_t bytes) {
    return state_->head + bytes - std::atomic_ref(state_->tail).load(std::memory_order_acquire) <= kRegion;
  }

  __u64& numbers_;
  std::unique_ptr<pt_ring_state> state_ = std::make_unique<pt_ring_state>();
  std::vector<std::byte> data_;
  std::uint64_t size_ = 0;
};

struct Trouble {
  unsigned held = 0;         // a thousandth of the records is held up for seconds
  unsigned never = 0;        // cpus that stop in the midst of a record
  unsigned interrupted = 0;  // in a thousand steps a program begins within another
};

class Host {
 public:
  Host(std::size_t cpus, unsigned seed, Trouble trouble) : random_(seed), trouble_(trouble) {
    for (std::size_t i = 0; i < cpus; ++i) cpus_.push_back({Producer(numbers_), Stage::idle, 0});
    std::vector<RingMerge::Region> regions;
    for (Cpu& cpu : cpus_) regions.push_back(cpu.producer.region());
    merge_ = std::make_unique<RingMerge>(regions, &numbers_, [this] { return now_; });
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) {
      now_ += 1000;
      step(cpus_[random_() % cpus_.size()]);
      if (random_() % 64 == 0) read(random_() % 128);
    }
  }

  // All come back but those that never do; then what is left is waited for.
  void end() {
    for (Cpu& cpu : cpus_) {
      cpu.until = 0;
      while (cpu.stage != Stage::idle && cpu.stage != Stage::gone) step(cpu);
    }
    for (int i = 0; i < 1000; ++i) {
      now_ += RingMerge::kPatienceNs / 4;
      read(~std::size_t{0});
    }
    EXPECT_EQ(merge_->next_number(), numbers_);
    EXPECT_EQ(read_ + lost_ + merge_->unpublished(), happened_);
    EXPECT_EQ(read_ + merge_->unpublished(), numbers_);
  }

  [[nodiscard]] std::uint64_t unpublished() const { return merge_->unpublished(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t read() const { return read_; }

 private:
  enum class Stage { idle, reserved, written, gone };
  struct Cpu {
    Producer producer;
    Stage stage;
    std::uint64_t until;  // held up
  };

  bool chance(unsigned in_a_thousand) { return random_() % 1000 < in_a_thousand; }

  void step(Cpu& cpu) {
    if (cpu.until > now_) return;
    Producer& of = cpu.producer;
    if (cpu.stage != Stage::idle && cpu.stage != Stage::gone && chance(trouble_.interrupted)) begin(cpu);
    switch (cpu.stage) {
      case Stage::idle:
        begin(cpu);
        return;
      case Stage::reserved:
        of.write();
        cpu.stage = Stage::written;
        return;
      case Stage::written:
        of.submit();
        cpu.stage = Stage::idle;
        return;
      case Stage::gone:
        return;
    }
  }

  // An event happens.
  void begin(Cpu& cpu) {
    ++happened_;
    if (!cpu.producer.reserve()) {
      ++lost_;
      return;
    }
    cpu.stage = Stage::reserved;
    if (chance(trouble_.held)) cpu.until = now_ + random_() % (3 * RingMerge::kPatienceNs);
    if (never_ < trouble_.never && chance(1)) {
      ++never_;
      cpu.stage = Stage::gone;
    }
  }

  void read(std::size_t most) {
    for (std::size_t i = 0; i < most; ++i) {
      const auto record = merge_->next();
      if (record.empty()) break;
      ASSERT_TRUE(is_whole(record)) << number_of(record);
      ASSERT_TRUE(read_ == 0 || number_of(record) > last_) << number_of(record) << " after " << last_;
      last_ = number_of(record);
      ++read_;
    }
    merge_->release();
  }

  std::mt19937 random_;
  Trouble trouble_;
  __u64 numbers_ = 0;
  std::vector<Cpu> cpus_;
  std::unique_ptr<RingMerge> merge_;
  std::uint64_t now_ = 1, last_ = 0;
  std::uint64_t happened_ = 0, lost_ = 0, read_ = 0;
  unsigned never_ = 0;
};

TEST(RingMerge, OneCpuIsInOrderAndWraps) {
  Host host(1, 1, {});
  host.run(30000);
  host.end();
  EXPECT_GT(host.read(), 50 * kRegion / 700) << "it never wrapped";
  EXPECT_EQ(host.unpublished(), 0U);
}

TEST(RingMerge, ManyCpusAreInOneOrder) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    Host host(192, seed, {});
    host.run(100000);
    host.end();
    EXPECT_EQ(host.unpublished(), 0U) << seed;
  }
}

TEST(RingMerge, WhatIsHeldUpIsWaitedForAndThenPassedOver) {
  std::uint64_t unpublished = 0;
  for (unsigned seed = 0; seed < 3; ++seed) {
    Host host(192, seed, {.held = 1, .never = 3});
    host.run(100000);
    host.end();
    unpublished += host.unpublished();
  }
  EXPECT_GT(unpublished, 0U);
}

TEST(RingMerge, InterruptionsAreLostAndCounted) {
  Host host(8, 7, {.interrupted = 50});
  host.run(100000);
  host.end();
  EXPECT_GT(host.lost(), 100U);
  EXPECT_EQ(host.unpublished(), 0U);
}

TEST(RingMerge, AllOfItTogether) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    Host host(seed % 2 == 0 ? 192 : 3, seed, {.held = 1, .never = 2, .interrupted = 5});
    host.run(60000);
    host.end();
  }
}

// One that makes no sense, and all that is published behind it there, is skipped, and counted in time.
TEST(RingMerge, AnUnusableSizeCostsWhatIsPublishedThere) {
  __u64 numbers = 0;
  std::uint64_t now = 1;
  Producer bad(numbers), good(numbers);
  RingMerge merge({bad.region(), good.region()}, &numbers, [&now] { return now; });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(bad.reserve());
    bad.write();
    if (i == 1) bad.damage();
    bad.submit();
    ASSERT_TRUE(good.reserve());
    good.write();
    good.submit();
  }
  std::vector<std::uint64_t> read;
  for (unsigned i = 0; i < 100; ++i, now += RingMerge::kPatienceNs / 2) {
    while (true) {
      const auto record = merge.next();
      if (record.empty()) break;
      read.push_back(number_of(record));
    }
    merge.release();
  }
  EXPECT_EQ(read, (std::vector<std::uint64_t>{0, 1, 3, 5}));
  EXPECT_EQ(merge.unpublished(), 2U);
  ASSERT_TRUE(bad.reserve());  // and it goes on there
  bad.write();
  bad.submit();
  EXPECT_EQ(number_of(merge.next()), 6U);
}

// A reader that was itself stopped for long passes nothing over at its first look.
TEST(RingMerge, AStoppedReaderIsPatientAllTheSame) {
  __u64 numbers = 0;
  std::uint64_t now = 1;
  Producer slow(numbers), quick(numbers);
  RingMerge merge({slow.region(), quick.region()}, &numbers, [&now] { return now; });
  ASSERT_TRUE(slow.reserve() && quick.reserve());
  quick.write();
  quick.submit();
  EXPECT_TRUE(merge.next().empty());
  now += 100 * RingMerge::kPatienceNs;
  EXPECT_TRUE(merge.next().empty());
  slow.write();
  slow.submit();
  EXPECT_EQ(number_of(merge.next()), 0U);
  EXPECT_EQ(number_of(merge.next()), 1U);
  EXPECT_EQ(merge.unpublished(), 0U);
}

// For ThreadSanitizer.
TEST(RingMerge, ThreadsAtOnce) {
  constexpr std::uint64_t kEach = 20000;
  __u64 numbers = 0;
  std::deque<Producer> producers;
  std::vector<RingMerge::Region> regions;
  for (int i = 0; i < 4; ++i) regions.push_back(producers.emplace_back(numbers).region());
  RingMerge merge(regions, &numbers, [] { return std::uint64_t{0}; });
  std::atomic<std::uint64_t> lost = 0;
  std::vector<std::jthread> threads;
  for (Producer& producer : producers) {
    threads.emplace_back([&producer, &lost] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        if (!producer.reserve()) {
          ++lost;
          std::this_thread::yield();
          continue;
        }
        producer.write();
        producer.submit();
      }
    });
  }
  std::uint64_t read = 0;
  while (read + lost < producers.size() * kEach) {
    const auto record = merge.next();
    if (record.empty()) {
      merge.release();
      std::this_thread::yield();
      continue;
    }
    ASSERT_TRUE(is_whole(record));
    ASSERT_EQ(number_of(record), read++);
    if (read % 16 == 0) merge.release();
  }
  EXPECT_EQ(merge.unpublished(), 0U);
}

}  // namespace
}  // namespace proctree
