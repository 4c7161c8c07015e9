// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A timeline for Perfetto: a track for each process, in that of its creator; a slice for each image, from
// birth or exec to the next exec or the end; an arrow from the fork to the child.
//
// Written in one pass, beside another output: it heeds the filters but is given events of every kind, for a
// slice needs both its ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/record.hpp"
#include "sink/packet_file.hpp"
#include "sink/perfetto_packet.hpp"
#include "sink/timeline_facts.hpp"

namespace proctree {

class TimelineSink final : public Sink {
 public:
  explicit TimelineSink(PacketFile file) : file_(std::move(file)) {}

  // There may be several, where a recording goes on after its tracer was restarted; or none, where its
  // beginning is missing.
  Result<void> on_start(const StartRecord& record) override;
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_filtered(const ProcessRecord& record) override;
  Result<void> on_lost(const LostRecord& record) override;
  Result<void> on_resynced(const ProcessRecord& record, Resynced change) override;
  [[nodiscard]] bool takes_resynced() const override { return true; }
  Result<void> on_gap(const GapRecord& record) override;
  Result<void> on_resync(const ResyncRecord& record) override;
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return file_.flush(); }
  // Once, after the last record.
  Result<void> close() { return file_.close(); }

 private:
  static constexpr std::size_t kLivingLeast = 4096;

  struct Track {
    std::uint64_t uuid = 0;
    std::shared_ptr<const Track> above;
    std::size_t depth = 1;
  };
  using TrackPtr = std::shared_ptr<const Track>;

  // A process that lives, as far as we know.
  struct Living {
    std::uint64_t start_ns = 0;
    std::uint64_t since_ns = 0;  // when its present image began, on the timeline
    TrackPtr track = {};         // none yet: nothing of it was to be reported
    std::string name = {};       // that its track has
    bool drawn = false;          // a slice of its image is open
  };

  void begin(const RecordHead& head);
  void begin_if_none(const RecordHead& head) {
    if (streams_ == 0) begin(head);
  }
  [[nodiscard]] std::uint64_t at(std::uint64_t ktime_ns) const { return ktime_ns + shift_ns_; }
  [[nodiscard]] bool ran_before(const ProcKey& key) const { return key.start_ns < begin_ns_; }
  Living* living(const RecordHead& head, const ProcKey& key);
  Living& add_forked(const ProcessRecord& record);
  TrackPtr track_of(const RecordHead& head, Slot slot, bool born);
  void name_track(const Track& track, std::string_view comm, std::uint32_t pid);

  void on_fork(const ProcessRecord& record);
  void on_exec(const ProcessRecord& record);
  void on_exit(const ProcessRecord& record);
  void begin_image(Living& process, const RecordHead& head, Slot slot, std::string_view comm, bool born);
  void draw(Living& process, const ProcessRecord& record);
  void end_image(Living& process, std::uint64_t ns, std::string_view how = {});
  void end_all(std::uint64_t ns);
  void drop_ended(const RecordHead& head, bool reported = false);
  void put();
  Result<void> done(const RecordHead& head);

  PacketFile file_;
  PerfettoPacket packet_;
  TimelineFacts facts_{packet_};
  std::string scratch_;
  std::unordered_map<std::uint32_t, Living> living_;  // by pid
  std::size_t living_max_ = kLivingLeast;             // with more, the table is asked who has ended
  std::string boot_id_;
  std::uint64_t streams_ = 0;
  std::uint64_t begin_ns_ = 0;           // of this tracer's records
  std::uint64_t complete_since_ns_ = 0;  // a process drawn since then is in living_, or has ended
  std::uint64_t last_ns_ = 0;            // on the timeline
  std::uint64_t clocks_ns_ = 0;          // time of day less boot time, of the first boot
  std::uint64_t shift_ns_ = 0;           // what is added to times of a later boot
  Result<void> written_;
};

}  // namespace proctree
