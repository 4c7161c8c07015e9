// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How what runs for long tells its user what no error ends.
#pragma once

#include <functional>
#include <string>

namespace proctree {

// One notice, in one line. An empty one tells nobody.
using Notice = std::function<void(const std::string& text)>;

}  // namespace proctree
