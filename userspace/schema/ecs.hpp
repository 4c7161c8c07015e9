// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as documents of the Elastic Common Schema, 9.4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/document.hpp"

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
  void own(Document& document);

  // What an entry becomes, in the lines of all that came in by it but of the entry process itself.
  struct KnownEntry {
    std::string object;
    std::uint64_t boot_realtime_ns = 0;
    std::string leader;
    std::string rest;
  };
  const KnownEntry& known_entry(Document& document, std::string_view object);
  void write_entry_leader(Document& document, const ProcessObject& entry);

  struct KnownCapabilities {
    std::string hex;
    std::string names;
  };
  std::string_view names_of(std::string_view hex);

  std::array<std::string, static_cast<std::size_t>(LineType::other)> heads_;  // what all of a type begin with
  KnownEntry large_entry_;
  std::vector<KnownEntry> entries_ = std::vector<KnownEntry>(256);
  std::vector<KnownCapabilities> capabilities_ = std::vector<KnownCapabilities>(16);
  JsonWriter scratch_;
  std::string text_;
};

}  // namespace proctree::schema
