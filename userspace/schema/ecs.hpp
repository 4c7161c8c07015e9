// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as documents of the Elastic Common Schema, 9.4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

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
  void users(Document& document);
  void parent(Document& document);
  void entry_leader(Document& document);
  void container(Document& document);
  void capabilities(Document& document);
  static void write_capabilities(Document& document);
  static void write_container(Document& document);
  static void container_rest(Document& document);
  void own(Document& document);

  // A leader of a session or group, and what the schema has no names for in it.
  struct LeaderPart {
    KnownParts known{1024};
    const KnownParts::Parts* of_document = nullptr;
  };
  template <std::size_t N>
  void leader(Document& document, const char (&name)[N], Field field, Field number, LeaderPart& part);
  template <std::size_t N>
  static void leader_rest(Document& document, const char (&name)[N], Field field, const LeaderPart& part);

  static void write_users(Document& document);
  void write_entry_leader(Document& document, const ProcessObject& entry, bool same);

  std::array<std::string, static_cast<std::size_t>(LineType::other)> heads_;  // what all of a type begin with
  // What an entry becomes, in the lines of all that came in by it but of the entry process itself.
  KnownParts known_entries_{512};
  const KnownParts::Parts* entry_ = nullptr;  // of the present document
  LeaderPart session_leader_;                 // the same of leaders
  LeaderPart group_leader_;
  KnownParts known_parents_{2048};
  KnownParts known_users_{16};
  KnownParts known_capabilities_{16};
  KnownParts known_containers_{32};
  const KnownParts::Parts* container_ = nullptr;  // of the present document
  KnownParts known_terminals_{16};
  std::string text_;
};

}  // namespace proctree::schema
