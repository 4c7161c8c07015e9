// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/ship_usage.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "history/store_prefix.hpp"
#include "ship/remote_address.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

namespace {

// What libcurl would never connect to, and what would be known to every process.
std::string wrong_otlp_address(const std::string& option, const RemoteAddress& address) {
  if (option == "--from") return "--from: a receiver of OTLP takes lines and has none";
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (address.hosts.find(',') != std::string::npos || !std::ranges::all_of(address.hosts, is_plain) ||
      !std::ranges::all_of(address.path, is_plain))
    return option + ": " + address.scheme + "://HOST[:PORT][/PATH] names one receiver, without blanks";
  if ((address.hosts + address.path).find_first_of("?#") != std::string::npos)
    return option +
           ": an address with a query; put what the receiver asks for into headers, and name their "
           "file by --credentials";
  return "";
}

// By whatever path it is named.
bool is_same_place(const std::string& from, const std::string& to) {
  if (from == "-" || to == "-") return false;
  std::error_code missing;
  return from == to || std::filesystem::equivalent(from, to, missing);
}

}  // namespace

std::string wrong_address(const std::string& option, const std::string& where) {
  if (!is_remote(where)) return "";
  const auto address = parse_remote(where);
  if (!address) return option + ": " + address.error().message + "; " + address.error().remedy;
  static constexpr std::string_view kForbidden = ".*>/\\ \t";
  if (is_nats(where) &&
      (address->path.empty() || address->path.find_first_of(kForbidden) != std::string::npos))
    return option + ": nats://HOST[:PORT]/STREAM names a stream, without any of .*>/\\ in it";
  if (is_otlp(where)) return wrong_otlp_address(option, *address);
  return "";
}

std::string no_effect(const ShipOptions& options) {
  if (options.name.find('/') != std::string::npos) return "--name: a name is no path";
  if (auto wrong = wrong_address("--from", options.from); !wrong.empty()) return wrong;
  if (auto wrong = wrong_address("--to", options.to); !wrong.empty()) return wrong;
  if (is_postgres(options.from) || options.from.starts_with(kSqlitePrefix))
    return "--from: a store is no stream; see proctree history WHERE export";
  const bool has_lines =
      !is_remote(options.to) && !is_folder(options.to) && !options.to.starts_with(kSqlitePrefix);
  if (options.format != Format::jsonl && !has_lines)
    return "--format: only a file or - has lines in another format than jsonl";
  if (!options.keep.empty() && !options.to.starts_with(kSqlitePrefix) && !is_postgres(options.to))
    return "--keep: only a history store, sqlite:FILE or postgresql://…, drops what is old";
  if (options.stream.create && !is_nats(options.to)) return "--create: only nats:// has streams to make";
  if (options.stream.until_stored && !is_nats(options.from) && !is_nats(options.to))
    return "--until-stored: only nats:// has collectors";
  if (is_nats(options.from)) {
    if (!options.cursor.empty()) return "--cursor: from nats:// the place is the consumer that --name names";
    if (options.name.find_first_of(".*> \t") != std::string::npos)
      return "--name: no consumer can have any of .*> in its name";
    if (is_folder(options.to)) return "--to: a spool takes each stream in its order, and nats:// has none";
  }
  const bool has_remote = is_remote(options.from) || is_remote(options.to);
  if (!has_remote && options.remote.any()) return "--credentials and --tls-…: both ends are on this host";
  return is_same_place(options.from, options.to) ? "--to: that is where lines come from" : "";
}

}  // namespace proctree
