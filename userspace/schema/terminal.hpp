// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The device that a terminal's name stands for (the kernel's Documentation/admin-guide/devices.txt).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctree::schema {

struct DeviceNumber {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};
// "pts/3"; none for a name that stands for no fixed number.
[[nodiscard]] std::optional<DeviceNumber> terminal_device(std::string_view name);

}  // namespace proctree::schema
