// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/charset.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace proctree {

Charset charset_of_locale(const char* lc_all, const char* lc_ctype, const char* lang) {
  const std::array names = {lc_all, lc_ctype, lang};
  const auto* const set =
      std::ranges::find_if(names, [](const char* name) { return name != nullptr && *name != '\0'; });
  if (set == names.end()) return Charset::utf8;
  // "de_DE.UTF-8@euro"; without a codeset it is one of the old 8-bit ones.
  std::string_view codeset = *set;
  codeset.remove_prefix(std::min(codeset.find('.'), codeset.size() - 1) + 1);
  const std::string name(codeset.substr(0, codeset.find('@')));
  const bool utf8 = strcasecmp(name.c_str(), "UTF-8") == 0 || strcasecmp(name.c_str(), "UTF8") == 0;
  return utf8 ? Charset::utf8 : Charset::ascii;
}

Charset charset_of_environment() {
  return charset_of_locale(std::getenv("LC_ALL"), std::getenv("LC_CTYPE"), std::getenv("LANG"));
}

}  // namespace proctree
