// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Child processes of a test: started with chosen descriptors, waited for with a limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace proctree::live {

// A descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
};
[[nodiscard]] Pipe make_pipe();  // close-on-exec
[[nodiscard]] Fd open_file(const std::string& path, int flags);

[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] std::string read_to_end(int fd);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);  // without their newlines
[[nodiscard]] std::size_t count_lines(const std::string& text);            // ended ones

[[nodiscard]] std::uint64_t boot_now_ns();  // CLOCK_BOOTTIME, as ktime_ns is

struct Launch {
  std::vector<std::string> argv;
  std::string cwd;                       // empty: this one
  std::vector<std::pair<int, int>> fds;  // {here, there}; others are closed
  std::optional<uid_t> uid;              // and the group of the same number
  std::vector<std::string> env = {"PATH=/usr/bin:/bin"};
};

// Dies of an assertion-like message where the system refuses: a test can't go on then.
[[nodiscard]] pid_t launch(const Launch& how);

// A limit for this machine: PROCTREE_PATIENCE times the usual one, where the environment says so, as it does
// where the machine is an emulated one.
[[nodiscard]] std::chrono::seconds patiently(std::chrono::seconds usual);

// The wait(2) status; nullopt where it did not end in time (patiently): it is killed then.
[[nodiscard]] std::optional<int> wait_for(pid_t pid, std::chrono::seconds limit = std::chrono::seconds(60));

// "exit 0", "signal 9", "no end in time".
[[nodiscard]] std::string status_text(std::optional<int> status);

struct Ran {
  std::optional<int> status;
  std::string out, err;
  [[nodiscard]] int code() const;  // exit code, or -1
};
[[nodiscard]] Ran run(std::vector<std::string> argv, std::optional<uid_t> uid = {},
                      std::vector<std::string> env = {});

// A directory that others may read, on a file system that honours set-id bits; gone at the end.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

}  // namespace proctree::live
