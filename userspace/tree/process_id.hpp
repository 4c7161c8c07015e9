// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process's stable id, BOOT-PID-TICKS: the same live, in a snapshot and in a replay, and anyone
// can compute it from /proc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proctree/facts.hpp"

namespace proctree {

// The first 16 hex digits of a boot id (dashes left out): the BOOT part.
[[nodiscard]] std::string id_prefix_of(std::string_view boot_id);

// Appends the id; ticks are start_ns / kTickNs, field 22 of /proc/PID/stat.
void append_process_id(std::string& out, std::string_view id_prefix, const ProcKey& key);

// The reverse, for an id of this boot; start_ns at tick grain. std::nullopt: not one of this boot's, or not
// written as append_process_id writes it.
[[nodiscard]] std::optional<ProcKey> parse_process_id(std::string_view id, std::string_view id_prefix);

}  // namespace proctree
