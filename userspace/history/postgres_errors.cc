// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

constexpr std::size_t kStateSize = 5;

struct Remedy {
  std::string_view state;  // or the beginning of it
  const char* what_to_do;
};

// The first that fits.
constexpr std::array kRemedies = {
    Remedy{"28P01",
           "look at the line of this host, port, database and user in the file that --credentials "
           "names, or PGPASSFILE"},
    Remedy{"28", "make the role by CREATE ROLE … LOGIN, and let it in by pg_hba.conf"},
    Remedy{"3D000", "make the database, by createdb; the first proctree ship makes the tables in it"},
    Remedy{"3F000", "fill the store by proctree ship, which makes the schema proctree"},
    Remedy{"42501",
           "who asks needs USAGE of the schema proctree and SELECT on its tables, who fills must "
           "own it: see docs/history.md"},
    Remedy{"42P01", "its tables are not as proctree ship makes them: name another database, and fill that"},
    Remedy{"42703", "its tables are not as proctree ship makes them: name another database, and fill that"},
    Remedy{"22021", "name a database whose encoding is UTF8"},
    Remedy{"22P05", "name a database whose encoding is UTF8"},
    Remedy{"25006", "name the primary server: this one only repeats what another writes"},
    Remedy{"53100", "make room on the server's disk; nothing that came before is harmed"},
    Remedy{"53300", "raise max_connections, or end what holds them"},
    Remedy{"57P03", "wait until the server has started"},
    Remedy{"", "look whether the server runs, and listens there"},
};

// A server that is away, is shut down or has no room, other transactions.
bool may_pass(std::string_view state) {
  static constexpr std::array<std::string_view, 6> kClasses = {"08", "40", "53", "55", "57", "58"};
  return state.empty() || std::ranges::find(kClasses, state.substr(0, 2)) != kClasses.end() ||
         state == "23505" || state == "25006" || state == "XX000";
}

bool is_state(std::string_view text) {
  return text.size() == kStateSize &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

tl::unexpected<Error> postgres_error(std::string message, std::string_view state) {
  const bool is_known = state.empty() || state.starts_with("08");
  const auto fits = [&](const Remedy& remedy) {
    return remedy.state.empty() ? is_known : state.starts_with(remedy.state);
  };
  const auto found = std::ranges::find_if(kRemedies, fits);
  if (!state.empty()) message.append(" (").append(state) += ')';
  return fail(may_pass(state) ? ErrorCode::io : ErrorCode::permission, std::move(message),
              found == kRemedies.end() ? "see the server's log" : found->what_to_do);
}

std::string_view last_state_of(std::string_view message) {
  std::string_view state;
  while (!message.empty()) {
    const std::string_view line = take_until(message, '\n');
    const std::string_view end = line.substr(line.size() - std::min(line.size(), kStateSize));
    const std::string_view before = line.substr(0, line.size() - end.size());
    if (is_state(end) && before.ends_with(":  ")) state = end;
  }
  return state;
}

}  // namespace proctree
