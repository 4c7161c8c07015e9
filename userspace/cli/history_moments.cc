// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/history_moments.hpp"

#include <variant>

#include "base/try.hpp"
#include "replay/moment.hpp"

namespace proctree {

Result<std::int64_t> moment_before(std::int64_t now_ns, const std::string& option, const std::string& text,
                                   bool ends) {
  constexpr std::int64_t kHalfDayNs = std::int64_t{12} * 3600 * 1'000'000'000;
  const auto parsed = PROCTREE_TRY(parse_moment(option, text));
  const bool begins = option == "--since";
  if (const auto* moment = std::get_if<Moment>(&parsed.value)) {
    if (!moment->ktime_ns) return moment->realtime_ns + (begins ? 0 : moment->open_ns);
    return fail(ErrorCode::invalid_argument,
                option + ": " + text + " is a time since boot, and of none in particular",
                "write RFC 3339, [DATE ]HH:MM[:SS] or \"10m ago\"");
  }
  if (const auto* before = std::get_if<TimeBeforeEnd>(&parsed.value)) {
    const auto ns = static_cast<std::int64_t>(before->ns);
    return ns > now_ns ? 0 : now_ns - ns;
  }
  const TimeOfDay& time = std::get<TimeOfDay>(parsed.value);
  auto last = time.last_until(now_ns);
  if (!last)
    return fail(ErrorCode::not_found, option + ": no clock has lately shown " + text, "name its date too");
  const auto earlier = time.last_until(*last - 1);
  if (earlier && *last - *earlier < kHalfDayNs) last = earlier;
  if (ends) return *last + time.length_ns() - 1;
  return *last + (begins ? 0 : time.open_ns());
}

}  // namespace proctree
