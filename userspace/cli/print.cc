// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/print.hpp"

#include <utility>

#include "base/try.hpp"
#include "sink/output.hpp"

namespace proctree {

Result<int> print(std::string_view text) {
  if (text.empty()) return 0;
  auto output = PROCTREE_TRY(Output::open("-"));
  if (text.ends_with('\n')) text.remove_suffix(1);
  auto done = output.append(text);
  if (done) done = output.close();
  if (done || is_reader_gone(done.error())) return 0;
  return tl::make_unexpected(std::move(done.error()));
}

}  // namespace proctree
