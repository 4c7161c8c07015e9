#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""recipes.py PROCTREE REPOSITORY: runs the recipes of docs/consumers.md that have a line
`<!-- test: TOOL WORD... -->` before them: each has to print the words, a line each, from its first line on. Where a tool
is missing it is said which recipe was not run."""
import contextlib
import os
import pathlib
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
proctree, repository = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
HEAD = '"time":"2026-03-01T09:30:00.000000000Z","ktime_ns":9007199254740997'
SHELL = '"pid":7,"start_ns":9007199254740993,"id":"f0f0f0f0f0f0f0f0-7-900719925","comm":"sh"'
LATE = f'''{{"v":1,"type":"fork","seq":1,{HEAD},{SHELL}}}
{{"v":1,"type":"stop","seq":2,{HEAD},"forks":1}}
'''
MANY = "".join(f'{{"v":1,"type":"exec","seq":{seq},"start_ns":9007199254740993,"id":"f0-{seq}-9"{more}}}\n'
               for seq, more in [(seq, "") for seq in range(1, 20600)] + [(20600, ',"zz_new":1')])


def recipes():
    """Tool, words, command of each."""
    page = (repository / "docs/consumers.md").read_text()
    for tool, words, block in re.findall(r"<!-- test: (\S+) ?(.*?) -->\n((?:    .*\n)+)", page):
        yield tool, words.split(), "\n".join(line[4:] for line in block.splitlines())


class Postgres:
    """A server of its own, as a user that it accepts."""

    def __init__(self, folder):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.bin = found[-1].parent if found else None
        self.data = folder / "data"
        self.user = "postgres" if os.geteuid() == 0 else None

    def usable(self):
        if self.bin is None or not shutil.which("psql"):
            return False
        try:
            return self.user is None or bool(pwd.getpwnam(self.user))
        except KeyError:
            return False

    def run(self, *command):
        subprocess.run(command, check=True, user=self.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       cwd=self.data.parent)

    def __enter__(self):
        self.run(self.bin / "initdb", "-A", "trust", "-U", "tester", "-D", self.data)
        self.run(self.bin / "pg_ctl", "-D", self.data, "-w", "-o", f"-k {self.data} -c listen_addresses=''", "start")
        return {"PGHOST": str(self.data), "PGUSER": "tester", "PGDATABASE": "postgres"}

    def __exit__(self, *ignored):
        self.run(self.bin / "pg_ctl", "-D", self.data, "-m", "immediate", "stop")


def python_of(module):
    """An interpreter that has it: Debian's packages are for Debian's own."""
    for python in ("python3", "/usr/bin/python3"):
        if subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return python
    return None


def usable(tool, postgres):
    if tool == "psql":
        return postgres.usable()
    if tool == "duckdb":
        return shutil.which("node") and subprocess.run(["node", "-e", 'require("@duckdb/node-api")'], stderr=subprocess.DEVNULL,
                                                       check=False).returncode == 0
    if tool == "zstandard":
        return python_of(tool)
    return tool == "proctree" or shutil.which(tool)


def command_of(tool, block):
    if tool == "duckdb":
        return f"node {here / 'duckdb.js'} {shlex.quote(block)}"
    return block.replace("python3 ", python_of(tool) + " ") if tool == "zstandard" else block


def run(folder, command, environment):
    path = f"{proctree.parent}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, **environment, "PATH": path}).stdout.split("\n")[:-1]


failed = count = 0
with tempfile.TemporaryDirectory(prefix="proctree-recipes-") as name:
    folder = pathlib.Path(name)
    folder.chmod(0o777)
    for tool, words, command in recipes():
        shutil.copy(repository / "tests/golden/day.jsonl", folder / "audit.jsonl")
        (folder / "late.jsonl").write_text(LATE)
        (folder / "many.jsonl").write_text(MANY)
        postgres = Postgres(folder)
        if not usable(tool, postgres):
            print(f"NOT RUN, no {tool}: {command}")
            continue
        count += 1
        with postgres if tool == "psql" else contextlib.nullcontext({}) as environment:
            lines = run(folder, command_of(tool, command), environment)
        if tool == "duckdb":
            lines = [line.split(" ")[0] for line in lines]
        if lines[: len(words)] != words:
            failed += 1
            print(f"FAILED: {command}\n  gave {lines[:4]}, not {words}")
print(f"{count} recipes run, {failed} failed")
sys.exit(1 if failed or count == 0 else 0)
