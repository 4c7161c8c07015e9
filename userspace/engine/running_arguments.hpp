// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The arguments of processes that run, for what a task iterator reports of them.
#pragma once

#include "source/source.hpp"
#include "tree/table.hpp"

namespace proctree {

class ProcReader;

// A task iterator can't read another process's memory; /proc can. Taken only if it's still the same
// process with the same program.
void add_arguments(ProcReader& reader, const TaskFacts& task, ImageFacts& image);

// Those that were just read are not read again, where they fitted.
bool take_whole_arguments(const Invocation& known, ImageFacts& image);

}  // namespace proctree
