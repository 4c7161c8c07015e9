// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the arguments of a container's runtime say of the container that it runs.
#pragma once

#include <string_view>

#include "tree/invocation.hpp"

namespace proctree {

// Sets the container's members of `invocation`: views into `args`, each argument ended by NUL. They stay
// empty where `exe` is no runtime with such arguments.
void name_container(Invocation& invocation, std::string_view exe, std::string_view args);

// Whether name_container() may set any of them.
[[nodiscard]] bool may_name_container(std::string_view exe);

}  // namespace proctree
