#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Does a page quote each example as it is? usage: check_quotes.py PAGE

In the page a line `<!-- examples/NAME.cc -->` stands before the code; the code is the file without the line
of its licence. Every example must be quoted."""

import pathlib
import re
import sys

page = pathlib.Path(sys.argv[1])
folder = pathlib.Path(__file__).parent
quoted = dict(re.findall(r"^<!-- examples/(\w+\.cc) -->\n```cpp\n(.*?)^```$", page.read_text(), re.M | re.S))
examples = {file.name: file.read_text().split("\n", 1)[1] for file in folder.glob("*.cc")}
wrong = [name for name in sorted(examples | quoted) if examples.get(name) != quoted.get(name)]
for name in wrong:
    print(f"{page}: what stands there as examples/{name} is not that file", file=sys.stderr)
sys.exit(1 if wrong or not examples else 0)
