// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A week of one host: loops of probes, jobs of cron's, people at shells, and builds. What differs from life
// to life does so as often as in recordings of real hosts: of a build nearly every argument list is a new
// one, of a loop one in twenty-five.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "lives.hpp"
#include "workload.hpp"

namespace proctree::bench {

using namespace std::string_literals;

class Week {
 public:
  enum class Load : std::uint8_t { mix, build, loops };

  Week(Sink& sink, Load load) : lives_(sink, kMonday - 3'600'000'000'000), load_(load) {}

  Result<void> play(std::uint64_t lives) {
    // Turns are of four lives; what these take themselves is little.
    gap_ns_ = 4 * kWeekNs / lives;
    gap_ns_ -= std::min(gap_ns_ - 1, 12 * kStepNs);
    if (auto done = boot(); !done) return done;
    while (lives_.forks() < lives) {
      lives_.advance((std::uint64_t{random_(1'000'000)} * 2 * gap_ns_) / 1'000'000);
      if (auto done = next(); !done) return done;
    }
    return lives_.stop();
  }

 private:
  static constexpr std::int64_t kMonday = 1'795'392'000'000'000'000;  // 2026-11-23 00:00 UTC
  static constexpr std::uint64_t kWeekNs = 7ULL * 24 * 3600 * 1'000'000'000;
  static constexpr std::uint64_t kStepNs = 1'000'000;  // from one event of a turn to the next
  static constexpr unsigned kUnitsPerBuild = 2500;     // of four lives each
  static constexpr unsigned kServices = 40;

  // Of a hundred turns that a host's work takes, by lives: 20 of a build, 5 of people, 3 of cron's, 72 of
  // loops.
  Result<void> next() {
    const unsigned turn = random_(100);
    if (load_ == Load::build || (load_ == Load::mix && turn < 20)) return build();
    if (load_ == Load::mix && turn < 25) return command();
    if (load_ == Load::mix && turn < 28) return job();
    return probe();
  }

  Result<void> boot() {
    if (auto done = lives_.start(init_); !done) return done;
    if (auto done = daemon(cron_, "cron", "/usr/sbin/cron", "/system.slice/cron.service"); !done) return done;
    if (auto done = daemon(sshd_, "sshd", "/usr/sbin/sshd", "/system.slice/ssh.service"); !done) return done;
    if (auto done = daemon(monitor_, "monitor", "/usr/bin/bash", "/system.slice/monitor.service"); !done)
      return done;
    monitor_entry_ = entry_at(monitor_, EntryType::service);
    monitor_entry_.unit = "monitor.service";
    monitor_.entry = &monitor_entry_;
    cron_entry_ = entry_at(cron_, EntryType::cron);
    cron_.entry = &cron_entry_;
    return log_in();
  }

  static EntryFacts entry_at(const LiveProcess& process, EntryType type) {
    EntryFacts entry;
    entry.type = type;
    entry.process = process.key;
    entry.uid = 0;
    entry.comm = "bash";
    entry.exe = "/usr/bin/bash";
    return entry;
  }

  Result<void> daemon(LiveProcess& process, const char* comm, const std::string& exe, const char* cgroup) {
    if (auto done = begin(init_, process); !done) return done;
    process.session = process.key.pid;
    process.cgroup = cgroup;
    return run(process, comm, exe, {exe}, "/");
  }

  // sshd, its child of the session, and a shell.
  Result<void> log_in() {
    LiveProcess session;
    if (auto done = begin(sshd_, session); !done) return done;
    if (auto done = begin(session, shell_); !done) return done;
    shell_.uid = 1000;
    shell_.session = shell_.key.pid;
    shell_.tty = "pts/" + std::to_string(random_(8));
    shell_.cgroup = "/user.slice/user-1000.slice/session-" + std::to_string(++sessions_) + ".scope";
    shell_entry_ = entry_at(shell_, EntryType::ssh);
    shell_entry_.uid = 1000;
    shell_entry_.source_ip = "192.0.2.7";
    shell_entry_.source_port = 50'000 + sessions_ % 10'000;
    shell_.entry = &shell_entry_;
    return run(shell_, "bash", "/usr/bin/bash", {"-bash"}, "/home/someone");
  }

  // A service is asked how it is: a shell of two commands, and a wait.
  Result<void> probe() {
    const unsigned service = random_(kServices);
    const std::string name = "service-" + std::to_string(service);
    LiveProcess shell;
    if (auto done = begin(monitor_, shell); !done) return done;
    if (auto done = run(shell, "sh", "/usr/bin/dash", {"sh", "-c", "probe " + name + " || alert " + name},
                        "/srv/monitor");
        !done)
      return done;
    std::string url = "http://127.0.0.1:" + std::to_string(8000 + service) + "/health";
    if (random_(6) == 0) url += "?at=" + std::to_string(lives_.ktime_ns() / 1'000'000);
    if (auto done =
            whole(shell, "curl", "/usr/bin/curl", {"curl", "-fsS", "--max-time", "2", url}, "/srv/monitor");
        !done)
      return done;
    if (auto done = whole(shell, "grep", "/usr/bin/grep", {"grep", "-q", "ok"}, "/srv/monitor"); !done)
      return done;
    if (auto done = end(shell); !done) return done;
    return whole(monitor_, "sleep", "/usr/bin/sleep", {"sleep", "0.2"}, "/srv/monitor");
  }

  Result<void> job() {
    LiveProcess runner;
    if (auto done = begin(cron_, runner); !done) return done;
    LiveProcess shell;
    if (auto done = begin(runner, shell); !done) return done;
    const std::string job = "/usr/local/bin/job-" + std::to_string(random_(30));
    if (auto done = run(shell, "sh", "/usr/bin/dash", {"/bin/sh", "-c", job + " > /dev/null 2>&1"}, "/root");
        !done)
      return done;
    if (auto done = whole(shell, "job", job, {job, "--quiet"}, "/root"); !done) return done;
    if (auto done = end(shell); !done) return done;
    return end(runner);
  }

  // Half of what people type they have typed before.
  Result<void> command() {
    static constexpr std::array<std::string_view, 12> kTools = {"ls",  "git", "vim",  "less", "grep", "find",
                                                                "ssh", "cat", "make", "ps",   "jq",   "sed"};
    if (random_(50) == 0) {
      if (auto done = end(shell_); !done) return done;
      if (auto done = log_in(); !done) return done;
    }
    for (unsigned i = 0; i < 4; ++i) {
      const std::string tool(kTools[random_(kTools.size())]);
      const std::string file =
          "notes-" + std::to_string(random_(2) == 0 ? random_(100) : random_(1'000'000'000)) + ".md";
      if (auto done =
              whole(shell_, tool, "/usr/bin/" + tool, {tool, "-a", file}, "/home/someone/" + folder(200));
          !done)
        return done;
    }
    return {};
  }

  // One file is compiled: sh, c++, cc1plus, as.
  Result<void> build() {
    if (built_ == kUnitsPerBuild) {
      if (auto done = end(make_); !done) return done;
    }
    if (built_++ % kUnitsPerBuild == 0) {
      built_ = 1;
      ++builds_;
      if (auto done = begin(shell_, make_); !done) return done;
      build_entry_ = shell_entry_;
      make_.entry = &build_entry_;
      if (auto done = run(make_, "ninja", "/usr/bin/ninja", {"ninja", "-C", where()}, where()); !done)
        return done;
    }
    const std::string unit = "userspace/" + folder(60) + "/unit_" + std::to_string(built_);
    static const std::string flags =
        "-I/home/someone/src/project/userspace\0-I/home/someone/src/project/include\0-O2\0-g\0-fPIC\0"
        "-fvisibility=hidden\0-Wall\0-Wextra\0-Wconversion\0-std=c++20"s;
    const std::string object = unit + ".cc.o";
    LiveProcess shell;
    if (auto done = begin(make_, shell); !done) return done;
    std::string line = "/usr/bin/c++ " + flags + " -o " + object + " -c " + unit + ".cc";
    for (char& c : line) c = c == '\0' ? ' ' : c;
    if (auto done = run(shell, "sh", "/usr/bin/dash", {"/bin/sh", "-c", line}, where()); !done) return done;
    LiveProcess driver;
    if (auto done = begin(shell, driver); !done) return done;
    if (auto done = run(driver, "c++", "/usr/bin/x86_64-linux-gnu-g++-12",
                        {"/usr/bin/c++", flags, "-o", object, "-c", unit + ".cc"}, where());
        !done)
      return done;
    const std::string made = "/tmp/cc" + temporary() + ".s";
    if (auto done = whole(driver, "cc1plus", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus",
                          {"/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "-quiet", "-imultiarch",
                           "x86_64-linux-gnu", "-D_GNU_SOURCE", unit + ".cc", "-dumpdir", unit, flags,
                           "-mtune=generic", "-march=x86-64", "-fasynchronous-unwind-tables", "-o", made},
                          where());
        !done)
      return done;
    if (auto done = whole(driver, "as", "/usr/bin/x86_64-linux-gnu-as",
                          {"as", "--gdwarf-5", "--64", "-o", object, made}, where());
        !done)
      return done;
    if (auto done = end(driver); !done) return done;
    return end(shell);
  }

  Result<void> begin(const LiveProcess& creator, LiveProcess& process) {
    wait();
    return lives_.fork(creator, process);
  }
  Result<void> run(LiveProcess& process, std::string comm, std::string exe,
                   std::initializer_list<std::string_view> args, std::string cwd) {
    wait();
    program_ = {std::move(comm), std::move(exe), {}, std::move(cwd)};
    for (const std::string_view argument : args) program_.args.append(argument) += '\0';
    return lives_.exec(process, program_);
  }
  Result<void> end(const LiveProcess& process) {
    wait();
    return lives_.exit(process, {.status = random_(20) == 0 ? 1U << 8 : 0,
                                 .user_ns = random_(1'000'000'000),
                                 .system_ns = random_(50'000) * 1000ULL,
                                 .max_rss_kb = 1000 + 4 * random_(3000)});
  }
  Result<void> whole(const LiveProcess& creator, std::string comm, std::string exe,
                     std::initializer_list<std::string_view> args, std::string cwd) {
    LiveProcess process;
    if (auto done = begin(creator, process); !done) return done;
    if (auto done = run(process, std::move(comm), std::move(exe), args, std::move(cwd)); !done) return done;
    return end(process);
  }

  void wait() { lives_.advance(kStepNs / 2 + random_(kStepNs)); }
  std::string folder(unsigned most) { return "part-" + std::to_string(random_(most)); }
  [[nodiscard]] std::string where() const {
    return "/home/someone/src/project/build-" + std::to_string(builds_ % 9);
  }
  std::string temporary() {
    std::string name;
    for (unsigned i = 0; i < 6; ++i) name += static_cast<char>('A' + random_(26));
    return name;
  }

  Lives lives_;
  Load load_;
  Random random_;
  std::uint64_t gap_ns_ = 0;
  LiveProcess init_, cron_, sshd_, monitor_, shell_, make_;
  EntryFacts monitor_entry_, cron_entry_, shell_entry_, build_entry_;
  unsigned built_ = 0;
  unsigned builds_ = 0;
  unsigned sessions_ = 0;
  Program program_;
};

}  // namespace proctree::bench
