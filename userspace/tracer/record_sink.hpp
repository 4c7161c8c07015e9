// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The engine's records as those of the library, handed to a callback.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/record.hpp"
#include "proctree/tracer.hpp"
#include "tracer/user_data.hpp"

namespace proctree {

class RecordSink final : public Sink {
 public:
  struct Kinds {
    bool forks = true;
    bool execs = true;
    bool exits = true;
    bool resynced = false;
    bool forgotten = false;
  };
  explicit RecordSink(Kinds kinds) : kinds_(kinds) {}

  // Records go to `callback` as long as this lives.
  class Delivery {
   public:
    Delivery(RecordSink& sink, const Tracer::Callback& callback) : sink_(sink) {
      sink_.callback_ = &callback;
      sink_.delivered_ = 0;
    }
    ~Delivery() { sink_.callback_ = nullptr; }
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;
    [[nodiscard]] std::size_t count() const { return sink_.delivered_; }

   private:
    RecordSink& sink_;
  };
  [[nodiscard]] bool delivering() const { return callback_ != nullptr; }
  void set_kinds(const Kinds& kinds) { kinds_ = kinds; }
  [[nodiscard]] UserData& user_data() { return user_data_; }
  [[nodiscard]] const UserData& user_data() const { return user_data_; }
  // That a callback threw since the last call.
  [[nodiscard]] Result<void> take_thrown() { return std::exchange(thrown_, {}); }
  // Calls nothing from now on.
  void mute() { mute_ = true; }

  Result<void> on_start(const StartRecord& from) override;
  Result<void> on_process(const ProcessRecord& from) override;
  [[nodiscard]] bool takes_resynced() const override { return kinds_.resynced; }
  [[nodiscard]] bool keeps_table() const override { return kinds_.resynced || kinds_.forgotten; }
  [[nodiscard]] bool takes(RecordKind kind) const override {
    return wants(kind) || (kind == RecordKind::forgotten && user_data_.slot_end() != 0);
  }
  Result<void> on_resynced(const ProcessRecord& from, Resynced change) override;
  Result<void> on_removal(const ProcessRecord& from) override;
  Result<void> on_lost(const LostRecord& from) override;
  Result<void> on_resync(const ResyncRecord& from) override;
  Result<void> on_stop(const StopRecord& from) override;
  Result<void> flush() override { return {}; }

 private:
  [[nodiscard]] bool wants(RecordKind kind) const;
  [[nodiscard]] Record begin(RecordKind kind, const RecordHead& head);
  Result<void> deliver(const Record& record);
  Result<void> deliver(const ProcessRecord& from, Record& record);
  Result<void> deliver_forgotten(const ProcessRecord& from, bool lives);
  Result<void> hand_user_data_back(const RecordHead& head);

  Kinds kinds_;
  const Tracer::Callback* callback_ = nullptr;
  std::size_t delivered_ = 0;
  std::uint64_t seq_ = 0;
  bool mute_ = false;
  UserData user_data_;
  Result<void> thrown_;
};

// The ancestors of a slot; `lost`: what isn't sure of the tree. `entries` may be null.
void fill_lineage(Lineage& out, const ProcessTable& table, Users& users, Slot slot, const LossScope& lost,
                  std::size_t ancestors_max, entry::Entries* entries);

}  // namespace proctree
