// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What sources report, and the accounts it is charged to. Views are valid until the source is asked for the
// next event.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "proctree/facts.hpp"

namespace proctree {

struct ForkEvent {
  std::uint64_t ktime_ns = 0;
  TaskFacts child;
  ProcKey creator;  // the process whose thread called fork or clone; start_ns 0: only its pid is known
  std::uint64_t creator_exec_seq = kUnknownSeq;
  std::string_view creator_comm;
  Edge edge = Edge::observed;  // what the source knows of `creator`
};

// The peers of pipes are not known to a source.
struct Stdio {
  StandardFiles files;
  std::array<std::uint32_t, 3> devs{};  // of the file systems that their inodes are of
  std::array<bool, 3> reads{};
  std::array<bool, 3> writes{};
};

// A file as events name it: the device as in st_dev of its superblock, and the inode.
struct FileKey {
  std::uint64_t dev = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const FileKey&, const FileKey&) = default;
};

// One state of a file: as long as these are the same, so are its contents.
struct FileState {
  FileKey file;
  std::uint64_t size = 0;
  std::int64_t ctime_ns = 0;  // since 1970

  friend bool operator==(const FileState&, const FileState&) = default;
};

// The executable when it was executed.
struct ExeState {
  FileState state;
  std::uint64_t file_system = 0;  // its kind, as f_type of statfs(2)
};

struct ExecEvent {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  ImageFacts image;
  // For what a launcher executes: those of its environment's variables that say whose connection it serves,
  // each NAME=VALUE ended by NUL. Nothing else of an environment leaves the source.
  std::string_view environment = {};
  // Its descriptors 0, 1 and 2, where asked for.
  const Stdio* stdio = nullptr;
  const ExeState* exe_state = nullptr;  // where asked for
  // What the process was called when its program was replaced, where the source knows.
  std::optional<std::string_view> name_before = {};
};

struct ExitEvent : ExitFacts {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
};

struct FailedExecEvent : FailedExec {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;  // the caller
};

using LostEvent = Loss;

using Event = std::variant<ForkEvent, ExecEvent, ExitEvent, FailedExecEvent, LostEvent>;

// One process of a snapshot.
struct SnapshotTask {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  ImageFacts image;
};

// The account that events are charged to, a user or a cgroup, each with a share of the ring (--fair).
using ChargedAccount = std::uint64_t;
inline constexpr ChargedAccount kNotCharged = 0;
inline constexpr std::string_view kUnknownCgroup = "unknown";  // charged before its path was reported
using ChargedAccounts = std::unordered_set<ChargedAccount>;

[[nodiscard]] inline ChargedAccount charged_account_of_uid(std::uint32_t uid) {
  return std::uint64_t{1} << 63 | uid;
}

// A collision would only mark the lineages of both as uncertain.
[[nodiscard]] inline ChargedAccount charged_account_of_cgroup(std::string_view path) {
  return std::uint64_t{1} << 62 | std::hash<std::string_view>{}(path) >> 2;
}

[[nodiscard]] inline ChargedAccount charged_account(const TaskFacts& task) {
  if (task.charged_uid != kUnsetId) return charged_account_of_uid(task.charged_uid);
  if (!task.charged_cgroup) return kNotCharged;
  return charged_account_of_cgroup(task.cgroup.empty() ? kUnknownCgroup : task.cgroup);
}

[[nodiscard]] inline ChargedAccount charged_account(const Loss& lost) {
  if (lost.uid != kUnsetId) return charged_account_of_uid(lost.uid);
  return lost.cgroup.empty() ? kNotCharged : charged_account_of_cgroup(lost.cgroup);
}

// Whose events were lost since the tree last matched the kernel: their lineages are uncertain.
struct LossScope {
  bool all = false;
  const ChargedAccounts* accounts = nullptr;  // without `all`: those accounts' only

  [[nodiscard]] bool covers(ChargedAccount account) const {
    return accounts != nullptr && account != kNotCharged && accounts->contains(account);
  }
};

}  // namespace proctree
