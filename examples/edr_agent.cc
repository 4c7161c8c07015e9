// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// An agent in small: who writes files into a folder, and who started them? The loop is its own: an epoll
// that waits for processes (proctree), for file events (fanotify) and for a timer. As root:
//   edr_agent FOLDER SECONDS
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <proctree/tracer.hpp>
#include <string>

namespace {

[[noreturn]] void die(const std::string& why) {
  std::cerr << "edr_agent: " << why << '\n';
  std::exit(1);
}

int checked(int result, const char* what) {
  if (result < 0) die(std::string("can't ") + what);
  return result;
}

// Everything that the tracer has by now: what a file event reports was forked and executed before it.
void catch_up(proctree::Tracer& tracer) {
  const auto on_record = [](const proctree::Record& record) {
    if (record.kind == proctree::RecordKind::lost)
      std::cout << "lost " << record.loss->count << " events: lineages are marked until the resync\n";
    if (record.kind == proctree::RecordKind::exec && record.image->exe_memfd)
      std::cout << "alert: " << record.chain() << " runs from memory\n";
  };
  const auto polled = tracer.poll(std::chrono::milliseconds(0), on_record);
  if (!polled) die(polled.error().to_string());
}

void on_files(int files, proctree::Tracer& tracer) {
  catch_up(tracer);
  alignas(fanotify_event_metadata) std::array<char, 4096> buffer;
  ssize_t left = read(files, buffer.data(), buffer.size());
  for (auto* event = reinterpret_cast<fanotify_event_metadata*>(buffer.data()); FAN_EVENT_OK(event, left);
       event = FAN_EVENT_NEXT(event, left)) {
    std::array<char, 4096> name{};
    const std::string link = "/proc/self/fd/" + std::to_string(event->fd);
    if (readlink(link.c_str(), name.data(), name.size() - 1) < 0) name[0] = '?';
    close(event->fd);
    const auto writer = tracer.find(static_cast<std::uint32_t>(event->pid));
    if (!writer) continue;
    const proctree::Lineage lineage = tracer.lineage(*writer);
    std::cout << name.data() << " written by " << tracer.chain(*writer)
              << (lineage.complete ? "" : " (not sure)");
    // Where that line came into this host: an ssh session, a cron job, a unit.
    if (const auto entry = tracer.entry(*writer)) std::cout << ", entry " << proctree::name_of(entry->type);
    std::cout << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) die("usage: edr_agent FOLDER SECONDS");
  const int files =
      checked(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY), "listen for file events");
  checked(fanotify_mark(files, FAN_MARK_ADD, FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD, AT_FDCWD, argv[1]),
          "watch the folder");
  const int timer = checked(timerfd_create(CLOCK_MONOTONIC, 0), "make a timer");

  // Only what it needs: it looks at execs, and the tree follows forks and exits all the same. Who wrote a
  // file has often ended by now: its entry is retained.
  auto tracer = proctree::Tracer::open({.forks = false, .exits = false, .keep = proctree::kKeepEntry});
  if (!tracer) die(tracer.error().to_string());

  const int loop = checked(epoll_create1(EPOLL_CLOEXEC), "make a loop");
  for (const int fd : {tracer->fd(), files, timer}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    checked(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event), "add to the loop");
  }
  const itimerspec when{{}, {std::atoi(argv[2]), 0}};
  checked(timerfd_settime(timer, 0, &when, nullptr), "set the timer");
  std::cout << "watching, " << tracer->processes() << " processes known" << std::endl;
  while (true) {
    epoll_event event{};
    if (epoll_wait(loop, &event, 1, -1) < 1) continue;
    if (event.data.fd == tracer->fd()) catch_up(*tracer);
    if (event.data.fd == files) on_files(files, *tracer);
    if (event.data.fd == timer) break;
  }
  const auto closed = tracer->close([](const proctree::Record& record) {
    if (record.kind != proctree::RecordKind::stop) return;
    std::cout << record.stop->totals.execs << " execs, " << record.stop->totals.lost << " lost\n";
  });
  if (!closed) die(closed.error().to_string());
}
