// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What makes a life the same as another: executable, arguments, user, container and creator, as one number.
//
// The number stands for the facts: two lives that differ would be counted as one where it collides. It is 128
// bits of a hash whose key is drawn at random in each run, so that processes, which choose their arguments,
// can't find collisions, and none is to be expected (2^-128 a pair).
#pragma once

#include <cstddef>

#include "base/siphash.hpp"
#include "engine/record.hpp"
#include "tree/place.hpp"

namespace proctree {

// None, all zeros: the life repeats nothing, and nothing repeats it.
struct LifeSignature {
  Hash128 hash;

  [[nodiscard]] bool none() const { return hash == Hash128{}; }
  friend bool operator==(const LifeSignature&, const LifeSignature&) = default;
};

class LifeSigner {
 public:
  // Of what the process of a fork or exec runs, as whom, and in which container; without its creator.
  [[nodiscard]] LifeSignature sign(const ProcessRecord& record);
  // Of that and its creator.
  [[nodiscard]] static LifeSignature sign(const LifeSignature& program, const ProcKey& creator);

 private:
  static constexpr std::size_t kArgumentsMax = 4096;  // a longer command line does not fold

  Places places_;  // what container_of() returns costs more than the rest of a signature
};

}  // namespace proctree
