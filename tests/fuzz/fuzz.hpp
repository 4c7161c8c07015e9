// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the fuzz targets share. A property that does not hold ends the run like a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace proctree::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Reads every byte: the sanitizer reports one outside of the view's owner.
inline void touch(std::string_view text) {
  volatile char last = 0;
  for (const char c : text) last = c;
  static_cast<void>(last);
}

// A copy aligned to 8 and not a byte longer than given, so that a read beyond it is seen.
class Exact {
 public:
  explicit Exact(std::span<const std::uint8_t> bytes)
      : size_(bytes.size()), memory_(static_cast<std::byte*>(std::malloc(bytes.empty() ? 1 : bytes.size()))) {
    require(memory_ != nullptr, "memory");
    for (std::size_t i = 0; i < size_; ++i) memory_.get()[i] = std::byte{bytes[i]};
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.get(), size_}; }
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(memory_.get()), size_};
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::size_t size_;
  std::unique_ptr<std::byte, Free> memory_;
};

}  // namespace proctree::fuzz
