# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# The Debian that tests/entry/booted boots, to be sourced: its packages unpacked as they are, as an archive for an initramfs.
# Nothing is configured by them, since that takes root and a chroot: what their scripts would have written stands in
# booted_files and booted_containers_files. Kept in $cache/booted/SUITE and $cache/booted/SUITE-containers.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # cache and here are tests/entry/booted's; tests/vm/packages.sh reads suites and others

booted_packages=(
  base-files base-passwd bash coreutils dash findutils grep login passwd procps sed tar util-linux mount
  systemd systemd-sysv udev libpam-systemd dbus dbus-bin dbus-user-session
  cron openssh-server openssh-client socat
)
# Beside those, for the boot with containers. dpkg has start-stop-daemon.
container_packages=(
  podman conmon crun runc catatonit uidmap docker.io containerd tini lxc systemd-container
  init-system-helpers dpkg busybox-static greetd
)
# Without what else it depends on: trixie has no insserv, which nothing here runs.
openrc_packages=(openrc libeinfo1)

# wanted_packages SUITE KIND
wanted_packages() {
  echo "${booted_packages[@]}"
  [[ $2 == containers ]] || return 0
  echo "${container_packages[@]}"
  case $1 in
    bookworm) echo lxd lxd-client ;;
    trixie) echo docker-cli docker-buildx incus-base incus-client ;;
  esac
}
# Dependencies that only a package's own scripts run: a third of all.
unneeded='^(perl|lib.*-perl|libperl|usrmerge|debconf|dpkg|ucf|adduser|apt|gcc-|mawk|sensible-utils|dmsetup|python3)'

# unpack_debian SUITE KIND DIR: false where the mirror lacks a package.
unpack_debian() {
  local suite=$1 dir=$3 wanted found deb name
  local cache=$dir lists_updated='' suites=("$suite") security_suites=("$suite-security")
  mkdir -p "$dir"/{debs,root/usr/{bin,lib,lib64,sbin}}
  update_lists
  read -r -d '' -a wanted < <(wanted_packages "$suite" "$2") || true
  mapfile -t found < <(private_apt apt-get -q -s --no-install-recommends install "${wanted[@]}" |
    sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vE "$unneeded")
  [[ ${#found[@]} -gt 20 ]] || return 1
  mapfile -t found < <(printf '%s\n' "${found[@]}" "${wanted[@]}" | sort -u)
  if [[ $2 == containers ]]; then
    name=librc1
    [[ $suite != trixie ]] || name+=t64
    found+=("${openrc_packages[@]}" "$name")
  fi
  say "fetching ${#found[@]} packages of Debian $suite"
  patiently download "$dir/debs" "${found[@]}" || return 1
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$dir/root/$name"; done
  for deb in "$dir"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir/root" -xpf - --no-same-owner --keep-directory-symlink \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
      --exclude='./usr/lib/udev/hwdb.d/*' --exclude='./usr/share/i18n/*' --exclude='./usr/lib/*/gconv/*'
    basename "$deb" .deb
  done >"$dir/packages"
  rm -rf "$dir"/{debs,apt}
}

# fetch_debian SUITE KIND DIR: into DIR/root.cpio, unless it is there. False: it could not be fetched.
fetch_debian() {
  local dir=$3
  [[ -f $dir/root.cpio && $(<"$dir/wanted") == "$(wanted_packages "$1" "$2")" ]] && return
  rm -rf "$dir" "$dir.partial"
  unpack_debian "$1" "$2" "$dir.partial" || return 1
  archive "$dir.partial/root" >"$dir.partial/root.cpio"
  rm -rf "$dir.partial/root"
  wanted_packages "$1" "$2" >"$dir.partial/wanted"
  mv "$dir.partial" "$dir"
}

# write_files FILE DIR: each `=== PATH [MODE]` of it begins a file, `--> PATH TARGET` is a link.
write_files() {
  local line path='' words
  while IFS= read -r line; do
    read -r -a words <<<"$line"
    case $line in
      '=== '*)
        path=$2${words[1]}
        install -D -m "${words[2]-644}" /dev/null "$path"
        ;;
      '--> '*)
        mkdir -p "$(dirname "$2${words[1]}")"
        ln -s "${words[2]}" "$2${words[1]}"
        path=''
        ;;
      *) [[ ! $path ]] || printf '%s\n' "$line" >>"$path" ;;
    esac
  done <"$1"
}
