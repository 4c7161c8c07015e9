#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""completions.py PROCTREE FOLDER: what the shells complete is what `proctree --help` has, command by command:
every command, every option, every value of an option that has fixed ones. bash and fish are asked for
completions; of zsh, the arguments that it would complete from are looked at."""
import re
import subprocess
import sys

proctree, folder = sys.argv[1:]
wrong = []


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def expect(what, got, wanted):
    if set(got) != set(wanted):
        wrong.append(f"{what}: missing {sorted(set(wanted) - set(got))}, too many {sorted(set(got) - set(wanted))}")


def commands():
    text = output(proctree, "--help")
    return re.findall(r"^  ([a-z]+) ", text[text.index("\nCommands:\n"):], re.MULTILINE)


def options(command):
    """Each long option of the command with its fixed values, [] where it has none, None where it takes nothing."""
    found = {}
    for line in output(proctree, command, "--help").splitlines():
        match = re.match(r"  (?:-\w,)?(--[a-z-]+)(?: ([A-Z][A-Z|]*)(?![a-z])(\S*))?", line)
        if not match:
            continue
        name, kind, rest = match.groups()
        values = re.match(r":\{([a-z,]+)\}|:([a-z|]+)", rest or "")
        found[name] = None if kind is None else re.split(r"[,|]", values[1] or values[2]) if values else []
    return found


def bash(*words):
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _proctree; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return output("bash", "-c", script, "bash", f"{folder}/proctree.bash", "proctree", *words).split("\n")[:-1]


def fish(*words):
    line = " ".join(("proctree", *words))
    text = output("fish", "--no-config", "-c", 'source $argv[1]; complete --do-complete $argv[2]',
                  f"{folder}/proctree.fish", line)
    return [completion.split("\t")[0] for completion in text.splitlines()]


def zsh(command):
    """The options of the command as options() answers them."""
    script = '_arguments() { print -rl -- "$@" }; source $1; _proctree-$2'
    found = {}
    for spec in output("zsh", "-fc", script, "zsh", f"{folder}/proctree.zsh", command).splitlines():
        match = re.match(r"(?:\([^)]*\)|\*)?(--[a-z-]+)(=?)\[[^]]*\](?::[^:]*:(.*))?$", spec)
        if match:
            values = (match[3] or "").strip("()").split() if (match[3] or "").startswith("(") else []
            found[match[1]] = values if match[2] else None
    return found


expect("bash: commands", bash(""), [*commands(), "--help", "--version"])
expect("fish: commands", fish(""), commands())
for command in commands():
    wanted = options(command)
    if len(wanted) < 2:
        wrong.append(f"{command}: no options found in its --help")
    expect(f"bash: {command}", bash(command, "--"), wanted)
    expect(f"fish: {command}", [option for option in fish(command, "--") if option.startswith("--")], wanted)
    in_zsh = zsh(command)
    expect(f"zsh: {command}", in_zsh, wanted)
    for option, values in wanted.items():
        if (in_zsh.get(option) is None) != (values is None):
            wrong.append(f"zsh: {command} {option}: takes a value here and none there")
        if not values:
            continue
        expect(f"bash: {command} {option}", bash(command, option, ""), values)
        expect(f"bash: {command} {option}=", bash(command, option, "="), values)
        expect(f"bash: {command} {option}=", bash(command, option, "=", values[0][:2]),
               [value for value in values if value.startswith(values[0][:2])])
        expect(f"fish: {command} {option}", fish(command, option, ""), values)
        if option != "--events":  # which takes a list
            expect(f"zsh: {command} {option}", in_zsh.get(option) or [], values)

# What lists, files and the host have.
expect("bash: a list's next", bash("trace", "--events", "exec,fo"), ["exec,fork"])
expect("fish: a list's next", [c for c in fish("trace", "--events", "exec,fo") if "fork" in c], ["exec,fork"])
expect("bash: a file", bash("trace", "--output", f"{folder}/proctree.z"), [f"{folder}/proctree.zsh"])
expect("bash: a user", bash("trace", "--run-as", "roo"), ["root"])
expect("bash: after an option's value", bash("trace", "--format", "jsonl", "--sn"), ["--snapshot"])
if "1" not in bash("chain", "") or "1" not in bash("tree", "--format", "json", "1"):
    wrong.append("bash: chain and tree: pid 1 is not offered")
if "bash" not in bash("find", "--comm", "ba"):
    wrong.append("bash: find --comm: a name that runs is not offered")

if wrong:
    sys.exit("\n".join(wrong))
