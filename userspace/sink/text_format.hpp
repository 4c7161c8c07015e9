// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The two long columns of the text output: what ran, and what started it.
#pragma once

#include <cstddef>
#include <string>

#include "engine/record.hpp"
#include "sink/text_style.hpp"

namespace proctree {

// Appends the arguments as a shell would read them back, the program and the script of an interpreter in
// bold; "[NAME]" where they aren't known. Stops soon after `bytes_max` bytes.
void append_command(std::string& out, const TextStyle& style, const TaskFacts& task, const ImageFacts& image,
                    std::size_t bytes_max);

// The same after marks in parentheses (those of an argument would be quoted): (memfd) and the like; the
// program's file where argv[0] is another name; the name of a script that stands far to the right.
void append_command_line(std::string& out, const TextStyle& style, const TaskFacts& task,
                         const ImageFacts& image, std::size_t bytes_max);

// Appends the name of a task, as one word; a kernel thread's in brackets.
void append_task_name(std::string& out, const TextStyle& style, const TaskFacts& task);

// Appends "exited 0" or "killed by SIGSEGV (core dumped)".
void append_end(std::string& out, const TextStyle& style, const ExitFacts& exit);

// Appends "NAME exited 0 after 27.4 ms" or "NAME killed by SIGSEGV after …".
void append_ending(std::string& out, const TextStyle& style, const TaskFacts& task, const ExitEvent& exit);

// Appends the part of it that follows the name.
void append_how_it_ended(std::string& out, const TextStyle& style, const ExitFacts& exit,
                         std::uint64_t runtime_ns);

// Appends "NAME (failed ENOENT) /what/it/tried": no command line looks so, for its parentheses would be
// quoted.
void append_failure(std::string& out, const TextStyle& style, const TaskFacts& task, const FailedExec& failed,
                    std::size_t bytes_max);

struct ArrowLimits {
  std::size_t ancestors_max = 64;
  ProcKey top;  // nothing is shown above this process; pid 0: none
  // What an ancestor was when it forked the link before, where it is another program by now. The jsonl lines
  // of execs have that, those of forks and exits don't.
  bool former_names = false;
};

// Appends "bash(200) ← sshd(100) ← systemd(1)": the creators of `slot`, nearest first, the first of them with
// pids; those that have ended with a dagger, unknown ones as `?`. Behind
// an interpreter's name stands that of its script: "python3 nightly-backup(300)".
void append_arrows(std::string& out, const TextStyle& style, const ProcessTable& table, Slot slot,
                   const ArrowLimits& limits);

}  // namespace proctree
