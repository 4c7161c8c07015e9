// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The library in a program that lives long, beside a storm of processes: does anything grow?
//   embed_soak cycles N EVENTS   open, EVENTS events, close: N times over
//   embed_soak follow SECONDS    one tracer that follows all the while
// Prints what it holds as it goes on, and ends with 1 where it held more at the end than after a tenth of the
// way (4 MiB are allowed for what the allocator keeps). Run from the asan-ubsan build it also shows that
// nothing leaks. As root.
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <proctree/tracer.hpp>
#include <string>

namespace {

using namespace std::chrono_literals;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "embed_soak: %s\n", why.c_str());
  std::exit(1);
}

// A child that spawns /bin/true again and again, for as long as we live.
pid_t start_storm() {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string program = "/bin/true", one = "one", two = "two";
  char* const argv[] = {program.data(), one.data(), two.data(), nullptr};
  while (true) {
    pid_t pid = 0;
    if (posix_spawn(&pid, argv[0], nullptr, nullptr, argv, nullptr) == 0) waitpid(pid, nullptr, 0);
  }
}

struct Held {
  long resident_kb = 0;
  long descriptors = 0;
};

Held held() {
  Held now;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "RssAnon:") status >> now.resident_kb;
  }
  now.descriptors = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}) - 1;
  return now;
}

class Verdict {
 public:
  explicit Verdict(long steps) : steps_(steps) {}
  void step(long number, std::uint64_t events, std::uint64_t lost) {
    const Held now = held();
    if (number * 10 <= steps_ || number == 1) early_ = now;
    last_ = now;
    std::printf("%4ld  %10llu events  %llu lost  RssAnon %ld kB  %ld descriptors\n", number,
                static_cast<unsigned long long>(events), static_cast<unsigned long long>(lost),
                now.resident_kb, now.descriptors);
    std::fflush(stdout);
  }
  [[nodiscard]] int status() const {
    constexpr long kSlackKb = 4096;
    return last_.descriptors != early_.descriptors || last_.resident_kb > early_.resident_kb + kSlackKb ? 1
                                                                                                        : 0;
  }

 private:
  long steps_;
  Held early_, last_;
};

struct Seen {
  std::uint64_t events = 0;
  std::size_t chains = 0;  // bytes of them
  std::string chain;
  void take(const proctree::Record& record) {
    if (record.task == nullptr) return;
    ++events;
    if (record.kind != proctree::RecordKind::exec) return;
    chain.clear();
    record.append_chain(chain);
    chains += chain.size();
  }
};

proctree::Tracer open_tracer() {
  auto tracer = proctree::Tracer::open();
  if (!tracer) die(tracer.error().to_string());
  return std::move(*tracer);
}

int cycles(long count, std::uint64_t events) {
  Verdict verdict(count);
  for (long i = 1; i <= count; ++i) {
    Seen seen;
    proctree::Tracer tracer = open_tracer();
    const auto take = [&seen](const proctree::Record& record) { seen.take(record); };
    while (seen.events < events) {
      if (const auto result = tracer.poll(1s, take); !result) die(result.error().to_string());
    }
    if (const auto result = tracer.close(take); !result) die(result.error().to_string());
    verdict.step(i, seen.events, tracer.totals().lost);
  }
  return verdict.status();
}

int follow(long seconds) {
  constexpr long kStep = 10;
  Verdict verdict(seconds / kStep);
  Seen seen;
  proctree::Tracer tracer = open_tracer();
  const auto begin = std::chrono::steady_clock::now();
  for (long step = 1; step <= seconds / kStep; ++step) {
    while (std::chrono::steady_clock::now() < begin + step * std::chrono::seconds(kStep)) {
      const auto result = tracer.poll(1s, [&seen](const proctree::Record& record) { seen.take(record); });
      if (!result) die(result.error().to_string());
    }
    verdict.step(step, seen.events, tracer.totals().lost);
  }
  return verdict.status();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (!(mode == "cycles" && argc == 4) && !(mode == "follow" && argc == 3))
    die("usage: embed_soak cycles N EVENTS | embed_soak follow SECONDS");
  const pid_t storm = start_storm();
  const int status = mode == "cycles" ? cycles(std::atol(argv[2]), std::strtoull(argv[3], nullptr, 10))
                                      : follow(std::atol(argv[2]));
  kill(storm, SIGKILL);
  waitpid(storm, nullptr, 0);
  return status;
}
