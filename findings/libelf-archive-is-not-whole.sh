#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a distribution's libelf.a holds what libelf.so holds, so that a program of libbpf links statically wherever
#   the -dev package is installed, as it did with the version before.
# What happens: Debian 13's libelf.a calls functions that are in elfutils' internal libeu.a, which no package ships:
#   `undefined reference to eu_search_tree_init`. Compiling goes well, `pkg-config --static` names nothing that would help,
#   and only the last link of a static program fails. (It wants libzstd too; that one can be had.)
# Version: libelf-dev 0.192-4 (Debian 13); 0.188-2.1 (Debian 12) is whole.
# Output seen:
#   libelf-dev 0.192-4 calls and does not hold: eu_search_tree_fini eu_search_tree_init eu_tdelete eu_tsearch
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt's variables
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk -v release="$codename" '$1 == release && $2 == "main" && !seen++ { print $3 }')
mkdir -p lists/partial cache/archives/partial
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
apt=(apt-get -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State="$dir" -o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache")
"${apt[@]}" update >/dev/null
"${apt[@]}" download libelf-dev=0.192-4 >/dev/null
dpkg-deb -x libelf-dev_*.deb root
archive=$(find root -name libelf.a)
nm "$archive" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u >calls
nm "$archive" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >holds
missing=$(comm -23 calls holds | grep '^eu_' | tr '\n' ' ')
echo "libelf-dev 0.192-4 calls and does not hold: $missing"
[[ $missing == *eu_search_tree_init* ]]
