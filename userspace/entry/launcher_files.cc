// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/launcher_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tree/namespaces.hpp"

namespace proctree::entry {

namespace {

constexpr std::string_view kUsr = "/usr";

bool is_of_host(const TaskFacts& task) { return task.ns[kNsUser] == kInitialUserNamespace; }

bool may_be(const Launcher& launcher, const TaskFacts& task) {
  return !launcher.is_root || (task.uid == 0 && is_of_host(task));
}

}  // namespace

LauncherFiles::LauncherFiles(std::unique_ptr<FileFinder> finder)
    : finder_(std::move(finder)),
      home_(finder_ ? finder_->mount_namespace() : 0),
      known_(launchers().size()) {
  for (std::size_t id = 1; id < known_.size(); ++id) {
    if (launchers()[id].is_script) {
      by_script_.emplace(launchers()[id].path, static_cast<LauncherId>(id));
    } else {
      look(static_cast<LauncherId>(id));
    }
  }
}

// A host that has not merged / and /usr may have it in either.
void LauncherFiles::look(LauncherId id) {
  Known& known = known_[id];
  const std::optional<FoundFile> before = known.file;
  known.path = launcher(id).path;
  known.file = find_file(known.path);
  if (!known.file && known.path.starts_with(kUsr)) {
    const std::string_view other = known.path.substr(kUsr.size());
    known.file = find_file(other);
    if (known.file) known.path = other;
  }
  by_path_.insert_or_assign(known.path, id);
  const auto keys = [](const std::optional<FoundFile>& file) {
    return file ? std::array{file->key, FileKey{file->superblock_dev, file->key.inode}}
                : std::array<FileKey, 2>{};
  };
  if (keys(before) == keys(known.file)) return;
  ++changes_;
  for (const FileKey& key : keys(before)) {
    if (const auto found = by_file_.find(key); found != by_file_.end() && found->second == id)
      by_file_.erase(found);
  }
  for (const FileKey& key : keys(known.file)) {
    if (key.inode != 0) by_file_.try_emplace(key, id);
  }
}

std::optional<FoundFile> LauncherFiles::find_file(std::string_view path) const {
  return finder_ ? finder_->find(path) : std::nullopt;
}

LauncherId LauncherFiles::by_path(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? kNoLauncher : found->second;
}

bool LauncherFiles::is_file(LauncherId id, const ImageFacts& image) const {
  const auto& file = known_[id].file;
  if (!file || !file->is_trusted || image.exe_inode != file->key.inode) return false;
  if (image.exe_dev == file->key.dev) return true;
  return image.exe_dev == file->superblock_dev && image.exe == known_[id].path && !image.exe_detached;
}

bool LauncherFiles::is_home(const TaskFacts& task) const {
  return finder_ && task.ns[kNsMnt] != 0 && task.ns[kNsMnt] == home_;
}

LauncherId LauncherFiles::of_file(const TaskFacts& task, const ImageFacts& image) {
  if (image.exe_inode == 0 || image.exe_memfd) return kNoLauncher;
  const LauncherId named = by_path(image.exe);
  if (image.exe_deleted) {
    const bool replaced = named != kNoLauncher && !image.exe_detached && is_home(task) && is_of_host(task);
    return replaced ? named : kNoLauncher;
  }
  if (named != kNoLauncher && is_home(task) && is_file(named, image)) return named;
  LauncherId id = named;
  if (id == kNoLauncher) {
    const auto found = by_file_.find({image.exe_dev, image.exe_inode});
    if (found == by_file_.end()) return kNoLauncher;
    id = found->second;
  }
  // By another mount or name, or a file that wasn't there before: is it the one at the path now?
  look(id);
  if (is_file(id, image)) return id;
  // Its path may be another launcher's name in the process's own namespace.
  const auto found = by_file_.find({image.exe_dev, image.exe_inode});
  if (found == by_file_.end() || found->second == id) return kNoLauncher;
  id = found->second;
  look(id);
  return is_file(id, image) ? id : kNoLauncher;
}

LauncherId LauncherFiles::find(const TaskFacts& task, const ImageFacts& image) {
  // A script first: OpenRC's are executed by a launcher.
  const LauncherId named = image.interpreter.empty() ? kNoLauncher : script(task, image);
  if (named != kNoLauncher) return named;
  const LauncherId id = of_file(task, image);
  return may_be(launcher(id), task) ? id : kNoLauncher;
}

LauncherId LauncherFiles::script(const TaskFacts& task, const ImageFacts& image) {
  const std::string_view name = image.filename;
  LauncherId id = kNoLauncher;
  if (name.starts_with(kInitScripts)) {
    const std::string_view rest = name.substr(kInitScripts.size());
    if (!rest.empty() && rest.find('/') == std::string_view::npos) id = init_script_launcher();
  } else {
    const auto found = by_script_.find(name);
    if (found != by_script_.end()) id = found->second;
  }
  if (id == kNoLauncher || image.string_truncated || !is_home(task) || !is_of_host(task)) return kNoLauncher;
  if (!may_be(launcher(id), task)) return kNoLauncher;
  const auto is_trusted = [this](std::string_view path) {
    const auto file = find_file(path);
    return file && file->is_trusted;
  };
  return is_trusted(name) && is_trusted(image.interpreter) ? id : kNoLauncher;
}

std::vector<FileKey> LauncherFiles::environment_files() const {
  std::vector<FileKey> files;
  const auto add = [&files](const FileKey& key) {
    if (std::ranges::find(files, key) == files.end()) files.push_back(key);
  };
  for (std::size_t id = 1; id < known_.size(); ++id) {
    const auto& file = known_[id].file;
    if (!launchers()[id].environment || !file || !file->is_trusted) continue;
    add({file->superblock_dev, file->key.inode});
  }
  return files;
}

}  // namespace proctree::entry
