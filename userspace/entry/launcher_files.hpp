// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which launcher a process runs, by its file: the device and inode that the launcher's path has in pid 1's
// mount namespace, owned by uid 0 and writable by no other user. A name or a path alone makes none, for a
// user may choose both.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "entry/launchers.hpp"
#include "proctree/facts.hpp"
#include "tree/event.hpp"

namespace proctree::entry {

struct FoundFile {
  FileKey key;
  // The device of its superblock, where that isn't `key`'s (btrfs, some overlays): there inode numbers repeat
  // within it, and only together with the path they stand for this file.
  std::uint64_t superblock_dev = 0;
  bool is_trusted = false;  // a file of uid 0's, writable by no other
};

// Finds files by path in pid 1's mount namespace.
class FileFinder {
 public:
  virtual ~FileFinder() = default;
  [[nodiscard]] virtual std::optional<FoundFile> find(std::string_view path) = 0;
  // That namespace's inode; 0: not known.
  [[nodiscard]] virtual std::uint32_t mount_namespace() const = 0;

 protected:
  FileFinder() = default;
  FileFinder(const FileFinder&) = default;
  FileFinder(FileFinder&&) = default;
  FileFinder& operator=(const FileFinder&) = default;
  FileFinder& operator=(FileFinder&&) = default;
};

// The host's. Holds what it needs, so that it works on without privileges. `proc_root`: where the host's
// /proc is. Where neither pid 1's root nor kthreadd's can be opened, our own is taken, unless its namespace
// is known to be another: a service in a mount namespace of its own has the host's files there.
[[nodiscard]] std::unique_ptr<FileFinder> host_files(const char* proc_root = "/proc");

class LauncherFiles {
 public:
  // Null: no file is a launcher's.
  explicit LauncherFiles(std::unique_ptr<FileFinder> finder);

  // Pid 1's mount namespace, as events have it: a tracer without privileges can't look.
  void set_home(std::uint32_t mount_namespace) { home_ = mount_namespace; }

  // The launcher that this image is. May look at a launcher's path again where what is known of it may be out
  // of date: an upgrade replaces files.
  [[nodiscard]] LauncherId find(const TaskFacts& task, const ImageFacts& image);

  // Of those whose children's environment is of use. changes() grows when one is another.
  [[nodiscard]] std::vector<FileKey> environment_files() const;
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  struct Hash {
    std::size_t operator()(const FileKey& key) const {
      return (key.inode * 0x9e3779b97f4a7c15ULL) ^ (key.dev << 1);
    }
  };
  // Of our own paths alone, so that nobody can choose what collides. Every exec is looked up, and a path's
  // last bytes distinguish it from most.
  struct PathHash {
    std::size_t operator()(std::string_view path) const {
      std::uint64_t end = 0;
      const std::size_t size = std::min(path.size(), sizeof end);
      if (size != 0) std::memcpy(&end, path.data() + (path.size() - size), size);  // no path: no data either
      return (end ^ path.size()) * 0x9e3779b97f4a7c15ULL >> 32;
    }
  };
  struct Known {
    std::string_view path;  // as it was found
    std::optional<FoundFile> file;
  };

  void look(LauncherId id);
  // Which launcher's file it is, whatever the process.
  [[nodiscard]] LauncherId of_file(const TaskFacts& task, const ImageFacts& image);
  [[nodiscard]] std::optional<FoundFile> find_file(std::string_view path) const;
  [[nodiscard]] LauncherId by_path(std::string_view path) const;
  [[nodiscard]] bool is_file(LauncherId id, const ImageFacts& image) const;
  [[nodiscard]] bool is_home(const TaskFacts& task) const;
  [[nodiscard]] LauncherId script(const TaskFacts& task, const ImageFacts& image);

  std::unique_ptr<FileFinder> finder_;
  std::uint32_t home_ = 0;
  std::vector<Known> known_;  // by launcher
  std::unordered_map<FileKey, LauncherId, Hash> by_file_;
  std::unordered_map<std::string_view, LauncherId, PathHash> by_path_;
  std::unordered_map<std::string_view, LauncherId, PathHash> by_script_;
  std::uint64_t changes_ = 0;
};

}  // namespace proctree::entry
