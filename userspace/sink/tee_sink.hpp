// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One stream of records for two sinks.
#pragma once

#include <memory>
#include <utility>

#include "engine/record.hpp"

namespace proctree {

// What it does not own outlives it. Where one fails, the other does not get that record.
class TeeSink final : public Sink {
 public:
  TeeSink(std::unique_ptr<Sink> first, Sink& second)
      : owned_(std::move(first)), first_(owned_.get()), second_(&second) {}
  TeeSink(Sink& first, Sink& second) : first_(&first), second_(&second) {}

  // The second, which has failed, gets no more records.
  void leave_first_alone() { second_ = nullptr; }

  Result<void> on_start(const StartRecord& record) override {
    return both([&](Sink& sink) { return sink.on_start(record); });
  }
  Result<void> on_process(const ProcessRecord& record) override {
    return both([&](Sink& sink) { return sink.on_process(record); });
  }
  Result<void> on_filtered(const ProcessRecord& record) override {
    return both([&](Sink& sink) { return sink.on_filtered(record); });
  }
  Result<void> on_resynced(const ProcessRecord& record, Resynced change) override {
    return both([&](Sink& sink) { return sink.on_resynced(record, change); });
  }
  [[nodiscard]] bool takes_resynced() const override {
    return first_->takes_resynced() || (second_ != nullptr && second_->takes_resynced());
  }
  Result<void> on_lost(const LostRecord& record) override {
    return both([&](Sink& sink) { return sink.on_lost(record); });
  }
  Result<void> on_repeat(const RepeatRecord& record) override {
    return both([&](Sink& sink) { return sink.on_repeat(record); });
  }
  Result<void> on_gap(const GapRecord& record) override {
    return both([&](Sink& sink) { return sink.on_gap(record); });
  }
  Result<void> on_hash(const HashRecord& record) override {
    return both([&](Sink& sink) { return sink.on_hash(record); });
  }
  Result<void> on_resync(const ResyncRecord& record) override {
    return both([&](Sink& sink) { return sink.on_resync(record); });
  }
  Result<void> on_stop(const StopRecord& record) override {
    return both([&](Sink& sink) { return sink.on_stop(record); });
  }
  Result<void> flush() override {
    return both([](Sink& sink) { return sink.flush(); });
  }

 private:
  template <class Call>
  Result<void> both(Call call) {
    auto result = call(*first_);
    return result && second_ != nullptr ? call(*second_) : result;
  }

  std::unique_ptr<Sink> owned_;
  Sink* first_;
  Sink* second_;
};

}  // namespace proctree
