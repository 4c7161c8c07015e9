#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: `tracer | awk '/x/ { print; fflush() }'` prints a line when it comes, for awk reads lines and its output is
#   flushed; a tracer that is slow to show anything in such a pipe is what holds the line back.
# What happens: Debian's awk is mawk, which fills a block of 4,096 bytes from a pipe before it looks at the first line. On a quiet
#   host the events of minutes wait in there, and those of a tracer that still runs are not seen at all. fflush() is of the output;
#   `-W interactive` makes it read by the line. gawk and original-awk print at once as they are.
# Version: mawk 1.3.4.20200120-3.1, gawk 1:5.2.1-2, original-awk 2022-09-12-1 (Debian 12). mawk(1), -W interactive.
# Output seen:
#   mawk: after 3 s nothing, at the end of the pipe 1 line
#   mawk -W interactive: a line at once
#   gawk: a line at once
#   original-awk: a line at once
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for package in mawk=1.3.4.20200120-3.1 gawk=1:5.2.1-2 original-awk=2022-09-12-1 libsigsegv2=2.14-1; do
  apt-get -q -o APT::Sandbox::User=root download "$package" >/dev/null
done
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$dir/root" -name 'libsigsegv.so.2')")

# A line into a pipe that stays open: whether the program has printed it within 3 s, and what it printed in the end.
try() {
  local name=$1 when=
  shift
  rm -f pipe out
  mkfifo pipe
  "$@" '{ print; fflush() }' <pipe >out &
  exec 3>pipe
  echo "one event" >&3
  for _ in {1..60}; do
    [[ -s out ]] && { when="a line at once"; break; }
    sleep 0.05
  done
  exec 3>&-
  wait $!
  printf '%s: %s\n' "$name" "${when:-after 3 s nothing, at the end of the pipe $(wc -l <out) line}"
}

shown=$(
  try mawk root/usr/bin/mawk
  try "mawk -W interactive" root/usr/bin/mawk -W interactive
  try gawk root/usr/bin/gawk
  try original-awk root/usr/bin/original-awk
)
printf '%s\n' "$shown"
[[ $shown == $'mawk: after 3 s nothing, at the end of the pipe 1 line\nmawk -W interactive: a line at once\ngawk: a line at once\noriginal-awk: a line at once' ]]
