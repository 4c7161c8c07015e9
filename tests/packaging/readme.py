#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""readme.py PROCTREE SOURCE: README.md is short, fits a terminal, and answers the questions that --help and
proctree(1) answer, by the same commands."""

import pathlib
import re
import subprocess
import sys

proctree, source = sys.argv[1], pathlib.Path(sys.argv[2])
readme = (source / "README.md").read_text(encoding="utf-8")
page = (source / "docs/man/proctree.1").read_text(encoding="utf-8")
help_text = subprocess.run([proctree, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
questions = help_text[help_text.index("\nQuestions:\n"):]
commands = re.findall(r"\?  +(proctree .*)", questions)
wrong = []
if len(readme.splitlines()) >= 120:
    wrong.append(f"README.md has {len(readme.splitlines())} lines")
wrong += [f"README.md: {line}" for line in readme.splitlines() if len(line) > 100]
if len(commands) < 4:
    wrong.append(f"--help answers by {commands}")
wrong += [f"README.md doesn't have {command}" for command in commands if f"\n    {command}\n" not in readme]
asked = readme[readme.index("## Five questions"):readme.index("## Why")]
if len(re.findall(r"^\*\*.*\?\*\*", asked, re.MULTILINE)) != 5:
    wrong.append("README.md doesn't ask five questions")
if len(re.findall(r"^\.It .*\?$", page[page.index(".Sh QUESTIONS"):page.index(".Sh DESCRIPTION")], re.MULTILINE)) != 5:
    wrong.append("proctree(1) doesn't begin with five questions")
print("\n".join(wrong))
sys.exit(bool(wrong))
