// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "facts.hpp"

#include <pwd.h>

#include <sstream>

namespace proctree::live {
namespace {

// The field as text, and whether it is what the fact says.
bool holds(const TrueFact& fact, const Json& json, std::string& found) {
  const Json* field = json.at(fact.key);
  const auto number = json.number(fact.key);
  const auto bytes = json.bytes(fact.key);
  found = field == nullptr ? "absent"
          : number         ? std::to_string(*number)
          : bytes          ? '"' + *bytes + '"'
                           : "something";
  switch (fact.form) {
    case 's':
      return bytes == fact.value;
    case 'n':
      return number && *number == std::stoull(fact.value);
    case 'x':
      return bytes && !bytes->empty() && bytes->find_first_not_of("0123456789abcdef") == std::string::npos &&
             std::stoull(*bytes, nullptr, 16) == std::stoull(fact.value, nullptr, 16);
    case 't':
      return json.is_true(fact.key);
    case 'f':
      return !json.is_true(fact.key);
    case '-':
      return field == nullptr;
    case 'r': {
      std::istringstream in(fact.value);
      std::uint64_t low = 0, high = 0;
      in >> low >> high;
      return !in.fail() && number && *number >= low && *number <= high;
    }
    default:
      return false;
  }
}

std::string name_of(const TrueProcess& process, const std::string& where, const Record& record) {
  return process.id + " (" + process.method + ") " + where + " seq " + std::to_string(record.seq) + ": ";
}

std::string user_name(std::uint64_t uid) {
  const passwd* entry = getpwuid(static_cast<uid_t>(uid));
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

}  // namespace

void check_facts(const TrueProcess& process, const std::string& where, const Record& record, Report& report) {
  for (const TrueFact& fact : process.facts) {
    std::string found;
    if (fact.where != where) continue;
    ++report.facts;
    if (holds(fact, record.json, found)) continue;
    std::string what = name_of(process, where, record);
    what.append(fact.key).append(" is ").append(found).append(", not ");
    what.append(1, fact.form).append(" ").append(fact.value);
    report.problems.add(std::move(what));
  }
  const auto uid = record.json.number("uid");
  if (!uid || record.json.string("user") != user_name(*uid)) {
    report.problems.add(name_of(process, where, record) + "user is not that of uid");
  }
}

}  // namespace proctree::live
