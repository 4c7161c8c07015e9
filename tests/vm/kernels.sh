# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Debian's kernels for scripts/vm, to be sourced. Keeps them in $cache/kernels.
# shellcheck shell=bash
# shellcheck disable=SC2154 # arch and cache are scripts/vm's

# candidates SERIES: packages that may hold an image of 6.1 (or any, for "newest"), newest first: of the cloud
# flavour, or of the one that SERIES ends with (6.1-rt; 6.1-amd64 is the ordinary one of any architecture). From
# 6.19 on the image is in linux-binary-*, and linux-image-* of the same version only depends on it.
candidates() {
  local version='[0-9]+\.[0-9]+' flavour
  [[ $1 == newest* ]] || version=${1%%-*} version=${version//./\\.}
  case "$1" in
    *-rt) flavour=-rt ;;
    *-amd64) flavour='' ;;
    *) flavour=-cloud ;;
  esac
  private_apt apt-cache --names-only search "^linux-(image|binary)-$version\.[0-9][^-]*(-[0-9]+)?$flavour-$arch(-unsigned)?\$" |
    sed -E "s/^(linux-(image|binary)-([^ ]*)$flavour-$arch(-unsigned)?) .*/\3 \1/" |
    sort -t ' ' -k 1,1Vr -k 2,2 | cut -d ' ' -f 2
}

# unpack_kernel PACKAGE DIR: its image, and its overlayfs module where there is one. False: the mirror no
# longer has it, or it has no image.
unpack_kernel() {
  local package=$1 dir=$2 tree=$2/tree deb images
  download "$dir" "$package" || return 1
  if [[ $package == linux-binary-* ]]; then
    download "$dir" "linux-modules-${package#linux-binary-}" || say "$package: the mirror lacks its modules, so no overlayfs"
  fi
  mkdir "$tree"
  for deb in "$dir"/*.deb; do dpkg-deb --extract "$deb" "$tree"; done
  find "$tree" -name 'overlay.ko*' -type f -exec mv -t "$dir" {} +
  mapfile -t images < <(find "$tree" -name 'vmlinuz*' -type f)
  [[ ${#images[@]} -eq 1 ]] || return 1
  mv "${images[0]}" "$dir/image"
  rm -rf "$tree" "$dir"/*.deb
  if [[ -f $dir/overlay.ko.xz ]]; then busybox unxz "$dir/overlay.ko.xz"; fi
  echo "$package" >"$dir/package"
}

# fetch_kernel SERIES NAME: into $cache/kernels/NAME, unless it is there. False: Debian has none.
fetch_kernel() {
  local dir=$cache/kernels/$2 package
  [[ -f $dir/package ]] && return
  update_lists
  while read -r package; do
    say "fetching $package"
    rm -rf "$dir" && mkdir -p "$dir"
    if unpack_kernel "$package" "$dir"; then return; fi
  done < <(candidates "$1" | head -n 10)
  rm -rf "$dir"
  say "no kernel $1 could be fetched"
  return 1
}
