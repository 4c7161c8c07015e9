// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What every C++ header of the library takes. They include it themselves.
#pragma once

#if __cplusplus < 201709L  // what GCC 10 says of C++20
#error "proctree needs C++20: compile with -std=c++20 or newer (proctree/proctree.h is for C)"
#endif
