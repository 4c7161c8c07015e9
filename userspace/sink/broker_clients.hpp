// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Programs that ask a server to start something, which then descends from the server, not from the client.
#pragma once

#include <string>
#include <string_view>

#include "engine/record.hpp"

namespace proctree {

class BrokerClients {
 public:
  void on_exec(const ProcessRecord& record);
  // For people; empty: none was executed.
  [[nodiscard]] std::string line() const;

 private:
  std::string seen_;  // their names, with commas between
};

// The name of the known client that this executes; empty: it is none.
[[nodiscard]] std::string_view broker_client(const TaskFacts& task, const ImageFacts& image);

}  // namespace proctree
