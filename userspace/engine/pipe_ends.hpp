// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which processes have executed something with which end of a pipe as a standard descriptor: the recent ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tree/event.hpp"

namespace proctree {

class PipeEnds {
 public:
  // Notes the pipes of a process that executes, and returns its files with the other ends' processes.
  const StandardFiles& note(const ProcKey& process, const Stdio& stdio) {
    if (places_.empty()) places_.resize(kPlaces);
    files_ = stdio.files;
    for (std::size_t fd = 0; fd < files_.size(); ++fd) {
      if (files_[fd].kind == FileKind::pipe)
        note(process, files_[fd], stdio.devs[fd], stdio.reads[fd], stdio.writes[fd]);
    }
    return files_;
  }

 private:
  static constexpr std::size_t kPlaces = 4096;  // direct-mapped: another pipe in its place is forgotten

  struct Place {
    std::uint64_t inode = 0;
    std::uint32_t dev = 0;  // two named ones may have the same inode
    ProcKey reader;
    ProcKey writer;
  };

  void note(const ProcKey& process, StandardFile& file, std::uint32_t dev, bool reads, bool writes) {
    Place& place = places_[file.inode % kPlaces];
    if (place.inode != file.inode || place.dev != dev) place = {file.inode, dev, {}, {}};
    const ProcKey& other = reads ? place.writer : place.reader;
    if (reads != writes && other != process) file.peer_process = other;
    if (reads) place.reader = process;
    if (writes) place.writer = process;
  }

  std::vector<Place> places_;  // none until there is anything to note
  StandardFiles files_;
};

}  // namespace proctree
