# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Sourced by with-nats-server and with-postgres: packages of another Debian than this host's, fetched and not installed.
# shellcheck shell=bash
# shellcheck source=scripts/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../scripts/common.sh"
# shellcheck source=tests/vm/packages.sh
. "$root/tests/vm/packages.sh"

# choose_debian NAME SUITE COMMAND…: what packages.sh asks for. Unpacked files go to $cache, build/NAME/SUITE.
choose_debian() {
  [[ $# -ge 3 && $2 =~ ^[a-z]+$ ]] || { echo "usage: tests/delivery/with-$1 SUITE COMMAND…" >&2 && exit 2; }
  # shellcheck disable=SC2034 # packages.sh's
  arch=$(dpkg --print-architecture) cache=$root/build/$1/$2 suites=("$2") security_suites=()
}
