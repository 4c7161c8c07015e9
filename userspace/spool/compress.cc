// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/compress.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/whole_file.hpp"

namespace proctree {

namespace {

constexpr int kLevel = 1;  // its window is 512 KiB

tl::unexpected<Error> zstd_failed(std::size_t code) {
  return fail(ErrorCode::io, std::string("cannot compress: ") + ZSTD_getErrorName(code));
}

}  // namespace

Result<std::uint64_t> compress_file(int from, int to) {
  struct stat status {};
  if (::fstat(from, &status) != 0) return fail_errno("cannot read a segment", errno);
  std::uint64_t left = static_cast<std::uint64_t>(status.st_size);
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (!context) return fail(ErrorCode::no_memory, "cannot compress: out of memory");
  for (const std::size_t code : {ZSTD_CCtx_setPledgedSrcSize(context.get(), left),
                                 ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel),
                                 ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1)}) {
    if (ZSTD_isError(code) != 0) return zstd_failed(code);
  }
  std::vector<char> input(ZSTD_CStreamInSize());
  std::vector<char> output(ZSTD_CStreamOutSize());
  std::uint64_t written = 0;
  off_t at = 0;
  while (true) {
    const ssize_t got = ::pread(from, input.data(), std::min<std::uint64_t>(input.size(), left), at);
    if (got < 0) return fail_errno("cannot read a segment", errno);
    if (got == 0 && left > 0) return fail(ErrorCode::io, "a segment was cut while it was compressed");
    at += got;
    left -= static_cast<std::uint64_t>(got);
    ZSTD_inBuffer in{input.data(), static_cast<std::size_t>(got), 0};
    std::size_t remaining = 0;
    do {
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      remaining = ZSTD_compressStream2(context.get(), &out, &in, left == 0 ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(remaining) != 0) return zstd_failed(remaining);
      if (!write_all(to, {output.data(), out.pos}))
        return fail_errno("cannot write a compressed segment", errno);
      written += out.pos;
    } while (in.pos < in.size || (left == 0 && remaining != 0));
    if (left == 0) return written;
  }
}

}  // namespace proctree
