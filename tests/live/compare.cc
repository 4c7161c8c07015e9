// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "compare.hpp"

#include <algorithm>
#include <charconv>

#include "facts.hpp"
#include "lineage.hpp"

namespace proctree::live {
namespace {

struct Seen {
  std::vector<const Record*> forks, snapshots, exits;
  std::vector<const Record*> execs;
};

std::string name_of(const TrueProcess& p) { return p.id + " (" + p.method + ")"; }

// One pass over what the stream says, one over what happened.
class Comparer {
 public:
  Comparer(const Truth& truth, const Stream& stream, const Expect& expect, Report& report)
      : truth_(truth), stream_(stream), expect_(expect), report_(report) {
    const Record* start = stream.first("start");
    if (expect.midst && start != nullptr) since_ns_ = start->ktime_ns;
  }

  void run() {
    Lineage lineage(truth_, expect_, since_ns_, report_);
    for (const Record& record : stream_.records) {
      collect(record);
      lineage.next(record);
    }
    for (const auto& [token, process] : truth_.processes) {
      if (process.creator == 0) continue;  // the test
      const Seen seen = seen_[process.id];
      check_birth(process, seen);
      check_execs(process, seen);
      check_end(process, seen);
      check_order(process, seen);
    }
    check_threads();
  }

 private:
  void problem(const TrueProcess& p, const std::string& what) {
    report_.problems.add(name_of(p) + ": " + what);
  }

  void collect(const Record& record) {
    if (record.id.empty()) return;
    pids_.insert_or_assign(record.pid, true);
    Seen& seen = seen_[record.id];
    if (record.type == "fork") {
      seen.forks.push_back(&record);
      const auto creator = record.json.string("creator_id").value_or("");
      if (truth_.find_id(creator) != nullptr && truth_.find_id(record.id) == nullptr &&
          truth_.find_id(creator)->creator != 0) {
        report_.problems.add("a fork that never was (a thread?): " + record.id + " by " +
                             std::string(creator));
      }
    }
    if (record.type == "process") seen.snapshots.push_back(&record);
    if (record.type == "exec") seen.execs.push_back(&record);
    if (record.type == "exit") seen.exits.push_back(&record);
  }

  // Alive when tracing began, or born later.
  [[nodiscard]] bool in_view(const TrueProcess& p) const { return p.end && p.end->time_ns > since_ns_; }
  [[nodiscard]] bool surely_born_in_view(const TrueProcess& p) const {
    return p.ticks * 10'000'000 > since_ns_ || since_ns_ == 0;
  }

  void check_birth(const TrueProcess& p, const Seen& seen) {
    const std::size_t times = seen.forks.size() + seen.snapshots.size();
    if (times > 1) problem(p, "seen " + std::to_string(times) + " times");
    if (surely_born_in_view(p) && seen.forks.empty()) return problem(p, "birth missed");
    if (expect_.snapshot && in_view(p) && times == 0) return problem(p, "neither in the snapshot nor born");
    if (seen.forks.empty()) return;
    const Record& fork = *seen.forks.front();
    const TrueProcess* creator = truth_.find(p.creator);
    ++report_.births;
    if (creator == nullptr || fork.json.string("creator_id") != creator->id ||
        fork.json.number("creator_pid") != creator->pid) {
      problem(p, "creator of its fork: " + std::string(fork.json.string("creator_id").value_or("absent")));
    }
    check_facts(p, "birth", fork, report_);
  }

  void check_execs(const TrueProcess& p, const Seen& seen) {
    for (const Record* record : seen.execs) {
      const Stamp stamp = stamp_of(*record);
      const auto known = p.execs.find(stamp.ordinal);
      if (stamp.token != p.token || known == p.execs.end() || known->second.failed) {
        problem(p, "an exec that never was, seq " + std::to_string(record->seq));
      }
    }
    for (const auto& [ordinal, exec] : p.execs) {
      if (exec.failed) continue;
      std::vector<const Record*> found;
      for (const Record* record : seen.execs) {
        const Stamp stamp = stamp_of(*record);
        if (stamp.token == p.token && stamp.ordinal == ordinal) found.push_back(record);
      }
      if (found.size() > 1) problem(p, "exec " + std::to_string(ordinal) + " seen more than once");
      if (found.empty()) {
        if (exec.time_ns > since_ns_) problem(p, "exec " + std::to_string(ordinal) + " missed");
        continue;
      }
      ++report_.execs;
      check_args(p, exec.args, *found.front());
      check_facts(p, "exec." + std::to_string(ordinal), *found.front(), report_);
      if (found.front()->json.string("creator_id") != seen_creator(p, seen)) {
        problem(p, "creator_id of exec " + std::to_string(ordinal));
      }
    }
  }

  // For a process whose fork was seen, the truth; else what was said of it in its first ancestor.
  [[nodiscard]] std::string seen_creator(const TrueProcess& p, const Seen& seen) const {
    if (!seen.forks.empty()) return truth_.find(p.creator)->id;
    for (const Record* record : seen.execs)
      return std::string(record->json.string("ancestors.0.id").value_or(""));
    return {};
  }

  void check_args(const TrueProcess& p, const std::string& args, const Record& record) {
    const std::string where = "args at seq " + std::to_string(record.seq) + ": ";
    const bool cut = args.size() > expect_.args_max;
    if (record.json.number("args_size") != args.size()) {
      problem(p, where + "args_size is not " + std::to_string(args.size()));
    }
    if (record.json.is_true("args_truncated") != cut) problem(p, where + "args_truncated");
    const auto joined = record.json.joined_args();
    const Json::Array* array = record.json.array("args");
    if (!joined || array == nullptr) return problem(p, where + "absent");
    // Joined by NUL, so the last one's NUL is not there; nor, cut just behind one, is that.
    std::string expected = args.substr(0, expect_.args_max);
    if (expected.ends_with('\0')) expected.pop_back();
    if (*joined != expected) {
      const auto [a, b] = std::mismatch(joined->begin(), joined->end(), expected.begin(), expected.end());
      problem(p, where + std::to_string(joined->size()) + " bytes, true are " +
                     std::to_string(expected.size()) + ", different at " +
                     std::to_string(a - joined->begin()));
    }
    const auto count = static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '\0')) + 1;
    if (array->size() != count) {
      problem(p, where + std::to_string(array->size()) + " arguments, true are " + std::to_string(count));
    }
  }

  void check_end(const TrueProcess& p, const Seen& seen) {
    if (seen.exits.size() > 1) problem(p, "ended " + std::to_string(seen.exits.size()) + " times");
    if (seen.exits.empty()) {
      if (in_view(p)) problem(p, "end missed");
      return;
    }
    if (!p.end) return;
    const Json& exit = seen.exits.front()->json;
    const auto code = exit.number("exit_code"), signal = exit.number("signal");
    const auto number = static_cast<std::uint64_t>(p.end->number);
    ++report_.ends;
    if (p.end->by_signal ? signal != number || code : code != number || signal) {
      problem(p, "ended with code " + (code ? std::to_string(*code) : "-") + ", signal " +
                     (signal ? std::to_string(*signal) : "-") + "; true is " +
                     (p.end->by_signal ? "signal " : "code ") + std::to_string(number));
    }
    if (exit.is_true("core_dumped") != p.end->core) problem(p, "core_dumped");
    if (exit.number("runtime_ns") != seen.exits.front()->ktime_ns - exit.number("start_ns").value_or(0)) {
      problem(p, "runtime_ns is not from start to end");
    }
    check_facts(p, "end", *seen.exits.front(), report_);
  }

  void check_order(const TrueProcess& p, const Seen& seen) {
    std::uint64_t last = 0;
    auto after = [&](const std::vector<const Record*>& records) {
      for (const Record* record : records) {
        if (record->seq < last) problem(p, "out of order at seq " + std::to_string(record->seq));
        last = std::max(last, record->seq);
      }
    };
    after(seen.snapshots);
    after(seen.forks);
    after(seen.execs);
    after(seen.exits);
  }

  void check_threads() {
    for (const std::uint32_t tid : truth_.threads) {
      const bool process = std::any_of(truth_.processes.begin(), truth_.processes.end(),
                                       [&](const auto& entry) { return entry.second.pid == tid; });
      if (!process && pids_.contains(tid))
        report_.problems.add("thread " + std::to_string(tid) + " as a process");
    }
  }

  const Truth& truth_;
  const Stream& stream_;
  const Expect& expect_;
  Report& report_;
  std::uint64_t since_ns_ = 0;
  std::unordered_map<std::string, Seen> seen_;
  std::unordered_map<std::uint32_t, bool> pids_;
};

}  // namespace

std::string escape_chain_field(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u;
    };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80       ? 1
                               : lead >> 5 == 6  ? 2
                               : lead >> 4 == 14 ? 3
                               : lead >> 3 == 30 ? 4
                                                 : 0;
    std::uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    bool valid = length > 0;
    for (std::size_t k = 1; k < length; ++k) {
      valid = valid && byte(k) >> 6 == 2;
      code = code << 6 | (byte(k) & 63);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    valid = valid && code >= kLeast[length] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    const std::size_t take = valid ? length : 1;
    const bool plain =
        valid && code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code != '|' && code != ';' && code != '\\';
    for (std::size_t k = 0; k < take; ++k) {
      if (plain) {
        out += bytes[i + k];
      } else {
        out += "\\x";
        out += kHex[byte(k) >> 4];
        out += kHex[byte(k) & 15];
      }
    }
    i += take;
  }
  return out;
}

Stamp stamp_of(const Record& exec) {
  const Json::Array* args = exec.json.array("args");
  for (std::size_t i = 0; args != nullptr && i < args->size(); ++i) {
    const std::string& text = (*args)[i].text;
    if (text.size() < 20 || !text.starts_with("@x") || text[18] != '.') continue;
    Stamp stamp;
    const char* end = text.data() + text.size();
    const auto token = std::from_chars(text.data() + 2, text.data() + 18, stamp.token, 16);
    const auto ordinal = std::from_chars(text.data() + 19, end, stamp.ordinal);
    if (token.ptr == text.data() + 18 && ordinal.ptr == end) return stamp;
  }
  return {};
}

Report compare(const Truth& truth, const Stream& stream, const Expect& expect) {
  Report report;
  Comparer(truth, stream, expect, report).run();
  return report;
}

}  // namespace proctree::live
