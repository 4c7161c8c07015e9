#compdef proctree
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# zsh completion for proctree: commands, options, and what options take.

_proctree_names() {
  local -aU names
  names=(${(f)"$(cat /proc/[0-9]*/comm 2>/dev/null)"})
  compadd -a names
}

_proctree_pids() {
  local -a pids
  pids=(/proc/<->(N:t))
  compadd -a pids
}

_proctree_names_or_pids() {
  _proctree_names
  _proctree_pids
}

_proctree_events() {
  _values -s , event exec fork exit
}

typeset -ga _proctree_common=(
  '(-h --help)'{-h,--help}'[print the help]'
  '--version[print the version]'
)
typeset -ga _proctree_lineages=(
  '*--user=[only this user]:user:_users'
  '*--under=[only what descends from it]:name or pid:_proctree_names_or_pids'
  '*--not-under=[not what descends from it]:name or pid:_proctree_names_or_pids'
)
typeset -ga _proctree_entry=(
  '*--entry=[only what was begun this way]:type:(ssh login terminal cron at service socket dbus container kernel supervisor init unknown)'
)
typeset -ga _proctree_cgroups=(
  '*--container=[only this container]:id:'
  '*--unit=[only this unit]:unit:'
)
typeset -ga _proctree_filters=(
  $_proctree_lineages
  '*--comm=[only this command name]:name:_proctree_names'
  '*--not-comm=[not this command name]:name:_proctree_names'
  '*--exe=[only this executable]:file:_files'
  '*--not-exe=[not this executable]:file:_files'
)

typeset -ga _proctree_records=(
  $_proctree_common $_proctree_filters $_proctree_cgroups
  '--format=[text for people, chain strings, the audit stream, or that in a schema]:format:(text chain jsonl ecs ocsf)'
  '--output=[append to this file]:file:_files'
  '--timeline=[also write a timeline for Perfetto]:file:_files'
  '--events=[what is written]:events:_proctree_events'
  $_proctree_entry
  '*--arg=[only with this in an argument]:text:'
  '--failed[only failures]'
  '--ancestors=[at most so many ancestors]:number:'
  '--line-max=[most bytes of a JSON line]:bytes:'
  '--memory-max=[most memory to take beside the ring]:MiB:'
  '--color=[when to use colours]:when:(auto always never)'
  '--stats[a table of counts at the end]'
  '--as-root[as root, not as who called sudo]'
)
typeset -ga _proctree_capture=(
  '--args-max=[bytes of arguments kept of an exec]:bytes:'
  '--ancestor-args=[bytes of arguments of each ancestor]:bytes:'
  '*--env=[report these environment variables]:names:'
  '--env-max=[bytes of each environment to look at]:bytes:'
  '--stdio[what standard input, output and error are]'
  '--hash[SHA-256 of executables and scripts]'
  '--ring-size=[size of the ring buffer]:MiB:'
  '--ring=[this kind of ring alone]:ring:(percpu kernel)'
  '--failed-execs[execs that failed, too]'
  '--fair=[most a second of one user]:KiB:'
  '--debug-bpf[all that libbpf and the kernel say]'
)

_proctree-trace() {
  _arguments $_proctree_records $_proctree_capture \
    '--duration=[stop after so many seconds]:seconds:' \
    '--count=[stop after so many execs]:number:' \
    '--source=[where events come from]:source:(bpf netlink)' \
    '--snapshot[first write what runs already]' \
    '--spool=[keep lines in this folder]:folder:_directories' \
    '--spool-max=[most on disk, in MiB]:MiB:' \
    '--segment=[size of a segment in MiB]:MiB:' \
    '--spool-buffer=[memory while the disk is full, in MiB]:MiB:' \
    '--fold[count lives that repeat]' \
    '--metrics=[metrics for Prometheus]:file:_files' \
    '--watch[a live tree on the terminal]' \
    '--run-as=[go on as this user]:user:_users'
}

_proctree-run() {
  _arguments $_proctree_records $_proctree_capture \
    '--tree[draw all of it as a tree at the end]' \
    '--quiet[no summary at the end]' \
    '--wait-all[until all that descends from it has ended]' \
    '*::command:_normal'
}

_proctree-replay() {
  _arguments $_proctree_records \
    '--tree[draw the tree of what runs at the end]' \
    '--all[all that ever ran]' \
    '--at=[draw it as it was then]:time:' \
    '--since=[only lines of this time and later]:time:' \
    '--until=[only lines up to this time]:time:' \
    '*:recording:_files'
}

_proctree-tree() {
  _arguments $_proctree_common $_proctree_lineages $_proctree_cgroups $_proctree_entry \
    '*--exe=[only this executable]:file:_files' \
    '--up[its ancestors too]' \
    '--format=[output format]:format:(text json dot)' \
    '--args[command lines too]' \
    '--threads[how many threads each has]' \
    '--highlight=[make its line of ancestors stand out]:pid:_proctree_pids' \
    '--color=[when to use colours]:when:(auto always never)' \
    '--no-pids[only names]' \
    '--pids[pids too]' \
    '1:pid:_proctree_pids'
}

_proctree-chain() {
  _arguments $_proctree_common \
    '--format=[output format]:format:(text json)' \
    '1:pid:_proctree_pids'
}

_proctree-ship() {
  _arguments $_proctree_common \
    '--from=[a spool or a recording]:spool or recording:_files' \
    '--to=[a folder, a file or -]:folder or file:_files' \
    '--format=[of the lines in a file or -]:format:(jsonl ecs ocsf)' \
    '--once[end at the last line]' \
    '--name=[of the cursor in STATE_DIRECTORY]:name:' \
    '--cursor=[keep the place in this file]:file:_files' \
    '--keep=[of a store, drop what is older or beyond a size]:bound:' \
    '--create[make the stream where it is missing]' \
    '--replicas=[servers that have each message]:number:' \
    '--max-bytes=[most that the stream takes]:MiB:' \
    '--max-age=[older messages are deleted]:duration:' \
    '--duplicate-window=[for how long repeats are recognised]:duration:' \
    '--until-stored[the cursor waits for a collector]' \
    '--credentials=[file with what the other side asks for]:file:_files' \
    '--tls-ca=[certificates to trust]:file:_files' \
    '--tls-cert=[certificate to show]:file:_files' \
    '--tls-key=[its key]:file:_files' \
    '--tls-insecure[take any certificate]' \
    '--metrics=[metrics for Prometheus]:file:_files' \
    '--as-root[as root, not as who called sudo]'
}

_proctree-history() {
  _arguments $_proctree_common $_proctree_entry \
    '--since=[what lived at this time and later]:time:' \
    '--until=[what lived up to this time]:time:' \
    '--at=[what lived at this time]:time:' \
    '--host=[of this host]:name:' \
    '*--comm=[of this command name]:name:' \
    '*--exe=[with this executable]:pattern:_files' \
    '*--user=[of this user]:user:_users' \
    '*--under=[what descends from it]:name, pid or id:_proctree_names_or_pids' \
    '*--container=[in this container]:id:' \
    '--failed[only failures]' \
    '--format=[output format]:format:(text json)' \
    '--utc[times in UTC]' \
    '--credentials=[file with what the other side asks for]:file:_files' \
    '--tls-ca=[certificates to trust]:file:_files' \
    '--tls-cert=[certificate to show]:file:_files' \
    '--tls-key=[its key]:file:_files' \
    '--tls-insecure[take any certificate]' \
    '--as-root[as root, not as who called sudo]' \
    '1:store:(sqlite\: postgresql\://)' \
    '2:question:(find tree chain why stats export)' \
    '3:process:'
}

_proctree-find() {
  _arguments $_proctree_common $_proctree_filters $_proctree_cgroups $_proctree_entry \
    '--format=[output format]:format:(text json)'
}

_proctree-why() {
  _arguments $_proctree_common \
    '--history=[ask this store]:store:' \
    '--as-root[as root, not as who called sudo]' \
    '--format=[output format]:format:(text json)' \
    '1:name or pid:_proctree_names_or_pids'
}

_proctree-doctor() {
  _arguments $_proctree_common \
    '--format=[output format]:format:(text json)' \
    '--debug-bpf[all that libbpf and the kernel say]'
}

_proctree() {
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C $_proctree_common '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
        'trace:follow the whole host'
        'run:run a command and follow what descends from it'
        'replay:read a recording back'
        'tree:show the running processes as a tree'
        'chain:show a process and its ancestors'
        'why:say why a process runs'
        'find:find running processes'
        'ship:bring lines to another place'
        'history:ask a store what ran'
        'doctor:say whether this host can trace'
      )
      _describe command commands
      ;;
    argument)
      (( $+functions[_proctree-$line[1]] )) && _proctree-$line[1]
      ;;
  esac
}

# Loaded by compinit this file is the body of _proctree itself; sourced, it only defines.
[[ $funcstack[1] != _proctree ]] || _proctree "$@"
