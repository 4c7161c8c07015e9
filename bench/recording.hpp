// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A made-up recording of any length: lives (fork, exec, exit) of a busy host, with all facts that a tracer
// reports, handed to a sink as the engine would.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lives.hpp"
#include "workload.hpp"

namespace proctree::bench {

class Recording {
 public:
  explicit Recording(Sink& sink) : lives_(sink, 1'772'353'800'000'000'000) {}

  // Writes that many events, and the lines around them.
  Result<void> play(std::uint64_t events) {
    parents_.resize(1);
    if (auto done = lives_.start(parents_[0].process); !done) return done;
    for (std::uint64_t i = 0; i < events / 3; ++i) {
      if (auto done = live(); !done) return done;
    }
    return lives_.stop();
  }
  [[nodiscard]] const ProcessTable& table() const { return lives_.table(); }

 private:
  static constexpr std::size_t kParents = 500;  // shells, servers and the like, up to fifteen deep
  static constexpr std::uint64_t kStepNs = 50'000;

  struct Parent {
    LiveProcess process;
    unsigned depth = 0;
  };

  // Forks, executes, and ends, or stays to be a parent.
  Result<void> live() {
    const Parent& parent = parents_[random_(parents_.size())];
    LiveProcess process;
    lives_.advance(kStepNs);
    if (auto done = lives_.fork(parent.process, process); !done) return done;

    process.uid = process.key.pid % 3 == 0 ? 0 : 1000;
    process.tty = "pts/3";
    process.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u42.scope";
    const std::string& comm = commands()[random_(kCommands)];
    program_ = {comm, "/usr/bin/" + comm, "/usr/bin/" + comm, "/home/someone/src/project"};
    for (unsigned i = random_(12); i != 0; --i)
      program_.args += std::string("\0--option=/srv/some/path", 24) + std::to_string(i);
    program_.args += '\0';
    lives_.advance(kStepNs);
    if (auto done = lives_.exec(process, program_); !done) return done;

    if (parents_.size() < kParents && parent.depth < 15) {
      parents_.push_back({process, parent.depth + 1});
      return {};
    }
    lives_.advance(kStepNs);
    return lives_.exit(process, {.status = random_(10) == 0 ? 1U << 8 : 0});
  }

  Lives lives_;
  Random random_;
  std::vector<Parent> parents_;
  Program program_;
};

}  // namespace proctree::bench
