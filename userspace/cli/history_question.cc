// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/history_question.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/counted.hpp"
#include "base/host_clock.hpp"
#include "base/parse_text.hpp"
#include "base/time_of_day.hpp"
#include "base/try.hpp"
#include "cli/history_moments.hpp"
#include "cli/notice.hpp"

namespace proctree {

Result<void> JsonArrayOutput::take(JsonWriter& json) {
  if (!last_.empty()) PROCTREE_CHECK(output_.append(last_ + ','));
  last_ = (last_.empty() ? "[" : "") + std::string(json.text());
  json.clear();
  return {};
}

Result<void> JsonArrayOutput::finish() { return output_.append(last_.empty() ? "[]" : last_ + ']'); }

Result<HistoryQuestion> HistoryQuestion::open(const HistoryOptions& options, const OpenHistory& open_store) {
  HistoryQuestion question(options);
  PROCTREE_CHECK(question.read_span());
  question.store_ = PROCTREE_TRY(open_store(options));
  question.describer_ = std::make_unique<HistoryDescriber>(*question.store_);
  question.filter_ = std::make_unique<HistoryFilter>(*question.store_, options.choice);
  return question;
}

Result<int> HistoryQuestion::answer() {
  auto output = PROCTREE_TRY(Output::open("-"));
  PROCTREE_CHECK(print_knowledge());
  using Kind = HistoryOptions::Question;
  auto done = [&]() -> Result<int> {
    switch (options_.question) {
      case Kind::find:
        return find(output);
      case Kind::tree:
        return tree(output);
      case Kind::chain:
        return chain(output);
      case Kind::why:
        return why(output);
      case Kind::stats:
        return stats(output);
      case Kind::lines:
        return write_lines(output);
    }
    return 0;
  }();
  if (done) {
    if (auto closed = output.close(); !closed) done = tl::make_unexpected(std::move(closed.error()));
  }
  if (!done && is_reader_gone(done.error())) return 0;
  return done;
}

Result<void> HistoryQuestion::read_span() {
  if (options_.utc) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  const std::int64_t now_ns = realtime_now_ns();
  if (!options_.since.empty())
    span_.since_ns = PROCTREE_TRY(moment_before(now_ns, "--since", options_.since, false));
  if (!options_.until.empty())
    span_.until_ns = PROCTREE_TRY(moment_before(now_ns, "--until", options_.until, true));
  if (!options_.at.empty()) {
    at_ns_ = PROCTREE_TRY(moment_before(now_ns, "--at", options_.at, false));
    span_ = {*at_ns_, *at_ns_};
  }
  if (span_.since_ns <= span_.until_ns) return {};
  return fail(ErrorCode::invalid_argument, "--until is before --since", "name them the other way round");
}

// For every question: what the store lacks may have happened all the same.
Result<void> HistoryQuestion::print_knowledge() {
  const Knowledge known = PROCTREE_TRY(store_->knowledge(span_));
  const std::string missing =
      known.missing_lines == 0
          ? ""
          : ", " + counted(static_cast<std::uint64_t>(known.missing_lines), "line") + " missing";
  if (!known.since_ns) {
    print_notice("the store holds no lines yet" + missing);
    return {};
  }
  print_notice("from " + local_time_text(*known.since_ns) + " to " +
               local_time_text(known.until_ns.value_or(0)) + ", " + std::to_string(known.gaps) +
               (known.gaps == 1 ? " gap, " : " gaps, ") + std::to_string(known.lost) + " lost" + missing);
  return {};
}

tl::unexpected<Error> HistoryQuestion::found_nothing() const {
  const bool is_of_a_time = !(options_.since.empty() && options_.until.empty() && options_.at.empty());
  const std::string what =
      options_.process.empty() ? "nothing that matches" : "no process " + options_.process;
  return fail(ErrorCode::not_found, "the store knows " + what + (is_of_a_time ? " at that time" : ""),
              "since when it knows stands above");
}

Result<void> HistoryQuestion::check_lived(const HistoryProcess& process) {
  const Lifetime life = PROCTREE_TRY(store_->lifetime(process));
  if (life.since_ns <= span_.until_ns && (!life.until_ns || *life.until_ns >= span_.since_ns)) return {};
  return fail(ErrorCode::not_found, PROCTREE_TRY(store_->id_of(process)) + " did not live then",
              "it lived from " + local_time_text(life.since_ns) +
                  (life.until_ns ? " to " + local_time_text(*life.until_ns) : " on"));
}

Result<HistoryProcess> HistoryQuestion::latest_of_pid(std::uint32_t pid) {
  const auto all = PROCTREE_TRY(store_->find_pid(pid, options_.choice.host));
  tl::unexpected<Error> none = found_nothing();
  for (auto process = all.rbegin(); process != all.rend(); ++process) {
    auto lived = check_lived(*process);
    if (lived) return *process;
    if (lived.error().code != ErrorCode::not_found) return tl::make_unexpected(std::move(lived.error()));
    if (process == all.rbegin()) none = tl::make_unexpected(std::move(lived.error()));
  }
  return none;
}

// By id or pid; else, where a name will do, all that were called so.
Result<std::vector<HistoryProcess>> HistoryQuestion::named(bool by_name) {
  std::vector<HistoryProcess> found;
  if (const auto pid = parse_number<std::uint32_t>(options_.process)) {
    found.push_back(PROCTREE_TRY(latest_of_pid(*pid)));
  } else if (auto process = PROCTREE_TRY(store_->find_id(options_.process))) {
    PROCTREE_CHECK(check_lived(*process));
    found.push_back(std::move(*process));
  } else if (by_name) {
    found = PROCTREE_TRY(called());
  }
  if (found.empty()) return found_nothing();
  return found;
}

Result<std::vector<HistoryProcess>> HistoryQuestion::called() {
  HistoryChoice by_comm = options_.choice;
  by_comm.comms.push_back(options_.process);
  HistoryChoice by_exe = options_.choice;
  by_exe.exes.push_back(options_.process);
  HistoryFilter comms(*store_, by_comm);
  HistoryFilter exes(*store_, by_exe);
  HistoryStore::Programs either = *PROCTREE_TRY(comms.programs());
  either.merge(HistoryStore::Programs(*PROCTREE_TRY(exes.programs())));
  std::vector<HistoryProcess> found;
  const auto take = [&](const HistoryProcess& process) -> Result<void> {
    auto image = PROCTREE_TRY(comms.match(process));
    if (!image) image = PROCTREE_TRY(exes.match(process));
    if (image) found.push_back(process);
    return {};
  };
  PROCTREE_CHECK(store_->each(span_, options_.choice.host, take, &either));
  return found;
}

Result<void> HistoryQuestion::each_chosen(const TakeChosen& take) {
  const HistoryStore::Programs* programs = PROCTREE_TRY(filter_->programs());
  for (const std::string& user : filter_->unknown_users()) {
    print_notice("no process of the store was of a user " + user +
                 "; users have the names there that their own host gave them");
  }
  return store_->each(
      span_, options_.choice.host,
      [&](const HistoryProcess& process) -> Result<void> {
        const auto image = PROCTREE_TRY(filter_->match(process));
        return image ? take(process, *image) : Result<void>();
      },
      programs);
}

Result<std::int64_t> HistoryQuestion::moment_of(const HistoryProcess& process) {
  if (at_ns_) return *at_ns_;
  return std::min(PROCTREE_TRY(last_change(*store_, process)), span_.until_ns);
}

}  // namespace proctree
