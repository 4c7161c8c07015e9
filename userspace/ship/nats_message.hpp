// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A message of libnats, owned. The library frees messages in a thread of its own, which is woken whenever it
// has none to free (`natsGC_collect` in 3.4): many that are destroyed in one go wake it once, one by one
// each.
#pragma once

#include <nats/nats.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace proctree {

struct FreeNatsMessage {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using NatsMessage = std::unique_ptr<natsMsg, FreeNatsMessage>;

// Valid as long as the message.
[[nodiscard]] inline std::string_view text_of(const natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

}  // namespace proctree
