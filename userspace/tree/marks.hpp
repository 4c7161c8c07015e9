// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a filter needs of each process and can't compute for each event: whether it, or an ancestor of it,
// ever had a given name. A few bits per process, inherited at its birth, so that neither a long lineage nor a
// forgotten ancestor changes their cost or their value.
#pragma once

#include <cstdint>
#include <string_view>

namespace proctree {

using Marks = std::uint8_t;

// A process's own: those of its present image and of all before it.
inline constexpr Marks kOwnUnder = 1 << 0;
inline constexpr Marks kOwnNotUnder = 1 << 1;
inline constexpr Marks kOwnMarks = kOwnUnder | kOwnNotUnder;
// The same of any of its ancestors.
inline constexpr unsigned kLineageShift = 2;
inline constexpr Marks kUnder = kOwnUnder << kLineageShift;
inline constexpr Marks kNotUnder = kOwnNotUnder << kLineageShift;
inline constexpr Marks kLineageMarks = kUnder | kNotUnder;
// Its present image's arguments are among those wanted; a child has its creator's image at birth.
inline constexpr Marks kArgsMark = 1 << 4;
// Its entry is among those wanted; a child has its creator's at birth.
inline constexpr Marks kEntryMark = 1 << 5;

// The marks of its lineage that children of a process with these marks inherit.
[[nodiscard]] constexpr Marks handed_down(Marks marks) {
  return static_cast<Marks>((marks & kLineageMarks) | (marks & kOwnMarks) << kLineageShift);
}

// Decides which of kOwnMarks an image gives its process.
class Marker {
 public:
  virtual ~Marker() = default;
  // `exe` is empty where it is not known.
  [[nodiscard]] virtual Marks own_marks(std::uint32_t pid, std::string_view comm,
                                        std::string_view exe) const = 0;

 protected:
  Marker() = default;
  Marker(const Marker&) = default;
  Marker(Marker&&) = default;
  Marker& operator=(const Marker&) = default;
  Marker& operator=(Marker&&) = default;
};

}  // namespace proctree
