// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The truth that workload programs wrote (tests/progs/truth.h says how), read back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "problems.hpp"

namespace proctree::live {

using Token = std::uint64_t;

struct TrueExec {
  std::uint64_t time_ns = 0;  // just before the call
  std::string args;           // as the kernel holds them: each argument with its NUL
  bool failed = false;
};

struct TrueEnd {
  std::uint64_t time_ns = 0;  // a little before the end, or after it where the creator says it
  bool by_signal = false;
  int number = 0;  // exit code or signal
  bool core = false;
};

struct TrueFact {
  std::string where;  // "birth", "exec.N", "end"
  std::string key;
  char form = 0;
  std::string value;  // what stands behind the form; the bytes themselves for form s
};

struct TrueProcess {
  Token token = 0;
  std::uint32_t pid = 0;
  std::uint64_t ticks = 0;
  Token creator = 0;  // 0: none, the test itself
  std::string method;
  std::string id;  // as the contract computes it
  std::map<unsigned, TrueExec> execs;
  std::optional<TrueEnd> end;
  std::vector<TrueFact> facts;
};

struct Truth {
  std::unordered_map<Token, TrueProcess> processes;
  std::unordered_map<std::string, Token> by_id;
  std::vector<std::uint32_t> threads;

  [[nodiscard]] const TrueProcess* find(Token token) const;
  [[nodiscard]] const TrueProcess* find_id(std::string_view id) const;
  // `ancestor` is the creator of `process`, or its creator, …
  [[nodiscard]] bool descends(const TrueProcess& process, const TrueProcess& ancestor) const;
};

// The first 16 digits of this boot's id; and the contract's id of a process.
[[nodiscard]] const std::string& boot_prefix();
[[nodiscard]] std::string process_id(std::uint32_t pid, std::uint64_t ticks);

// Lines that make no sense, workloads that say they broke, and gaps (no birth, no end) are problems.
[[nodiscard]] Truth read_truth(const std::string& text, Problems& problems);

}  // namespace proctree::live
