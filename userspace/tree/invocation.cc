// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/invocation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "tree/runtime_args.hpp"
#include "tree/script.hpp"

namespace proctree {

namespace {

// The texts of an invocation, as they stand behind each other: first what is asked for alone, of each
// ancestor in a line of text, and of each fork.
constexpr std::array kTexts = {&Invocation::script,         &Invocation::tty,
                               &Invocation::args,           &Invocation::title,
                               &Invocation::container_id,   &Invocation::container_name,
                               &Invocation::container_image};
static_assert(kTexts[0] == &Invocation::script && kTexts[1] == &Invocation::tty);
constexpr std::size_t kNameMost = kScriptMost;  // of what is neither arguments nor title

// In front of them.
struct Head {
  std::uint32_t args_size = 0;
  bool args_known = false;
  bool args_truncated = false;
  bool title_truncated = false;
  bool names_container = false;
  std::array<std::uint16_t, kTexts.size()> sizes{};
  bool retains = false;  // a RetainedHead and its texts stand behind the others
  std::uint8_t padding = 0;

  friend bool operator==(const Head& a, const Head& b) { return std::memcmp(&a, &b, sizeof a) == 0; }
};
static_assert(std::has_unique_object_representations_v<Head>,
              "bytes between members would tell apart equals");

constexpr std::array kRetainedTexts = {&Retained::cwd, &Retained::container_id, &Retained::container_runtime};
constexpr std::size_t kPathMost = 4096;
struct RetainedHead {
  std::uint32_t gid, euid, egid, loginuid, audit_session;
  std::array<std::uint16_t, kRetainedTexts.size()> sizes;
  std::uint16_t padding;
};
static_assert(std::has_unique_object_representations_v<RetainedHead>);

void append_retained(std::string& packed, const Retained& retained) {
  const Credentials& ids = retained.credentials;
  RetainedHead head{ids.gid, ids.euid, ids.egid, ids.loginuid, ids.audit_session, {}, 0};
  const std::size_t at = packed.size();
  packed.append(sizeof head, '\0');
  for (std::size_t i = 0; i < kRetainedTexts.size(); ++i) {
    const std::string_view text = first_bytes(retained.*kRetainedTexts[i], kPathMost);
    head.sizes[i] = static_cast<std::uint16_t>(text.size());
    packed += text;
  }
  std::memcpy(packed.data() + at, &head, sizeof head);
}

Retained read_retained(std::string_view packed) {
  RetainedHead head;
  std::memcpy(&head, packed.data(), sizeof head);
  packed.remove_prefix(sizeof head);
  Retained retained;
  retained.credentials = {head.gid, head.euid, head.egid, head.loginuid, head.audit_session};
  for (std::size_t i = 0; i < kRetainedTexts.size(); ++i) {
    retained.*kRetainedTexts[i] = packed.substr(0, head.sizes[i]);
    packed.remove_prefix(head.sizes[i]);
  }
  return retained;
}

static_assert(kAncestorArgsMost <= std::numeric_limits<std::uint16_t>::max());

Head head_of(std::string_view packed) {
  Head head;
  std::memcpy(&head, packed.data(), sizeof head);
  return head;
}

constexpr std::size_t most_of(std::string_view Invocation::*text) {
  return text == &Invocation::args || text == &Invocation::title ? kAncestorArgsMost : kNameMost;
}

Head head_of(const Invocation& invocation) {
  Head head;
  head.args_size = invocation.args_size;
  head.args_known = invocation.args_known;
  head.args_truncated = invocation.args_truncated;
  head.title_truncated = invocation.title_truncated;
  head.names_container = invocation.names_container();
  head.retains = !invocation.retained.empty();
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const std::string_view text = invocation.*kTexts[i];
    if (text.empty()) continue;  // most are
    head.sizes[i] = static_cast<std::uint16_t>(first_bytes(text, most_of(kTexts[i])).size());
  }
  return head;
}

}  // namespace

std::string_view first_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back)
    --end;
  const bool whole = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
  return text.substr(0, whole ? end : most);
}

void RetainedOfTask::set(const TaskFacts& task, std::uint32_t keep) {
  if ((keep & kKeepContainer) != 0 && task.cgroup != cgroup_) {
    cgroup_ = task.cgroup;
    container_ = container_of(cgroup_);
  }
  credentials_ = {};
  if ((keep & kKeepCredentials) != 0 && has_proc_facts(task))
    credentials_ = {task.gid, task.euid, task.egid, task.loginuid, task.audit_session};
}

bool RetainedOfTask::put_into(Invocation& invocation) const {
  Retained& retained = invocation.retained;
  if (retained.credentials == credentials_ && retained.container_id == container_.id()) return false;
  retained.container_id = container_.id();
  retained.container_runtime = container_.runtime();
  retained.credentials = credentials_;
  return true;
}

Invocation invocation_of(const TaskFacts& task, const ImageFacts& image, std::size_t args_max,
                         std::uint32_t keep) {
  Invocation invocation;
  invocation.tty = task.tty;
  if ((keep & kKeepCwd) != 0) invocation.retained.cwd = image.cwd;
  if (!image.args_known) return invocation;
  const std::string_view script = script_argument(image.exe, image.args);
  invocation.script = first_bytes(base_name(script), kScriptMost);
  name_container(invocation, image.exe, image.args);
  if (args_max == 0) return invocation;
  invocation.args_known = true;
  invocation.args_size = image.args_size;
  invocation.args = first_bytes(image.args, std::min(args_max, kAncestorArgsMost));
  invocation.args_truncated =
      invocation.args.size() < std::max<std::size_t>(image.args.size(), image.args_size);
  // An end is no sign that an argument follows.
  if (invocation.args_truncated && invocation.args.ends_with('\0')) invocation.args.remove_suffix(1);
  return invocation;
}

bool Invocations::is(InvocationId id, const Invocation& invocation) const {
  const Head head = head_of(invocation);
  if (id == kNoInvocation) return head == Head{};
  std::string_view packed = packed_.view(id);
  if (head.retains || head != head_of(packed)) return false;
  packed.remove_prefix(sizeof head);
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (head.sizes[i] == 0) continue;
    if ((invocation.*kTexts[i]).substr(0, head.sizes[i]) != packed.substr(0, head.sizes[i])) return false;
    packed.remove_prefix(head.sizes[i]);
  }
  return true;
}

InvocationId Invocations::acquire(const Invocation& invocation) {
  const Head head = head_of(invocation);
  scratch_.resize(sizeof head);
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (head.sizes[i] != 0) scratch_ += (invocation.*kTexts[i]).substr(0, head.sizes[i]);
  if (head.retains) append_retained(scratch_, invocation.retained);
  if (head == Head{}) return kNoInvocation;
  std::memcpy(scratch_.data(), &head, sizeof head);
  const InvocationId id = packed_.acquire(scratch_);
  if (packed_.count(id) == 1) {
    if (id >= generations_.size()) generations_.resize(id + 1);
    generations_[id] = ++acquired_;
    if (head.names_container) ++naming_containers_;
  }
  return id;
}

void Invocations::release(InvocationId id) {
  if (id == kNoInvocation) return;
  if (packed_.count(id) == 1 && head_of(packed_.view(id)).names_container) --naming_containers_;
  packed_.release(id);
}

Invocation Invocations::operator[](InvocationId id) const {
  Invocation invocation;
  if (id == kNoInvocation) return invocation;
  std::string_view rest = packed_.view(id);
  const Head head = head_of(rest);
  rest.remove_prefix(sizeof head);
  invocation.args_size = head.args_size;
  invocation.args_known = head.args_known;
  invocation.args_truncated = head.args_truncated;
  invocation.title_truncated = head.title_truncated;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    invocation.*kTexts[i] = rest.substr(0, head.sizes[i]);
    rest.remove_prefix(head.sizes[i]);
  }
  if (head.retains) invocation.retained = read_retained(rest);
  return invocation;
}

std::string_view Invocations::script(InvocationId id) const {
  if (id == kNoInvocation) return {};
  const std::string_view packed = packed_.view(id);
  return packed.substr(sizeof(Head), head_of(packed).sizes[0]);
}

std::string_view Invocations::tty(InvocationId id) const {
  if (id == kNoInvocation) return {};
  const std::string_view packed = packed_.view(id);
  const Head head = head_of(packed);
  return packed.substr(sizeof(Head) + head.sizes[0], head.sizes[1]);
}

}  // namespace proctree
