// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/terminal.hpp"

#include <array>

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

struct Driver {
  std::string_view name;
  std::uint32_t major;
  std::uint32_t first_minor;
};
// A name that another one begins with comes after that.
constexpr std::array kDrivers = {
    Driver{"pts/", 136, 0},   Driver{"ttyS", 4, 64}, Driver{"ttyAMA", 204, 64}, Driver{"ttyUSB", 188, 0},
    Driver{"ttyACM", 166, 0}, Driver{"hvc", 229, 0}, Driver{"tty", 4, 0}};

}  // namespace

std::optional<DeviceNumber> terminal_device(std::string_view name) {
  if (name == "console") return DeviceNumber{5, 1};
  for (const Driver& driver : kDrivers) {
    if (!name.starts_with(driver.name)) continue;
    const auto number = parse_number<std::uint32_t>(name.substr(driver.name.size()));
    constexpr std::uint32_t kMinorBits = 20;
    if (number && *number < 1U << kMinorBits) return DeviceNumber{driver.major, driver.first_minor + *number};
  }
  return std::nullopt;
}

}  // namespace proctree::schema
