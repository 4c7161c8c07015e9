// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A running trace's process table as a TreeStore and a CacheStore: every operation of
// <proctree/proctree.hpp> works on it as on a store of the library's own, by the same code.
//
// Tracer::view() gives one. For the thread that drives the trace, between two events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/export.h"
#include "proctree/proctree.hpp"

namespace proctree {

class ProcessTable;
class UserNames;

class PROCTREE_EXPORT TraceView {
 public:
  // Table and users outlive it.
  TraceView(ProcessTable& table, UserNames& users) : table_(&table), users_(&users) {}

  // Of the pid's newest owner, living or ended.
  [[nodiscard]] std::optional<PidNode> get_node(std::uint32_t pid) const;
  [[nodiscard]] std::optional<ProcInfo> get_info(std::uint32_t pid) const;
  // Adds what is known from elsewhere of a process whose birth was not observed: no edge made here is
  // better than inferred, and what an event reported stays as it is.
  void insert_node(std::uint32_t pid, const PidNode& node) const;
  void insert_info(std::uint32_t pid, const ProcInfo& info) const;

  [[nodiscard]] std::vector<std::uint32_t> all_pids() const;
  [[nodiscard]] std::vector<std::uint32_t> living_pids() const;
  [[nodiscard]] std::vector<std::uint32_t> child_pids(std::uint32_t pid) const;
  [[nodiscard]] std::vector<std::uint32_t> pids_of_cmd(std::string_view cmd) const;
  [[nodiscard]] std::size_t size() const;

  [[nodiscard]] const ProcessTable& table() const { return *table_; }  // for the operations
  [[nodiscard]] UserNames& users() const { return *users_; }

 private:
  ProcessTable* table_;
  UserNames* users_;
};

}  // namespace proctree
