// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/translator.hpp"

#include <algorithm>

#include "schema/ecs.hpp"
#include "schema/ocsf.hpp"

namespace proctree::schema {

Translator::Translator(Schema schema, bool ours, std::size_t line_max)
    : schema_(schema), ours_(ours), line_max_(line_max) {
  if (schema == Schema::ecs) {
    writer_ = std::make_unique<Ecs>();
  } else {
    writer_ = std::make_unique<Ocsf>();
  }
  writer_->write_origin(unknown_);
}

void Translator::learn(std::string_view line) {
  document_.line.read(line, ours_);
  writer_->write_origin(origins_.learn(document_.line));
}

std::string_view Translator::translate(std::string_view line, const LineMoment& moment) {
  document_.moment = moment;
  read_and_write(line);
  return cut(line);
}

std::string_view Translator::translate(const JsonLine& line) {
  if (line.members == nullptr) return translate(line.text, line.moment);
  document_.moment = line.moment;
  document_.line.take_over(line.text, *line.members);
  write();
  return cut(line.text);
}

// The document that has been made of the line, if it is short enough; else another one of a part of the line.
std::string_view Translator::cut(std::string_view line) {
  if (line_max_ == 0 || document_.json.text().size() <= line_max_) return document_.json.text();
  // What a schema says twice, and its longer names, make up the difference.
  constexpr int kTriesMost = 8;
  std::size_t target = std::min(line.size(), line_max_);
  for (int tries = 0; tries < kTriesMost && document_.json.text().size() > line_max_; ++tries) {
    const std::size_t excess = document_.json.text().size() - line_max_;
    target -= std::min(target / 2, excess);
    shortened_ = cutter_.cut(line, target);
    read_and_write(shortened_);
  }
  return document_.json.text();
}

void Translator::read_and_write(std::string_view line) {
  document_.line.read(line, ours_);
  write();
}

void Translator::write() {
  document_.type = line_type_of(inside(document_.line.peek(Field::type, Kind::string)));
  const StreamOrigin* origin = origins_.find(document_.line.peek(Field::stream, Kind::string));
  document_.origin = origin != nullptr ? origin : &unknown_;
  unknown_host_ |= schema_ == Schema::ocsf && document_.origin->host_name.empty();
  document_.json.clear();
  writer_->write(document_);
}

}  // namespace proctree::schema
