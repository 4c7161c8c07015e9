// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/schema_target.hpp"

#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

class InSchema final : public ShipTarget {
 public:
  InSchema(std::unique_ptr<ShipTarget> target, schema::Schema schema, Notice warn)
      : target_(std::move(target)), translator_(schema, false), warn_(std::move(warn)) {}

  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    learn(item, head);
    SpoolItem document = item;
    document.text = translator_.translate(item.text, item.moment);
    const bool taken = PROCTREE_TRY(target_->put(document, head));
    if (translator_.has_unknown_host() && !std::exchange(has_warned_, true) && warn_)
      warn_("the lines don't hold their host's name: device.hostname is \"unknown\"");
    return taken;
  }
  Result<void> flush() override { return target_->flush(); }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    return target_->acknowledge(put, done);
  }
  [[nodiscard]] bool has(const SpoolItem& item) const override { return target_->has(item); }
  [[nodiscard]] bool wants_acknowledgement_before(const SpoolItem& item) const override {
    return target_->wants_acknowledgement_before(item);
  }
  [[nodiscard]] int fd() const override { return target_->fd(); }
  [[nodiscard]] ShipCounters counters() const override { return target_->counters(); }
  Result<void> reopen() override { return target_->reopen(); }
  Result<void> close() override { return target_->close(); }

 private:
  // A stream need not be read from its beginning.
  void learn(const SpoolItem& item, const StreamHead& head) {
    if (item.type == "start") {
      translator_.learn(item.text);
    } else if (head.host != "{}" && (stream_ != head.stream || host_ != head.host)) {
      translator_.learn(segment_line(head, item.seq, item.moment, item.before));
    }
    stream_ = head.stream;
    host_ = head.host;
  }

  std::unique_ptr<ShipTarget> target_;
  schema::Translator translator_;
  Notice warn_;
  std::string stream_;
  std::string host_;
  bool has_warned_ = false;
};

}  // namespace

std::unique_ptr<ShipTarget> in_schema(std::unique_ptr<ShipTarget> target, schema::Schema schema,
                                      Notice warn) {
  return std::make_unique<InSchema>(std::move(target), schema, std::move(warn));
}

}  // namespace proctree
