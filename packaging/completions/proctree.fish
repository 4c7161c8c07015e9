# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# fish completion for proctree: commands, options, and what options take.

function __proctree_names
    cat /proc/[0-9]*/comm 2>/dev/null | sort -u
end

function __proctree_events
    set -l head (commandline -ct | string replace -rf '^(.*,)[^,]*$' '$1')
    printf '%s\n' "$head"{exec,fork,exit}
end

set -l with __fish_seen_subcommand_from
set -l commands trace run replay tree chain find why ship history doctor

complete -c proctree -f
complete -c proctree -s h -l help -d 'Print the help'
complete -c proctree -l version -d 'Print the version'

complete -c proctree -n "not $with $commands" -a trace -d 'Follow the whole host'
complete -c proctree -n "not $with $commands" -a run -d 'Run a command and follow what descends from it'
complete -c proctree -n "not $with $commands" -a replay -d 'Read a recording back'
complete -c proctree -n "not $with $commands" -a tree -d 'Show the running processes as a tree'
complete -c proctree -n "not $with $commands" -a chain -d 'Show a process and its ancestors'
complete -c proctree -n "not $with $commands" -a find -d 'Find running processes'
complete -c proctree -n "not $with $commands" -a why -d 'Say why a process runs'
complete -c proctree -n "not $with $commands" -a ship -d 'Bring lines to another place'
complete -c proctree -n "not $with $commands" -a history -d 'Ask a store what ran'
complete -c proctree -n "not $with $commands" -a doctor -d 'Say whether this host can trace'

complete -c proctree -n "$with trace run replay" -l format -x -a 'text chain jsonl ecs ocsf' -d 'What is written'
complete -c proctree -n "$with tree" -l format -x -a 'text json dot' -d 'What is written'
complete -c proctree -n "$with ship" -l format -x -a 'jsonl ecs ocsf' -d 'Of the lines in a file or -'
complete -c proctree -n "$with chain find why history doctor" -l format -x -a 'text json' -d 'What is written'

complete -c proctree -n "$with trace run replay find history" -l comm -x -a '(__proctree_names)' -d 'Only this command name'
complete -c proctree -n "$with trace run replay find" -l not-comm -x -a '(__proctree_names)' -d 'Not this command name'
complete -c proctree -n "$with trace run replay tree find history" -l exe -r -F -d 'Only this executable'
complete -c proctree -n "$with trace run replay find" -l not-exe -r -F -d 'Not this executable'
complete -c proctree -n "$with trace run replay tree find history" -l user -x -a '(__fish_complete_users)' -d 'Only this user'
complete -c proctree -n "$with trace run replay tree find history" -l under -x -a '(__proctree_names; __fish_complete_pids)' -d 'Only what descends from it'
complete -c proctree -n "$with trace run replay tree find" -l not-under -x -a '(__proctree_names; __fish_complete_pids)' -d 'Not what descends from it'
complete -c proctree -n "$with trace run replay tree find history" -l entry -x -a 'ssh login terminal cron at service socket dbus container kernel supervisor init unknown' -d 'Only what was begun this way'
complete -c proctree -n "$with trace run replay" -l arg -x -d 'Only with this in an argument'
complete -c proctree -n "$with trace run replay history" -l failed -d 'Only failures'

complete -c proctree -n "$with trace run replay" -l output -r -F -d 'Append to this file'
complete -c proctree -n "$with trace run replay" -l timeline -r -F -d 'Also write a timeline for Perfetto'
complete -c proctree -n "$with trace run replay" -l events -x -a '(__proctree_events)' -d 'Which events are written'
complete -c proctree -n "$with trace run replay tree find history" -l container -x -d 'Only this container'
complete -c proctree -n "$with trace run replay tree find" -l unit -x -d 'Only this unit'
complete -c proctree -n "$with trace" -l duration -x -d 'Stop after so many seconds'
complete -c proctree -n "$with trace" -l count -x -d 'Stop after so many execs'
complete -c proctree -n "$with trace run replay" -l ancestors -x -d 'At most so many ancestors'
complete -c proctree -n "$with trace run replay" -l line-max -x -d 'Most bytes of a JSON line'
complete -c proctree -n "$with trace run" -l args-max -x -d 'Bytes of arguments kept of an exec'
complete -c proctree -n "$with trace run" -l ancestor-args -x -d 'Bytes of arguments of each ancestor'
complete -c proctree -n "$with trace run" -l env -x -d 'Report these environment variables'
complete -c proctree -n "$with trace run" -l env-max -x -d 'Bytes of each environment to look at'
complete -c proctree -n "$with trace run" -l stdio -d 'What standard input, output and error are'
complete -c proctree -n "$with trace run" -l hash -d 'SHA-256 of executables and scripts'
complete -c proctree -n "$with trace run" -l ring-size -x -d 'Size of the ring buffer in MiB'
complete -c proctree -n "$with trace run" -l ring -x -a 'percpu kernel' -d 'This kind of ring alone'
complete -c proctree -n "$with trace run" -l failed-execs -d 'Execs that failed, too'
complete -c proctree -n "$with trace run" -x -l fair -d 'Most a second of one user, in KiB'
complete -c proctree -n "$with trace run doctor" -l debug-bpf -d 'All that libbpf and the kernel say'
complete -c proctree -n "$with trace run replay" -l memory-max -x -d 'Most memory to take, in MiB'
complete -c proctree -n "$with trace" -l source -x -a 'bpf netlink' -d 'Where events come from'
complete -c proctree -n "$with trace" -l snapshot -d 'First write what runs already'
complete -c proctree -n "$with trace" -l spool -x -a '(__fish_complete_directories)' -d 'Keep lines in this folder'
complete -c proctree -n "$with trace" -l spool-max -x -d 'Most on disk, in MiB'
complete -c proctree -n "$with trace" -l segment -x -d 'Size of a segment in MiB'
complete -c proctree -n "$with trace" -l spool-buffer -x -d 'Memory while the disk is full, in MiB'
complete -c proctree -n "$with trace" -l fold -d 'Count processes that repeat'
complete -c proctree -n "$with trace ship" -l metrics -r -F -d 'Metrics for Prometheus'
complete -c proctree -n "$with ship" -l from -r -F -d 'A spool or a recording'
complete -c proctree -n "$with ship" -l to -r -F -d 'A folder, a file or -'
complete -c proctree -n "$with ship" -l once -d 'End at the last line'
complete -c proctree -n "$with ship" -l name -x -d 'Of the cursor in $STATE_DIRECTORY'
complete -c proctree -n "$with ship" -l cursor -r -F -d 'Keep the place in this file'
complete -c proctree -n "$with ship" -l keep -x -d 'Of a store: drop what is older, or beyond a size'
complete -c proctree -n "$with ship" -l create -d 'Make the stream where it is missing'
complete -c proctree -n "$with ship" -l replicas -x -d 'Servers that have each message'
complete -c proctree -n "$with ship" -l max-bytes -x -d 'Most that the stream takes, in MiB'
complete -c proctree -n "$with ship" -l max-age -x -d 'Older messages are deleted'
complete -c proctree -n "$with ship" -l duplicate-window -x -d 'For how long repeats are recognised'
complete -c proctree -n "$with ship" -l until-stored -d 'The cursor waits for a collector'
complete -c proctree -n "$with ship history" -l credentials -r -F -d 'File with what the other side asks for'
complete -c proctree -n "$with ship history" -l tls-ca -r -F -d 'Certificates to trust'
complete -c proctree -n "$with ship history" -l tls-cert -r -F -d 'Certificate to show'
complete -c proctree -n "$with ship history" -l tls-key -r -F -d 'Its key'
complete -c proctree -n "$with ship history" -l tls-insecure -d 'Take any certificate'
complete -c proctree -n "$with trace" -l watch -d 'A live tree on the terminal'
complete -c proctree -n "$with trace" -l run-as -x -a '(__fish_complete_users)' -d 'Go on as this user'

complete -c proctree -n "$with trace run replay why ship history" -l as-root -d 'As root, not as who called sudo'
complete -c proctree -n "$with trace run replay tree" -l color -x -a 'auto always never' -d 'When to use colours'
complete -c proctree -n "$with trace run replay" -l stats -d 'A table of counts at the end'
complete -c proctree -n "$with run" -l tree -d 'Draw all of it as a tree at the end'
complete -c proctree -n "$with run" -l quiet -d 'No summary at the end'
complete -c proctree -n "$with run" -l wait-all -d 'Until all that descends from it has ended'
complete -c proctree -n "$with run" -x -a '(__fish_complete_subcommand)'

complete -c proctree -n "$with replay" -l tree -d 'Draw the tree of what runs at the end'
complete -c proctree -n "$with replay" -l all -d 'All that ever ran'
complete -c proctree -n "$with replay history" -l at -x -d 'Draw it as it was then'
complete -c proctree -n "$with replay history" -l since -x -d 'Only lines of this time and later'
complete -c proctree -n "$with replay history" -l until -x -d 'Only lines up to this time'
complete -c proctree -n "$with replay" -F

complete -c proctree -n "$with tree" -l up -d 'Its ancestors too'
complete -c proctree -n "$with tree" -l args -d 'Command lines too'
complete -c proctree -n "$with tree" -l threads -d 'How many threads each has'
complete -c proctree -n "$with tree" -l highlight -x -a '(__fish_complete_pids)' -d 'Make its line of ancestors stand out'
complete -c proctree -n "$with tree" -l no-pids -d 'Only names'
complete -c proctree -n "$with tree" -l pids -d 'Pids too'
complete -c proctree -n "$with why" -x -a '(__proctree_names; __fish_complete_pids)'
complete -c proctree -n "$with tree chain" -a '(__fish_complete_pids)'

complete -c proctree -n "$with history" -a 'find tree chain why stats export' -d 'The question'
complete -c proctree -n "$with history" -l host -x -d 'Of this host'
complete -c proctree -n "$with history" -l utc -d 'Times in UTC'
complete -c proctree -n "$with why" -l history -x -d 'Ask this store'
