# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# bash completion for proctree: commands, options, and what options take.
# shellcheck shell=bash

# The options of a command, with = where one takes a value.
_proctree_options() {
  local lineages='--user= --under= --not-under='
  local cgroups='--container= --unit='
  local filters="--comm= --not-comm= --exe= --not-exe= $lineages"
  local records="--format= --output= --timeline= --events= $filters $cgroups --entry= --arg= --failed --ancestors= --line-max= --memory-max= --as-root --color= --stats"
  case $1 in
    trace)
      echo "$records --args-max= --ancestor-args= --env= --env-max= --stdio --hash --ring-size= --ring= --failed-execs --fair= --debug-bpf --duration= --count= --source= --snapshot --spool= --spool-max= --segment= --spool-buffer= --fold --metrics= --watch --run-as="
      ;;
    run) echo "$records --args-max= --ancestor-args= --env= --env-max= --stdio --hash --ring-size= --ring= --failed-execs --fair= --debug-bpf --tree --quiet --wait-all" ;;
    replay) echo "$records --tree --all --at= --since= --until=" ;;
    tree) echo "--up --format= --exe= $lineages $cgroups --entry= --args --threads --highlight= --color= --no-pids --pids" ;;
    find) echo "$filters $cgroups --entry= --format=" ;;
    chain) echo '--format=' ;;
    why) echo '--format= --history= --as-root' ;;
    ship) echo '--from= --to= --format= --once --name= --cursor= --keep= --metrics= --create --replicas= --max-bytes= --max-age= --duplicate-window= --until-stored --credentials= --tls-ca= --tls-cert= --tls-key= --tls-insecure --as-root' ;;
    history) echo '--since= --until= --at= --host= --comm= --exe= --user= --under= --container= --entry= --failed --format= --utc --credentials= --tls-ca= --tls-cert= --tls-key= --tls-insecure --as-root' ;;
    doctor) echo '--format= --debug-bpf' ;;
  esac
  echo '--help --version'
}

_proctree_pids() {
  local folder
  for folder in /proc/[0-9]*; do echo "${folder#/proc/}"; done
}

# The names that run: those with a blank could not be told apart here.
_proctree_names() {
  local file name
  for file in /proc/[0-9]*/comm; do
    { read -r name <"$file"; } 2>/dev/null || continue
    [[ $name =~ ^[[:alnum:]_.+-]+$ ]] && echo "$name"
  done
}

# What may stand after an option of a command; nothing where nobody can say.
_proctree_values() {
  case $1:$2 in
    trace:--format | run:--format | replay:--format) echo 'text chain jsonl ecs ocsf' ;;
    ship:--format) echo 'jsonl ecs ocsf' ;;
    tree:--format) echo 'text json dot' ;;
    *:--format) echo 'text json' ;;
    *:--color) echo 'auto always never' ;;
    *:--entry) echo 'ssh login terminal cron at service socket dbus container kernel supervisor init unknown' ;;
    *:--source) echo 'bpf netlink' ;;
    *:--ring) echo 'percpu kernel' ;;
    *:--comm | *:--not-comm) _proctree_names ;;
    tree:--highlight) _proctree_pids ;;
    *:--under | *:--not-under) _proctree_names && _proctree_pids ;;
    *:--user | *:--run-as) compgen -u ;;
  esac
}

_proctree() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word
  # readline takes --option=value apart at the =.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word && break; }
  done
  # What run runs is completed as that would be by itself.
  if [[ $command == run && " ${COMP_WORDS[*]:1:COMP_CWORD-1} " == *' -- '* ]]; then
    local at=1
    until [[ ${COMP_WORDS[at]} == -- ]]; do ((at += 1)); done
    _command_offset $((at + 1)) 2>/dev/null || mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    return
  fi

  COMPREPLY=()
  if [[ ! $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'trace run replay tree chain find why ship history doctor --help --version' -- "$cur")
  elif [[ $prev == --output || $prev == --timeline || $prev == --exe || $prev == --not-exe || ($command == replay && $cur != -* && $prev != --*) ]]; then
    compopt -o filenames 2>/dev/null # not where the function is called by itself
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $prev == --events ]]; then
    local head=''
    [[ $cur != *,* ]] || head=${cur%,*},
    mapfile -t COMPREPLY < <(compgen -P "$head" -W 'exec fork exit' -- "${cur##*,}")
  elif [[ $prev == --* && " $(_proctree_options "$command" | tr '\n' ' ') " == *" $prev= "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_proctree_values "$command" "$prev")" -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_proctree_options "$command" | tr -d '=')" -- "$cur")
  elif [[ $command == why ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_proctree_names && _proctree_pids)" -- "$cur")
  elif [[ $command == tree || $command == chain ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_proctree_pids)" -- "$cur")
  fi
}

complete -F _proctree proctree
