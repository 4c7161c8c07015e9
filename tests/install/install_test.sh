#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# install_test.sh BUILD: installs a build into an empty place, compiles programs of users' against what is
# there, with CMake and with pkg-config, in C and C++, and runs them on this host's live events (as root).
set -euo pipefail
build=$1
source=$(readlink -f -- "$(dirname -- "${BASH_SOURCE[0]}")/../..")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fail() {
  echo "install_test.sh: $*" >&2
  exit 1
}

# Moved after it was installed: nothing in it may know where it was put.
cmake --install "$build" --prefix "$place/first" >"$place/installed"
mv "$place/first" "$place/tree"
prefix=$place/tree
libdir=$(dirname -- "$(find "$prefix" -name libproctree.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir
unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER

cmake -G Ninja -S "$source/tests/install/consumer" -B "$place/consumer" -DEXAMPLES="$source/examples" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" >"$place/log" 2>&1 &&
  cmake --build "$place/consumer" >>"$place/log" 2>&1 || {
  cat "$place/log" >&2
  fail "a CMake project can't use what is installed"
}
# A project in C alone, on a host where nothing of C++ is to be found.
cmake -G Ninja -S "$source/tests/install/c_consumer" -B "$place/c_consumer" -DEXAMPLES="$source/examples" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_tl-expected=ON -DCMAKE_CXX_COMPILER=/nonexistent \
  -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" >"$place/log" 2>&1 &&
  cmake --build "$place/c_consumer" >>"$place/log" 2>&1 || {
  cat "$place/log" >&2
  fail "a CMake project in C alone can't use what is installed"
}
[[ $(ldd "$place/c_consumer/minimal") == *"$libdir/libproctree.so.2 "* ]] || fail "C by CMake takes another library"
[[ $(ldd "$place/c_consumer/minimal_static") != *libproctree* ]] || fail "C by CMake takes the shared library"

# Before C++20 the headers say what is missing.
for header in proctree tracer; do
  echo "#include <proctree/$header.hpp>" | g++ -std=c++17 -I"$prefix/include" -fsyntax-only -x c++ - 2>"$place/log" &&
    fail "$header.hpp compiles as C++17"
  [[ $(<"$place/log") == *"proctree needs C++20"* ]] || fail "as C++17 $header.hpp says: $(head -n 3 "$place/log")"
done

# shellcheck disable=SC2046 # words are what pkg-config gives
gcc -std=c99 -Wall -Wextra -Werror "$source/examples/minimal.c" -o "$place/minimal" $(pkg-config --cflags --libs proctree)
# shellcheck disable=SC2046
gcc "$source/examples/minimal.c" -o "$place/minimal_static" $(pkg-config --cflags proctree) \
  "$libdir/libproctree.a" $(pkg-config --static --libs-only-l proctree | sed 's/-lproctree //')
[[ $(ldd "$place/minimal") == *"$libdir/libproctree.so.2 "* ]] || fail "minimal was linked with another library"
[[ $(ldd "$place/minimal_static") != *libproctree* ]] || fail "minimal_static takes the shared library"

"$place/consumer/snapshot" >"$place/snapshot.out"
grep -q '|snapshot|.*;1|' "$place/snapshot.out" || fail "snapshot did not find its own lineage"

# tells_of_true PROGRAM…: does it tell of an exec of /bin/true below this very shell?
tells_of_true() {
  local out=$place/out pid
  "$@" >"$out" 2>&1 &
  pid=$!
  for _ in {1..300}; do
    /bin/true
    sleep 0.1
    if grep -q "/true: [0-9]*|true|[^;]*;$$|" "$out"; then
      kill "$pid"
      wait "$pid" || true
      return
    fi
  done
  kill "$pid"
  cat "$out" >&2
  fail "$1 did not tell of /bin/true below $$"
}
tells_of_true "$place/minimal"
tells_of_true "$place/minimal_static"

# The Python module, where it was built.
if [[ -d $prefix/lib/python3/dist-packages/proctree ]]; then
  PYTHONPATH=$prefix/lib/python3/dist-packages "$source/tests/install/use_python" "$source/examples/agent.py"
fi

# A file event, and who is behind it.
for agent in edr_agent edr_agent_static; do
  mkdir -p "$place/watched"
  : >"$place/$agent.out"
  "$place/consumer/$agent" "$place/watched" 4 >"$place/$agent.out" &
  until grep -q watching "$place/$agent.out"; do
    kill -0 $! || fail "$agent ended: $(cat "$place/$agent.out")"
    sleep 0.05
  done
  sh -c 'echo x >"$1"; true' writer "$place/watched/$agent"
  wait $!
  grep -q "/watched/$agent written by [0-9]*|sh|[^;]*;$$|.*, entry [a-z]*$" "$place/$agent.out" || fail "$agent says: $(cat "$place/$agent.out")"
  grep -q ', 0 lost$' "$place/$agent.out" || fail "$agent lost events: $(cat "$place/$agent.out")"
done

# A shell below a server of that name starts something that would run on.
cp "$(command -v dash || command -v sh)" "$place/webserver"
"$place/consumer/shell_guard" webserver 20 >"$place/guard.out" &
guard=$!
until grep -q guarding "$place/guard.out"; do
  kill -0 $guard || fail "shell_guard ended: $(cat "$place/guard.out")"
  sleep 0.05
done
status=0
"$place/webserver" -c 'sh -c "sleep 600; true"; true' || status=$?
((status == 0)) || fail "the server itself was touched"
# No shell is between this one and the server, which has another name by then.
cp "$place/webserver" "$place/helper"
"$place/webserver" -c 'exec "$0" -c "sleep 0.5; true"' "$place/helper"
kill $guard
wait $guard || true
grep -q '^killed [0-9]*|sleep|[^;]*;[0-9]*|sh|[^;]*;[0-9]*|webserver|.* sleep 600$' "$place/guard.out" ||
  fail "shell_guard says: $(cat "$place/guard.out")"
! grep 'sleep 0.5$' "$place/guard.out" || fail "shell_guard killed what no shell started"
echo "installed, compiled against, and run: minimal, edr_agent and shell_guard, with the shared and the static library"
