// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The proctree-ship program: what of proctree's commands speaks to a network. proctree executes it with its
// own words.
#include <variant>

#include "cli/notice.hpp"
#include "cli/print.hpp"
#include "cli/program.hpp"
#include "cli/ship_ends.hpp"
#include "cli/ship_history.hpp"
#include "ship/nats_source.hpp"
#include "ship/nats_target.hpp"
#include "ship/otlp_target.hpp"
#include "ship/remote_address.hpp"

namespace proctree {

namespace {

tl::unexpected<Error> no_such_end(const char* option, const std::string& where) {
  return fail(ErrorCode::unsupported,
              std::string(option) + ": " + where.substr(0, where.find(':')) +
                  ":// is no address that this proctree-ship knows for it",
              "see proctree ship --help");
}

// What a collector lacks; lines read from a pipe are gone.
Result<std::unique_ptr<ShipSource>> read_again(const ShipEnds& local, const ShipOptions& options,
                                               StreamPositions from) {
  if (options.from != "-" && !is_remote(options.from)) return local.source(options, std::move(from));
  return fail(ErrorCode::unsupported, options.from + " can't be read again",
              "ship from a spool, to have what is lost beyond the server sent again");
}

ShipEnds ship_ends() {
  const ShipEnds local = local_ship_ends();
  return {[local](const ShipOptions& options, StreamPositions from) -> Result<std::unique_ptr<ShipSource>> {
            if (is_nats(options.from)) {
              // What reads once needs no place that the server keeps.
              const bool is_durable = !options.once || options.name_given;
              return open_nats_source(
                  options.from, {options.remote, is_durable ? options.name : std::string(), options.once,
                                 options.stream.until_stored, print_notice});
            }
            if (is_remote(options.from)) return no_such_end("--from", options.from);
            return local.source(options, std::move(from));
          },
          [local](const ShipOptions& options, StopRequest stop) -> Result<std::unique_ptr<ShipTarget>> {
            if (is_nats(options.to)) {
              return open_nats_target(options.to, {options.remote, options.stream, options.once, print_notice,
                                                   [local, &options](StreamPositions from) {
                                                     return read_again(local, options, std::move(from));
                                                   }});
            }
            if (is_otlp(options.to)) return open_otlp_target(options.to, {options.remote, print_notice});
            if (is_postgres(options.to)) return open_remote_store(options);
            if (is_remote(options.to)) return no_such_end("--to", options.to);
            return local.target(options, std::move(stop));
          }};
}

Result<int> run_request(const Request& request, std::span<const char* const>) {
  if (const auto* shown = std::get_if<ShownText>(&request)) return print(shown->text);
  if (const auto* options = std::get_if<ShipOptions>(&request)) return run_shipping(*options, ship_ends());
  if (const auto* history = std::get_if<HistoryOptions>(&request); history && is_remote(history->where))
    return ask_remote_store(*history);
  if (const auto* why = std::get_if<WhyOptions>(&request); why && is_remote(why->history))
    return ask_remote_store(*why);
  return fail(ErrorCode::invalid_argument,
              "proctree-ship has the command ship, and history of stores beyond this host",
              "proctree has the others");
}

}  // namespace

}  // namespace proctree

int main(int argc, char** argv) { return proctree::run_program(argc, argv, proctree::run_request); }
