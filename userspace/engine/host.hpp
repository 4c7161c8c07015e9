// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which host this is, for the stream's first line and for process ids.
#pragma once

#include <string>
#include <string_view>

#include "engine/record.hpp"

namespace proctree {

// `host.id`: the first half of SHA-256 over "proctree", a NUL and the id in the text of a machine-id(5) file.
// Empty where that holds no id. The id itself is confidential, by its manual.
[[nodiscard]] std::string host_id_of(std::string_view machine_id_file);

// A /proc mounted with subset=pid (systemd's ProcSubset=pid) doesn't show the boot id. Root reads it from a
// mount of its own; else it is an error, or left empty, and with it the prefix of ids, where it is not
// `needed`.
[[nodiscard]] Result<Host> this_host(bool boot_id_needed = true);

}  // namespace proctree
