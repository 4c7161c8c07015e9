# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# What the scripts share; to be sourced. Sets `root` to the checkout. Writes to standard error only.
# shellcheck shell=bash

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
script=scripts/$(basename -- "$(readlink -f -- "$0")")

say() { echo "$script: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# quietly LOG COMMAND…: its output goes to LOG, and is shown only if it fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat -- "$log" >&2
    die "failed: $* (its output stands above and in $log)"
  fi
}

# patiently COMMAND…: three times at most, half a minute apart: a mirror may be away, or in the middle of its own update.
patiently() {
  local attempt
  for attempt in 1 2 3; do
    if "$@"; then return; fi
    [[ $attempt == 3 ]] || sleep 30
  done
  return 1
}

# configure PRESET [CMAKE-OPTION…]: where that was not done yet, or for another place or preset.
configure() {
  local preset=$1 dir=$root/build/$1
  shift
  if [[ $dir/build.ninja -nt $root/CMakePresets.json ]] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    return
  fi
  say "configuring $preset"
  quietly "$dir.log" cmake --fresh -S "$root" --preset "$preset" "$@"
  sed -n "s/^proctree: //p" "$dir.log" | while read -r line; do say "$line"; done
}

# build PRESET [TARGET…]: brings it up to date; says so only where there is something to do.
build() {
  local preset=$1 dir=$root/build/$1 left
  shift
  mkdir -p "$root/build"
  (
    flock 9 # two at a time would build into each other
    configure "$preset"
    left=$(ninja -C "$dir" -n "$@" 2>&1) || true
    if [[ $left != *'no work to do'* ]]; then
      say "building $preset (log: $dir.log)"
      quietly "$dir.log" ninja --quiet -C "$dir" "$@"
    fi
  ) 9>"$root/build/lock"
}

# sources NAME-PATTERN…: our files of these names, NUL-separated.
sources() {
  local names=() pattern
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find "$root"/{bench,bpf,examples,tests,userspace,vmlinux} -type f \( "${names[@]:1}" \) -print0
}

# mirror RELEASE: the address that this machine's own apt sources have for it.
mirror() {
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$1" '$1 == release && $2 == "main" && !found++ { print $3 }'
}

# find_mirrors: sets main_mirror and security_mirror to those that this machine takes its own packages from; a mirror
# holds every suite of Debian.
find_mirrors() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  main_mirror=$(mirror "$codename")
  security_mirror=$(mirror "$codename-security")
  [[ $main_mirror && $security_mirror ]] || die "no Debian mirror among this machine's apt sources, to fetch packages from"
}
