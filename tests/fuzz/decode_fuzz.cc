// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The wire format: records one after the other as in the ring, then the same bytes as an iterator's output.
// Whatever they are, each is an event or an error, and every view of an event lies inside of its record or
// of the decoder.
#include <algorithm>
#include <cstring>

#include "fuzz.hpp"
#include "source/decode.hpp"

namespace proctree::fuzz {
namespace {

void touch_task(const TaskFacts& task) {
  for (const std::string_view text : {task.comm, task.tty, task.cgroup}) touch(text);
}

void touch_image(const ImageFacts& image) {
  for (const std::string_view text : {image.exe, image.cwd, image.filename, image.interpreter, image.args})
    touch(text);
}

void touch_event(const Event& event) {
  if (const auto* fork = std::get_if<ForkEvent>(&event)) {
    touch_task(fork->child);
    touch(fork->creator_comm);
  } else if (const auto* exec = std::get_if<ExecEvent>(&event)) {
    touch_task(exec->task);
    touch_image(exec->image);
  } else if (const auto* exit = std::get_if<ExitEvent>(&event)) {
    touch_task(exit->task);
  } else if (const auto* failed = std::get_if<FailedExecEvent>(&event)) {
    touch_task(failed->task);
    touch(failed->filename);
  }
}

void decode_ring(std::span<const std::uint8_t> rest) {
  Decoder decoder;  // one for all: it remembers cgroups
  while (rest.size() >= sizeof(pt_header)) {
    pt_header header;
    std::memcpy(&header, rest.data(), sizeof header);
    const std::size_t length =
        std::clamp<std::size_t>((std::size_t{header.size} + 7) & ~std::size_t{7}, sizeof header, rest.size());
    const Exact record(rest.first(length));
    if (const auto decoded = decoder.decode(record.bytes()); decoded && decoded->event)
      touch_event(*decoded->event);
    rest = rest.subspan(length);
  }
}

void decode_iterator(std::span<const std::uint8_t> rest) {
  Decoder decoder;
  while (!rest.empty()) {
    const Exact output(rest);
    std::size_t used = 0;
    const auto task = decoder.decode_task(output.bytes(), used);
    if (!task) return;
    touch_task(task->task);
    touch_image(task->image);
    require(used >= sizeof(pt_header) && used <= rest.size(), "a task is used up, and no more than it");
    rest = rest.subspan(used);
  }
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  proctree::fuzz::decode_ring({data, size});
  proctree::fuzz::decode_iterator({data, size});
  return 0;
}
