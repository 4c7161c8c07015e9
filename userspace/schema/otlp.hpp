// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as OpenTelemetry's log records (logs.proto), with attributes in the words of its
// semantic conventions, 1.44: docs/otlp.md has the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/protobuf.hpp"
#include "schema/document.hpp"
#include "schema/otlp_attributes.hpp"

namespace proctree::schema {

// The fields of a ResourceLogs up to its log records: those of the host whose stream begins with these
// objects.
struct OtlpOrigin {
  std::string resource;  // ResourceLogs: what its records are of,
  std::string scope;     // ScopeLogs: and who wrote them
  std::string schema;    // the field `schema_url`, which both have
};
[[nodiscard]] OtlpOrigin make_otlp_origin(std::string_view host, std::string_view tracer);

// Made of the line alone, but for the time at which it is observed.
class OtlpRecords {
 public:
  // A LogRecord. `line`: it should be an object of JSON; anything else becomes a valid record too. Valid
  // until the next call.
  [[nodiscard]] std::string_view write(std::string_view line, const LineMoment& moment,
                                       std::int64_t observed_ns);

 private:
  // Attributes that objects of earlier lines became: most lines have those of the line before.
  struct Known {
    std::string text;
    std::string attributes;
  };
  static constexpr std::size_t kKnown = 256;
  static constexpr std::size_t kKnownMost = 4096;

  void head(std::int64_t observed_ns);
  void body();
  void derived();
  void member(const SourceLine::Member& member);
  void process_member(const SourceLine::Member& member);
  void arguments(std::string_view array);
  void variables(std::string_view object);
  void container(std::string_view object);
  void repeated(const SourceLine::Member& member);
  [[nodiscard]] std::string_view text_of(Field field, Kind kind);

  Document document_;
  ProtobufWriter proto_;
  OtlpAttributes attributes_{proto_, 6};
  std::vector<Known> known_ = std::vector<Known>(kKnown);
  std::string name_;
  std::string text_;
  std::string memory_;
};

}  // namespace proctree::schema
