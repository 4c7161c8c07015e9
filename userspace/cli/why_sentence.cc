// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/why_sentence.hpp"

#include "base/escape.hpp"

namespace proctree {

namespace {

std::string shown(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

std::string with(std::string_view before, std::string_view text) {
  return text.empty() ? std::string() : std::string(before) + shown(text);
}

std::string source_of(const EntryFacts& entry) {
  std::string text = with(" from ", entry.source_ip);
  if (!text.empty() && entry.source_port != 0) text += " port " + std::to_string(entry.source_port);
  return text;
}

std::string container_of(const EntryFacts& entry) {
  std::string text =
      entry.container_id.empty() ? " a container" : " the container " + shown(entry.container_id);
  text += with(", called ", entry.container_name) + with(", of the image ", entry.container_image);
  return text + with(" (", entry.container_runtime) + (entry.container_runtime.empty() ? "" : ")");
}

std::string service_of(const EntryFacts& entry, std::string_view user) {
  std::string text = entry.user_unit.empty() ? "belongs to the unit " + shown(entry.unit)
                                             : "belongs to the unit " + shown(entry.user_unit) + " of " +
                                                   shown(user) + "'s manager";
  if (entry.asked_by_pid != 0) text += ", which process " + std::to_string(entry.asked_by_pid) + " asked for";
  return text;
}

std::string named(const WhyAsked::Process& process) {
  return shown(process.comm) + " (" + std::to_string(process.pid) + ")";
}

std::string what_it_is(const WhyAsked& asked, const EntryFacts& entry, std::string_view user) {
  const std::string as = with(" as ", user);
  switch (entry.type) {
    case EntryType::ssh:
      return "came in by ssh" + (asked.launcher.pid == 0 ? "" : ", server " + named(asked.launcher) + ',') +
             source_of(entry) + as + with(" on ", entry.tty);
    case EntryType::login:
      return "came in by a login" + as + with(" on ", entry.tty);
    case EntryType::terminal:
      return "came in by the terminal " + shown(entry.tty) + " of " + shown(entry.server_comm) + " (" +
             std::to_string(entry.server.pid) + ")" + as;
    case EntryType::cron:
      return "is a job of cron's" + as + with(": ", entry.job);
    case EntryType::at:
      return "is a job of at's" + as + with(": ", entry.job);
    case EntryType::service:
      return service_of(entry, user);
    case EntryType::socket:
      return "serves a connection" + source_of(entry) + with(" for the unit ", entry.unit);
    case EntryType::dbus:
      return "was activated by a message bus" + with(" as ", entry.bus_name);
    case EntryType::container:
      return (entry.into ? "was executed into" : "runs in") + container_of(entry);
    case EntryType::kernel:
      return entry.crashed_pid == 0
                 ? "was started by the kernel"
                 : "was started by the kernel for the crash of process " + std::to_string(entry.crashed_pid);
    case EntryType::supervisor:
      return "belongs to a supervised service" + with(", ", entry.service);
    case EntryType::init:
      return "was started by pid 1 itself";
    case EntryType::unknown:
      break;
  }
  return {};  // unknown(), below
}

// Without root the files of others' processes can't be read, by which sshd and cron are known.
std::string unknown(const WhyAsked& asked) {
  std::string text = "Why " + named({asked.comm, asked.pid}) + " runs is not known: ";
  if (!asked.sees_all) return text + "without root the programs of other users can't be read.";
  if (asked.orphan.pid == 0) return text + "its creator had ended before it was first seen.";
  return text + (asked.orphan.pid == asked.pid ? "it" : named(asked.orphan)) + " is a child of " +
         named(asked.reaper) +
         ", which may only have adopted it; a trace that ran before then would have its creator.";
}

}  // namespace

std::string why_sentence(const WhyAsked& asked, const EntryFacts* entry, std::string_view user, bool sure) {
  std::string text = named({asked.comm, asked.pid}) + " ";
  if (entry == nullptr)
    return text +
           (asked.is_kthread ? "is a kernel thread." : "is the first process: the kernel starts it at boot.");
  if (entry->type == EntryType::unknown) return unknown(asked);
  text += what_it_is(asked, *entry, user);
  if (!sure) text += ", as far as is known";
  return text + ".";
}

}  // namespace proctree
