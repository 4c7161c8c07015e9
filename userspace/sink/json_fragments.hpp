// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Pieces of JSON that were written before and are written again: most of a line was in earlier lines in the
// same words (its ancestors, its namespaces, its user).
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace proctree {

// The facts that a piece is made of, side by side: pieces of equal facts are equal.
class FactsKey {
 public:
  // `facts`: numbers and flags, and the length of each text that follows but the last.
  template <class Facts>
  FactsKey& begin(const Facts& facts) {
    static_assert(std::has_unique_object_representations_v<Facts>, "bytes between members are no facts");
    static_assert(sizeof facts <= kInitialSize);
    std::memcpy(buffer_.data(), &facts, sizeof facts);
    size_ = sizeof facts;
    return *this;
  }
  FactsKey& add(std::string_view text) {
    if (text.size() > buffer_.size() - size_) buffer_.resize(size_ + 2 * text.size());
    if (!text.empty()) std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }

 private:
  static constexpr std::size_t kInitialSize = 512;

  std::string buffer_ = std::string(kInitialSize, '\0');  // as large as it ever had to be
  std::size_t size_ = 0;
};

// At most this many pieces, each in the place that the caller names.
class JsonFragments {
 public:
  explicit JsonFragments(std::size_t places) : pieces_(std::bit_ceil(places)) {}
  // One of several that write into one JsonWriter, which number their places on from `next`, below
  // kJsonPiecePlaces: no two pieces of a line are to have one number.
  JsonFragments(std::size_t places, std::size_t& next) : first_(next), pieces_(std::bit_ceil(places)) {
    next += pieces_.size();
  }

  // Has `write` add to `json` whole values or fields that depend on `facts` alone; or adds the same without.
  template <class Write>
  void put(JsonWriter& json, std::size_t place, std::string_view facts, Write&& write) {
    const std::size_t index = place & (pieces_.size() - 1);
    Piece& piece = pieces_[index];
    if (piece.is_of(facts)) return json.repeat(piece.text(), piece.notes);
    const std::size_t most = facts.size() > kLongest ? 0 : kLongest;
    const std::string_view text = json.capture(piece.notes, first_ + index, most, std::forward<Write>(write));
    piece.bytes.clear();
    if (text.size() > most) return;
    piece.facts_size = facts.size();
    piece.bytes.append(facts).append(text);
  }

 private:
  static constexpr std::size_t kLongest = 2048;  // what any process can make longer is not worth retaining

  struct Piece {
    std::string bytes;  // the facts, and behind them the text; empty: none
    std::size_t facts_size = 0;
    JsonPiece notes;

    [[nodiscard]] bool is_of(std::string_view facts) const {
      return facts_size == facts.size() && bytes.size() > facts_size &&
             std::memcmp(bytes.data(), facts.data(), facts_size) == 0;
    }
    [[nodiscard]] std::string_view text() const { return std::string_view(bytes).substr(facts_size); }
  };
  const std::size_t first_ = 0;  // number of the first place
  std::vector<Piece> pieces_;
};

}  // namespace proctree
