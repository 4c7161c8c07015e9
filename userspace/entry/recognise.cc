// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <array>

#include "entry/candidate.hpp"

namespace proctree::entry {

namespace {

// Known launchers before the terminal: a pseudo terminal that one of them made is part of what it launches.
constexpr std::array<Recogniser, 11> kRecognisers = {
    recognise_ssh,      recognise_login,  recognise_job,       recognise_service,
    recognise_socket,   recognise_dbus,   recognise_container, recognise_supervised,
    recognise_terminal, recognise_kernel, recognise_init};

}  // namespace

bool recognise_init(const Candidate& candidate, EntryFacts& entry) {
  if (!candidate.of_init || !candidate.is_first || candidate.of_reaper) return false;
  entry.type = EntryType::init;
  return true;
}

std::optional<EntryFacts> recognise(const Candidate& candidate) {
  EntryFacts entry;
  for (const Recogniser recogniser : kRecognisers) {
    if (recogniser(candidate, entry)) return entry;
  }
  // An orphan, from before tracing began or of a gap: who created it isn't known.
  if (candidate.of_reaper && candidate.is_first) return entry;
  return std::nullopt;
}

}  // namespace proctree::entry
