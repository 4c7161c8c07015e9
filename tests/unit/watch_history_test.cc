// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace --watch through random histories, with a cat on the keyboard and a window that changes its size: each
// screen fits, and shows who is selected.
#include <gtest/gtest.h>

#include <string>

#include "base/width.hpp"
#include "simulated_host.hpp"
#include "watch/process_marks.hpp"
#include "watch/view.hpp"

namespace proctree::watch {
namespace {

class WatchHistory : public testing::TestWithParam<std::uint32_t> {
 protected:
  WatchHistory() : lives_(!filter().empty()), engine_(host_.source, lives_, Host{}, options()) {}

  Filter filter() {
    Filter filter;
    if (GetParam() % 3 == 0) filter.comms = {"p1", "init"};
    return filter;
  }
  EngineOptions options() {
    EngineOptions options;
    options.proc_root = "/nonexistent";
    options.write_snapshot = true;
    options.filter = filter();
    options.retention.exited_max = GetParam() % 2 == 0 ? 0 : 1000;
    return options;
  }
  void happen(std::uint32_t steps) {
    host_.steps(steps);
    host_.show_tasks();
    ASSERT_TRUE(engine_.pump(kReadAll));
    ASSERT_TRUE(engine_.tick());
    lives_.expire(host_.now());
  }
  Key any_key() {
    static constexpr std::string_view kTexts = "jkhlgG /nNp1?dqc0*-+ ";
    const auto name =
        static_cast<Key::Name>(host_.pick(static_cast<std::uint32_t>(Key::Name::backspace) + 1));
    std::string text;
    if (name == Key::Name::text) text = kTexts[host_.pick(static_cast<std::uint32_t>(kTexts.size()))];
    return {name, text};
  }
  void expect_fits(const Frame& frame, const Size& size) {
    ASSERT_LE(frame.lines.size(), size.lines);
    for (const std::string& line : frame.lines) ASSERT_LE(text_width(line), size.columns) << line;
    ASSERT_TRUE(frame.bar == Frame::kNoLine || frame.bar < frame.lines.size());
  }

  SimulatedHost host_{GetParam()};
  ProcessMarks lives_;
  Engine engine_;
};

TEST_P(WatchHistory, EveryScreenFits) {
  host_.steps(60);
  host_.source.attached_ns = host_.now();
  host_.show_tasks();
  ASSERT_TRUE(engine_.start());
  ASSERT_TRUE(engine_.report_start());
  View view(engine_, lives_, TextStyle(false));
  for (int i = 0; i < 200; ++i) {
    host_.lose(i == 100);
    ASSERT_NO_FATAL_FAILURE(happen(host_.pick(6)));
    view.refresh(host_.now());
    for (std::uint32_t keys = host_.pick(4); keys != 0; --keys) {
      view.press(any_key());
      view.refresh(host_.now());
    }
    const Size size{.columns = 1 + host_.pick(100), .lines = 1 + host_.pick(40)};
    ASSERT_NO_FATAL_FAILURE(expect_fits(view.draw(size), size)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, WatchHistory, testing::Range(1U, 31U));

}  // namespace
}  // namespace proctree::watch
