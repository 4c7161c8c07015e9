// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "truth.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace proctree::live {
namespace {

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return out;
}

// What follows the token of one line. False: it can't be understood.
bool read_line(const std::string& type, std::uint64_t time_ns, std::istringstream& in, TrueProcess& process) {
  unsigned ordinal = 0;
  if (type == "birth") {
    if (process.pid != 0) return false;  // born twice
    return static_cast<bool>(in >> std::dec >> process.pid >> process.ticks >> std::hex >> process.creator >>
                             process.method);
  }
  if (type == "argv") {
    std::string hex;
    in >> std::dec >> ordinal >> hex;
    process.execs[ordinal].args += from_hex(hex);
    return !in.fail();
  }
  if (type == "exec") {
    in >> std::dec >> ordinal;
    process.execs[ordinal].time_ns = time_ns;
    return !in.fail();
  }
  if (type == "failed") {
    in >> std::dec >> ordinal;
    process.execs[ordinal].failed = true;
    return !in.fail();
  }
  if (type == "end") {
    std::string how;
    TrueEnd end;
    end.time_ns = time_ns;
    in >> how >> std::dec >> end.number;
    end.by_signal = how == "signal";
    if (end.by_signal) in >> end.core;
    const bool fine = !in.fail() && !process.end;
    process.end = end;
    return fine;
  }
  if (type == "fact") {
    TrueFact fact;
    in >> fact.where >> fact.key >> fact.form;
    if (in.fail()) return false;
    std::getline(in >> std::ws, fact.value);
    if (fact.form == 's') fact.value = from_hex(fact.value);
    process.facts.push_back(std::move(fact));
    return true;
  }
  return false;
}

void index(Truth& truth, Problems& problems) {
  for (auto& [token, process] : truth.processes) {
    if (process.pid == 0) {
      problems.add("truth: no birth of a process that did something");
      continue;
    }
    process.token = token;
    process.id = process_id(process.pid, process.ticks);
    if (!truth.by_id.emplace(process.id, token).second) problems.add("truth: twice the id " + process.id);
    if (!process.end && process.creator != 0) {
      problems.add("truth: no end of pid " + std::to_string(process.pid) + " (" + process.method + ")");
    }
    if (process.creator != 0 && !truth.processes.contains(process.creator)) {
      problems.add("truth: nothing known of the creator of pid " + std::to_string(process.pid));
    }
  }
}

}  // namespace

const TrueProcess* Truth::find(Token token) const {
  const auto found = processes.find(token);
  return found == processes.end() ? nullptr : &found->second;
}

const TrueProcess* Truth::find_id(std::string_view id) const {
  const auto found = by_id.find(std::string(id));
  return found == by_id.end() ? nullptr : find(found->second);
}

bool Truth::descends(const TrueProcess& process, const TrueProcess& ancestor) const {
  for (const TrueProcess* p = find(process.creator); p != nullptr; p = find(p->creator)) {
    if (p->token == ancestor.token) return true;
  }
  return false;
}

const std::string& boot_prefix() {
  static const std::string prefix = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    std::erase(id, '-');
    return id.substr(0, 16);
  }();
  return prefix;
}

std::string process_id(std::uint32_t pid, std::uint64_t ticks) {
  return boot_prefix() + '-' + std::to_string(pid) + '-' + std::to_string(ticks);
}

Truth read_truth(const std::string& text, Problems& problems) {
  Truth truth;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream in(line);
    std::string type;
    std::uint64_t time_ns = 0;
    Token token = 0;
    in >> type >> std::dec >> time_ns >> std::hex >> token;
    if (in.fail() || type == "broken") {
      problems.add("truth: " + line.substr(0, 200));
    } else if (type == "thread") {
      std::uint32_t tid = 0;
      in >> std::dec >> tid;
      truth.threads.push_back(tid);
    } else if (!read_line(type, time_ns, in, truth.processes[token])) {
      problems.add("truth: not understood: " + line.substr(0, 200));
    }
  }
  index(truth, problems);
  return truth;
}

}  // namespace proctree::live
