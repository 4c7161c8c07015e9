// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which process has a pipe's other end.
#include "engine/pipe_ends.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

constexpr std::size_t kIn = 0, kOut = 1;

Stdio with_pipe(std::size_t fd, std::uint64_t inode, std::uint32_t dev) {
  Stdio stdio;
  stdio.files[fd].kind = FileKind::pipe;
  stdio.files[fd].inode = inode;
  stdio.devs[fd] = dev;
  stdio.reads[fd] = fd == kIn;
  stdio.writes[fd] = fd != kIn;
  return stdio;
}

TEST(PipeEnds, EachHasTheOther) {
  PipeEnds ends;
  EXPECT_EQ(ends.note({100, 1}, with_pipe(kOut, 7, 13))[kOut].peer_process, ProcKey{});
  EXPECT_EQ(ends.note({101, 2}, with_pipe(kIn, 7, 13))[kIn].peer_process, (ProcKey{100, 1}));
  EXPECT_EQ(ends.note({100, 1}, with_pipe(kOut, 7, 13))[kOut].peer_process, (ProcKey{101, 2}));
}

TEST(PipeEnds, AnInodeIsOfItsFileSystem) {
  PipeEnds ends;
  ends.note({100, 1}, with_pipe(kOut, 7, 13));
  EXPECT_EQ(ends.note({101, 2}, with_pipe(kIn, 7, 14))[kIn].peer_process, ProcKey{})
      << "a named pipe elsewhere with the same inode";
}

}  // namespace
}  // namespace proctree
