// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/text_format.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/timestamp.hpp"

namespace proctree {

namespace {

using Ink = TextStyle::Ink;

constexpr std::string_view kArrow = "←";
constexpr std::string_view kEnded = "†";
constexpr std::string_view kEllipsis = "…";

void append_marks(std::string& out, const TextStyle& style, const ImageFacts& image) {
  const auto mark = [&](bool set, std::string_view text) {
    if (!set) return;
    style.put(out, Ink::red, text);
    out += ' ';
  };
  mark(image.setuid, "(setuid)");
  mark(image.exe_memfd, "(memfd)");
  mark(image.exe_deleted && !image.exe_memfd, "(deleted)");
}

// A name that holds what the arrows are made of is quoted, so that it cannot pass for several.
void append_name(std::string& out, std::string_view comm) {
  const bool misleading = comm.empty() || comm == "?" || comm.find(kArrow) != std::string_view::npos ||
                          comm.find(kEnded) != std::string_view::npos ||
                          comm.find(kEllipsis) != std::string_view::npos;
  if (misleading) {
    append_shell_word(out, comm);
  } else {
    append_visible(out, comm);
  }
}

}  // namespace

void append_task_name(std::string& out, const TaskFacts& task) {
  if (!task.kthread) return append_shell_word(out, task.comm);
  out += '[';
  append_visible(out, task.comm);
  out += ']';
}

void append_command_line(std::string& out, const TextStyle& style, const TaskFacts& task,
                         const ImageFacts& image, std::size_t bytes_max) {
  append_marks(out, style, image);
  append_command(out, style, task, image, bytes_max);
}

void append_command(std::string& out, const TextStyle& style, const TaskFacts& task, const ImageFacts& image,
                    std::size_t bytes_max) {
  if (!image.args_known || (image.args.empty() && image.exe.empty())) {
    // As ps writes kernel threads, zombies and whose arguments it cannot tell.
    out += '[';
    append_visible(out, task.comm);
    out += ']';
    return;
  }
  if (image.args.empty()) {
    append_shell_word(out, image.exe);
    out += image.args_size == 0 ? " (no arguments)" : " …";
    return;
  }
  std::string_view rest = image.args;
  bool first = true;
  while (!rest.empty() && out.size() < bytes_max) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view word = rest.substr(0, std::min(end, bytes_max));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!first) out += ' ';
    const Ink ink = first ? Ink::bold : Ink::plain;
    style.begin(out, ink);
    append_shell_word(out, word);
    style.end(out, ink);
    first = false;
  }
  if (!rest.empty() || image.args.size() < image.args_size) out += " …";
}

void append_end(std::string& out, const TextStyle& style, const ExitFacts& exit) {
  const int status = static_cast<int>(exit.status);
  if (WIFSIGNALED(status)) {
    style.begin(out, Ink::red);
    const int signal = WTERMSIG(status);
    out += "killed by ";
    if (const char* name = ::sigabbrev_np(signal); name != nullptr) {
      out += "SIG";
      out += name;
    } else {
      out += "signal ";
      append_number(out, signal);
    }
    if (WCOREDUMP(status)) out += " (core dumped)";
    style.end(out, Ink::red);
  } else {
    const int code = WEXITSTATUS(status);
    const Ink ink = code == 0 ? Ink::plain : Ink::yellow;
    style.begin(out, ink);
    out += "exited ";
    append_number(out, code);
    style.end(out, ink);
  }
}

void append_ending(std::string& out, const TextStyle& style, const TaskFacts& task, const ExitEvent& exit) {
  append_task_name(out, task);
  out += ' ';
  const std::uint64_t start_ns = task.self.start_ns;
  append_how_it_ended(out, style, exit, exit.ktime_ns > start_ns ? exit.ktime_ns - start_ns : 0);
}

void append_how_it_ended(std::string& out, const TextStyle& style, const ExitFacts& exit,
                         std::uint64_t runtime_ns) {
  append_end(out, style, exit);
  style.begin(out, Ink::dim);
  out += " after ";
  append_duration(out, runtime_ns);
  style.end(out, Ink::dim);
}

void append_failure(std::string& out, const TextStyle& style, const TaskFacts& task, const FailedExec& failed,
                    std::size_t bytes_max) {
  append_task_name(out, task);
  out += ' ';
  style.begin(out, Ink::red);
  out += "(failed ";
  const char* name = ::strerrorname_np(static_cast<int>(failed.error));
  if (name != nullptr) {
    out += name;
  } else {
    append_number(out, failed.error);
  }
  out += ')';
  style.end(out, Ink::red);
  out += ' ';
  if (!failed.filename_known) {
    style.put(out, Ink::dim, "?");
  } else {
    append_shell_word(out, failed.filename.substr(0, bytes_max));
    if (failed.filename_truncated || failed.filename.size() > bytes_max) out += " …";
  }
  if (failed.by_execveat && failed.dirfd != AT_FDCWD) {
    style.begin(out, Ink::dim);
    out += " (of descriptor ";
    append_number(out, failed.dirfd);
    out += ')';
    style.end(out, Ink::dim);
  }
}

void append_arrows(std::string& out, const TextStyle& style, const ProcessTable& table, Slot slot,
                   std::size_t max) {
  for (std::size_t count = 0; slot != kNoSlot && !table[slot].root && table[slot].image != kNoImage;
       ++count) {
    if (count != 0) {
      out += ' ';
      style.put(out, Ink::dim, kArrow);
      out += ' ';
    }
    if (count == max) {
      out += kEllipsis;
      return;
    }
    slot = table[slot].creator;
    if (slot == kNoSlot || table[slot].image == kNoImage) {
      style.put(out, Ink::dim, "?");
    } else if (table[slot].exited) {
      style.begin(out, Ink::dim);
      append_name(out, table.comm(slot));
      out += kEnded;
      style.end(out, Ink::dim);
    } else {
      append_name(out, table.comm(slot));
    }
  }
}

}  // namespace proctree
