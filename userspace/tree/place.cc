// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/place.hpp"

#include "base/hash_index.hpp"
#include "tree/unit.hpp"

namespace proctree {

const Place& Places::of(const TaskFacts& task) {
  Known& known = known_[hash_of(task.cgroup) % known_.size()];
  if (known.cgroup == task.cgroup && known.truncated == task.cgroup_truncated) return known.place;
  known.cgroup = task.cgroup;
  known.truncated = task.cgroup_truncated;
  const Units units = units_of(known.cgroup, known.truncated);
  known.place = {units.unit, units.user_unit, container_of(known.cgroup)};
  return known.place;
}

}  // namespace proctree
