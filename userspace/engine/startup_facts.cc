// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/startup_facts.hpp"

#include <array>
#include <utility>

namespace proctree {

void StartupFacts::set(Slot slot, const TaskFacts& task, const ImageFacts& image) {
  auto owned = std::make_unique<Owned>();
  owned->facts = {task, image};
  TaskFacts& t = owned->facts.task;
  ImageFacts& i = owned->facts.image;
  const std::array<std::string_view*, 8> views = {&t.comm, &t.tty,      &t.cgroup,      &i.exe,
                                                  &i.cwd,  &i.filename, &i.interpreter, &i.args};
  for (const std::string_view* view : views) owned->strings += *view;
  std::string_view rest = owned->strings;
  for (std::string_view* view : views) {
    const std::size_t length = view->size();
    *view = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  by_slot_[slot] = std::move(owned);
}

void StartupFacts::set_forked(Slot slot, Slot creator, const TaskFacts& task) {
  const Facts* above = find(creator);
  set(slot, task, above != nullptr ? above->image : ImageFacts{});
}

const StartupFacts::Facts* StartupFacts::find(Slot slot) const {
  const auto found = by_slot_.find(slot);
  return found == by_slot_.end() ? nullptr : &found->second->facts;
}

}  // namespace proctree
