// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Shortens the object `env` of a JSON line together with `env_raw`: both hold the same part of each variable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "sink/line_pieces.hpp"

namespace proctree {

class EnvCutter {
 public:
  // Appends an object of `variables`, which are all of `line`, and behind it the field `env_raw` where one of
  // them isn't UTF-8: `limit` bytes at most, 2 at least. Long values are cut so that the shortest stay whole;
  // where that doesn't do, the last variables are left out.
  void write(std::string& out, std::string_view line, const std::vector<LineVariable>& variables,
             std::size_t limit);

 private:
  [[nodiscard]] std::size_t choose(std::string_view line, const std::vector<LineVariable>& variables,
                                   std::size_t limit);
  void write_value(std::string& out, std::string_view line, const LineVariable& variable);

  std::vector<std::size_t> sizes_;  // of the values that may be cut
  std::size_t share_ = 0;           // what each of them may have
  std::string raw_;                 // the members of env_raw
  std::string bytes_;
  JsonWriter json_;
};

}  // namespace proctree
