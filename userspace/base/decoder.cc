// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/decoder.hpp"

#define ZLIB_CONST  // what is read is const
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>

namespace proctree {

namespace {

constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
constexpr std::string_view kSkippable = "\x2a\x4d\x18";  // behind 0x50 to 0x5f: a frame without data

bool may_be_skippable(std::string_view begin) {
  return !begin.empty() && (static_cast<unsigned char>(begin.front()) & 0xf0U) == 0x50;
}

tl::unexpected<Error> damaged(Compression compression, const char* why) {
  return fail(ErrorCode::corrupt, std::string("its ") + name_of(compression) + " data is damaged: " + why,
              "take another copy; what stands before the damage has been read");
}

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() {
    constexpr int kGzipOnly = 16;
    if (::inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override { ::inflateEnd(&stream_); }

  Result<bool> decode(std::string_view& input, std::span<char>& output) override {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto in = static_cast<uInt>(std::min(input.size(), kMost));
    const auto out = static_cast<uInt>(std::min(output.size(), kMost));
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = out;
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(in - stream_.avail_in);
    output = output.subspan(out - stream_.avail_out);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_OK || result == Z_BUF_ERROR) return false;  // the latter: it needs more of either
    if (result != Z_STREAM_END)
      return damaged(Compression::gzip, stream_.msg != nullptr ? stream_.msg : "it makes no sense");
    ::inflateReset(&stream_);
    return true;
  }

 private:
  z_stream stream_{};
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(::ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }

  Result<bool> decode(std::string_view& input, std::span<char>& output) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t result = ::ZSTD_decompressStream(context_.get(), &out, &in);
    input.remove_prefix(in.pos);
    output = output.subspan(out.pos);
    if (::ZSTD_isError(result) == 0) return result == 0;
    switch (::ZSTD_getErrorCode(result)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        return fail(ErrorCode::unsupported, "its zstd window is larger than 128 MiB",
                    "decompress it first: zstd -d --long=31");
      default:
        return damaged(Compression::zstd, ::ZSTD_getErrorName(result));
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

}  // namespace

Compression compression_of(std::string_view begin) {
  if (begin.starts_with(kGzip)) return Compression::gzip;
  const bool skippable = may_be_skippable(begin) && begin.substr(1).starts_with(kSkippable);
  return begin.starts_with(kZstd) || skippable ? Compression::zstd : Compression::none;
}

bool is_torn_magic(std::string_view all) {
  return !all.empty() && all.size() < kMagicSize &&
         (kGzip.starts_with(all) || kZstd.starts_with(all) ||
          (may_be_skippable(all) && kSkippable.starts_with(all.substr(1))));
}

const char* name_of(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return "plain";
}

std::unique_ptr<Decoder> make_decoder(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return std::make_unique<GzipDecoder>();
    case Compression::zstd:
      return std::make_unique<ZstdDecoder>();
    case Compression::none:
      break;
  }
  return nullptr;
}

}  // namespace proctree
