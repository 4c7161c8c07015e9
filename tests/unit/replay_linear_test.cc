// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hostile recordings: sixteen times as much takes about sixteen times as long. By this process's cpu time,
// with room for a busy host: what grows by the square takes 256 times as long, and shows in small recordings,
// because what one line takes otherwise is a small part of it.

#include <algorithm>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "replay_fixture.hpp"

namespace proctree {
namespace {

struct Hostile {
  const char* name;
  std::size_t size;  // of the larger one
  std::string (*make)(std::size_t size);
};

constexpr std::uint64_t kApartNs = 20'000'001;

std::string process(std::string_view type, std::uint64_t seq, std::size_t pid, std::uint64_t start_ns,
                    std::size_t creator, std::uint64_t creator_start_ns, std::string_view more = "") {
  return recorded(type, seq,
                  "\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + std::to_string(start_ns) +
                      R"(,"comm":"x","exe":"/x","uid":0,"user":"root","creator_pid":)" +
                      std::to_string(creator) + ",\"creator_id\":\"b00t-" + std::to_string(creator) + "-" +
                      std::to_string(creator_start_ns / kTickNs) + "\"" + std::string(more));
}
// One known by its pid, as all here whose pid is never reused.
std::string process(std::string_view type, std::uint64_t seq, std::size_t pid, std::size_t creator,
                    std::string_view more = "") {
  return process(type, seq, pid, pid * kApartNs, creator, creator * kApartNs, more);
}

// An exec of `size` whose ancestors are size-1 … 1, of which every `alive`th lives (0: none).
std::string long_line(std::size_t size, std::uint64_t seq, std::size_t alive, bool with_ancestors = true) {
  std::string chain;
  std::string ancestors;
  for (std::size_t pid = size; pid != 0; --pid) {
    chain += (chain.empty() ? "" : ";") + std::to_string(pid) + "|a|root";
    if (pid == size || !with_ancestors) continue;
    ancestors += (ancestors.empty() ? "{\"pid\":" : ",{\"pid\":") + std::to_string(pid) +
                 ",\"start_ns\":" + std::to_string(pid * kApartNs) +
                 R"(,"comm":"a","exe":"/a","user":"root","edge":"observed")" +
                 (alive != 0 && pid % alive == 0 ? "}" : ",\"exited\":true}");
  }
  return process("exec", seq, size, size - 1, lineage_fields(chain, ancestors));
}

std::vector<std::size_t> shuffled(std::size_t size) {
  std::vector<std::size_t> order(size);
  for (std::size_t i = 0; i < size; ++i) order[i] = i;
  std::ranges::shuffle(order, std::mt19937(1));
  return order;
}

const Hostile kHostile[] = {
    {"ALongLine", 20'000, [](std::size_t size) { return long_line(size, 2, 0); }},
    {"ALongLineThatLives", 20'000, [](std::size_t size) { return long_line(size, 2, 1); }},
    {"ALongLineByItsChainAlone", 20'000, [](std::size_t size) { return long_line(size, 2, 0, false); }},
    {"ALongLineTurnedOver", 10'000,
     [](std::size_t size) {
       return long_line(size, 2, 0) + long_line(size, 3, 2) + long_line(size, 4, 3) + long_line(size, 5, 0);
     }},
    {"ALineReportedFromItsEnd", 5'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 0; i < size; ++i) text += process("fork", i + 2, size - i + 1, size - i);
       return text;
     }},
    {"ChildrenReportedInReverse", 5'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 0; i < size; ++i) text += process("fork", i + 2, size - i + 1, 1);
       return text;
     }},
    {"OnePidInOrder", 10'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 0; i < size; ++i)
         text += process("fork", i + 2, 7, (i + 1) * kApartNs, 1, kApartNs);
       return text;
     }},
    {"OnePidInReverse", 10'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = size; i != 0; --i) text += process("fork", i + 2, 7, i * kApartNs, 1, kApartNs);
       return text;
     }},
    {"OnePidInNoOrder", 5'000,
     [](std::size_t size) {
       std::string text;
       for (const std::string_view type : {"fork", "exit"}) {
         for (const std::size_t i : shuffled(size))
           text += process(type, i, 7, (i + 1) * kApartNs, 1, kApartNs);
       }
       return text;
     }},
    {"OnePidInOneTick", 5'000,
     [](std::size_t size) {
       std::string text;
       for (const std::string_view type : {"fork", "exit"}) {
         for (const std::size_t i : shuffled(size)) text += process(type, i, 7, kTickNs * 9 + i, 1, kApartNs);
       }
       return text;
     }},
    {"CreatorsOfOnePid", 5'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 1; i < size; ++i)
         text += process("fork", i, i + 10, (size + i) * kApartNs, 7, (size - i) * kApartNs);
       return text;
     }},
    {"ACreatorAgainAndAgain", 6'000,
     [](std::size_t size) {
       std::string text = long_line(size, 2, 1);
       for (std::size_t i = 1; i < size; ++i) text += process("fork", i + 2, size + i + 1, size + i);
       for (std::size_t i = 0; i < size; ++i) text += process("fork", i + 2, size + 1, size - i % 2);
       return text;
     }},
    {"AnEndAgainAndAgain", 4'000,
     [](std::size_t size) {
       std::string text = long_line(size, 2, 0);
       for (std::size_t i = 0; i < size; ++i) {
         text += process("exit", 2, size, size - 1);
         text += process("fork", 3, size, size - 1);
       }
       return text;
     }},
    {"AStartAgainAndAgain", 10'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 0; i < size; ++i) text += process("fork", 2, i + 2, 1);
       for (std::size_t i = 0; i < size; ++i) text += started() + process("process", 2, 1, 0);
       return text;
     }},
    {"EscapesAlone", 200'000,
     [](std::size_t size) {
       std::string escapes;
       for (std::size_t i = 0; i < size; ++i) escapes += "\\u0001";
       return process("exec", 2, 7, 1,
                      ",\"args\":[\"" + escapes + "\",\"" + escapes + "\"],\"cwd\":\"" + escapes + "\"");
     }},
    {"NumbersInOneHashBucket", 10'000,
     [](std::size_t size) {
       std::string text;
       for (std::size_t i = 0; i < size; ++i) {
         std::string line = process("fork", 2, i + 2, 1);
         const std::string_view root = R"("uid":0,"user":"root")";
         // As many buckets as the standard library takes for some 10,000 to 170,000 names.
         const std::uint64_t uid = i * 172'933 * 20'753 % 0xffff'fffe;
         line.replace(line.find(root), root.size(),
                      "\"uid\":" + std::to_string(uid) + ",\"user\":\"u" + std::to_string(i) + "\"");
         text += line;
       }
       return text;
     }},
    {"SeqsWithGaps", 10'000,
     [](std::size_t size) {
       std::string text;
       for (const std::size_t i : shuffled(size)) {
         std::string line = process("fork", i * 2 + 1, i + 2, 1);
         text += line.insert(line.find(",\"seq\""), R"(,"stream":"b00t-9-9")");
       }
       return text;
     }},
};

class LinearTest : public ReplayTest, public testing::WithParamInterface<Hostile> {
 protected:
  double seconds(std::string_view recording) {
    double least = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double before = cpu();
      const Replayed replayed = replay(recording, {.retention = {.bytes_max = 64 << 20}},
                                       [](Replay& replay, Output&) { return drain(replay); });
      least = std::min(least, cpu() - before);
      EXPECT_EQ(replayed.error, "");
    }
    return least;
  }

 private:
  static double cpu() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
  }
};

TEST_P(LinearTest, SixteenTimesAsMuchTakesSixteenTimesAsLong) {
  const Hostile& hostile = GetParam();
  const double once = seconds(started() + hostile.make(hostile.size / 16));
  const double sixteen_times = seconds(started() + hostile.make(hostile.size));
  EXPECT_LT(sixteen_times, 40 * std::max(once, 0.001)) << "once: " << once << " s";
}

INSTANTIATE_TEST_SUITE_P(Hostile, LinearTest, testing::ValuesIn(kHostile),
                         [](const auto& hostile) { return std::string(hostile.param.name); });

}  // namespace
}  // namespace proctree
