# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Many processes at once: their numbers unpacked by `struct`, each string read once."""
from __future__ import annotations

import struct
from typing import Any

from ._library import UNKNOWN_SEQ, ffi, unpack
from .facts import EDGES, Key, Process, name_of

_CODES = {"uint64_t": "Q", "size_t": "Q", "uint32_t": "I", "_Bool": "?"}


def struct_format(of: Any, only: tuple[str, ...] = ()) -> str:
    """Of a C struct (of its members `only`), in the format of the module `struct`; strings are an address and a
    size."""
    code, end = "", 0
    for name, field in of.fields:
        if only and name not in only:
            continue
        kind = field.type.kind
        member = (struct_format(field.type) if kind == "struct" else
                  "Q" if kind == "pointer" else _CODES[field.type.cname])
        code += f"{field.offset - end}x{member}"
        end = field.offset + ffi.sizeof(field.type)
    return code + f"{ffi.sizeof(of) - end}x"


_INFO = struct.Struct("=" + struct_format(ffi.typeof("struct proctree_info"), (
    "key", "creator", "edge", "uid", "creator_known", "exited", "known", "exec_seq", "comm", "exe", "user")))
_EDGE_NAMES = [name_of(EDGES, number) for number in range(256)]


def processes(infos: Any, count: int) -> list[Process]:
    """Of an array of struct proctree_info, while the library holds its strings."""
    found: list[Process] = []
    append, new = found.append, tuple.__new__
    strings: dict[tuple[int, int], str] = {}
    get = strings.get

    def read(at: tuple[int, int]) -> str:
        name = unpack(ffi.cast("const char *", at[0]), at[1]).decode("utf-8", "surrogateescape") if at[1] else ""
        strings[at] = name
        return name

    size = _INFO.size
    for (start_ns, pid, _, creator_ns, creator_pid, _, edge, uid, creator_known, exited, known, exec_seq,
         comm, comm_size, exe, exe_size, user, user_size) in _INFO.iter_unpack(ffi.buffer(infos, count * size)):
        at_comm, at_exe, at_user = (comm, comm_size), (exe, exe_size), (user, user_size)
        creator = new(Key, (creator_pid, creator_ns)) if creator_known and creator_pid else None
        append(new(Process, (
            pid, start_ns, creator,
            get(at_comm) or read(at_comm), get(at_user) or read(at_user), get(at_exe) or read(at_exe),
            uid, None if exec_seq == UNKNOWN_SEQ else exec_seq, _EDGE_NAMES[edge & 255], exited, known)))
    return found
