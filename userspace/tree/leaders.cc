// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/leaders.hpp"

namespace proctree {

namespace {

bool is_known_to_lead(const ProcessTable& table, Slot leader, Slot member, Led led, const LossScope& lost) {
  if (leader == member) return true;
  if (lost.all || lost.covers(table.account(leader)) || lost.covers(table.account(member))) return false;
  return !table[leader].exited || table.led(leader, led);
}

}  // namespace

Leader leader_of(const ProcessTable& table, Slot slot, std::uint32_t id, Led led, const LossScope& lost) {
  if (slot == kNoSlot || id == 0) return {};
  const Slot leader = table[slot].pid == id ? slot : table.find(id);
  if (leader == kNoSlot || table[leader].image == kNoImage || table[leader].start_ns == 0) return {};
  if (!is_known_to_lead(table, leader, slot, led, lost)) return {};
  const Image& image = table.image(table[leader].image);
  return {table.key(leader), is_unknown(image) ? std::string_view{} : image.comm, image.exe};
}

}  // namespace proctree
