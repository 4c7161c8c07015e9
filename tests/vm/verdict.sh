# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# What scripts/vm makes of its guests' reports, to be sourced: the table, and the verifier's instruction
# counts held against those of tests/vm/costs.
# shellcheck shell=bash
# shellcheck disable=SC2154 # record, root and run are scripts/vm's

costs=$root/tests/vm/costs

row() { printf '%-12s %-30s %-8s %14s %8s %8s %8s %8s %8s %8s\n' "$@" >>"$run/table"; }

# judge KERNEL DIR: the table's line; false if the guest did not say that all is well.
judge() {
  local dir=$2 release verdict ran seconds program count cost=()
  release=$(sed -n 's/^kernel //p' "$dir/report")
  verdict=$(tail -n 1 "$dir/report" | sed -n 's/^verdict //p')
  ran=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) tests?\.$/\1/p' "$dir/report")/$(sed -nE \
    's/^\[==========\] ([0-9]+) tests? from .* ran\..*/\1/p' "$dir/report")
  seconds=$(sed -n 's/^seconds //p' "$dir/report")
  # Either of two for an exit: as the kernel has it.
  for program in fork exec 'exit|exit_live' task failed_execve; do
    count=$(sed -nE "s/^cost (plain\/)?proctree_($program) ([0-9]+)\$/\3/p" "$dir/report" | head -n 1)
    cost+=("${count:--}")
  done
  row "$1" "${release:-?}" "${verdict:-no end}" "$ran" "${cost[@]}" "${seconds:--}"
  [[ $verdict == passed ]] && hold_costs "$1" "${cost[@]}"
}

# hold_costs KERNEL COUNT…: false where one has grown by more than a fifth since it was recorded.
hold_costs() {
  local kernel=$1 recorded now i fine=true
  shift
  now=("$@")
  if [[ $record ]]; then
    {
      grep '^#' "$costs"
      { grep -Ev "^(#|$kernel )" "$costs"; echo "$kernel ${now[*]}"; } | sort -V
    } >"$run/costs"
    cp "$run/costs" "$costs"
  fi
  read -r -a recorded <<<"$(sed -n "s/^$kernel //p" "$costs")"
  for i in "${!recorded[@]}"; do
    if ((now[i] * 5 > recorded[i] * 6)); then
      say "$kernel: ${now[i]} instructions, recorded are ${recorded[i]}: more than a fifth more"
      fine=false
    fi
  done
  $fine
}
