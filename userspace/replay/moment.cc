// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/moment.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/duration.hpp"
#include "base/parse_text.hpp"
#include "base/timestamp.hpp"
#include "replay/replay.hpp"

namespace proctree {

Result<MomentOption> parse_moment(std::string name, std::string text) {
  constexpr std::string_view kAgo = " ago";
  MomentOption option{std::move(name), std::move(text), Moment{}};
  std::string_view rest = option.text;
  if (const auto ktime_ns = parse_number<std::uint64_t>(rest)) {
    option.value = Moment{0, *ktime_ns};
  } else if (const auto realtime_ns = parse_time(rest)) {
    option.value = Moment{*realtime_ns, {}};
  } else if (const auto time = TimeOfDay::parse(rest)) {
    option.value = *time;
  } else if (const auto local = parse_local_time(rest)) {
    option.value = Moment{local->realtime_ns, {}, local->open_ns};
  } else if (const auto ns = parse_duration(rest.substr(0, rest.size() - std::min(rest.size(), kAgo.size())));
             ns && rest.ends_with(kAgo)) {
    option.value = TimeBeforeEnd{*ns};
  } else {
    return fail(ErrorCode::invalid_argument, option.name + ": " + option.text + " is no time",
                "write it as 2026-03-01T09:30:00Z, as \"2026-03-01 09:30:00\" or 09:30 (local time), or as "
                "\"10m ago\"");
  }
  return option;
}

void MomentSearch::enter(const TimeOfDay& time, std::int64_t realtime_ns) {
  before_ = time.last_until(realtime_ns);
  after_ = time.first_after(realtime_ns);
  // Within the minute that was asked for: it holds that from here on.
  if (before_ && realtime_ns - *before_ < time.length_ns()) passed_ = realtime_ns;
}

void MomentSearch::note(std::int64_t realtime_ns) {
  const bool begins = !first_;
  if (begins) first_ = realtime_ns;
  last_ = realtime_ns;
  const auto* time = std::get_if<TimeOfDay>(&option_.value);
  if (time == nullptr) return;
  if (begins || (before_ && realtime_ns < *before_)) return enter(*time, realtime_ns);
  if (!after_ || realtime_ns < *after_) return;
  before_ = passed_ = time->last_until(realtime_ns);
  after_ = time->first_after(realtime_ns);
}

Result<Moment> MomentSearch::found() const {
  if (const auto* moment = std::get_if<Moment>(&option_.value)) return *moment;
  if (!first_) return Moment{};
  if (const auto* ago = std::get_if<TimeBeforeEnd>(&option_.value)) {
    const auto least = std::numeric_limits<std::int64_t>::min();
    const auto ns = static_cast<std::int64_t>(ago->ns);
    return Moment{last_ < least + ns ? least : last_ - ns, {}};
  }
  if (const auto* time = std::get_if<TimeOfDay>(&option_.value); time != nullptr && passed_) {
    const auto begin = time->open_ns() != 0 ? time->last_until(*passed_) : passed_;
    return Moment{begin.value_or(*passed_), {}, time->open_ns()};
  }
  return fail(ErrorCode::not_found,
              option_.name + ": the recording holds no " + option_.text + ": it goes from " +
                  local_time_text(*first_) + " to " + local_time_text(last_),
              "name a time between these");
}

Result<std::vector<Moment>> find_moments(const std::vector<MomentOption>& options, RecordingReader& reader) {
  std::vector<MomentSearch> searches(options.begin(), options.end());
  if (std::ranges::any_of(options, &MomentOption::needs_recording)) {
    Replay replay(reader, {.keep_tree = false});
    // A read error will be reported by the next reader.
    for (auto more = replay.next(); more && *more; more = replay.next()) {
      if (!replay.line().kind) continue;
      for (MomentSearch& search : searches) search.note(replay.line().realtime_ns);
    }
  }
  std::vector<Moment> moments;
  for (const MomentSearch& search : searches) {
    auto found = search.found();
    if (!found) return tl::make_unexpected(std::move(found.error()));
    moments.push_back(*found);
  }
  return moments;
}

}  // namespace proctree
