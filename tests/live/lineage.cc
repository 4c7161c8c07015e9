// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "lineage.hpp"

#include <unistd.h>

#include <algorithm>

#include "workload.hpp"

namespace proctree::live {
namespace {

std::string text_of(const Json& json, std::string_view key) { return json.bytes(key).value_or("(absent)"); }

std::string link_of(const Json& json) {
  return std::to_string(json.number("pid").value_or(0)) + '|' + escape_chain_field(text_of(json, "comm")) +
         '|' + escape_chain_field(text_of(json, "user"));
}

// As they were when the test began: one that ends meanwhile is still what a tracer met that had begun before.
const std::vector<std::string> kBeyondAtStart = ancestors_in_proc(getpid());

}  // namespace

Lineage::Lineage(const Truth& truth, const Expect& expect, std::uint64_t since_ns, Report& report)
    : truth_(truth),
      expect_(expect),
      since_ns_(since_ns),
      report_(report),
      beyond_(ancestors_in_proc(getpid())) {}

void Lineage::problem(const Record& record, const std::string& what) {
  report_.problems.add(record.type + " seq " + std::to_string(record.seq) + " pid " +
                       std::to_string(record.pid) + ": " + what);
}

void Lineage::next(const Record& record) {
  if (record.type == "fork") {
    on_fork(record);
  } else if (record.type == "exec") {
    on_exec(record);
  } else if (record.type == "process") {
    Known& known = known_[record.id];
    known.comm = text_of(record.json, "comm");
    known.exe = text_of(record.json, "exe");
    known.exec_seq = record.json.number("exec_seq");
    known.from_snapshot = true;
  } else if (record.type == "exit") {
    known_[record.id].exited = true;
  }
}

void Lineage::on_fork(const Record& record) {
  Known child;
  child.forked = true;
  child.comm = text_of(record.json, "comm");
  child.exe = text_of(record.json, "exe");
  child.creator = text_of(record.json, "creator_id");
  if (const auto creator = known_.find(child.creator); creator != known_.end()) {
    creator->second.child_comms.insert(child.comm);
    child.creator_images = creator->second.images;
    child.exec_seq = creator->second.exec_seq;
    child.birth_comm = creator->second.comm;
    child.birth_exe = creator->second.exe;
  }
  known_[record.id] = std::move(child);
}

void Lineage::on_exec(const Record& record) {
  const Known before = known_[record.id];
  if (truth_.find_id(record.id) != nullptr) {
    check_image(record, before);
    check_ancestors(record);
    check_chain(record);
  }
  Known& known = known_[record.id];
  known.comm = text_of(record.json, "comm");
  known.exe = text_of(record.json, "exe");
  known.exec_seq = record.json.number("exec_seq");
  known.child_comms.clear();
  known.from_snapshot = false;
  ++known.images;
}

// What an image says of itself beside the facts: its number, and the image before it.
void Lineage::check_image(const Record& record, const Known& before) {
  const auto exec_seq = record.json.number("exec_seq");
  if (!exec_seq) {
    problem(record, "no exec_seq");
  } else if (before.from_snapshot && exec_seq == before.exec_seq) {
    // The snapshot met it within this very exec: the image was the new one already.
  } else if (before.exec_seq && *exec_seq != *before.exec_seq + 1) {
    problem(record, "exec_seq " + std::to_string(*exec_seq) + " after " + std::to_string(*before.exec_seq));
  }
  if (!before.forked) return;
  const std::string comm = text_of(record.json, "previous.comm");
  if (comm != before.comm && !before.child_comms.contains(comm)) {
    problem(record, "previous.comm is " + comm + ", not " + before.comm);
  }
  if (text_of(record.json, "previous.exe") != before.exe) {
    problem(record, "previous.exe is " + text_of(record.json, "previous.exe") + ", not " + before.exe);
  }
}

void Lineage::check_ancestors(const Record& record) {
  const Json::Array* entries = record.json.array("ancestors");
  if (entries == nullptr) return problem(record, "no ancestors");
  report_.deepest = std::max(report_.deepest, entries->size());
  const TrueProcess* child = truth_.find_id(record.id);
  std::size_t at = 0;
  for (; at < entries->size() && child->creator != 0; ++at) {
    const Json& entry = (*entries)[at];
    const std::string where = "ancestors." + std::to_string(at) + ": ";
    check_edge(record, *child, entry, where);
    const TrueProcess* ancestor = truth_.find_id(text_of(entry, "id"));
    if (ancestor == nullptr) return;  // check_edge said what is to be said
    check_entry(entry, known_[child->id], where);
    child = ancestor;
  }
  check_end_of_line(record, *child, at);
}

void Lineage::check_edge(const Record& record, const TrueProcess& child, const Json& entry,
                         const std::string& where) {
  const TrueProcess* creator = truth_.find(child.creator);
  const std::string id = text_of(entry, "id"), edge = text_of(entry, "edge");
  const bool right = creator != nullptr && id == creator->id;
  const auto wrong = [&] {
    problem(record, where + id + " (" + edge + "), creator of " + child.id + " (" + child.method + ") is " +
                        (creator != nullptr ? creator->id : "unknown"));
  };
  ++report_.edges;
  if (known_[child.id].forked) {
    if (edge != "observed" || !right) wrong();
    return;
  }
  if (since_ns_ == 0) return problem(record, where + "no fork of " + child.id + " in the stream");
  // Born before the start: the kernel's parent then, which is another than the creator for a process
  // orphaned before, or made a sibling by CLONE_PARENT. (A fork between the attaching and the start is
  // merged without a record: its edge is observed.)
  ++report_.snapshot_edges;
  if (edge == "observed" ? !right : edge != "snapshot") return wrong();
  if (right) return;
  const bool orphan = creator == nullptr || (creator->end && creator->end->time_ns < since_ns_);
  const bool sibling = child.method.ends_with("_parent");
  const TrueProcess* found = truth_.find_id(id);
  if (!(orphan || sibling) || found == nullptr || !truth_.descends(child, *found)) wrong();
}

// One ancestor as this exec shows it: what the stream has said of it so far.
void Lineage::check_entry(const Json& entry, const Known& child, const std::string& where) {
  const std::string id = text_of(entry, "id"), comm = text_of(entry, "comm");
  const Known& ancestor = known_[id];
  auto wrong = [&](const std::string& what) { report_.problems.add(where + id + ": " + what); };
  const auto& end = truth_.find_id(id)->end;
  const bool ended_before = end && end->time_ns < since_ns_;
  if (entry.is_true("exited") != ancestor.exited && !(entry.is_true("exited") && ended_before))
    wrong("exited");
  if (ancestor.comm.empty() && ancestor.exe.empty()) return;  // the stream has not said what it is
  if (comm != ancestor.comm && !ancestor.child_comms.contains(comm))
    wrong("comm " + comm + ", not " + ancestor.comm);
  if (text_of(entry, "exe") != ancestor.exe) wrong("exe " + text_of(entry, "exe") + ", not " + ancestor.exe);
  if (!child.forked || child.creator != id) return;
  if (child.creator_images == ancestor.images) {
    if (entry.at("forked_as") != nullptr) wrong("forked_as, but it is still the image that forked");
    return;
  }
  if (text_of(entry, "forked_as.comm") != child.birth_comm) {
    wrong("forked_as.comm " + text_of(entry, "forked_as.comm") + ", not " + child.birth_comm);
  }
  if (text_of(entry, "forked_as.exe") != child.birth_exe) wrong("forked_as.exe, not " + child.birth_exe);
}

// Behind the test itself stand its own ancestors, known from the snapshot, up to the first process.
void Lineage::check_end_of_line(const Record& record, const TrueProcess& last, std::size_t at) {
  const Json::Array& entries = *record.json.array("ancestors");
  const bool cut = record.json.is_true("ancestors_truncated");
  if (last.creator != 0) {
    if (!cut || entries.size() != expect_.ancestors_max) problem(record, "ancestors end at " + last.id);
    return;
  }
  const auto is_of = [&](const std::vector<std::string>& ids) {
    for (std::size_t i = at, k = 0; i < entries.size(); ++i, ++k)
      if (k == ids.size() || text_of(entries[i], "id") != ids[k]) return false;
    return true;
  };
  const std::vector<std::string>& beyond = is_of(kBeyondAtStart) ? kBeyondAtStart : beyond_;
  std::size_t k = 0;
  for (; at < entries.size() && k < beyond.size(); ++at, ++k) {
    if (text_of(entries[at], "id") != beyond[k] || text_of(entries[at], "edge") != "snapshot") {
      problem(record, "ancestors." + std::to_string(at) + " is not " + beyond[k] + " by snapshot");
    }
  }
  if (at < entries.size()) problem(record, "more ancestors than there are");
  if (cut != (k < beyond.size())) problem(record, "ancestors_truncated is wrong");
  if (!record.json.is_true("lineage_complete")) problem(record, "lineage_complete is not true");
}

// The chain says the same as the ancestors, and goes on where they are cut.
void Lineage::check_chain(const Record& record) {
  const std::string chain = text_of(record.json, "chain");
  std::string expected = link_of(record.json);
  for (const Json& entry : *record.json.array("ancestors")) expected += ';' + link_of(entry);
  const bool cut = record.json.is_true("ancestors_truncated");
  if (cut ? !chain.starts_with(expected + ';') : chain != expected) {
    problem(record, "chain is " + chain + "\n    expected   " + expected);
  }
  if (!cut || since_ns_ != 0) return;
  // The pids of all creators, also of those that are not among the ancestors.
  std::size_t at = 0;
  for (const TrueProcess* p = truth_.find_id(record.id); p != nullptr; p = truth_.find(p->creator)) {
    if (at == std::string::npos || !chain.substr(at).starts_with(std::to_string(p->pid) + '|')) {
      return problem(record, "chain lacks pid " + std::to_string(p->pid) + ": " + chain);
    }
    at = chain.find(';', at);
    if (at != std::string::npos) ++at;
  }
}

}  // namespace proctree::live
