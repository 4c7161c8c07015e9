// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A record that stays: facts as they are, and the bytes of all their strings in one piece of memory.
#include <algorithm>
#include <optional>
#include <utility>

#include "proctree/record.hpp"
#include "tracer/record_details.hpp"
#include "tree/fact_table.hpp"

namespace proctree {

class OwnedRecord::Copy final : public detail::RecordDetails {
 public:
  Copy(const Record& record, std::size_t ancestors_max) : record_(record) {
    copy(record.task, task_, record_.task);
    copy(record.image, image_, record_.image);
    copy(record.previous, previous_, record_.previous);
    copy(record.exit, exit_, record_.exit);
    copy(record.trace, trace_, record_.trace);
    copy(record.loss, loss_, record_.loss);
    copy(record.mending, mending_, record_.mending);
    copy(record.stop, stop_, record_.stop);
    copy(record.failed_exec, failed_exec_, record_.failed_exec);
    copy(record.entry, entry_, record_.entry);
    copy(record.stdio, stdio_, record_.stdio);
    exe_ = record.exe();
    user_ = record.user();
    container_ = record.container();
    units_ = {record.unit(), record.user_unit()};
    session_leader_ = record.session_leader();
    group_leader_ = record.group_leader();
    id_ = record.id();
    creator_id_ = record.creator_id();
    // Most lineages are as short: they take one piece of memory each, and none on the way to it.
    chain_.reserve(kShortLineage * kLinkBytes);
    record.append_chain(chain_);
    lineage_.ancestors.reserve(std::min(ancestors_max, kShortLineage));
    record.lineage(lineage_, ancestors_max);

    std::size_t size = 0;
    for_each_view([&size](std::string_view& view) { size += view.size(); });
    bytes_.reserve(size);  // so that nothing moves
    for_each_view([this](std::string_view& view) {
      const std::size_t at = bytes_.size();
      bytes_.append(view);
      view = std::string_view(bytes_).substr(at);
    });
    attach_to(record_);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() override = default;

  [[nodiscard]] const Record& record() const { return record_; }
  [[nodiscard]] std::string_view exe() const override { return exe_; }
  [[nodiscard]] std::string_view user() const override { return user_; }
  [[nodiscard]] std::string_view container_id() const override { return container_.id; }
  [[nodiscard]] ContainerFacts container() const override { return container_; }
  [[nodiscard]] Units units() const override { return units_; }
  [[nodiscard]] Leader session_leader() const override { return session_leader_; }
  [[nodiscard]] Leader group_leader() const override { return group_leader_; }
  void append_id(std::string& out) const override { out += id_; }
  void append_creator_id(std::string& out) const override { out += creator_id_; }
  void append_chain(std::string& out) const override { out += chain_; }
  void lineage(Lineage& out, std::size_t ancestors_max) const override {
    const auto& all = lineage_.ancestors;
    const std::size_t count = std::min(all.size(), ancestors_max);
    out.ancestors.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    out.truncated = lineage_.truncated || count < all.size();
    out.complete = lineage_.complete;
  }

 private:
  static constexpr std::size_t kShortLineage = 8;
  static constexpr std::size_t kLinkBytes = 20;

  template <class T>
  static void copy(const T* from, std::optional<T>& to, const T*& pointer) {
    if (from != nullptr) pointer = &to.emplace(*from);
  }

  template <class Visit>
  void for_each_view(Visit visit) {
    const auto all = [&visit](auto& facts) {
      if (facts) proctree::for_each_view(*facts, visit);
    };
    all(task_);
    all(image_);
    all(previous_);
    all(exit_);
    all(trace_);
    all(loss_);
    all(mending_);
    all(failed_exec_);
    all(entry_);
    for (std::size_t fd = 0; stdio_ && fd < stdio_->size(); ++fd)
      proctree::for_each_view((*stdio_)[fd], visit);
    for (std::string_view* view : {&exe_, &user_, &units_.unit, &units_.user_unit}) visit(*view);
    proctree::for_each_view(container_, visit);
    for (Leader* leader : {&session_leader_, &group_leader_}) proctree::for_each_view(*leader, visit);
    for (Ancestor& ancestor : lineage_.ancestors) proctree::for_each_view(ancestor, visit);
  }

  Record record_;
  std::optional<TaskFacts> task_;
  std::optional<ImageFacts> image_;
  std::optional<PreviousImage> previous_;
  std::optional<ExitFacts> exit_;
  std::optional<TraceFacts> trace_;
  std::optional<Loss> loss_;
  std::optional<Mending> mending_;
  std::optional<StopFacts> stop_;  // the names of its counters stay
  std::optional<FailedExec> failed_exec_;
  std::optional<EntryFacts> entry_;
  std::optional<StandardFiles> stdio_;
  std::string_view exe_;
  std::string_view user_;
  ContainerFacts container_;
  Units units_;
  Leader session_leader_;
  Leader group_leader_;
  std::string id_;
  std::string creator_id_;
  std::string chain_;
  Lineage lineage_;
  std::string bytes_;
};

OwnedRecord::OwnedRecord(const Record& record, std::size_t ancestors_max)
    : copy_(std::make_unique<Copy>(record, ancestors_max)) {}
OwnedRecord::OwnedRecord(OwnedRecord&& other) noexcept = default;
OwnedRecord& OwnedRecord::operator=(OwnedRecord&& other) noexcept = default;
OwnedRecord::~OwnedRecord() = default;

const Record& OwnedRecord::operator*() const { return copy_->record(); }

}  // namespace proctree
