// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/byte_source.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <thread>

#include "base/line_reader.hpp"
#include "compress.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

// Words that repeat, and bytes that don't.
std::string text_of(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size) + 1);
  std::string text;
  while (text.size() < size) {
    if (random() % 4 != 0)
      text += "a line of a recording ";
    else
      text += static_cast<char>(random());
  }
  text.resize(size);
  return text;
}

struct Read {
  std::string text;
  std::string error;
  bool cut_short = false;
};

class SourceTest : public testing::Test {
 protected:
  [[nodiscard]] ByteSource source(std::string_view bytes) const {
    tree_.write("file", bytes);
    return {FileDescriptor(::open(tree_.path("file").c_str(), O_RDONLY | O_CLOEXEC)), "file"};
  }
  static Read all(ByteSource source, std::size_t at_once = 100'000) {
    Read read;
    std::string room(at_once, '\0');
    while (true) {
      const auto got = source.read(room.data(), room.size());
      if (!got) read.error = got.error().to_string();
      if (!got || *got == 0) break;
      EXPECT_LE(*got, room.size());
      read.text.append(room, 0, *got);
    }
    read.cut_short = source.is_cut_short();
    return read;
  }
  [[nodiscard]] Read all(std::string_view bytes, std::size_t at_once = 100'000) const {
    return all(source(bytes), at_once);
  }

  TempTree tree_;
};

class ByteSourceTest : public SourceTest, public testing::WithParamInterface<const char*> {
 protected:
  static std::string compress(std::string_view text) {
    return GetParam() == std::string_view("gzip") ? gzip(text) : zstd(text);
  }
};

TEST_P(ByteSourceTest, GivesWhatWasCompressed) {
  for (const std::size_t size : {0UL, 1UL, 3UL, 1000UL, 131'072UL, 2'000'000UL}) {
    const std::string text = text_of(size);
    const std::string bytes = compress(text);
    for (const std::size_t at_once : {1UL, 7UL, 4096UL, 5'000'000UL}) {
      if (size / at_once > 100'000) continue;
      const Read read = all(bytes, at_once);
      EXPECT_TRUE(read.text == text) << size << ", at once " << at_once;
      EXPECT_EQ(read.error, "");
      EXPECT_FALSE(read.cut_short);
    }
  }
}

TEST_P(ByteSourceTest, ReadsAllMembersOfOneFile) {
  std::string text;
  std::string bytes;
  for (std::size_t size = 0; size < 300; ++size) {
    text += text_of(size * 7);
    bytes += compress(text_of(size * 7));
  }
  EXPECT_TRUE(all(bytes).text == text);
  // Of either kind, with frames that hold nothing, and NULs behind the last.
  const std::string skippable("\x53\x2a\x4d\x18\x03\0\0\0abc", 11);
  const Read mixed = all(skippable + gzip("one ") + zstd("two ") + skippable + zstd("") + gzip("three") +
                         std::string(1'000'000, '\0'));
  EXPECT_EQ(mixed.text, "one two three");
  EXPECT_EQ(mixed.error, "");
  EXPECT_FALSE(mixed.cut_short);
}

// Whatever the length, what could be decoded is there, and that it isn't all is known.
TEST_P(ByteSourceTest, ATornMemberGivesWhatCouldBeRead) {
  const std::string first = text_of(500'000);
  const std::string second = text_of(400'000);
  const std::string whole = compress(first);
  const std::string bytes = whole + compress(second);
  for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 101) {
    const Read read = all(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(read.error, "");
    EXPECT_TRUE((first + second).starts_with(read.text));
    EXPECT_EQ(read.cut_short, size != 0 && size != whole.size()) << size;
    EXPECT_GE(read.text.size(), size >= whole.size() ? first.size() : 0);
  }
  EXPECT_TRUE(all(std::string_view(bytes).substr(0, bytes.size() - 1)).cut_short);
  // The end may be in the magic number.
  for (std::size_t size = 1; size < (GetParam() == std::string_view("gzip") ? 2 : 4); ++size) {
    const Read read = all(whole + bytes.substr(0, size));
    EXPECT_EQ(read.error, "");
    EXPECT_TRUE(read.cut_short && read.text == first);
    EXPECT_TRUE(all(bytes.substr(0, size)).cut_short && all(bytes.substr(0, size)).text.empty());
  }
}

TEST_P(ByteSourceTest, DamagedDataIsAnErrorBehindWhatIsGood) {
  const std::string text = text_of(3'000'000);
  std::string bytes = compress(text);
  for (std::size_t i = 0; i < 8; ++i) bytes[bytes.size() * 3 / 4 + i] ^= 0x55;
  const Read read = all(bytes);
  EXPECT_GT(read.text.size(), text.size() / 3);
  EXPECT_EQ(read.error.find("file: its " + std::string(GetParam()) + " data is damaged: "), 0U) << read.error;
  // The checksum is the last that a member has, but for gzip's length.
  bytes = compress("a line\n");
  bytes[bytes.size() - (GetParam() == std::string_view("gzip") ? 8 : 4)] ^= 1;
  EXPECT_NE(all(bytes).error, "");
}

TEST_P(ByteSourceTest, WhatFollowsMustBeCompressedToo) {
  const Read read = all(compress("one\n") + "{'v':1}\n");
  EXPECT_EQ(read.text, "one\n");
  EXPECT_EQ(read.error.substr(0, read.error.find(';')),
            "file: what follows its " + std::string(GetParam()) + " data is not compressed");
}

// Gigabytes that a few bytes stand for take no more memory than others: neither NULs, which are no lines, nor
// a line without end.
TEST_P(ByteSourceTest, ABombTakesNoMemory) {
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const auto bomb_of = [](char byte) {
    const std::string part = compress(std::string(4 << 20, byte));
    std::string bytes;
    for (int i = 0; i < 32; ++i) bytes += part;
    return bytes;
  };
  const std::string nuls = bomb_of('\0') + compress("line\n");
  const std::string endless = bomb_of('x');
  const long before = peak();
  LineReader reader(source(nuls));
  const auto line = reader.next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ(**line, "line");
  EXPECT_TRUE(reader.skipped_nuls());
  EXPECT_LT(peak() - before, 32 * 1024);
  LineReader refused(source(endless), 1 << 20);
  EXPECT_FALSE(refused.next());
  EXPECT_LT(peak() - before, 32 * 1024);
}

TEST_P(ByteSourceTest, IsKnownByItsBytesInAPipeToo) {
  tree_.fifo("pipe");
  const std::string text = text_of(300'000);
  std::thread writer([&] {
    std::ofstream pipe(tree_.path("pipe"), std::ios::binary);
    for (const char byte : compress(text)) pipe << byte << std::flush;
  });
  const Read read =
      all(ByteSource(FileDescriptor(::open(tree_.path("pipe").c_str(), O_RDONLY | O_CLOEXEC)), "pipe"));
  writer.join();
  EXPECT_TRUE(read.text == text);
}

INSTANTIATE_TEST_SUITE_P(Compressed, ByteSourceTest, testing::Values("gzip", "zstd"),
                         [](const auto& which) { return std::string(which.param); });

TEST_F(SourceTest, AWindowBeyondTheBoundIsRefused) {
  const std::string text = text_of(1000);
  EXPECT_EQ(all(zstd(text, Decoder::kZstdWindowLogMax)).text, text);
  const Read refused = all(zstd(text, Decoder::kZstdWindowLogMax + 1));
  EXPECT_EQ(refused.text, "");
  EXPECT_EQ(refused.error,
            "file: its zstd window is larger than 128 MiB; decompress it first: zstd -d --long=31");
}

TEST_F(SourceTest, PlainBytesStayAsTheyAre) {
  for (const std::string_view text : {"", "{", "{\"v\":1}\n", "\x1f{", "P{", "\x28\xb5{\n"}) {
    const Read read = all(text);
    EXPECT_EQ(read.text, text);
    EXPECT_EQ(read.error, "");
    EXPECT_FALSE(read.cut_short);
  }
  EXPECT_TRUE(all(text_of(1'000'000)).text == text_of(1'000'000));
}

}  // namespace
}  // namespace proctree
