// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The chain string alone, one line an exec.
#pragma once

#include <string>

#include "engine/record.hpp"
#include "sink/event_set.hpp"
#include "sink/output.hpp"
#include "tree/lineage.hpp"

namespace proctree {

struct ChainSinkOptions {
  EventSet events = EventSet::only_exec();
};

class ChainSink final : public Sink {
 public:
  ChainSink(Output& output, ChainSinkOptions options) : output_(output), options_(options) {}

  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override;
  // Its owner reports losses elsewhere: here are only chains.
  Result<void> on_lost(const LostRecord&) override { return {}; }
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord&) override { return output_.flush(); }
  Result<void> flush() override { return output_.flush(); }

 private:
  Output& output_;
  ChainSinkOptions options_;
  ChainLinks links_;
  std::string line_;
};

}  // namespace proctree
