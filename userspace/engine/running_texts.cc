// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/running_texts.hpp"

namespace proctree {

std::string_view ProcTexts::arguments(const TaskFacts& task) {
  if (reader_ == nullptr) return {};
  const auto read = reader_->read(task.self.pid, kProcArgs);
  return read && (*read)->task.self.same_at_tick(task.self) ? (*read)->image.args : std::string_view{};
}

std::string_view ProcTexts::environment(const TaskFacts& task) {
  return reader_ == nullptr ? std::string_view{} : reader_->read_launcher_variables(task.self);
}

}  // namespace proctree
