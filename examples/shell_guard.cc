// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// An agent that acts: kills what a shell starts that a web server started. As root:
//   shell_guard SERVER SECONDS
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <proctree/tracer.hpp>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void die(const std::string& why) {
  std::cerr << "shell_guard: " << why << '\n';
  std::exit(1);
}

bool is_shell(std::string_view comm) {
  return comm == "sh" || comm == "dash" || comm == "bash" || comm == "zsh";
}

// Is there a shell between it and the server?
bool is_behind_shell(const proctree::Record& record, std::string_view server) {
  bool has_shell = false;
  for (const proctree::Ancestor& above : record.lineage().ancestors) {
    if (above.comm == server || above.forked_as_comm == server) return has_shell;
    has_shell |= is_shell(above.comm) || is_shell(above.forked_as_comm);
  }
  return false;  // the server has another name by now
}

// By a descriptor, so that it is that process and none that has its pid by now.
bool end(proctree::Tracer& tracer, const proctree::ProcKey& process) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0));
  if (fd < 0) return false;
  const auto now = tracer.info(process);
  const bool ended = now && !now->exited && syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) == 0;
  close(fd);
  return ended;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) die("usage: shell_guard SERVER SECONDS");
  const std::string server = argv[1];
  proctree::TracerOptions options;
  options.forks = options.exits = false;
  options.under_comms = {server};  // no record of anything else
  options.exclude_own = true;
  options.keep = proctree::kKeepArgs | proctree::kKeepContainer;
  auto tracer = proctree::Tracer::open(options);
  if (!tracer) die(tracer.error().to_string());
  std::cout << "guarding " << server << std::endl;

  const auto on_record = [&](const proctree::Record& record) {
    if (record.kind != proctree::RecordKind::exec || !is_behind_shell(record, server)) return;
    std::cout << (end(*tracer, record.task->self) ? "killed " : "gone already: ") << record.chain();
    for (const std::string_view argument : proctree::Arguments(record.image->args))
      std::cout << ' ' << argument;
    std::cout << std::endl;
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  while (std::chrono::steady_clock::now() < until) {
    const auto polled = tracer->poll(std::chrono::milliseconds(100), on_record);
    if (!polled) die(polled.error().to_string());
  }
  return 0;
}
