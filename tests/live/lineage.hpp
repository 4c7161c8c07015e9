// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reads the stream from its start to its end, keeps what it has said of each process so far, and
// holds every exec's chain and ancestors against that and against the truth.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "compare.hpp"

namespace proctree::live {

class Lineage {
 public:
  // since_ns: when tracing began, where that was in the midst of the workload; else 0.
  Lineage(const Truth& truth, const Expect& expect, std::uint64_t since_ns, Report& report);
  void next(const Record& record);

 private:
  struct Known {
    std::string comm;
    std::string exe;
    std::optional<std::uint64_t> exec_seq;  // of the present image
    std::set<std::string> child_comms;      // a fork copies the name: later ones than `comm`, by prctl
    bool forked = false;                    // its fork is in the stream
    bool from_snapshot = false;             // what is known stems from a `process` record
    bool exited = false;
    std::uint64_t images = 0;  // how many execs so far
    std::string creator;       // from its fork
    std::uint64_t creator_images = 0;
    std::string birth_comm;  // the creator's image at birth
    std::string birth_exe;
  };

  void on_fork(const Record& record);
  void on_exec(const Record& record);
  void check_image(const Record& record, const Known& before);
  void check_ancestors(const Record& record);
  void check_edge(const Record& record, const TrueProcess& child, const Json& entry,
                  const std::string& where);
  void check_entry(const Json& entry, const Known& child, const std::string& where);
  void check_end_of_line(const Record& record, const TrueProcess& last, std::size_t at);
  void check_chain(const Record& record);
  void problem(const Record& record, const std::string& what);

  const Truth& truth_;
  const Expect& expect_;
  const std::uint64_t since_ns_;
  Report& report_;
  std::vector<std::string> beyond_;  // ancestors of the test itself
  std::unordered_map<std::string, Known> known_;
};

}  // namespace proctree::live
