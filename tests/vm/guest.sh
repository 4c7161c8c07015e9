# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# The guests of scripts/vm, to be sourced: what an architecture's machine is, what is in it, its run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # arch, cache, root, run and tests are scripts/vm's, which reads suffix and sysroot

# choose_machine: of $arch, by TCG, for guests die on some machines' KVM. Sets how its builds and recorded
# costs are called apart, where its programs' libraries are, and the machine's two serial lines.
choose_machine() {
  case "$arch" in
    amd64)
      suffix='' prefix='' sysroot='' triplet=x86_64-linux-gnu console=ttyS0 report=ttyS1
      # Without -cx16, QEMU 7.2 corrupts guests at random.
      machine=(qemu-system-x86_64 -machine q35 -cpu "max,la57=off,-cx16"
        -serial chardev:console -serial chardev:report)
      ;;
    arm64)
      suffix=-arm64 prefix=arm64- sysroot=$cache/sysroot-arm64 triplet=aarch64-linux-gnu console=ttyAMA0 report=ttyS0
      machine=(qemu-system-aarch64 -machine virt -cpu "max,pauth-impdef=on"
        -serial chardev:console -device "pci-serial,chardev=report")
      ;;
  esac
  machine+=(-accel tcg -smp "$cpus" -m "$((768 + 128 * cpus))" -nodefaults -no-user-config -display none -no-reboot -monitor none)
}

# archive DIR: it as an initramfs, owned by root.
archive() { (cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0); }

# add_libraries DIR FILE…: into DIR/lib what these programs of $arch load. The tests, unlike what they test,
# need not be static.
add_libraries() {
  local dir=$1 file name found
  shift
  for file in "$@"; do
    while read -r name; do
      [[ -e $dir/lib/$name ]] && continue
      for found in {"$sysroot/usr/lib/$triplet","/usr/$triplet/lib"}/"$name"; do
        if [[ -e $found ]]; then break; fi
      done
      cp --dereference "$found" "$dir/lib/$name"
      add_libraries "$dir" "$dir/lib/$name"
    done < <(readelf --dynamic "$file" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p')
  done
}

# make_base BINARY: what all guests have, in $run/base.cpio; BINARY is the proctree to test.
make_base() {
  local dir=$run/base dev=$root/build/dev$suffix
  mkdir -p "$dir"/{bin,dev,etc,lib,proc,root,sys,test/progs,tmp,usr/bin}
  chmod 1777 "$dir/tmp"
  ln -s lib "$dir/lib64"
  cp "$sysroot/bin/busybox" "$dir/bin/busybox"
  ln -s busybox "$dir/bin/sh"
  cp "$root/tests/vm/init" "$dir/init"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/false >"$dir/etc/passwd"
  cp "$1" "$dir/test/proctree"
  cp "$dev"/tests/progs/bin/* "$dir/test/progs"
  "$triplet-strip" -o "$dir/test/live_test" "$dev/tests/live/live_test"
  "$triplet-strip" -o "$dir/test/verifier_cost" "$dev/tests/vm/verifier_cost"
  echo "$tests" >"$dir/test/filter"
  echo WaysTest.AllAtOnce:RunningTest.SnapshotHasThemAll >"$dir/test/filter-jit-off"
  add_libraries "$dir" "$dir"/test/{live_test,verifier_cost}
  archive "$dir" >"$run/base.cpio"
}

# boot KERNEL DIR: until it powers off or the time is up; to be run in the background. Its report goes to DIR/report. A guest
# that ended before its init wrote a word is booted again, as by boot_until.
boot() {
  local kernel=$cache/kernels/$1 dir=$2 qemu attempt status
  mkdir -p "$dir/root"
  if [[ -f $kernel/overlay.ko ]]; then cp "$kernel/overlay.ko" "$dir/root"; fi
  { cat "$run/base.cpio"; archive "$dir/root"; } >"$dir/initramfs"
  qemu=("${machine[@]}" -kernel "$kernel/image" -initrd "$dir/initramfs"
    -append "console=$console report=$report panic=-1 rdinit=/init")
  echo "${qemu[*]@Q} -chardev stdio,id=console -chardev file,id=report,path=/dev/stdout" >"$dir/command"
  trap 'kill $! 2>/dev/null || true' EXIT
  trap 'exit 143' TERM
  for attempt in 1 2 3; do
    timeout --foreground 1800 "${qemu[@]}" -chardev "file,id=console,path=$dir/console" \
      -chardev "file,id=report,path=$dir/report" </dev/null &
    status=0
    wait $! || status=$?
    if [[ -s $dir/report || $status -eq 124 ]]; then return; fi
    say "$1: the guest ended before its init ran ($attempt of 3 attempts)"
  done
}

# reached SECONDS REPORT PATTERN: waits for it, so long at most. False: the guest has ended, or says that it can't.
# Whether it has ended is asked first: what it wrote before its end is found by the look after that. A line comes byte by
# byte: the rest of a verdict that has begun is there a second later.
reached() {
  local tenth ended=''
  for ((tenth = 0; tenth < 10 * $1; tenth++)); do
    if grep -aq ^verdict "$2" 2>/dev/null || ! kill -0 "$guest" 2>/dev/null; then
      ended=yes
      sleep 1
    fi
    if grep -aqE "$3" "$2" 2>/dev/null; then return; fi
    if [[ $ended ]]; then break; fi
    sleep 0.1
  done
  tail -n 30 "$run/console" "$2" >&2
  return 1
}

# boot_until SECONDS REPORT HOW PATTERN: `boot_guest REPORT HOW`, which starts a guest in the background, as $guest, and waits
# for the pattern. Under emulation a kernel that patches itself panics at times (int3) while it boots: a guest that has ended
# before its init wrote a word is booted again.
boot_until() {
  local attempt
  for attempt in 1 2 3; do
    boot_guest "$2" "$3"
    if reached "$1" "$2" "$4"; then return; fi
    kill -9 "$guest" 2>/dev/null || true
    wait "$guest" 2>/dev/null || true
    if [[ -s $2 ]]; then break; fi
    say "the guest ended before its init ran ($attempt of 3 attempts)"
  done
  return 1
}
