// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as events of the Open Cybersecurity Schema Framework, 1.8: class 1007, Process
// Activity.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/document.hpp"

namespace proctree::schema {

class Ocsf final : public SchemaWriter {
 public:
  Ocsf();
  void write_origin(StreamOrigin& origin) override;
  void write(Document& document) override;
  // Documents whose host the recording doesn't hold.
  [[nodiscard]] bool has_unknown_host() const { return unknown_host_; }

 private:
  enum class Activity : std::uint8_t { launch = 1, terminate = 2, other = 99 };
  static Activity activity_of(LineType type);

  static void classify(JsonWriter& json, Activity activity, std::string_view type);
  void metadata(Document& document);
  void event_of_process(Document& document);
  void event_of_tracer(Document& document);
  void process(Document& document, const ProcessObject& creator);
  void file(Document& document, std::string_view exe);
  void user(Document& document);
  void session(Document& document);
  void container(Document& document);
  void parent_process(Document& document, const ProcessObject& creator);
  void ancestry(Document& document);
  void environment(Document& document);
  void unmapped(Document& document);
  struct KnownAncestors {
    std::string list;
    std::uint64_t boot_realtime_ns = 0;
    std::string entities;
    std::string facts;  // what those have no names for
  };
  const KnownAncestors& known_ancestors(Document& document, std::string_view list);
  static void write_entities(Document& document, std::string_view list);
  static void write_facts(Document& document, std::string_view list);
  [[nodiscard]] std::string_view cpid(Document& document);

  struct KnownCpid {
    std::string key;
    std::string cpid;
  };
  std::vector<KnownCpid> cpids_ = std::vector<KnownCpid>(1024);
  std::string key_;
  KnownAncestors large_ancestors_;
  std::vector<KnownAncestors> ancestors_ = std::vector<KnownAncestors>(512);
  std::array<std::string, static_cast<std::size_t>(LineType::other)> heads_;  // what all of a type begin with
  JsonWriter scratch_;
  bool unknown_host_ = false;
};

}  // namespace proctree::schema
