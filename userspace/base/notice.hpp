// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How a long-running part reports to the user what isn't an error.
#pragma once

#include <functional>
#include <string>

namespace proctree {

// One notice, in one line. An empty function reports nothing.
using Notice = std::function<void(const std::string& text)>;

}  // namespace proctree
