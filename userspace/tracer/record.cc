// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "proctree/record.hpp"

#include "tracer/record_details.hpp"
#include "tree/entry_type.hpp"
#include "tree/record_kind.hpp"

namespace proctree {

std::string_view name_of(RecordKind kind) noexcept {
  return static_cast<std::size_t>(kind) < kRecordKindNames.size() ? kind_name(kind) : std::string_view{};
}

std::string_view name_of(EntryType type) noexcept {
  return static_cast<std::size_t>(type) < kEntryTypeNames.size() ? entry_type_name(type) : std::string_view{};
}

std::string_view Record::exe() const { return details_ == nullptr ? std::string_view{} : details_->exe(); }

std::string_view Record::user() const { return details_ == nullptr ? std::string_view{} : details_->user(); }

std::string_view Record::container_id() const {
  return details_ == nullptr ? std::string_view{} : details_->container_id();
}

ContainerFacts Record::container() const {
  return details_ == nullptr ? ContainerFacts{} : details_->container();
}

std::string_view Record::unit() const {
  return details_ == nullptr ? std::string_view{} : details_->units().unit;
}

std::string_view Record::user_unit() const {
  return details_ == nullptr ? std::string_view{} : details_->units().user_unit;
}

Leader Record::session_leader() const { return details_ == nullptr ? Leader{} : details_->session_leader(); }

Leader Record::group_leader() const { return details_ == nullptr ? Leader{} : details_->group_leader(); }

std::string Record::id() const {
  std::string id;
  if (details_ != nullptr) details_->append_id(id);
  return id;
}

std::string Record::creator_id() const {
  std::string id;
  if (details_ != nullptr) details_->append_creator_id(id);
  return id;
}

std::string Record::chain() const {
  std::string text;
  append_chain(text);
  return text;
}

void Record::append_chain(std::string& out) const {
  if (details_ != nullptr) details_->append_chain(out);
}

Lineage Record::lineage(std::size_t ancestors_max) const {
  Lineage found;
  lineage(found, ancestors_max);
  return found;
}

void Record::lineage(Lineage& out, std::size_t ancestors_max) const {
  out.ancestors.clear();
  out.truncated = out.complete = false;
  if (details_ != nullptr) details_->lineage(out, ancestors_max);
}

}  // namespace proctree
