// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes a stream's lines to an output, each translated to a schema.
#pragma once

#include "base/try.hpp"
#include "schema/translator.hpp"
#include "sink/json_lines.hpp"
#include "sink/output.hpp"

namespace proctree::schema {

class SchemaLines final : public JsonLines {
 public:
  SchemaLines(Output& output, Schema schema, std::size_t line_max)
      : output_(output), translator_(schema, true, line_max) {}

  void begin(const proctree::StreamHead&) override { begins_ = true; }
  Result<void> append(const JsonLine& line) override {
    if (begins_) translator_.learn(line.text);
    begins_ = false;
    return output_.append(translator_.translate(line));
  }
  [[nodiscard]] bool reads_members() const override { return true; }
  Result<void> flush() override { return output_.flush(); }

 private:
  Output& output_;
  Translator translator_;
  bool begins_ = false;
};

}  // namespace proctree::schema
