// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/lineage.hpp"

#include <array>
#include <cstddef>

#include "base/append_number.hpp"
#include "base/ascii_scan.hpp"
#include "base/decimal.hpp"

namespace proctree {

void append_link(std::string& out, const LinkView& link) {
  if (!link.known) {
    append_number(out, link.pid);
    out += "|unknown|unknown";
    return;
  }
  // Nearly every link is short and plain: it is built here and appended at once.
  std::array<char, 16 + 2 * kPlainMost> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* at = put_decimal(buffer.data(), link.pid);
  *at++ = '|';
  const auto size = [&buffer](const char* end) { return static_cast<std::size_t>(end - buffer.data()); };
  const std::size_t after_pid = size(at);
  at = copy_plain<'|', ';', '\\'>(at, link.cmd);
  if (at != nullptr) {
    *at++ = '|';
    at = copy_plain<'|', ';', '\\'>(at, link.user);
  }
  if (at != nullptr) {
    out.append(buffer.data(), size(at));
    return;
  }
  out.append(buffer.data(), after_pid);
  append_chain_field(out, link.cmd);
  out += '|';
  append_chain_field(out, link.user);
}

namespace {

constexpr std::size_t kLinkMost = 128;  // what any process can make longer is not worth retaining

}  // namespace

void ChainLinks::operator()(std::string& out, const LinkView& link) {
  Known& known = known_[link.pid % known_.size()];
  if (link.image == 0 || known.image != link.image || known.pid != link.pid || known.user != link.user) {
    const std::size_t begin = out.size();
    append_link(out, link);
    if (link.image == 0 || out.size() - begin > kLinkMost) return;
    known.image = link.image;
    known.pid = link.pid;
    known.user = link.user;
    known.text.assign(out, begin);
    return;
  }
  out += known.text;
}

}  // namespace proctree
