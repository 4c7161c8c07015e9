// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Chains of hostile names: a split at `;` and `|` yields exactly the links, each name is read back byte
// for byte, and no terminal finds anything in the text to obey.
//
// Input: names, each with its length (one byte) ahead; two make a link.
#include <optional>
#include <string>
#include <vector>

#include "base/escape.hpp"
#include "fuzz.hpp"
#include "tree/lineage.hpp"

namespace proctree::fuzz {
namespace {

struct Link {
  std::uint32_t pid = 0;
  std::string cmd, user;
  bool known = true;
};

class Lineage {
 public:
  explicit Lineage(const std::vector<Link>& links) : links_(links) {}
  std::optional<LinkView> next() {
    if (at_ == links_.size()) return std::nullopt;
    const Link& link = links_[at_++];
    return LinkView{link.pid, link.cmd, link.user, link.known};
  }

 private:
  const std::vector<Link>& links_;
  std::size_t at_ = 0;
};

std::string take_name(std::string_view& rest) {
  const std::size_t length = std::min<std::size_t>(static_cast<unsigned char>(rest.front()), rest.size() - 1);
  std::string name(rest.substr(1, length));
  rest.remove_prefix(1 + length);
  return name;
}

std::vector<Link> links_of(std::string_view rest) {
  std::vector<Link> links;
  while (!rest.empty()) {
    Link link;
    link.pid = static_cast<std::uint32_t>(rest.size() * 2654435761U);
    link.cmd = take_name(rest);
    if (!rest.empty()) link.user = take_name(rest);
    link.known = link.pid % 16 != 0;
    links.push_back(std::move(link));
  }
  return links;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// As the contract says, not as the product does it: \xHH, lower-case hex, is that byte.
std::string unescape(std::string_view field) {
  const auto digit = [](char c) {
    require((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), "escapes are of lower-case hex");
    return c <= '9' ? c - '0' : c - 'a' + 10;
  };
  std::string bytes;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      bytes += field[i];
      continue;
    }
    require(i + 3 < field.size() && field[i + 1] == 'x', "a backslash begins \\xHH and nothing else");
    bytes += static_cast<char>(digit(field[i + 2]) * 16 + digit(field[i + 3]));
    i += 3;
  }
  return bytes;
}

void require_harmless(std::string_view text) {
  require(is_utf8(text), "valid UTF-8");
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    require(!is_control(c.code), "no control character");
    at += c.length;
  }
}

void check(const std::vector<Link>& links) {
  std::string chain;
  append_chain(chain, Lineage(links));
  require_harmless(chain);
  const auto parts = split(chain, ';');
  std::size_t at = 0;
  for (; at < links.size(); ++at) {
    const Link& link = links[at];
    require(at < parts.size(), "no link is missing");
    const auto fields = split(parts[at], '|');
    require(fields.size() == 3, "three fields a link");
    require(fields[0] == std::to_string(link.pid), "the pid");
    require(unescape(fields[1]) == (link.known ? link.cmd : "unknown"), "the name");
    require(unescape(fields[2]) == (link.known ? link.user : "unknown"), "the user");
    if (link.known) continue;
    ++at;
    break;  // an unknown one ends the chain
  }
  require(links.empty() ? chain.empty() : parts.size() == at, "no link too many");
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proctree;
  const fuzz::Exact input({data, size});
  fuzz::check(fuzz::links_of(input.text()));
  std::string visible;
  append_visible(visible, input.text());
  fuzz::require_harmless(visible);
  std::string word;
  append_shell_word(word, input.text());
  fuzz::require_harmless(word);
  return 0;
}
