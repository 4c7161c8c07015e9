// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reading the task iterator: every process, at about half a microsecond each.
#pragma once

#include "source/task_records.hpp"

namespace proctree {

Result<void> iterate_tasks(int link_fd, TaskRecords& records);

}  // namespace proctree
