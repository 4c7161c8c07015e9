// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace --watch without a terminal: events go in, keys are pressed, and the lines of its screen are looked
// at.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/boot_clock.hpp"
#include "base/width.hpp"
#include "fake_source.hpp"
#include "watch/details.hpp"
#include "watch/process_marks.hpp"
#include "watch/view.hpp"

namespace proctree::watch {

inline constexpr std::uint64_t kBegin = 10'000'000'000;
inline constexpr std::uint64_t kMs = 1'000'000;

class Watch : public testing::Test {
 protected:
  Watch() {
    run({1, 10}, {0, 0}, "init");
    run({50, 500}, {1, 10}, "sshd");
    run({60, 600}, {1, 10}, "cron");
  }

  void run(ProcKey self, ProcKey parent, std::string_view comm) {
    SnapshotTask running;
    running.task = task(self.pid, self.start_ns, parent, comm, 1);
    running.image.exe = "/usr/bin/thing";
    running.image.args = std::string_view("thing\0-x\0", 9);
    running.image.args_size = 9;
    running.image.args_known = true;
    source.tasks.push_back(running);
  }
  void start(Filter filter = {}) {
    lives = std::make_unique<ProcessMarks>(!filter.empty());
    EngineOptions options;
    options.filter = std::move(filter);
    options.write_snapshot = true;
    options.retention = retention;
    options.proc_root = "/nonexistent";
    Host host;
    host.name = host_name;
    engine = std::make_unique<Engine>(source, *lives, host, options);
    ASSERT_TRUE(engine->start());
    ASSERT_TRUE(engine->report_start());
    view = std::make_unique<View>(*engine, *lives, TextStyle(false));
  }
  void fork(std::uint32_t pid, ProcKey creator, std::string_view comm) {
    ForkEvent event;
    event.ktime_ns = now;
    event.child = task(pid, pid * 10, creator, comm, 1);
    event.creator = creator;
    event.creator_exec_seq = 1;
    event.creator_comm = comm;
    happens(event);
  }
  void exec(std::uint32_t pid, std::string_view comm, std::string_view args = {}) {
    ExecEvent event;
    event.ktime_ns = now;
    event.task = task(pid, pid * 10, {1, 10}, comm, 2);
    event.image.args = args;
    event.image.args_size = static_cast<std::uint32_t>(args.size());
    event.image.args_known = true;
    happens(event);
  }
  void exit(std::uint32_t pid, std::uint32_t status = 0) {
    ExitEvent event;
    event.ktime_ns = now;
    event.task = task(pid, pid * 10, {1, 10}, engine->table().comm(engine->table().find(pid)), 2);
    event.status = status;
    happens(event);
  }
  void happens(const Event& event) {
    source.events.push_back(event);
    ASSERT_TRUE(engine->pump(100));
  }
  void later(std::uint64_t ns) {
    now += ns;
    lives->expire(now);
  }
  void press(Key::Name name, std::string text = {}) {
    view->refresh(now);
    view->press({name, std::move(text), 0});
  }
  void type(std::string_view text) {
    for (const char c : text) press(Key::Name::text, std::string(1, c));
  }

  Frame draw(Size size = {60, 24}) {
    view->refresh(now);
    Frame frame = view->draw(size);
    EXPECT_LE(frame.lines.size(), size.lines);
    for (const std::string& line : frame.lines) EXPECT_LE(text_width(line), size.columns) << line;
    return frame;
  }
  // The lines of the tree, without the users.
  std::vector<std::string> tree(Size size = {60, 24}) {
    std::vector<std::string> lines;
    const Frame frame = draw(size);
    if (frame.bar == Frame::kNoLine) return {};  // words stand there
    for (std::size_t i = 1; i < frame.lines.size() && !frame.lines[i].starts_with("─"); ++i) {
      if (frame.lines[i].empty()) continue;
      lines.push_back(frame.lines[i].substr(0, 2) + frame.lines[i].substr(12));
    }
    return lines;
  }
  std::string selected() {
    const Frame frame = draw();
    return frame.bar == Frame::kNoLine ? "" : frame.lines[frame.bar].substr(12);
  }
  std::string all(Size size = {60, 24}) {
    std::string text;
    for (const std::string& line : draw(size).lines) text += line + '\n';
    return text;
  }

  FakeSource source;
  std::string host_name = "host";
  Retention retention;
  std::uint64_t now = kBegin;
  std::unique_ptr<ProcessMarks> lives;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<View> view;
};

using Lines = std::vector<std::string>;

}  // namespace proctree::watch
