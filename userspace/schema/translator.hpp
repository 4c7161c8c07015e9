// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream in the words of a schema. A document is made of the line's own text and of what the
// first line of its stream says, and of nothing else: so it is the same whether the line has just been
// written or is read back years later.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "schema/document.hpp"
#include "sink/line_cutter.hpp"

namespace proctree::schema {

enum class Schema : std::uint8_t { ecs, ocsf };

class Translator {
 public:
  // `ours`: lines are spelled as this program writes them. `line_max`: documents are cut to this; 0: none is.
  Translator(Schema schema, bool ours, std::size_t line_max = 0);

  // A `start` or `segment` line: what it says of the host holds for the lines of its stream.
  void learn(std::string_view line);
  // `line`: one object of valid JSON. Valid until the next call.
  [[nodiscard]] std::string_view translate(std::string_view line, const LineMoment& moment);
  // The same of a line that has just been written.
  [[nodiscard]] std::string_view translate(const JsonLine& line);
  // Documents were made without a host's name, which the schema requires.
  [[nodiscard]] bool has_unknown_host() const { return unknown_host_; }

 private:
  void read_and_write(std::string_view line);
  void write();
  [[nodiscard]] std::string_view cut(std::string_view line);

  std::unique_ptr<SchemaWriter> writer_;
  StreamOrigins origins_;
  StreamOrigin unknown_;
  Document document_;
  LineCutter cutter_;
  std::string shortened_;
  bool unknown_host_ = false;
  const Schema schema_;
  const bool ours_;
  const std::size_t line_max_;
};

}  // namespace proctree::schema
