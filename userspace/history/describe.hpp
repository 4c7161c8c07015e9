// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process of a store, for people and in JSON.
#pragma once

#include <string>

#include "base/charset.hpp"
#include "base/json.hpp"
#include "history/lineage.hpp"
#include "history/store.hpp"

namespace proctree {

class HistoryDescriber {
 public:
  explicit HistoryDescriber(HistoryStore& store, Charset charset = charset_of_environment())
      : store_(store), charset_(charset) {}

  // "BORN  PID  USER  COMMAND  (LIFE)  ID", ended by a newline; behind LIFE how often it repeated. In a store
  // of several hosts BORN is followed by the host.
  Result<void> append_line(std::string& out, const HistoryProcess& process, const HistoryImage& image);
  // How long it lived and how it ended: "3.2 s, exit 0", "?, ended between … and …", "no end known".
  Result<std::string> life(const HistoryProcess& process);
  // Its arguments; without any its name.
  Result<std::string> command(const HistoryImage& image);
  Result<std::string> name(const HistoryImage& image);
  // Where there are several; empty: there is one.
  Result<std::string> host(const HistoryProcess& process);
  [[nodiscard]] std::string visible(std::string_view text) const;

  // The fields of its line and of its end, into the object that is open.
  Result<void> write_fields(JsonWriter& json, const HistoryProcess& process, const HistoryImage& image);
  // `chain`, `ancestors` (nearest first, each with its time and its end) and `lineage_complete`.
  Result<void> write_lineage(JsonWriter& json, const HistoryLine& line);

 private:
  Result<void> write_end(JsonWriter& json, const HistoryProcess& process);
  Result<void> write_ancestors(JsonWriter& json, const HistoryLine& line);
  Result<void> write_identity(JsonWriter& json, const HistoryProcess& process);

  HistoryStore& store_;
  Charset charset_;
};

}  // namespace proctree
