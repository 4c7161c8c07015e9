// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reading processes from /proc.
//
// All of one read goes through a descriptor of the process's directory: that names the process itself,
// not its pid, so when it ends (and even when its pid is taken by another) the next file fails and
// what was read before is dropped. A mixture of two processes is never returned.
#pragma once

#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.hpp"
#include "procfs/parse.hpp"
#include "proctree/error.hpp"
#include "proctree/facts.hpp"
#include "tree/event.hpp"

namespace proctree {

// What to read beyond `stat`, which gives pid, start time, parent, comm, group, session and tty.
using ProcParts = unsigned;
inline constexpr ProcParts kProcStat = 0;
inline constexpr ProcParts kProcIds = 1 << 0;  // uids, gids, ns_pid, capabilities
inline constexpr ProcParts kProcExe = 1 << 1;
inline constexpr ProcParts kProcExeFile = 1 << 2;  // inode, device, deleted, memfd; with kProcExe
inline constexpr ProcParts kProcCwd = 1 << 3;
inline constexpr ProcParts kProcArgs = 1 << 4;
inline constexpr ProcParts kProcCgroup = 1 << 5;
inline constexpr ProcParts kProcAudit = 1 << 6;
inline constexpr ProcParts kProcNamespaces = 1 << 7;
inline constexpr ProcParts kProcAll = (1 << 8) - 1;

// The pids of all processes, in the kernel's order (ascending), some at a time.
class ProcList {
 public:
  // Sets `pids` to at most `most` further ones; false: there are no more.
  Result<bool> next(std::vector<std::uint32_t>& pids, std::size_t most);

 private:
  friend class ProcReader;
  struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  explicit ProcList(DIR* folder) : folder_(folder) {}
  std::unique_ptr<DIR, Close> folder_;
};

class ProcReader {
 public:
  // At most `args_max` bytes of arguments are taken.
  static Result<ProcReader> open(const std::string& root = "/proc", std::size_t args_max = 16384);

  // A reader of the same folder, for another thread.
  [[nodiscard]] Result<ProcReader> another() const;

  [[nodiscard]] Result<ProcList> list() const;
  // Sets `pids` to all of them at once.
  Result<void> list(std::vector<std::uint32_t>& pids);

  // One process; valid until the next call. ErrorCode::not_found: it is gone, or the number is that of a
  // thread. What the reader has no right to see of it (executable, directory, namespaces of others)
  // stays empty; where nothing may be seen, ErrorCode::permission.
  Result<const SnapshotTask*> read(std::uint32_t pid, ProcParts parts);
  // What a launcher has put into the environment of this process, which began then
  // (tree/launcher_variables.hpp); all else that was read is wiped. Valid until the next call of any
  // function. Empty: it is gone, another by now, or not to be seen.
  std::string_view read_launcher_variables(const ProcKey& process);
  // What it shows as its arguments, at most `most` bytes: of whatever process has the pid by now. Empty where
  // it shows none. Valid until the next call.
  std::optional<std::string_view> read_cmdline(std::uint32_t pid, std::size_t most);
  // Of the process read last: how many threads it had, and its status where it is a zombie.
  [[nodiscard]] std::uint32_t num_threads() const { return stat_fields_.num_threads; }
  [[nodiscard]] std::uint32_t exit_status() const { return stat_fields_.exit_status; }

 private:
  ProcReader() = default;

  // One round over the files of a process. `torn`: it executed a program between two of them.
  Result<void> read_once(std::uint32_t pid, ProcParts parts, bool& torn);
  Result<void> read_stat(std::uint32_t pid, const FileDescriptor& folder, const char* path);
  Result<void> read_ids(std::uint32_t pid);
  FileDescriptor living_thread(std::uint32_t pid);
  [[nodiscard]] const FileDescriptor& thread_or_process() const {
    return thread_.valid() ? thread_ : process_;
  }

  // These return an errno, 0 for none: a part that does not exist or may not be seen stays empty.
  int read_link(const char* name, std::string& buffer, std::string_view& text);
  int read_exe(bool with_file);
  int read_cwd();
  int read_args();
  int read_cgroup();
  int read_audit();
  int read_namespaces();

  [[nodiscard]] std::uint64_t host_start_ns(std::uint64_t ticks) const;

  FileDescriptor root_;
  FileDescriptor process_;
  FileDescriptor thread_;  // of a process whose first thread has ended: one that still has its memory
  std::size_t args_max_ = 0;
  std::int64_t boottime_offset_ = 0;  // of the reader's time namespace: stat shows start times with it

  SnapshotTask task_;
  StatFields stat_fields_;
  // What the views in task_ point into; used again for each process.
  std::string stat_;
  std::string status_;
  std::string exe_;
  std::string cwd_;
  std::string args_;
  std::string cgroup_;
  std::string tty_;
  std::string variables_;
  std::string scratch_;
};

}  // namespace proctree
