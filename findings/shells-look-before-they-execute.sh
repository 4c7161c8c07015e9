#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: whoever looks a command up along PATH tries execve(2) in one folder after the other, so a command that isn't
#   installed is seen as failed execs, whatever asked for it; a tracer of failed execs shows all "command not found".
# What happens: execvp(3) does so, and with it env, xargs, setsid, gcc: one failed execve a folder, also before a command
#   that exists. dash and bash look with stat(2) first: a misspelt command in a script makes no execve at all.
# Version: coreutils 9.1-1, dash 0.5.12-2, bash 5.2.15-2+b13, strace 6.1-0.1 (Debian 12).
# Output seen:
#   env nosuchcommand: 3 failed execs
#   dash -c nosuchcommand: 0 failed execs
#   bash -c nosuchcommand: 0 failed execs
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download coreutils=9.1-1 dash=0.5.12-2 bash=5.2.15-2+b13 strace=6.1-0.1 >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
mkdir one two three

failed() {
  PATH=$dir/one:$dir/two:$dir/three "$dir/root/usr/bin/strace" -f -qq -e trace=execve -o trace "$@" 2>/dev/null || true
  grep -c ENOENT trace || true
}
env=$(failed "$dir/root/usr/bin/env" nosuchcommand)
dash=$(failed "$dir/root/bin/dash" -c nosuchcommand)
bash=$(failed "$dir/root/bin/bash" -c nosuchcommand)
printf 'env nosuchcommand: %s failed execs\ndash -c nosuchcommand: %s failed execs\nbash -c nosuchcommand: %s failed execs\n' \
  "$env" "$dash" "$bash"
[[ $env == 3 && $dash == 0 && $bash == 0 ]]
