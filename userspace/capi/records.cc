// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the C interface gives of a record.
#include <cstring>
#include <memory>

#include "capi/c_record.hpp"
#include "proctree/proctree.h"

using proctree::capi::CopiedRecord;
using proctree::capi::CRecord;

const char* proctree_record_chain(const proctree_record* record) {
  try {
    return CRecord::behind(*record).chain();
  } catch (...) {
    return "";
  }
}

size_t proctree_record_ancestors(const proctree_record* record, proctree_ancestor* out, size_t capacity,
                                 size_t element_size, bool* complete) {
  try {
    constexpr std::size_t kAll = ~std::size_t{0};
    const ::proctree::Lineage lineage = CRecord::behind(*record).record().lineage(kAll);
    return ::proctree::capi::fill(lineage, out, capacity, element_size, complete);
  } catch (...) {
    if (complete != nullptr) *complete = false;
    return 0;
  }
}

proctree_record* proctree_record_copy(const proctree_record* record) {
  try {
    auto copy = std::make_unique<CopiedRecord>(CRecord::behind(*record).record());
    // The caller's handle is the record; what is behind it finds the rest.
    return const_cast<proctree_record*>(&copy.release()->c());
  } catch (...) {
    return nullptr;
  }
}

void proctree_record_free(proctree_record* copy) {
  if (copy != nullptr) delete CopiedRecord::of(*copy);
}

bool proctree_next_argument(proctree_string args, proctree_string* argument) {
  if (argument == nullptr || args.data == nullptr) return false;
  const char* const end = args.data + args.size;
  const char* begin = args.data;
  if (argument->data != nullptr) {
    // Behind the NUL of the one before, which must be within the same arguments.
    if (argument->data < args.data || argument->data > end) return false;
    const std::size_t left = static_cast<std::size_t>(end - argument->data);
    if (argument->size >= left) return false;
    begin = argument->data + argument->size + 1;
  }
  if (begin == end) return false;
  const std::size_t left = static_cast<std::size_t>(end - begin);
  const void* const nul = std::memchr(begin, '\0', left);
  *argument = {begin,
               nul == nullptr ? left : static_cast<std::size_t>(static_cast<const char*>(nul) - begin)};
  return true;
}
