// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stream against the truth: every birth, exec and end, every argument, every chain, every fact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "problems.hpp"
#include "stream.hpp"
#include "truth.hpp"

namespace proctree::live {

// How the tracer was run.
struct Expect {
  bool midst = false;     // workloads ran before it: what is demanded begins with the `start` record
  bool snapshot = false;  // --snapshot was given
  std::uint32_t args_max = 16 * 1024;
  std::size_t ancestors_max = 64;
};

struct Report {
  std::size_t births = 0;  // found in the stream and right, unless a problem says otherwise
  std::size_t execs = 0;
  std::size_t ends = 0;
  std::size_t facts = 0;
  std::size_t edges = 0;
  std::size_t snapshot_edges = 0;  // of those, between processes of the workload
  std::size_t deepest = 0;         // the most ancestors that one exec had
  Problems problems;
};

[[nodiscard]] Report compare(const Truth& truth, const Stream& stream, const Expect& expect = {});

// A field of a chain string, escaped as the contract says; written from it, not from the product.
[[nodiscard]] std::string escape_chain_field(const std::string& bytes);

// The token and ordinal that an exec's arguments carry.
struct Stamp {
  Token token = 0;
  unsigned ordinal = 0;
};
[[nodiscard]] Stamp stamp_of(const Record& exec);

}  // namespace proctree::live
