// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#pragma once

#include <proctree/proctree.h>

#include <string_view>

namespace proctree::live {

inline std::string_view view(const proctree_string& text) { return {text.data, text.size}; }

}  // namespace proctree::live
