// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Compresses what comes in pieces, to be sent as one body.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace proctree {

class Gzip {
 public:
  Gzip();
  void append(std::string_view piece);
  // All since the last call.
  [[nodiscard]] std::string finish();

 private:
  struct End {
    void operator()(z_stream* stream) const {
      ::deflateEnd(stream);
      delete stream;
    }
  };
  void deflate(std::string_view piece, int flush);

  std::unique_ptr<z_stream, End> stream_;
  std::string out_;
  std::size_t size_ = 0;
};

}  // namespace proctree
