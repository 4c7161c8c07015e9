// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as documents of the Elastic Common Schema, 9.4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/document.hpp"
#include "sink/json_fragments.hpp"

namespace proctree::schema {

class Ecs final : public SchemaWriter {
 public:
  Ecs();
  void write_origin(StreamOrigin& origin) override;
  void write(Document& document) override;

 private:
  void event(Document& document);
  void process(Document& document);
  void arguments(Document& document, std::string_view args);
  void parent(Document& document);
  void entry_leader(Document& document);
  void entry_rest(Document& document);
  void container(Document& document);
  void capabilities(Document& document);
  void put_names(JsonWriter& json, std::string_view capabilities);
  void own(Document& document);

  void write_entry_leader(Document& document, const ProcessObject& entry);

  std::array<std::string, static_cast<std::size_t>(LineType::other)> heads_;  // what all of a type begin with
  // What an entry becomes, in the lines of all that came in by it but of the entry process itself.
  KnownParts known_entries_{256};
  const KnownParts::Parts* entry_ = nullptr;  // of the present document
  JsonFragments capabilities_{16};
  std::string text_;
};

}  // namespace proctree::schema
