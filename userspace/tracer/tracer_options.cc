// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The options of a Tracer as those of its engine, and what of them makes no sense.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "tracer/tracer_impl.hpp"

namespace proctree {

Filter filter_of(const TracerOptions& options) {
  Filter filter;
  const auto exactly = [](const std::vector<std::string>& names, std::vector<Pattern>& to) {
    for (const std::string& name : names) to.push_back(Pattern::exactly(name));
  };
  exactly(options.comms, filter.comms);
  exactly(options.under_comms, filter.under.names);
  filter.users = options.users;
  filter.containers = options.containers;
  filter.under.pids = options.under_pids;
  filter.not_users = options.exclude_users;
  filter.not_containers = options.exclude_containers;
  for (const std::string& exe : options.exclude_exes) filter.not_exes.emplace_back(exe);
  if (options.exclude_own) {
    filter.not_pid = static_cast<std::uint32_t>(::getpid());
    filter.not_under.pids.push_back(filter.not_pid);
  }
  return filter;
}

RecordSink::Kinds kinds_of(const TracerOptions& options) {
  return {.forks = options.forks,
          .execs = options.execs,
          .exits = options.exits,
          .resynced = options.resynced,
          .forgotten = options.forgotten};
}

EngineOptions engine_options(const TracerOptions& options) {
  EngineOptions engine;
  engine.version = PROCTREE_VERSION;
  engine.filter = filter_of(options);
  engine.write_snapshot = options.running;
  engine.retention.bytes_max = options.memory_max;
  engine.retention.exited_max = options.exited_max;
  engine.retention.ttl_s =
      static_cast<std::uint64_t>(std::max<std::chrono::seconds::rep>(options.exited_ttl.count(), 0));
  engine.retention.keeps_invocations = options.keep != 0;
  engine.proc_root = options.proc_root;
  engine.ancestor_args = options.ancestor_args;
  engine.titles = true;
  engine.keep = options.keep;
  return engine;
}

namespace {

Result<void> check_texts(const std::vector<std::string>& texts, const char* what) {
  if (std::ranges::none_of(texts, [](const std::string& text) { return text.empty(); })) return {};
  return fail(ErrorCode::invalid_argument, std::string("an empty text among ") + what + " matches nothing",
              "leave it out");
}

Result<void> check_users(const UserNames& known, const std::vector<std::string>& users) {
  for (const std::string& user : users) {
    if (known.uid(user) || parse_number<std::uint32_t>(user)) continue;
    return fail(ErrorCode::invalid_argument, "no user is called " + user,
                "give a name of /etc/passwd, or a uid");
  }
  return {};
}

}  // namespace

Result<void> check_filters(const TracerOptions& options) {
  PROCTREE_CHECK(check_texts(options.comms, "comms"));
  PROCTREE_CHECK(check_texts(options.users, "users"));
  PROCTREE_CHECK(check_texts(options.containers, "containers"));
  PROCTREE_CHECK(check_texts(options.under_comms, "under_comms"));
  PROCTREE_CHECK(check_texts(options.exclude_exes, "exclude_exes"));
  PROCTREE_CHECK(check_texts(options.exclude_containers, "exclude_containers"));
  PROCTREE_CHECK(check_texts(options.exclude_users, "exclude_users"));
  if (options.users.empty() && options.exclude_users.empty()) return {};
  const UserNames known;
  PROCTREE_CHECK(check_users(known, options.users));
  return check_users(known, options.exclude_users);
}

// getpid() says the pid within the namespace, and records have the host's.
Result<void> check_own(const TracerOptions& options, const Host& host) {
  if (!options.exclude_own || !host.nested_pid_namespace) return {};
  return fail(ErrorCode::unsupported,
              "exclude_own: in a container's pid namespace a process can't tell its own pid on the host",
              "exclude it by exclude_exes or exclude_containers, or start the container with --pid=host");
}

}  // namespace proctree
