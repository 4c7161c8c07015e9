#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""define_ffi.py HEADER OUT: writes what cffi needs to call the library (proctree/_ffi.py), from its header alone.

In cffi's ABI mode this is data for cffi's backend: its use needs neither a compiler nor a parser."""
import contextlib
import os
import re
import sys

import cffi


def declarations(header: str) -> str:
    """The header without what a preprocessor takes out of it."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    constants = re.findall(r"^#define (PROCTREE_[A-Z_]+) +(?:(\d+)u|UINT(\d+)_MAX)\s*$", text, re.M)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    text = text.replace('extern "C" {\n', "", 1).replace("PROCTREE_EXPORT ", "")
    text = re.sub(r"^}\s*$", "", text, flags=re.M)
    values = [(name, int(number) if number else 2 ** int(bits) - 1) for name, number, bits in constants]
    return "".join(f"#define {name} {value}\n" for name, value in values) + text


if __name__ == "__main__":
    source, out = sys.argv[1:]
    ffi = cffi.FFI()
    with open(source, encoding="utf-8") as header:
        ffi.cdef(declarations(header.read()))
    ffi.set_source("proctree._ffi", None)
    with contextlib.redirect_stdout(None):  # where it says that it does
        ffi.emit_python_code(out)
    os.utime(out)  # which is not written where it would be the same
