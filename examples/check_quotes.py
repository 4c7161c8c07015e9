#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Do the pages quote each example as it is? usage: check_quotes.py PAGE...

In a page a line `<!-- examples/NAME -->` stands before the code; the code is the file without the lines up to that of
its licence. Together they must quote every example."""

import pathlib
import re
import sys

pages = "\n".join(pathlib.Path(page).read_text() for page in sys.argv[1:])
folder = pathlib.Path(__file__).parent
quoted = dict(re.findall(r"^<!-- examples/(\w+\.(?:cc?|py)) -->\n```\w+\n(.*?)^```$", pages, re.M | re.S))
files = [file for suffix in ("cc", "c", "py") for file in folder.glob(f"*.{suffix}")
         if file.name != pathlib.Path(__file__).name]
examples = {file.name: re.sub(r"\A(#!.*\n)?.*SPDX-License-Identifier.*\n", "", file.read_text()) for file in files}
wrong = [name for name in sorted(examples | quoted) if examples.get(name) != quoted.get(name)]
for name in wrong:
    print(f"what stands in the pages as examples/{name} is not that file", file=sys.stderr)
sys.exit(1 if wrong or not examples else 0)
