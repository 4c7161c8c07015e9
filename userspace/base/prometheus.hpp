// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Metrics in the text format of Prometheus (version 0.0.4). Names and help texts are literals of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

class PrometheusText {
 public:
  void counter(const char* name, const char* help, std::uint64_t value) { one(name, help, "counter", value); }
  void gauge(const char* name, const char* help, std::uint64_t value) { one(name, help, "gauge", value); }

  // Several values of one name, distinguished by a label: begin(), then value() for each. A label's value is
  // plain ASCII without `"` and `\`.
  void begin(const char* name, const char* help, const char* type) {
    text_ += std::string("# HELP ") + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
  }
  void value(const char* name, const char* label, std::string_view of, std::uint64_t value) {
    text_ +=
        std::string(name) + '{' + label + "=\"" + std::string(of) + "\"} " + std::to_string(value) + '\n';
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void one(const char* name, const char* help, const char* type, std::uint64_t value) {
    begin(name, help, type);
    text_ += std::string(name) + ' ' + std::to_string(value) + '\n';
  }

  std::string text_;
};

}  // namespace proctree
