# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Toolchain file: cross-builds for arm64 with Debian's g++-aarch64-linux-gnu. PROCTREE_SYSROOT, a variable or
# of the environment, is a folder with the unpacked arm64 -dev packages (tests/vm/sysroot.sh makes one); the
# C and C++ libraries themselves are the compiler's own.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(PROCTREE_SYSROOT "$ENV{PROCTREE_SYSROOT}" CACHE PATH "Where the target's packages are unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PROCTREE_SYSROOT)
set(CMAKE_FIND_ROOT_PATH ${PROCTREE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
