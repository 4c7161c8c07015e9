// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/http_headers.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string_view>

namespace proctree {

namespace {

constexpr std::size_t kLineMost = 16 << 10;
constexpr std::size_t kLinesMost = 64;

// RFC 9110, 5.6.2.
bool is_token(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line.size() > kLineMost) return false;
  const auto is_shown = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  };
  return std::ranges::all_of(line.substr(0, colon), is_token) &&
         line.find_first_not_of(" \t", colon + 1) != std::string_view::npos &&
         std::ranges::all_of(line.substr(colon), is_shown);
}

}  // namespace

Result<std::vector<std::string>> read_http_headers(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail_errno("cannot read the credentials " + path, errno);
  std::vector<std::string> headers;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    if (!is_header(line) || headers.size() == kLinesMost) {
      return fail(ErrorCode::corrupt,
                  "line " + std::to_string(number) + " of the credentials " + path + " is no header",
                  "write one a line, as in `Authorization: Bearer TOKEN`");
    }
    headers.push_back(line);
  }
  if (file.bad()) return fail_errno("cannot read the credentials " + path, errno);
  return headers;
}

}  // namespace proctree
