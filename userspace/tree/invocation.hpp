// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the records of a process's descendants say of it beyond its image: the beginning of its arguments, the
// title that it has put over them, its terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/interner.hpp"
#include "proctree/facts.hpp"
#include "tree/container.hpp"

namespace proctree {

inline constexpr std::size_t kAncestorArgsDefault = 256;
inline constexpr std::size_t kAncestorArgsMost = 16 * 1024;
inline constexpr std::size_t kScriptMost = 255;

// The ids that a process acts with, beside its real uid; kUnsetId: not known, or not retained.
struct Credentials {
  std::uint32_t gid = kUnsetId;
  std::uint32_t euid = kUnsetId;
  std::uint32_t egid = kUnsetId;
  std::uint32_t loginuid = kUnsetId;
  std::uint32_t audit_session = kUnsetId;

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// What is retained of a process where that was asked for (kKeepCwd and so on).
struct Retained {
  std::string_view cwd;
  std::string_view container_id;  // that the process itself is in
  std::string_view container_runtime;
  Credentials credentials;

  friend bool operator==(const Retained&, const Retained&) = default;
  [[nodiscard]] bool empty() const {
    return cwd.empty() && container_id.empty() && container_runtime.empty() && credentials == Credentials{};
  }
};

struct Invocation {
  std::string_view args;   // as executed, each argument ended by NUL, unless cut
  std::string_view title;  // that it shows in their place
  std::string_view tty;
  std::string_view script;        // the name of the one that it interprets
  std::string_view container_id;  // of the container that it runs: a runtime's; "" where not said
  std::string_view container_name;
  std::string_view container_image;
  Retained retained;
  std::uint32_t args_size = 0;  // as executed, in bytes
  bool args_known = false;
  bool args_truncated = false;
  bool title_truncated = false;

  friend bool operator==(const Invocation&, const Invocation&) = default;
  [[nodiscard]] bool names_container() const { return !container_name.empty() || !container_image.empty(); }
};

// Of an image as it begins; `args_max` bytes of its arguments at most. Views into `image` and `task`.
// With what else `keep` (kKeepCwd and so on) says.
[[nodiscard]] Invocation invocation_of(const TaskFacts& task, const ImageFacts& image, std::size_t args_max,
                                       std::uint32_t keep = 0);

// What of `task` is retained and changes without an exec, too.
class RetainedOfTask {
 public:
  RetainedOfTask() = default;
  RetainedOfTask(const RetainedOfTask&) = delete;  // views of its own text
  RetainedOfTask& operator=(const RetainedOfTask&) = delete;
  ~RetainedOfTask() = default;
  // Both are good until the next call.
  void set(const TaskFacts& task, std::uint32_t keep);
  // Returns whether that changes anything.
  bool put_into(Invocation& invocation) const;

 private:
  std::string cgroup_;  // the last one: a process is forked and executes in the same
  Container container_;
  Credentials credentials_;
};

// The first `most` bytes, and no part of a character.
[[nodiscard]] std::string_view first_bytes(std::string_view text, std::size_t most);

using InvocationId = Interner::Id;
inline constexpr InvocationId kNoInvocation = Interner::kNone;

// Invocations, each stored once and shared by all processes that have the same.
class Invocations {
 public:
  // kNoInvocation for an empty one.
  InvocationId acquire(const Invocation& invocation);
  void retain(InvocationId id) {
    if (id != kNoInvocation) packed_.retain(id);
  }
  void release(InvocationId id);
  // Whether acquire() would return `id`. False for one that retains more, whichever it is.
  [[nodiscard]] bool is(InvocationId id, const Invocation& invocation) const;
  [[nodiscard]] Invocation operator[](InvocationId id) const;
  [[nodiscard]] std::string_view script(InvocationId id) const;
  [[nodiscard]] std::string_view tty(InvocationId id) const;
  // Not 0, and never another one's, though an id is reused; 0 for kNoInvocation.
  [[nodiscard]] std::uint64_t generation(InvocationId id) const {
    return id == kNoInvocation ? 0 : generations_[id];
  }
  // Some of them name a container.
  [[nodiscard]] bool any_names_container() const { return naming_containers_ != 0; }
  [[nodiscard]] std::size_t bytes() const {
    return packed_.bytes() + packed_.size() * sizeof(generations_[0]);
  }

 private:
  Interner packed_;
  std::vector<std::uint64_t> generations_;  // by id
  std::uint64_t acquired_ = 0;              // different ones, ever
  std::size_t naming_containers_ = 0;
  std::string scratch_;
};

}  // namespace proctree
