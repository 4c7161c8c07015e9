// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One question of proctree history: the store, the time it is about, and the output.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/history_command.hpp"
#include "history/choice.hpp"
#include "history/describe.hpp"
#include "history/lineage.hpp"
#include "history/store.hpp"
#include "sink/output.hpp"

namespace proctree {

// A JSON array with one element a line, written as the elements come.
class JsonArrayOutput {
 public:
  explicit JsonArrayOutput(Output& output) : output_(output) {}
  // What `json` holds, and clears it.
  Result<void> take(JsonWriter& json);
  Result<void> finish();

 private:
  Output& output_;
  std::string last_;
};

class HistoryQuestion {
 public:
  static Result<HistoryQuestion> open(const HistoryOptions& options, const OpenHistory& open_store);
  // Returns the exit status.
  Result<int> answer();

 private:
  // Of a tree: what is drawn, by birth, and who is below whom; below 0 those whose creator isn't drawn.
  struct Drawn {
    std::map<std::int64_t, std::pair<HistoryProcess, HistoryImage>> processes;
    std::map<std::int64_t, std::vector<std::int64_t>> below;
  };

  explicit HistoryQuestion(const HistoryOptions& options) : options_(options) {}
  Result<void> read_span();
  Result<void> print_knowledge();
  [[nodiscard]] tl::unexpected<Error> found_nothing() const;
  Result<std::vector<HistoryProcess>> named(bool by_name);
  Result<HistoryProcess> latest_of_pid(std::uint32_t pid);
  Result<void> check_lived(const HistoryProcess& process);
  Result<std::vector<HistoryProcess>> called();
  Result<std::int64_t> moment_of(const HistoryProcess& process);

  using TakeChosen = std::function<Result<void>(const HistoryProcess&, const HistoryImage&)>;
  Result<void> each_chosen(const TakeChosen& take);

  Result<int> find(Output& output);
  Result<int> chain(Output& output);
  Result<int> tree(Output& output);
  Result<int> why(Output& output);
  Result<int> stats(Output& output);
  Result<int> write_lines(Output& output);

  Result<void> gather(Drawn& drawn);
  Result<void> gather_below(Drawn& drawn, const HistoryProcess& root);
  Result<void> draw(Output& output, const Drawn& drawn);
  Result<std::string> node_text(const HistoryProcess& process, const HistoryImage& image);
  Result<std::string> sentence(const HistoryLine& line, ProcKey& entry);
  Result<std::size_t> find_orphan(const HistoryLine& line);
  Result<void> append_why(std::string& text, const HistoryLine& line);
  Result<void> write_why(JsonWriter& json, const HistoryLine& line);

  const HistoryOptions& options_;
  TimeSpan span_{INT64_MIN, INT64_MAX};
  std::optional<std::int64_t> at_ns_;
  std::unique_ptr<HistoryStore> store_;
  std::unique_ptr<HistoryDescriber> describer_;
  std::unique_ptr<HistoryFilter> filter_;
};

}  // namespace proctree
