#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: jq hands a number through as it stands in the line, and tells two different ones apart.
# What happens: jq 1.6 (Debian 12) keeps every number as a double, and prints the rounded one: above 2^53 the last digits
#   change. Nanoseconds since boot pass 2^53 after 104 days of uptime: from then on start_ns and ktime_ns, printed by
#   `jq .start_ns` or passed through by `jq -c .`, aren't those of the stream, and processes that started up to
#   a nanosecond apart compare as equal. No warning, exit status 0. (`id` is a string: it stays right.)
# Version: jq and libjq1 1.6-2.1+deb12u3 with libonig5 6.9.8-1, Debian 12.
# Output seen:
#   in:  {"start_ns":9007199254740993}
#   out: {"start_ns":9007199254740992}
#   equal to 9007199254740992: true
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5=6.9.8-1 >/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
jq() { LD_LIBRARY_PATH=$(dirname "$(find "$dir/root" -name 'libjq.so.1')") "$dir/root/usr/bin/jq" "$@"; }

line='{"start_ns":9007199254740993}'
out=$(jq -c . <<<"$line")
equal=$(jq '.start_ns == 9007199254740992' <<<"$line")
printf 'in:  %s\nout: %s\nequal to 9007199254740992: %s\n' "$line" "$out" "$equal"
[[ $out == '{"start_ns":9007199254740992}' && $equal == true ]]
