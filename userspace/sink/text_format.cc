// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/text_format.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "base/append_number.hpp"
#include "base/ascii_scan.hpp"
#include "base/escape.hpp"
#include "base/piece_buffer.hpp"
#include "base/timestamp.hpp"
#include "tree/script.hpp"

namespace proctree {

namespace {

using Ink = TextStyle::Ink;

constexpr std::size_t kLinksWithPid = 2;    // which of three shells it was; further up the names suffice
constexpr std::size_t kScriptInSight = 24;  // bytes of the arguments

bool is_descriptor_path(std::string_view path) {
  return path.starts_with("/proc/") || path.starts_with("/dev/fd/");
}

// argv[0] is the caller's choice. It names the program where it is the path that was executed, or the last
// part of one: then it leads a reader to the file, through links and $PATH.
bool names_program(std::string_view argv0, const TaskFacts& task, const ImageFacts& image) {
  const std::string_view filename = is_descriptor_path(image.filename) ? std::string_view() : image.filename;
  if (argv0.find('/') != std::string_view::npos) {
    if (argv0 == filename || argv0 == image.exe || argv0 == image.interpreter) return true;
    return image.filename.empty() && base_name(argv0) == base_name(image.exe);
  }
  if (argv0.starts_with('-')) argv0.remove_prefix(1);  // a login shell
  if (argv0.empty()) return false;
  if (argv0 == base_name(filename) || argv0 == base_name(image.exe)) return true;
  return image.filename.empty() && as_comm(argv0) == task.comm;
}

void append_in_parentheses(std::string& out, const TextStyle& style, Ink ink, std::string_view word) {
  style.begin(out, ink);
  out += '(';
  append_shell_word(out, word, style.charset());
  out += ')';
  style.end(out, ink);
  out += ' ';
}

void append_marks(std::string& out, const TextStyle& style, const TaskFacts& task, const ImageFacts& image) {
  const auto mark = [&](bool set, std::string_view text) {
    if (set) append_in_parentheses(out, style, Ink::red, text);
  };
  mark(image.setuid, "setuid");
  mark(image.exe_memfd, "memfd");
  mark(image.exe_deleted && !image.exe_memfd, "deleted");
  if (!image.args_known || image.args.empty() || image.exe.empty()) return;
  const std::string_view argv0 = image.args.substr(0, image.args.find('\0'));
  if (!image.exe_memfd && !names_program(argv0, task, image))
    append_in_parentheses(out, style, Ink::yellow, image.exe);
  if (image.args.size() <= kScriptInSight) return;
  const std::string_view script = script_argument(image.exe, image.args);
  if (!script.empty() && script.data() - image.args.data() > std::ptrdiff_t{kScriptInSight})
    append_in_parentheses(out, style, Ink::bold, base_name(script));
}

// A name that holds what the arrows are made of, or what could pass for a pid behind it.
bool misleads(std::string_view comm, const TextStyle& style) {
  const auto has = [comm](std::string_view part) { return comm.find(part) != std::string_view::npos; };
  return comm.empty() || comm == "?" || comm.find('(', 1) != std::string_view::npos || has(style.arrow()) ||
         has(style.ended()) || has(style.ellipsis());
}

void append_name(PieceBuffer& pieces, const TextStyle& style, std::string_view comm) {
  char* end = copy_plain<'\\', '(', '.', '+', '<', '?'>(pieces.room(kPlainMost), comm);
  if (end != nullptr && !comm.empty()) return pieces.end_at(end);
  std::string& out = pieces.flush();
  if (misleads(comm, style)) {
    const std::size_t before = out.size();
    append_shell_word(out, comm, style.charset());
    if (out.size() - before != comm.size()) return;
    out.insert(before, 1, '\'');  // g++ in ASCII: to a shell it needs no quotes
    out += '\'';
  } else {
    append_visible(out, comm, style.charset());
  }
}

// "python3 nightly-backup": an interpreter that is not called as what it runs.
void append_script(PieceBuffer& out, const TextStyle& style, const ProcessTable& table, Slot slot) {
  const std::string_view script = table.script(slot);
  if (script.empty() || as_comm(script) == table.comm(slot)) return;
  out += ' ';
  append_name(out, style, script);
}

// What it was when it forked the link before.
void append_former_name(PieceBuffer& out, const TextStyle& style, const ProcessTable& table, Slot slot,
                        Slot below) {
  const ImageId at_fork = table[below].image_at_fork;
  if (at_fork == kNoImage || at_fork == table[slot].image) return;
  const Image& image = table.image(table[slot].image);
  const Image& former = table.image(at_fork);
  if (is_unknown(former) || is_same_image(former, image) || former.comm == image.comm) return;
  out += " (was ";
  append_name(out, style, former.comm);
  out += ')';
}

}  // namespace

void append_task_name(std::string& out, const TextStyle& style, const TaskFacts& task) {
  if (!task.kthread) return append_shell_word(out, task.comm, style.charset());
  out += '[';
  append_visible(out, task.comm, style.charset());
  out += ']';
}

void append_command_line(std::string& out, const TextStyle& style, const TaskFacts& task,
                         const ImageFacts& image, std::size_t bytes_max) {
  append_marks(out, style, task, image);
  append_command(out, style, task, image, bytes_max);
}

void append_command(std::string& out, const TextStyle& style, const TaskFacts& task, const ImageFacts& image,
                    std::size_t bytes_max) {
  if (!image.args_known || (image.args.empty() && image.exe.empty())) {
    // As ps writes kernel threads, zombies and processes whose arguments it doesn't know.
    out += '[';
    append_visible(out, task.comm, style.charset());
    out += ']';
    return;
  }
  const auto append_cut = [&] {
    out += ' ';
    out += style.ellipsis();
  };
  if (image.args.empty()) {
    append_shell_word(out, image.exe, style.charset());
    if (image.args_size != 0) return append_cut();
    out += " (no arguments)";
    return;
  }
  const std::string_view script =
      style.colour() ? script_argument(image.exe, image.args) : std::string_view();
  std::string_view rest = image.args;
  if (!style.colour() && rest.size() <= bytes_max - std::min(bytes_max, out.size()) &&
      append_bare_words(out, rest)) {
    rest = {};
  }
  bool first = true;
  while (!rest.empty() && out.size() < bytes_max) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view word = rest.substr(0, std::min(end, bytes_max));
    const bool stands_out = first || (!script.empty() && rest.data() == script.data());
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!first) out += ' ';
    const Ink ink = stands_out ? Ink::bold : Ink::plain;
    style.begin(out, ink);
    append_shell_word(out, word, style.charset());
    style.end(out, ink);
    first = false;
  }
  if (!rest.empty() || image.args.size() < image.args_size) append_cut();
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
  append_task_name(out, style, task);
  out += ' ';
  const std::uint64_t start_ns = task.self.start_ns;
  append_how_it_ended(out, style, exit, exit.ktime_ns > start_ns ? exit.ktime_ns - start_ns : 0);
}

void append_how_it_ended(std::string& out, const TextStyle& style, const ExitFacts& exit,
                         std::uint64_t runtime_ns) {
  append_end(out, style, exit);
  style.begin(out, Ink::dim);
  out += " after ";
  append_duration(out, runtime_ns, style.charset());
  style.end(out, Ink::dim);
}

void append_failure(std::string& out, const TextStyle& style, const TaskFacts& task, const FailedExec& failed,
                    std::size_t bytes_max) {
  append_task_name(out, style, task);
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
    append_shell_word(out, failed.filename.substr(0, bytes_max), style.charset());
    if (failed.filename_truncated || failed.filename.size() > bytes_max) {
      out += ' ';
      out += style.ellipsis();
    }
  }
  if (failed.by_execveat && failed.dirfd != AT_FDCWD) {
    style.begin(out, Ink::dim);
    out += " (of descriptor ";
    append_number(out, failed.dirfd);
    out += ')';
    style.end(out, Ink::dim);
  }
}

void append_arrows(std::string& line, const TextStyle& style, const ProcessTable& table, Slot slot,
                   const ArrowLimits& limits) {
  PieceBuffer out(line);
  for (std::size_t count = 0; slot != kNoSlot && !table[slot].root && table[slot].image != kNoImage;
       ++count) {
    if (limits.top.pid != 0 && table.key(slot) == limits.top) return;
    if (count != 0) out += style.separator();
    if (count == limits.ancestors_max) {
      out += style.ellipsis();
      return;
    }
    const Slot below = slot;
    slot = table[slot].creator;
    if (slot == kNoSlot || table[slot].image == kNoImage) return style.put(out, Ink::dim, "?");
    const Node& node = table[slot];
    const Ink ink = node.exited ? Ink::dim : Ink::plain;
    style.begin(out, ink);
    append_name(out, style, table.comm(slot));
    append_script(out, style, table, slot);
    if (count < kLinksWithPid) {
      out += '(';
      out.append_number(node.pid);
      out += ')';
    }
    if (node.exited) out += style.ended();
    if (limits.former_names) append_former_name(out, style, table, slot, below);
    style.end(out, ink);
  }
}

}  // namespace proctree
