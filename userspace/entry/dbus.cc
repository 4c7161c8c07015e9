// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a bus daemon activates: by itself, or by its helper, whose argument is the name on the bus.
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_dbus(const Candidate& candidate, EntryFacts& entry) {
  if (candidate.kind() != LauncherKind::dbus) return false;
  entry.type = EntryType::dbus;
  entry.bus_name = candidate.note;
  return true;
}

}  // namespace proctree::entry
