// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container_names.hpp"

namespace proctree {

namespace {

constexpr int kStepsMost = 256;  // a runtime is among a container's nearest ancestors

}  // namespace

// A monitor's arguments have id and name. The process above that started it may have the image, under the
// same name.
ContainerNames container_names(const ProcessTable& table, Slot slot, std::string_view id) {
  ContainerNames names;
  if (id.empty() || !table.any_names_container()) return names;
  bool found = false;
  for (int steps = 0; slot != kNoSlot && steps < kStepsMost; ++steps, slot = table[slot].creator) {
    const Invocation invocation = table.invocation(slot);
    if (!invocation.names_container()) continue;
    if (invocation.container_id == id) {
      found = true;
      if (names.name.empty()) names.name = invocation.container_name;
      if (names.image.empty()) names.image = invocation.container_image;
    } else if (found) {
      const bool same = invocation.container_id.empty() &&
                        (invocation.container_name.empty() || invocation.container_name == names.name);
      if (same && names.image.empty()) names.image = invocation.container_image;
      break;
    }
  }
  return names;
}

}  // namespace proctree
