// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Compressed recordings. An input that begins with R is a file as it stands: read at once or byte by byte it
// gives the same, and its replay ends. Any other is text that is compressed in parts as its first bytes
// choose: what is read is that text, and of a torn file a beginning of it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "fuzz.hpp"
#include "replay/replay_output.hpp"

namespace proctree::fuzz {
namespace {

constexpr std::size_t kLineMax = 64 * 1024;
constexpr std::size_t kReadMost = 16 << 20;  // of a bomb

struct Read {
  std::string text;
  std::string error;
  bool cut_short = false;
};

int memory_file() {
  static const int fd = memfd_create("recording", MFD_CLOEXEC);
  return fd;
}

std::string path() { return "/proc/self/fd/" + std::to_string(memory_file()); }

void set(std::string_view bytes) {
  require(ftruncate(memory_file(), 0) == 0 &&
              pwrite(memory_file(), bytes.data(), bytes.size(), 0) == ssize_t(bytes.size()),
          "memory");
}

Read all(std::size_t at_once) {
  Read read;
  auto source = ByteSource::open(path());
  require(source.has_value(), "it opens");
  std::string room(at_once, '\0');
  while (read.text.size() < kReadMost) {
    const auto got = source->read(room.data(), room.size());
    if (!got) read.error = got.error().to_string();
    if (!got || *got == 0) break;
    require(*got <= room.size(), "no more than there is room for");
    read.text.append(room, 0, *got);
  }
  read.cut_short = source->is_cut_short();
  return read;
}

void check_raw(std::string_view bytes) {
  set(bytes);
  const Read large = all(256 * 1024);
  touch(large.error);
  if (large.text.size() < 64 * 1024) {
    const Read small = all(1);
    // What is wrong may show earlier or later, by how much is decoded at a time.
    if (large.error.empty() && small.error.empty())
      require(small.text == large.text && small.cut_short == large.cut_short, "the same byte by byte");
  }
  auto reader = RecordingReader::open(
      {{path()}}, [](const std::string& name) { return LineReader::open(name, kLineMax); });
  require(reader.has_value(), "it opens");
  Replay replay(*reader, {.retention = {.exited_max = 4, .bytes_max = 4096}});
  for (std::uint64_t records = 0; records < 10'000; ++records) {
    const auto more = replay.next();
    if (!more || !*more) break;
  }
  for (const std::string& warning : replay.warnings()) touch(warning);
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  require(deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 1, Z_DEFAULT_STRATEGY) == Z_OK, "memory");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib's own");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text, int level) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), level);
  require(ZSTD_isError(size) == 0, "zstd's own");
  out.resize(size);
  return out;
}

// Bytes of choices stand first: how many parts, how each is compressed and how long it is, and how much of
// the file is there.
void check_parts(std::string_view input) {
  const auto choose = [&input] {
    if (input.empty()) return 0U;
    const auto choice = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    return unsigned{choice};
  };
  const unsigned torn = choose();
  const unsigned parts = choose() % 5 + 1;
  std::string text;
  std::string bytes;
  for (unsigned i = 0; i < parts; ++i) {
    const unsigned how = choose();
    const std::string_view part = input.substr(0, choose() * 16);
    input.remove_prefix(part.size());
    text += part;
    bytes += how % 2 == 0 ? gzip(part, static_cast<int>(how % 10)) : zstd(part, static_cast<int>(how % 10));
  }
  set(bytes);
  const Read whole = all(torn + 1);
  require(whole.error.empty() && !whole.cut_short && whole.text == text, "what was compressed is read");
  bytes.resize(bytes.size() * torn / 256);
  set(bytes);
  const Read cut = all(4096);
  require(cut.error.empty() && text.starts_with(cut.text), "what can be read of a torn file is good");
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proctree::fuzz;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.starts_with('R'))
    check_raw(input.substr(1));
  else
    check_parts(input);
  return 0;
}
