// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The facts that a workload wrote down (tests/progs/truth_fact.h) against the record they are about.
#pragma once

#include <string>

#include "compare.hpp"

namespace proctree::live {

void check_facts(const TrueProcess& process, const std::string& where, const Record& record, Report& report);

}  // namespace proctree::live
