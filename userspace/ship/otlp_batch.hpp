// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Log records on their way to a receiver, gathered by the host that they are of.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/protobuf.hpp"
#include "schema/otlp.hpp"
#include "ship/gzip.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// Of a batch's records, by their number.
struct RecordRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

class OtlpBatch {
 public:
  using Origin = std::shared_ptr<const schema::OtlpOrigin>;

  // A LogRecord of that origin, and how far the stream is with it.
  void add(const Origin& origin, std::string_view record, std::string_view stream,
           const StreamPosition& position);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] const ShipProgress& progress() const { return progress_; }

  // An ExportLogsServiceRequest of these records.
  [[nodiscard]] std::string request(RecordRange range, Gzip& gzip) const;

 private:
  struct Group {
    Origin origin;
    std::string records;            // as fields of ScopeLogs
    std::vector<std::size_t> ends;  // of each of them
  };

  std::vector<Group> groups_;
  ProtobufWriter tag_;  // of a record
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  ShipProgress progress_;
};

}  // namespace proctree
