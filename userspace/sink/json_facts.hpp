// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Facts as fields of the JSON lines, by their table.
#pragma once

#include <concepts>
#include <string_view>

#include "base/json.hpp"
#include "tree/fact_table.hpp"

namespace proctree {

template <class Fact>
void write_fact(JsonWriter& json, const Fact& fact, const typename Fact::Facts& facts) {
  if (!fact.is_reported(facts)) return;
  const auto& value = facts.*fact.member;
  if constexpr (std::same_as<typename Fact::Value, std::string_view>) {
    json.string_field(fact.name, value);
  } else if (fact.part == Part::capabilities) {
    json.key(fact.name);
    json.hex64(value);
  } else {
    json.field(fact.name, value);
  }
}

// Those of one part.
template <Part kPart, class Facts>
void write_facts(JsonWriter& json, const Facts& facts) {
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kFact.part == kPart) write_fact(json, At::kFact, facts);
  });
}

// All that have a name.
template <class Facts>
void write_facts(JsonWriter& json, const Facts& facts) {
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kFact.part != Part::by_hand) write_fact(json, At::kFact, facts);
  });
}

}  // namespace proctree
