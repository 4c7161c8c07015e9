#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a counter whose name ends in _total is a good name for Prometheus, whatever words stand before; what is wrong with
#   a name, prometheus would say that scrapes it.
# What happens: promtool refuses the word "counter" anywhere between underscores ("should not include type 'counter'", status 3), but
#   not "counters"; prometheus and node_exporter's textfile collector take both without a word.
# Version: promtool 2.42.0+ds-5+deb12u1, Debian 12.
# Output seen:
#   proctree_counter_total metric name should not include type 'counter'
#   status with _counter_: 3, with _counters_: 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download prometheus=2.42.0+ds-5+deb12u1 >/dev/null
dpkg-deb -x prometheus_*.deb root
check() {
  printf '# HELP %s Of something.\n# TYPE %s counter\n%s{name="x"} 1\n' "$1" "$1" "$1" | root/usr/bin/promtool check metrics 2>&1
}
one=0 many=0
check proctree_counter_total || one=$?
check proctree_counters_total || many=$?
echo "status with _counter_: $one, with _counters_: $many"
[[ $one -ne 0 && $many -eq 0 ]]
