# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Debian's kernels for scripts/vm, to be sourced: fetched by apt into a root of our own, so that nothing of
# the machine's own package lists, sources or installed packages changes. Keeps them in $cache.
# shellcheck shell=bash

arch=amd64
suites=(bullseye bookworm bookworm-backports trixie-backports)
security_suites=(bullseye-security bookworm-security)

# mirror RELEASE: the address that this machine's own apt sources have for it.
mirror() {
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$1" '$1 == release && $2 == "main" { print $3; exit }'
}

# private_apt COMMAND…: an apt command within $cache/apt.
# shellcheck disable=SC2154 # cache is scripts/vm's
private_apt() { APT_CONFIG=$cache/apt/apt.conf "$@"; }

# The lists of packages, once a run and only where a kernel is missing.
update_lists() {
  [[ ${lists_updated-} ]] && return
  local codename main security suite dir=$cache/apt options
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  main=$(mirror "$codename")
  security=$(mirror "$codename-security")
  [[ $main && $security ]] || die "no Debian mirror among this machine's apt sources, to fetch kernels from"
  options="[arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
  mkdir -p "$dir"/{state/lists/partial,cache/archives/partial}
  {
    for suite in "${suites[@]}"; do echo "deb $options $main $suite main"; done
    for suite in "${security_suites[@]}"; do echo "deb $options $security $suite main"; done
  } >"$dir/sources.list"
  cat >"$dir/apt.conf" <<-CONF
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State "$dir/state";
	Dir::State::status "/dev/null";
	Dir::Cache "$dir/cache";
	APT::Sandbox::User "root";
	CONF
  say "fetching the lists of Debian's kernels"
  quietly "$dir/update.log" private_apt apt-get -q update
  lists_updated=yes
}

# candidates SERIES: packages that may hold an image of 6.1 (or any, for "newest"), newest first. From
# 6.19 on the image is in linux-binary-*, and linux-image-* of the same version only depends on it.
candidates() {
  local version='[0-9]+\.[0-9]+'
  [[ $1 == newest ]] || version=${1//./\\.}
  private_apt apt-cache --names-only search "^linux-(image|binary)-$version\.[0-9].*-cloud-$arch(-unsigned)?\$" |
    sed -E "s/^(linux-(image|binary)-([^ ]*)-cloud-$arch(-unsigned)?) .*/\3 \1/" |
    sort -t ' ' -k 1,1Vr -k 2,2 | cut -d ' ' -f 2
}

# download PACKAGE DIR
download() { (cd "$2" && private_apt apt-get -q download "$1" >"$cache/apt/download.log" 2>&1); }

# unpack_kernel PACKAGE DIR: its image, and its overlayfs module where there is one. False: the mirror no
# longer has it, or it has no image.
unpack_kernel() {
  local package=$1 dir=$2 tree=$2/tree deb images
  download "$package" "$dir" || return 1
  if [[ $package == linux-binary-* ]]; then
    download "linux-modules-${package#linux-binary-}" "$dir" || say "$package: the mirror lacks its modules, so no overlayfs"
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

# fetch_kernel SERIES: into $cache/kernels/SERIES, unless it is there. False: Debian has none.
fetch_kernel() {
  local dir=$cache/kernels/$1 package
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
