#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a daemon that follows a file of JSON lines and writes them on writes the same lines, or says which it could not.
# What happens: rsyslog's imfile, with its defaults, cuts what is longer than 8 KiB (maxMessageSize) and drops the rest; the
#   output is a line that is no JSON any more. Nothing of it in its own log beyond one message at the first time.
# Version: rsyslog 8.2302.0-1+deb12u2 with libestr0 0.1.11-1, libfastjson4 1.2304.0-1, Debian 12.
# Output seen:
#   line in: 19998 bytes; longest line out: 8096 bytes, ends with '}': no
set -euo pipefail
dir=$(mktemp -d)
trap '[[ -z ${pid-} ]] || { kill "$pid"; wait "$pid"; } || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download rsyslog=8.2302.0-1+deb12u2 libestr0=0.1.11-1 libfastjson4=1.2304.0-1 >/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
libraries=$(dirname "$(find root -name 'libestr.so.0')")
modules=$(dirname "$(find root -name imfile.so)")
python3 -c 'print("{\"a\":\"" + "x" * 19990 + "\"}")' >in
cat >conf <<C
global(workDirectory="$dir")
module(load="$dir/$modules/imfile" mode="polling" pollingInterval="1")
template(name="line" type="string" string="%msg%\n")
input(type="imfile" file="$dir/in" tag="t" addMetadata="off")
action(type="omfile" file="$dir/out" template="line")
C
LD_LIBRARY_PATH=$dir/$libraries root/usr/sbin/rsyslogd -n -f "$dir/conf" -i "$dir/pid" -M "$dir/$modules" 2>err &
pid=$!
for _ in {1..100}; do [[ ! -s out ]] || break; sleep 0.1; done
longest=$(awk '{ if (length($0) > n) n = length($0) } END { print n }' out)
ends=no
[[ $(head -n 1 out) != *'}' ]] || ends=yes
printf "line in: %s bytes; longest line out: %s bytes, ends with '}': %s\n" "$(wc -L <in)" "$longest" "$ends"
[[ $longest -lt 9000 && $ends == no ]]
