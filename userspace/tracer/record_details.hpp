// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a Record finds out when it is asked: from the live table, or from a copy.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proctree/record.hpp"
#include "tree/unit.hpp"

namespace proctree::detail {

class RecordDetails {
 public:
  virtual ~RecordDetails() = default;
  [[nodiscard]] virtual std::string_view exe() const = 0;
  [[nodiscard]] virtual std::string_view user() const = 0;
  [[nodiscard]] virtual std::string_view container_id() const = 0;
  [[nodiscard]] virtual ContainerFacts container() const = 0;
  [[nodiscard]] virtual Units units() const = 0;
  [[nodiscard]] virtual Leader session_leader() const = 0;
  [[nodiscard]] virtual Leader group_leader() const = 0;
  virtual void append_id(std::string& out) const = 0;
  virtual void append_creator_id(std::string& out) const = 0;
  virtual void append_chain(std::string& out) const = 0;
  virtual void lineage(Lineage& out, std::size_t ancestors_max) const = 0;

  void attach_to(Record& record) const { record.details_ = this; }
};

}  // namespace proctree::detail
