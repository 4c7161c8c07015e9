// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Decompression of one format, piece by piece, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

enum class Compression : std::uint8_t { none, gzip, zstd };

// By the magic number that a file or a member of it begins with.
inline constexpr std::size_t kMagicSize = 4;
[[nodiscard]] Compression compression_of(std::string_view begin);
// All there is of a member is a part of its magic number.
[[nodiscard]] bool is_torn_magic(std::string_view all);
[[nodiscard]] const char* name_of(Compression compression);

class Decoder {
 public:
  // Frames of zstd with a larger window are refused: 128 MiB, the most that zstd -d itself takes unasked.
  static constexpr int kZstdWindowLogMax = 27;

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  // Decodes as much of `input` into `output` as there is room for, and takes what it has used off the front
  // of each. True: a member (gzip) or frame (zstd) ends there. The error has no file's name.
  virtual Result<bool> decode(std::string_view& input, std::span<char>& output) = 0;
};

// Null for Compression::none.
[[nodiscard]] std::unique_ptr<Decoder> make_decoder(Compression compression);

}  // namespace proctree
