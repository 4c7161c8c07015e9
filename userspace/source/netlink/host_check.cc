// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/netlink/host_check.hpp"

#include "source/netlink/netlink_source.hpp"

namespace proctree {

HostCheck check_netlink() { return check_netlink(NetlinkSource::probe()); }

HostCheck check_netlink(const Result<void>& trial) {
  if (trial) return {"netlink", CheckStatus::ok, "--source netlink would work too", {}, false};
  return {"netlink", CheckStatus::note, "--source netlink would not work: " + trial.error().message,
          trial.error().remedy, false};
}

}  // namespace proctree
