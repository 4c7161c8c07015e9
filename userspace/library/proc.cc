// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/proc.hpp"

#include <chrono>

#include "procfs/users.hpp"

namespace proctree {

namespace detail {

namespace {

// One per thread: so a look-up doesn't wait. The file is checked again after a second.
class ThreadUsers {
 public:
  UserNames& names() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ >= std::chrono::seconds(1)) {
      looked_ = now;
      names_.refresh();
    }
    return names_;
  }

 private:
  UserNames names_;
  std::chrono::steady_clock::time_point looked_;
};

UserNames& users() {
  static thread_local ThreadUsers users;
  return users.names();
}

}  // namespace

ProcReader* proc_reader(const std::string& root) {
  struct Opened {
    std::string root;
    std::optional<ProcReader> reader;
  };
  static thread_local Opened opened;
  if (!opened.reader || opened.root != root) {
    auto reader = ProcReader::open(root);
    if (!reader) return nullptr;
    opened.root = root;
    opened.reader.emplace(std::move(*reader));
  }
  return &*opened.reader;
}

std::optional<ProcEntry> read_entry(ProcReader& reader, std::uint32_t pid, bool* hidden) {
  if (hidden != nullptr) *hidden = false;
  if (pid == 0) return std::nullopt;
  const auto read = reader.read(pid, kProcIds);
  if (!read) {
    if (hidden != nullptr) *hidden = read.error().code != ErrorCode::not_found;
    return std::nullopt;
  }
  const TaskFacts& task = (*read)->task;
  ProcEntry entry;
  entry.node = {task.parent.pid, std::string(task.comm)};
  entry.info = {entry.node.cmd, user_name(task.uid), task.parent.pid, pid, task.self.start_ns};
  entry.dead = task.dead;
  return entry;
}

std::string user_name(std::uint32_t uid) { return std::string(users().name(uid)); }

}  // namespace detail

namespace proc {

std::optional<std::pair<PidNode, ProcInfo>> parse_proc_entry(std::uint32_t pid,
                                                             const std::string& proc_root) {
  ProcReader* reader = detail::proc_reader(proc_root);
  if (reader == nullptr) return std::nullopt;
  auto entry = detail::read_entry(*reader, pid);
  if (!entry) return std::nullopt;
  return std::pair(std::move(entry->node), std::move(entry->info));
}

std::optional<std::string> read_proc_comm(std::uint32_t pid, const std::string& proc_root) {
  auto entry = parse_proc_entry(pid, proc_root);
  if (!entry) return std::nullopt;
  return std::move(entry->first.cmd);
}

std::optional<std::uint64_t> read_proc_start_time_ns(std::uint32_t pid, const std::string& proc_root) {
  const auto entry = parse_proc_entry(pid, proc_root);
  if (!entry) return std::nullopt;
  return entry->second.start_time_ns;
}

std::optional<std::string> uid_to_username(std::uint32_t uid) {
  UserNames& users = detail::users();
  std::string name(users.name(uid));
  // A uid without a name is returned as its number, which may be another user's name.
  if (users.uid(name) != uid) return std::nullopt;
  return name;
}

}  // namespace proc

}  // namespace proctree
