# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""The options of a tracer, as the library takes them."""
from __future__ import annotations

from typing import Any, Iterable, Optional

from ._library import encoded, ffi, lib

SOURCES = {"bpf": lib.PROCTREE_SOURCE_BPF, "netlink": lib.PROCTREE_SOURCE_NETLINK}
RINGS = {"automatic": lib.PROCTREE_RING_AUTOMATIC, "percpu": lib.PROCTREE_RING_PERCPU,
         "kernel": lib.PROCTREE_RING_KERNEL}
KEPT = {kind: getattr(lib, f"PROCTREE_KEEP_{kind.upper()}")
        for kind in ("args", "cwd", "container", "credentials", "tty", "entry")}
KEEP_ALL = tuple(KEPT)


class Options:
    """`struct` is the library's, valid as long as this object."""

    def __init__(self) -> None:
        self.struct = ffi.new("struct proctree_options *")
        lib.proctree_options_init(self.struct, ffi.sizeof("struct proctree_options"))
        self._kept: list[Any] = []

    def choose(self, member: str, value: str, among: dict[str, int]) -> None:
        if value not in among:
            raise ValueError(f"{member} is one of {', '.join(among)}, not {value!r}")
        setattr(self.struct, member, among[value])

    def records(self, **wanted: bool) -> None:
        """Kinds by their bits' names in lower case."""
        self.struct.records = sum(getattr(lib, f"PROCTREE_{kind.upper()}")
                                  for kind, is_wanted in wanted.items() if is_wanted)

    def filters(self, *, under_pids: Iterable[int], exclude_own: bool, **names: Iterable[str]) -> None:
        self.pids("under_pids", under_pids)
        self.struct.exclude_own = exclude_own
        for member, values in names.items():
            self.names(member, values)

    def keep(self, kinds: Iterable[str]) -> None:
        if isinstance(kinds, str):
            raise TypeError("keep is a list of strings, not one")
        for kind in kinds:
            if kind not in KEPT:
                raise ValueError(f"keep is of {', '.join(KEPT)}, not {kind!r}")
            self.struct.keep |= KEPT[kind]

    def numbers(self, **given: Optional[int]) -> None:
        """None: the library's default."""
        for member, value in given.items():
            if value is not None:
                setattr(self.struct, member, value)

    def names(self, member: str, values: Iterable[str]) -> None:
        if isinstance(values, (str, bytes)):
            raise TypeError(f"{member} is a list of strings, not one")
        names = [ffi.new("char[]", encoded(name)) for name in values]
        if names:
            self._set(member, ffi.new("char *[]", [*names, ffi.NULL]), *names)

    def pids(self, member: str, values: Iterable[int]) -> None:
        pids = list(values)
        if any(pid <= 0 for pid in pids):
            raise ValueError(f"{member}: a pid is above 0")
        if pids:
            self._set(member, ffi.new("uint32_t[]", [*pids, 0]))

    def path(self, member: str, value: Optional[str]) -> None:
        if value is not None:
            self._set(member, ffi.new("char[]", encoded(value)))

    def _set(self, member: str, array: Any, *kept: Any) -> None:
        self._kept += [array, *kept]
        setattr(self.struct, member, array)
