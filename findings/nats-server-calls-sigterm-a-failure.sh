#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a server that shuts down in order on SIGTERM, as its log says it does, ends with status 0 (or by the signal),
#   so that a script under `set -e` may wait for it and a service manager calls the stop a clean one.
# What happens: it ends with 1 on SIGTERM and with 0 on SIGINT, both after the same orderly shutdown. `kill; wait` ends the
#   script; a unit without SuccessExitStatus=1 (or KillSignal=SIGINT) is "failed" after each stop.
# Version: nats-server 2.9.10-1+b3, Debian 12 (server/signal.go).
# Output seen:
#   SIGTERM: status 1, its log: Initiating Shutdown... Server Exiting..
#   SIGINT: status 0, its log: Initiating Shutdown... Server Exiting..
set -euo pipefail
dir=$(mktemp -d)
trap '[[ -z ${pid-} ]] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download nats-server=2.9.10-1+b3 >/dev/null
dpkg-deb -x nats-server_*.deb root
for signal in TERM INT; do
  # Port -1: one that is free. It names itself ready in its log.
  root/usr/sbin/nats-server -a 127.0.0.1 -p -1 -l "$dir/$signal" &
  pid=$!
  for _ in {1..100}; do ! grep -qs 'Server is ready' "$signal" || break; sleep 0.1; done
  kill -s "$signal" "$pid"
  status=0
  wait "$pid" || status=$?
  pid=
  ended=$(grep -o 'Initiating Shutdown\.\.\.\|Server Exiting\.\.' "$signal" | tr '\n' ' ')
  echo "SIG$signal: status $status, its log: $ended"
  declare "$signal=$status"
done
[[ $TERM == 1 && $INT == 0 ]]
