// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// For as long as it exists this process's local clocks are these (tzset(3); the forms without a file of zones
// work everywhere).
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace proctree {

class LocalClocks {
 public:
  explicit LocalClocks(const char* zone) {
    if (const char* before = std::getenv("TZ"); before != nullptr) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  LocalClocks(const LocalClocks&) = delete;
  LocalClocks& operator=(const LocalClocks&) = delete;
  ~LocalClocks() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

}  // namespace proctree
