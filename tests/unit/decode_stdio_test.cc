// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/decode_stdio.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

namespace proctree {
namespace {

using std::string_literals::operator""s;

StdioRecords three() {
  StdioRecords records{};
  for (std::size_t fd = 0; fd < records.size(); ++fd) records[fd].same_as = static_cast<std::uint8_t>(fd);
  return records;
}

StandardFile first_of(const pt_stdio& first, const std::string& path = {}) {
  StdioRecords records = three();
  records[0] = first;
  records[0].flags |= PT_STDIO_OPEN;
  static StdioDecoder decoder;
  EXPECT_TRUE(decoder.decode(records, {path, {}, {}}));
  return decoder.result().files[0];
}

pt_stdio of_mode(std::uint32_t mode, std::uint32_t rdev = 0, std::uint8_t flags = 0) {
  pt_stdio record{};
  record.mode = mode | 0600;
  record.rdev = rdev;
  record.flags = flags;
  record.inode = 7;
  return record;
}

constexpr std::uint32_t device(std::uint32_t major, std::uint32_t minor) { return major << 20 | minor; }

TEST(DecodeStdio, Kinds) {
  const auto kind = [](const pt_stdio& record, const std::string& path = "x\0"s) {
    return first_of(record, path).kind;
  };
  EXPECT_EQ(kind(of_mode(S_IFREG)), FileKind::file);
  EXPECT_EQ(kind(of_mode(S_IFDIR)), FileKind::other);
  EXPECT_EQ(kind(of_mode(S_IFIFO)), FileKind::pipe);
  EXPECT_EQ(kind(of_mode(S_IFBLK, device(1, 3))), FileKind::other);
  EXPECT_EQ(kind(of_mode(S_IFCHR, device(1, 3))), FileKind::null);
  EXPECT_EQ(kind(of_mode(S_IFCHR, device(1, 5))), FileKind::other);
  EXPECT_EQ(kind(of_mode(S_IFCHR, device(136, 0))), FileKind::tty);
  EXPECT_EQ(kind(of_mode(S_IFCHR, device(4, 64))), FileKind::tty);
  EXPECT_EQ(kind(of_mode(0, 0, PT_STDIO_ROOT)), FileKind::other) << "an anonymous inode, before 6.16";
  EXPECT_EQ(kind(of_mode(S_IFREG, 0, PT_STDIO_ROOT), "[eventfd]\0"s), FileKind::other);
}

TEST(DecodeStdio, AMemfdIsUnlinkedAndItsOwnRoot) {
  const std::string path = "memfd:name\0"s;
  const StandardFile memfd = first_of(of_mode(S_IFREG, 0, PT_STDIO_ROOT | PT_STDIO_UNLINKED), path);
  EXPECT_EQ(memfd.kind, FileKind::memfd);
  EXPECT_EQ(memfd.path, "/memfd:name");
  EXPECT_EQ(first_of(of_mode(S_IFREG, 0, PT_STDIO_UNLINKED), path).kind, FileKind::file)
      << "a file called so";
}

TEST(DecodeStdio, OnlyAConnectedSocketHasAnAddressAtItsOtherEnd) {
  pt_stdio socket = of_mode(S_IFSOCK);
  socket.family = AF_INET;
  ASSERT_EQ(inet_pton(AF_INET, "10.0.0.9", socket.peer_address), 1);
  EXPECT_EQ(first_of(socket).peer, "");
  socket.peer_port = htons(4444);
  EXPECT_EQ(first_of(socket).peer, "10.0.0.9:4444");
  EXPECT_EQ(first_of(socket).path, "");
  socket.family = AF_INET6;
  ASSERT_EQ(inet_pton(AF_INET6, "2001:db8::1", socket.peer_address), 1);
  EXPECT_EQ(first_of(socket).peer, "[2001:db8::1]:4444");
  socket.family = AF_UNIX;
  socket.peer_pid = 42;
  socket.peer_start_ns = 43;
  EXPECT_EQ(first_of(socket).peer, "");
  EXPECT_EQ(first_of(socket).peer_process, (ProcKey{42, 43}));
}

TEST(DecodeStdio, WhatIsTheSameFileIsReportedOfEachDescriptor) {
  StdioRecords records = three();
  records[0] = of_mode(S_IFREG, 0, PT_STDIO_OPEN | PT_STDIO_READS);
  records[0].dev = 13;
  records[2].same_as = 0;
  StdioDecoder decoder;
  ASSERT_TRUE(decoder.decode(records, {"f\0d\0"s, {}, {}}));
  const Stdio& stdio = decoder.result();
  EXPECT_EQ(stdio.files[0].path, "/d/f");
  EXPECT_EQ(stdio.files[1].kind, FileKind::closed);
  EXPECT_EQ(stdio.files[1].inode, 0U);
  EXPECT_EQ(stdio.files[2].path, "/d/f");
  EXPECT_EQ(stdio.devs[0], 13U);
  EXPECT_EQ(stdio.devs[2], 13U);
  EXPECT_TRUE(stdio.reads[2]);
  EXPECT_FALSE(stdio.writes[2]);
}

TEST(DecodeStdio, WhatMakesNoSenseIsRefused) {
  StdioDecoder decoder;
  StdioRecords records = three();
  records[1].same_as = 2;
  EXPECT_FALSE(decoder.decode(records, {}));
  records = three();
  records[0] = of_mode(S_IFREG, 0, PT_STDIO_OPEN);
  EXPECT_FALSE(decoder.decode(records, {"no end", {}, {}}));
}

}  // namespace
}  // namespace proctree
