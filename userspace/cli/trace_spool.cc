// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "cli/notice.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

void print_state_found(const SpoolFolder& folder) {
  if (folder.torn_bytes() != 0) {
    print_notice("the spool " + folder.path() + " ended in a torn line of " +
                 std::to_string(folder.torn_bytes()) + " bytes, which is cut off");
  }
  for (const std::string& damaged : folder.damaged()) print_notice(damaged + ": left as it is");
}

// A folder that is missing is made by root, since its parent is root's, for the user who is to write it.
Result<void> make_for(const Account& account, const std::string& path) {
  if (::mkdir(path.c_str(), kSpoolFolderMode) != 0) return {};  // opening it says why
  const FileDescriptor made(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!made.valid() || ::fchmod(made.get(), kSpoolFolderMode) != 0 ||
      ::fchown(made.get(), account.uid, account.gid) != 0)
    return fail_errno("cannot give the spool " + path + " to " + account.name, errno);
  return {};
}

}  // namespace

TraceSpool::TraceSpool(std::unique_ptr<SpoolFolder> folder, const TraceOptions& options) {
  RecordOptions record = options.record;
  record.format = Format::jsonl;  // whatever else goes to the output
  JsonlOptions lines{.events = record.event_set(),
                     .ancestors_max = record.ancestors_max(),
                     .line_max = record.line_max.value_or(kLineMaxDefault),
                     .earlier = folder->previous(),
                     .fold = record.fold};
  writer_ = std::make_unique<SpoolWriter>(std::move(folder),
                                          SpoolOptions{.segment_bytes = options.spool.segment_mib * kMiB,
                                                       .buffer_bytes = options.spool.buffer_mib * kMiB,
                                                       .warn = print_notice});
  sink_ = std::make_unique<JsonlSink>(*writer_, std::move(lines));
}

Result<void> check_replaceable(const char* option, const Caller& caller,
                               const std::optional<Account>& account) {
  if (!caller || account) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(option) + ": files can't be made as " + caller->name +
                  ", who called sudo, once tracing has begun",
              "give --as-root, or name the user who is to own them with --run-as");
}

Result<std::unique_ptr<TraceSpool>> TraceSpool::open(const TraceOptions& options, const Caller& caller,
                                                     const std::optional<Account>& account) {
  const SpoolChoice& spool = options.spool;
  PROCTREE_CHECK(check_replaceable("--spool", caller, account));
  const bool changes = account && ::geteuid() == 0;
  if (changes && !caller) PROCTREE_CHECK(make_for(*account, spool.folder));
  const auto acting = PROCTREE_TRY(ActingAs::begin(changes ? account : std::nullopt));
  auto folder = PROCTREE_TRY(SpoolFolder::open(
      spool.folder, {.max_bytes = spool.max_mib * kMiB, .segment_bytes = spool.segment_mib * kMiB}));
  print_state_found(*folder);
  return std::unique_ptr<TraceSpool>(new TraceSpool(std::move(folder), options));
}

}  // namespace proctree
