# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# What a program for another architecture is built with, for scripts/vm, to be sourced: Debian's packages of
# $arch unpacked into $cache/sysroot-$arch. cmake/aarch64.cmake takes it from there.
# shellcheck shell=bash
# shellcheck disable=SC2154 # arch and cache are scripts/vm's

sysroot_packages=(
  libbpf-dev libelf-dev zlib1g-dev libcli11-dev libexpected-dev libncurses-dev # as in scripts/install-deps
  libgtest-dev libsimdjson-dev
  libsimdjson14 # what its -dev package links to
  busybox-static
)

# Unless it is there already. Sets PROCTREE_SYSROOT.
fetch_sysroot() {
  local dir=$cache/sysroot-$arch deb
  export PROCTREE_SYSROOT=$dir
  [[ -f $dir/packages && $(<"$dir/packages") == "${sysroot_packages[*]}" ]] && return
  update_lists
  say "fetching Debian's $arch libraries"
  rm -rf "$dir" && mkdir -p "$dir"
  download "$dir" "${sysroot_packages[@]}" || die "could not fetch them (see $cache/apt/$arch/download.log)"
  for deb in "$dir"/*.deb; do dpkg-deb --extract "$deb" "$dir"; done
  rm "$dir"/*.deb
  echo "${sysroot_packages[*]}" >"$dir/packages"
}
