// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Ring and iterator bytes → events. Every length is checked against the record before it is used:
// bytes that make no sense are an error, never a read outside of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "proctree/error.hpp"
#include "proctree_event.h"
#include "source/decode_stdio.hpp"
#include "tree/event.hpp"
#include "tree/variable_names.hpp"

namespace proctree {

// Holds what records refer to (the paths of cgroups, sent once) and the strings it puts together;
// what it returns is valid until its next call.
class Decoder {
 public:
  struct Decoded {
    const pt_header* header = nullptr;
    const Event* event = nullptr;  // null: a record for the decoder alone
  };

  // Of each environment's first `most` bytes these variables are reported, and no other.
  void set_variables(VariableNames names, std::size_t most) {
    variable_names_ = std::move(names);
    env_most_ = most;
  }

  // One record of the ring; `bytes` must be aligned to 8.
  [[nodiscard]] Result<Decoded> decode(std::span<const std::byte> bytes);

  // The first record of an iterator's output; `used` is set to its size, also for a bad record, and to 0
  // where the size is bad: then the next one can't be found.
  [[nodiscard]] Result<SnapshotTask> decode_task(std::span<const std::byte> bytes, std::size_t& used);

  // Of a cgroup that a record has named; empty: not known.
  [[nodiscard]] std::string_view cgroup_path(std::uint64_t nr);

 private:
  // Larger than the kernel side's map of what it has sent (cgroups_sent in bpf/maps.bpf.h).
  static constexpr std::size_t kCgroupGeneration = 8192;

  class Tail;
  struct Cgroup {
    std::string path;
    bool truncated = false;
  };

  // Both into event_.
  [[nodiscard]] Result<void> decode_exec(std::span<const std::byte> bytes);
  [[nodiscard]] Result<void> decode_failed_exec(std::span<const std::byte> bytes);
  void take_environment(ExecEvent& exec, const pt_image& image, std::string_view environment);
  void fill_task(TaskFacts& out, const pt_task& task);
  void set_tty(const char (&name)[PT_TTY_LEN]);
  // False where a component isn't ended.
  [[nodiscard]] bool set_cwd(std::string_view components, bool truncated);
  // Takes the strings off `tail`, all but the environment.
  [[nodiscard]] bool fill_image(ImageFacts& out, const pt_exec& record, Tail& tail);
  [[nodiscard]] bool decode_stdio(const StdioRecords& stdio, Tail& tail);
  [[nodiscard]] bool learn_cgroup(const pt_cgroup& record);
  [[nodiscard]] const Cgroup* find_cgroup(std::uint64_t nr);

  // Two generations: what is looked up moves to the young one, so that only what records no longer name is
  // forgotten when the young one is full and becomes the old one.
  std::unordered_map<std::uint64_t, Cgroup> cgroups_young_;
  std::unordered_map<std::uint64_t, Cgroup> cgroups_old_;
  std::uint64_t last_cgroup_nr_ = 0;
  const Cgroup* last_cgroup_ = nullptr;  // that was found; null: look it up
  Event event_;                          // where it was made: it is large, and handed on by reference
  std::string exe_;
  std::string cwd_;
  std::string cwd_components_;  // that cwd_ was made of: most often the next one's are the same
  bool cwd_truncated_ = false;
  std::string cgroup_;
  std::array<char, PT_TTY_LEN> tty_name_{};  // the kernel's, of tty_
  std::string tty_;
  StdioDecoder stdio_;
  ExeState exe_state_;
  std::string environment_;
  std::string env_;
  VariableNames variable_names_;
  std::size_t env_most_ = 0;
};

// "true\0bin\0usr\0" → "/usr/bin/true" (without the leading "/" where `truncated`: the root side is
// missing). Returns false where a component isn't ended.
[[nodiscard]] bool append_path_leaf_first(std::string& out, std::string_view components, bool truncated);

}  // namespace proctree
