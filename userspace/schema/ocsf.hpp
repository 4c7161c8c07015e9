// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as events of the Open Cybersecurity Schema Framework, 1.8: class 1007, Process
// Activity.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/cpid.hpp"
#include "schema/document.hpp"

namespace proctree::schema {

class Ocsf final : public SchemaWriter {
 public:
  Ocsf();
  void write_origin(StreamOrigin& origin) override;
  void write(Document& document) override;

 private:
  enum class Activity : std::uint8_t { launch = 1, terminate = 2, other = 99 };
  static Activity activity_of(LineType type);

  static void classify(JsonWriter& json, Activity activity, std::string_view type);
  void metadata(Document& document);
  void event_of_process(Document& document);
  void event_of_tracer(Document& document);
  void write_creator(Document& document);
  void process(Document& document);
  void file(Document& document, std::string_view exe);
  void user(Document& document);
  static void write_user(Document& document);
  void session(Document& document);
  void container(Document& document);
  void parent_process(Document& document);
  void ancestry(Document& document);
  void write_ancestry(Document& document, std::string_view list);
  void environment(Document& document);
  void unmapped(Document& document);
  static void write_entity(Document& document, std::string_view ancestor);
  static void write_facts(Document& document, std::string_view ancestor);
  [[nodiscard]] std::string_view cpid(Document& document);

  struct KnownCpid {
    CpidFacts facts;
    Cpid cpid{};
  };
  std::vector<KnownCpid> cpids_ = std::vector<KnownCpid>(1024);
  KnownParts known_ancestors_{1024};
  KnownParts known_ancestries_{256};
  JsonWriter fresh_facts_;
  std::string_view ancestor_facts_;  // of the present document
  KnownParts known_creators_{2048};
  KnownParts known_users_{16};
  KnownParts known_sessions_{1024};
  std::string creator_;  // of the present document; empty: none is known
  std::array<std::string, static_cast<std::size_t>(LineType::other)> heads_;  // what all of a type begin with
};

}  // namespace proctree::schema
