// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which line a document is of, read back from it: the id that Document::uid() wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json_cursor.hpp"
#include "schema/translator.hpp"

namespace proctree::schema {

struct DocumentUid {
  std::string_view stream;
  std::uint64_t first = 0;  // of the numbers that it is of: the line's own, or those that were lost
  std::uint64_t last = 0;
};

// std::nullopt: it is no whole document of the schema, or it is of a line that had no stream. Views are valid
// as long as the text and the cursor's use for it are.
[[nodiscard]] std::optional<DocumentUid> read_uid(Schema schema, std::string_view document, JsonCursor& json);

}  // namespace proctree::schema
