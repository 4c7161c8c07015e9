// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the kernel itself starts: a core handler, modprobe.
#include <fstream>
#include <string>

#include "base/parse_text.hpp"
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"
#include "entry/core_pattern.hpp"

namespace proctree::entry {

std::uint32_t crashed_pid(std::string_view pattern, std::string_view args) {
  constexpr std::string_view kPid = "%P";
  if (!pattern.starts_with('|')) return 0;
  pattern.remove_prefix(1);
  Words words(pattern);
  std::uint32_t found = 0;
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    std::string_view arg = take_until(args, '\0');
    const std::size_t at = word.find(kPid);
    if (at == std::string_view::npos) {
      if (word.find('%') == std::string_view::npos && word != arg) return 0;  // it is another program
      continue;
    }
    const std::string_view before = word.substr(0, at);
    const std::string_view after = word.substr(at + kPid.size());
    if (arg.size() <= before.size() + after.size() || !arg.starts_with(before) || !arg.ends_with(after))
      continue;
    arg = arg.substr(before.size(), arg.size() - before.size() - after.size());
    found = parse_number<std::uint32_t>(arg).value_or(0);
  }
  return found;
}

bool recognise_kernel(const Candidate& candidate, EntryFacts& entry) {
  if (!candidate.of_kernel || !candidate.is_first || candidate.of_reaper) return false;
  entry.type = EntryType::kernel;
  std::ifstream file("/proc/sys/kernel/core_pattern");
  std::string pattern;
  std::getline(file, pattern);
  entry.crashed_pid = crashed_pid(pattern, candidate.image->args);
  return true;
}

}  // namespace proctree::entry
