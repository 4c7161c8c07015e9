// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/history_target.hpp"

#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

class ToHistory final : public ShipTarget {
 public:
  explicit ToHistory(std::unique_ptr<HistoryWriter> writer) : writer_(std::move(writer)), lines_(*writer_) {}
  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    PROCTREE_CHECK(lines_.put(item, head));
    return true;
  }
  Result<void> flush() override { return {}; }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    PROCTREE_CHECK(writer_->commit());
    done = put;
    return {};
  }
  Result<void> close() override { return writer_->keep_bounds(); }

 private:
  std::unique_ptr<HistoryWriter> writer_;
  ShippedLines lines_;
};

}  // namespace

Result<void> ShippedLines::put(const SpoolItem& item, const StreamHead& head) {
  if (head.stream != stream_) {
    stream_ = head.stream;
    PROCTREE_CHECK(writer_.take_head(head.stream, head.host, head.tracer));
  }
  return writer_.take_shipped(item.text);
}

Result<std::unique_ptr<ShipTarget>> open_history_target(const std::string& path, const std::string& keep) {
  const HistoryBounds bounds = PROCTREE_TRY(parse_history_bounds(keep));
  auto writer = PROCTREE_TRY(HistoryWriter::open(path));
  if (!keep.empty()) PROCTREE_CHECK(writer->set_bounds(bounds));
  return std::make_unique<ToHistory>(std::move(writer));
}

}  // namespace proctree
