// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The bucket in which collectors note what they have stored, a key per stream.
#pragma once

#include <memory>
#include <string>

#include "ship/nats_connection.hpp"
#include "ship/stored_ranges.hpp"

namespace proctree {

class NatsStored {
 public:
  // Null: there is no such bucket, and it was not to be made.
  static Result<std::unique_ptr<NatsStored>> open(jsCtx* context, bool make);
  NatsStored(const NatsStored&) = delete;
  NatsStored& operator=(const NatsStored&) = delete;
  ~NatsStored();

  // Nothing stored where there is no such key.
  [[nodiscard]] Result<StoredRanges> read(const std::string& stream) const;
  // What other collectors have added meanwhile stays.
  [[nodiscard]] Result<void> add(const std::string& stream, const StoredRanges& stored) const;

 private:
  explicit NatsStored(kvStore* store) : store_(store) {}
  kvStore* store_;
};

}  // namespace proctree
