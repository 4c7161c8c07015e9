// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Whole traces of records that make sense but for some bytes: each field of each kind comes to hold anything.
// Whatever they hold, the trace goes on: an event is reported, or a loss, and the tree is resynchronised and
// can be asked.
#include <cstring>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "fuzz.hpp"
#include "source/bad_record.hpp"
#include "source/task_records.hpp"
#include "tree/lineage.hpp"

namespace proctree::fuzz {
namespace {

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::uint16_t word() {
    const auto low = byte();
    return static_cast<std::uint16_t>(low | byte() << 8);
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

using Bytes = std::vector<std::uint8_t>;

template <class Record>
Bytes bytes_of(Record& record, std::uint16_t kind, std::string_view strings = {}) {
  record.header.kind = kind;
  record.header.size = static_cast<std::uint32_t>(sizeof record + strings.size());
  record.header.ktime_ns = 1'000;
  Bytes bytes(sizeof record + strings.size());
  std::memcpy(bytes.data(), &record, sizeof record);
  if (!strings.empty()) std::memcpy(bytes.data() + sizeof record, strings.data(), strings.size());
  return bytes;
}

pt_task task(std::uint32_t pid) {
  pt_task made{};
  made.pid = pid;
  made.start_ns = 100 * pid;
  made.ppid = pid / 2;
  made.parent_start_ns = 100 * made.ppid;
  made.exec_seq = 3;
  made.cgroup_nr = 3;
  std::memcpy(made.comm, "shell", 6);
  std::memcpy(made.tty, "pts3", 5);
  return made;
}

Bytes image(std::uint32_t pid, std::uint16_t kind) {
  using namespace std::string_view_literals;
  static constexpr auto kStrings = "sh\0bin\0tmp\0g\0./s/bin/shsh\0-c\0\0\0\0"sv;  // a multiple of 8
  pt_exec made{};
  made.task = task(pid);
  made.task.exec_seq = 4;
  made.image.text_len[PT_TEXT_EXE] = 7;
  made.image.text_len[PT_TEXT_CWD] = 4;
  made.image.text_len[PT_TEXT_CGROUP] = 2;
  made.image.text_len[PT_TEXT_FILENAME] = 3;
  made.image.text_len[PT_TEXT_INTERPRETER] = 7;
  made.image.args_len = made.image.args_size = 6;
  return bytes_of(made, kind, kStrings);
}

Bytes made_record(std::uint8_t choice) {
  const std::uint32_t pid = 1 + choice / 8;
  switch (choice % 8) {
    case PT_FORK: {
      pt_fork made{};
      made.child = task(pid);
      made.creator_pid = pid / 2;
      made.creator_start_ns = 100 * made.creator_pid;
      made.creator_exec_seq = 3;
      return bytes_of(made, PT_FORK);
    }
    case PT_EXIT: {
      pt_exit made{};
      made.task = task(pid);
      return bytes_of(made, PT_EXIT);
    }
    case PT_CGROUP: {
      pt_cgroup made{};
      made.nr = 3;
      std::memcpy(made.path, "a\0b", 4);
      std::memcpy(made.path + PT_CGROUP_HALF, "c", 2);
      made.len[0] = 4;
      made.len[1] = 2;
      return bytes_of(made, PT_CGROUP);
    }
    case PT_FAILED_EXEC: {
      pt_failed_exec made{};
      made.task = task(pid);
      made.error = 2;
      made.filename_len = 2;
      return bytes_of(made, PT_FAILED_EXEC, "/x");
    }
    case PT_TASK:
      return image(pid, PT_TASK);
    default:
      return image(pid, PT_EXEC);
  }
}

// Any bytes at any place, mostly of the fixed part; or another length.
void change(Bytes& record, Input& input) {
  const std::uint8_t how = input.byte();
  const std::uint16_t place = input.word();
  if (how == 0xff) {
    record.resize(place % (record.size() + 64));
    return;
  }
  if (record.empty()) return;
  const std::size_t at = place % record.size();
  for (std::size_t i = at; i < std::min<std::size_t>(record.size(), at + (std::size_t{1} << (how % 4))); ++i)
    record[i] = how >= 0x80 ? static_cast<std::uint8_t>(how) : input.byte();
}

// Hands over as BpfSource does.
class RecordSource final : public Source {
 public:
  RecordSource(std::vector<Bytes> records, Bytes tasks)
      : records_(std::move(records)), tasks_(std::move(tasks)) {}
  Result<std::uint64_t> attach() override { return std::uint64_t{1'000'000}; }
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override { return std::make_unique<Pass>(*this); }
  [[nodiscard]] std::uint64_t position() const override { return records_.size(); }
  [[nodiscard]] std::uint64_t read_position() const override { return read_; }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override {
    std::uint64_t events = 0;
    for (; read_ < std::min<std::uint64_t>(until, records_.size()) && events < most; ++read_) {
      const Exact record(records_[read_]);
      const auto decoded = decoder_.decode(record.bytes());
      if (decoded && !decoded->event) continue;
      ++events;
      auto handled = decoded ? handler(*decoded->event) : handler(bad_record(record.bytes(), 1, 2));
      if (!handled) return tl::make_unexpected(handled.error());
    }
    return events;
  }
  Result<void> read_losses(const EventHandler&) override { return {}; }
  [[nodiscard]] Result<std::vector<Counter>> counters() const override { return std::vector<Counter>{}; }
  [[nodiscard]] int fd() const override { return -1; }
  void want_wake(bool) override {}
  [[nodiscard]] Info info() const override { return {"fuzz", 0, 0, true}; }

 private:
  class Pass final : public TaskPass {
   public:
    explicit Pass(RecordSource& source)
        : rest_(source.tasks_), tasks_(source.decoder_, [&source](auto) { ++source.bad_; }) {}
    Result<bool> next(std::size_t most, const TaskHandler& handler) override {
      auto taken = tasks_.take(most, handler);
      if (!taken) return tl::make_unexpected(std::move(taken.error()));
      const auto room = tasks_.room();
      if (room.empty()) return false;
      const std::size_t got = std::min({std::size_t{100}, rest_.size(), room.size()});
      if (got != 0) std::memcpy(room.data(), rest_.data(), got);
      rest_ = rest_.subspan(got);
      tasks_.add(got);
      return true;
    }

   private:
    std::span<const std::uint8_t> rest_;
    TaskRecords tasks_;
  };
  std::vector<Bytes> records_;
  Bytes tasks_;
  Decoder decoder_;
  std::size_t read_ = 0;
  std::uint64_t bad_ = 0;
};

// Reads all that is reported, and the lineage.
class TouchingSink final : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override {
    for (const std::string_view text : {record.task->comm, record.task->tty, record.task->cgroup})
      touch(text);
    if (record.image != nullptr) {
      const ImageFacts& image = *record.image;
      for (const std::string_view text :
           {image.exe, image.cwd, image.filename, image.interpreter, image.args})
        touch(text);
    }
    if (record.failed != nullptr) touch(record.failed->filename);
    chain_.clear();
    append_chain(chain_, TableLineage(*record.head.table, *record.head.users, record.slot));
    require(!chain_.empty(), "a chain has at least its process");
    return {};
  }
  Result<void> on_lost(const LostRecord& record) override {
    touch(record.lost.kind);
    return {};
  }
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }

 private:
  std::string chain_;
};

void follow(Input input) {
  std::vector<Bytes> records(input.byte() % 16);
  for (Bytes& record : records) record = made_record(input.byte());
  Bytes tasks;
  while (!input.empty() && !records.empty()) change(records[input.byte() % records.size()], input);
  for (const Bytes& record : records) {
    if (record.size() >= sizeof(pt_header) && record[offsetof(pt_header, kind)] == PT_TASK)
      tasks.insert(tasks.end(), record.begin(), record.end());
  }
  RecordSource source(std::move(records), std::move(tasks));
  TouchingSink sink;
  EngineOptions options;
  options.proc_root = "/nonexistent";
  Engine engine(source, sink, Host{}, options);
  require(engine.start().has_value() && engine.report_start().has_value(), "it starts");
  require(engine.pump(kReadAll).has_value() && engine.tick().has_value(), "no record ends it");
  require(engine.stop().has_value(), "it stops");
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  proctree::fuzz::follow(proctree::fuzz::Input({data, size}));
  return 0;
}
