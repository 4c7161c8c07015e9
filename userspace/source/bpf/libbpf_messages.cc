// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/libbpf_messages.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "source/bpf/programs.hpp"

namespace proctree {

namespace {

thread_local std::string first_warning;

int remember(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN || !first_warning.empty()) return 0;
  std::array<char, 512> line{};
  const int length = std::vsnprintf(line.data(), line.size(), format, args);
  if (length > 0)
    first_warning.assign(line.data(),
                         std::min<std::size_t>(static_cast<std::size_t>(length), line.size() - 1));
  return 0;
}

int remember_and_print(libbpf_print_level level, const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  remember(level, format, again);
  va_end(again);
  return std::vfprintf(stderr, format, args);
}

// For the user: libbpf's begins with its own name, and ends with a newline.
std::string warning_line() { return first_warning.substr(0, first_warning.find('\n')); }

constexpr const char* kNeedsRights = "run it as root, or with CAP_BPF and CAP_PERFMON";
constexpr const char* kShowLog = "proctree doctor --debug-bpf shows all that libbpf and the kernel say of it";

const char* remedy_of_load(int error) {
  switch (error) {
    case EPERM:
      return kNeedsRights;
    case kKernelNotSupported:
      return "turn the kernel's JIT on (sysctl net.core.bpf_jit_enable=1); "
             "proctree doctor --debug-bpf shows all that libbpf and the kernel say of it";
    case ESRCH:  // libbpf's for the kernel's types, whose presence was seen before
      return "free memory, or raise the limit on it (ulimit -v); "
             "proctree doctor --debug-bpf shows all that libbpf and the kernel say of it";
    default:  // EACCES too: it is the verifier's word for a program that it doesn't take
      return kShowLog;
  }
}

tl::unexpected<Error> refused(const char* what, int error, const char* remedy) {
  std::string message = what;
  if (const std::string warning = warning_line(); !warning.empty()) message += " (" + warning + ")";
  return fail_errno(std::move(message), error, remedy);
}

}  // namespace

LibbpfMessages::LibbpfMessages(bool all) : previous_(libbpf_set_print(all ? remember_and_print : remember)) {
  forget();
}

void LibbpfMessages::forget() { first_warning.clear(); }

tl::unexpected<Error> load_error(const char* what, int error) {
  return refused(what, error, remedy_of_load(error));
}

tl::unexpected<Error> attach_error(const char* what, int error) {
  return refused(what, error, error == EPERM || error == EACCES ? kNeedsRights : kShowLog);
}

}  // namespace proctree
