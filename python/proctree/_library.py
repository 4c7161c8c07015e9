# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""libproctree.so.2 and what is read from its memory."""
from __future__ import annotations

from typing import Any, Callable, Optional

from . import _ffi

ffi: Any = _ffi.ffi
lib: Any = ffi.dlopen("libproctree.so.2")
NULL: Any = ffi.NULL

unpack: Callable[[Any, int], bytes] = ffi.unpack
UNSET: int = lib.PROCTREE_UNSET
UNKNOWN_SEQ: int = lib.PROCTREE_UNKNOWN_SEQ


def raw(string: Any) -> bytes:
    """The bytes of a proctree_string."""
    return unpack(string.data, string.size) if string.size else b""


def text(string: Any) -> str:
    """As file names are in Python where their encoding is UTF-8: os.fsencode() gives the bytes back there."""
    size = string.size
    return unpack(string.data, size).decode("utf-8", "surrogateescape") if size else ""


def filled(of: str, room: int, fill: Callable[[Any, int], int]) -> tuple[Any, int]:
    """An array of `of` with room for so many, and how many `fill(array, room)` says there are: a larger one, and asked
    again, where that is more."""
    while True:
        array = ffi.new(f"{of}[]", room)
        count = fill(array, room)
        if count <= room:
            return array, count
        room = count + count // 8


def text_or_none(string: Any) -> Optional[str]:
    return text(string) or None


def split_args(args: bytes) -> tuple[str, ...]:
    """Arguments, each ended by NUL; the last one may be cut."""
    if not args:
        return ()
    ended = args[:-1] if args.endswith(b"\0") else args
    return tuple(ended.decode("utf-8", "surrogateescape").split("\0"))


def encoded(value: str | bytes) -> bytes:
    """What the library takes as a name."""
    name = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    if b"\0" in name:
        raise ValueError(f"a NUL within {value!r}")
    return name
