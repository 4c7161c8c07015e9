# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Debian's packages of architecture $arch for scripts/vm, to be sourced: fetched by apt within a root of our
# own, $cache/apt/$arch, so that nothing of the machine's own lists, sources or installed packages changes.
# shellcheck shell=bash
# shellcheck disable=SC2154 # arch and cache are scripts/vm's

suites=(bullseye bookworm bookworm-backports trixie-backports)
security_suites=(bullseye-security bookworm-security)

# private_apt COMMAND…: an apt command within $cache/apt/$arch.
private_apt() { APT_CONFIG=$cache/apt/$arch/apt.conf "$@"; }

# The lists of packages, once a run and only where something is missing.
update_lists() {
  [[ ${lists_updated-} ]] && return
  local suite dir=$cache/apt/$arch options
  find_mirrors
  options="[arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
  mkdir -p "$dir"/{state/lists/partial,cache/archives/partial}
  {
    for suite in "${suites[@]}"; do echo "deb $options $main_mirror $suite main"; done
    for suite in "${security_suites[@]}"; do echo "deb $options $security_mirror $suite main"; done
  } >"$dir/sources.list"
  cat >"$dir/apt.conf" <<-CONF
	APT::Architecture "$arch";
	APT::Architectures "$arch";
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State "$dir/state";
	Dir::State::status "/dev/null";
	Dir::Cache "$dir/cache";
	APT::Sandbox::User "root";
	CONF
  say "fetching the lists of Debian's $arch packages"
  quietly "$dir/update.log" patiently private_apt apt-get -q -o APT::Update::Error-Mode=any update
  lists_updated=yes
}

# download DIR PACKAGE…
download() {
  local dir=$1
  shift
  (cd "$dir" && private_apt apt-get -q download "$@" >"$cache/apt/$arch/download.log" 2>&1)
}
