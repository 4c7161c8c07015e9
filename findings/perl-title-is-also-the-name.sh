#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a program that overwrites its arguments to show a title (perl's $0, setproctitle) leaves the kernel's name
#   of the process alone, so the name still says which program it is; and where the arguments are no more than the name, they
#   are an argv[0] and no title.
# What happens: perl's `$0 = …` also calls prctl(PR_SET_NAME). The name is the title's first 15 bytes, and a title of up to 15
#   bytes equals the name, as an untouched argv[0] does; only exe says perl. A filter by the name "perl" misses it from then on.
# Version: perl-base 5.36.0-7+deb12u4 (Debian 12). perlvar(1), $PROGRAM_NAME; mg.c, S_set_dollarzero().
# Output seen:
#   before: name perl, arguments "perl -e ..."
#   after: name short title, arguments "short title"
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download perl-base=5.36.0-7+deb12u4 >/dev/null
dpkg-deb -x perl-base_*.deb root
perl=$dir/root/usr/bin/perl

shown=$("$perl" -e '
  $| = 1;
  sub show { my $when = shift;
    open my $c, "<", "/proc/$$/comm"; chomp(my $name = <$c>);
    open my $a, "<", "/proc/$$/cmdline"; my $args = join "", <$a>;
    $args =~ s/\0+$//; $args = "perl -e ..." if $args =~ /perl\0-e\0/;
    print "$when: name $name, arguments \"$args\"\n"; }
  show("before"); $0 = "short title"; show("after");')
printf '%s\n' "$shown"
[[ $shown == *'before: name perl,'* && $shown == *'after: name short title, arguments "short title"' ]]
