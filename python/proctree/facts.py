# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What records and lookups return: plain values, yours to keep."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from ._library import UNKNOWN_SEQ, UNSET, ffi, lib, raw, split_args, text, text_or_none


def _names(function: Any) -> tuple[str, ...]:
    """Of all the numbers that the library knows."""
    found: list[str] = []
    while name := ffi.string(function(len(found))):
        found.append(name.decode())
    return tuple(found)


EDGES = _names(lib.proctree_edge_name)
ENTRY_TYPES = _names(lib.proctree_entry_type_name)


def name_of(names: tuple[str, ...], number: int) -> str:
    """Of a number that has none, the number."""
    return names[number] if number < len(names) else f"unknown-{number}"


def number_or_none(number: int) -> Optional[int]:
    """An id that the library may not know."""
    return None if number == UNSET else number


class Key(NamedTuple):
    """Names one process; a pid alone is reused."""

    pid: int
    start_ns: int
    """Since boot (CLOCK_BOOTTIME); 0: not known."""


def key_or_none(key: Any) -> Optional[Key]:
    return Key(key.pid, key.start_ns) if key.pid else None


class Container(NamedTuple):
    """Which container a process is in."""

    id: str
    runtime: Optional[str]
    name: Optional[str]
    """With `image`, where an ancestor's arguments say it."""
    image: Optional[str]


FILE_KINDS = ("closed", "file", "pipe", "socket", "tty", "null", "memfd", "other")


class StandardFile(NamedTuple):
    """What a descriptor is that a program began with."""

    kind: str
    """"closed", "file", "pipe", "socket", "tty", "null" (/dev/null), "memfd" or "other"."""
    path: Optional[str]
    path_truncated: bool
    """The root side is missing."""
    inode: int
    peer: Optional[str]
    """Of an internet socket: "10.0.0.9:4444", "[2001:db8::1]:22"."""
    peer_process: Optional[Key]
    """Of a UNIX socket the process that was at its other end when the two met, of a pipe the one that has executed
    something with the other end."""


def standard_file(of: Any) -> StandardFile:
    return StandardFile(name_of(FILE_KINDS, of.kind), text_or_none(of.path), of.path_truncated, of.inode,
                        text_or_none(of.peer), key_or_none(of.peer_process))


class Leader(NamedTuple):
    """Who leads a session or a process group."""

    key: Key
    comm: str
    exe: str


class Namespaces(NamedTuple):
    """Inode numbers, as /proc/PID/ns shows them; 0: not known."""

    pid: int
    mnt: int
    net: int
    user: int
    uts: int
    ipc: int
    cgroup: int


class Totals(NamedTuple):
    """Of one trace, since it began."""

    forks: int
    execs: int
    exits: int
    lost: int
    resyncs: int


class Process(NamedTuple):
    """A process as the trace knew it when it was looked up."""

    pid: int
    start_ns: int
    creator: Optional[Key]
    """Who called fork or clone: not the parent that ps shows, which changes. None: there is none, or it isn't known."""
    comm: str
    user: str
    """The real uid's name, or its number."""
    exe: str
    uid: int
    exec_seq: Optional[int]
    """(process, exec_seq) names one image."""
    edge: str
    """How the creator was learnt: "observed", "snapshot" or "inferred"."""
    exited: bool
    known: bool
    """Else it is only named as another one's creator."""

    @property
    def key(self) -> Key:
        return Key(self.pid, self.start_ns)

    @property
    def creator_pid(self) -> int:
        """0 where there is none."""
        return self.creator.pid if self.creator else 0


class Retained(NamedTuple):
    """What Tracer(keep=...) retains of an image; None: it isn't asked for, or there is none."""

    cwd: Optional[str]
    container_id: Optional[str]
    container_runtime: Optional[str]
    gid: Optional[int]
    euid: Optional[int]
    egid: Optional[int]
    loginuid: Optional[int]
    audit_session: Optional[int]
    entry_type: Optional[str]
    """As `Entry.type`."""
    entry_process: Optional[Key]
    args: Optional[tuple[str, ...]]
    """As executed, cut after `ancestor_args` bytes (`args_truncated`)."""
    args_truncated: bool
    title: Optional[str]
    """What it has put over its arguments."""
    tty: Optional[str]


def retained(of: Any) -> Retained:
    return Retained(
        text_or_none(of.cwd), text_or_none(of.container_id), text_or_none(of.container_runtime), number_or_none(of.gid),
        number_or_none(of.euid), number_or_none(of.egid), number_or_none(of.loginuid), number_or_none(of.audit_session),
        name_of(ENTRY_TYPES, of.entry_type) if of.entry_known else None, key_or_none(of.entry_process),
        split_args(raw(of.args)) if of.args_known else None, of.args_truncated, text_or_none(of.title),
        text_or_none(of.tty))


def _retains(of: Any) -> bool:
    return bool(of.entry_known or of.cwd.size or of.container_id.size or of.gid != UNSET or of.loginuid != UNSET)


class Ancestor(NamedTuple):
    """One link of a lineage."""

    pid: int
    start_ns: int
    comm: str
    exe: str
    user: str
    uid: int
    edge: str
    """How the link that leads here was learnt: "observed", "snapshot" or "inferred"."""
    known: bool
    """Else nothing but its pid, and it is the last one."""
    exited: bool
    args: Optional[tuple[str, ...]]
    """As executed, cut after `ancestor_args` bytes (`args_truncated`); None: not known."""
    args_truncated: bool
    title: Optional[str]
    """What it has put over its arguments."""
    tty: Optional[str]
    forked_as: Optional[tuple[str, str]]
    """(comm, exe) of the image that did the fork, where that is not the present one."""
    folded: int
    """It stands for this many ended ones of a long line of forks; 0: for itself."""
    retained: Optional[Retained]
    """With Tracer(keep=...) of more than its arguments."""

    @property
    def key(self) -> Key:
        return Key(self.pid, self.start_ns)


def ancestor(of: Any) -> Ancestor:
    return Ancestor(
        of.key.pid, of.key.start_ns, text(of.comm), text(of.exe), text(of.user), of.uid, name_of(EDGES, of.edge),
        of.known, of.exited, split_args(raw(of.args)) if of.args_known else None, of.args_truncated,
        text_or_none(of.title), text_or_none(of.tty),
        (text(of.forked_as_comm), text(of.forked_as_exe)) if of.forked_as_known else None, of.folded,
        retained(of) if _retains(of) else None)


@dataclass(frozen=True)
class Entry:
    """Where a lineage began on this host: the ssh session, cron job, unit, container, terminal, …"""

    type: str
    """"ssh", "login", "terminal", "cron", "at", "service", "socket", "dbus", "container", "kernel", "supervisor",
    "init" or "unknown"."""
    process: Optional[Key]
    """The entry process; what follows is of it as it began."""
    comm: str
    exe: str
    user: str
    uid: Optional[int]
    args: Optional[tuple[str, ...]]
    source_ip: Optional[str]
    source_port: Optional[int]
    tty: Optional[str]
    server: Optional[Key]
    """Of a terminal: the process at its other end."""
    server_comm: Optional[str]
    job: Optional[str]
    unit: Optional[str]
    user_unit: Optional[str]
    bus_name: Optional[str]
    service: Optional[str]
    container: Optional[Container]
    asked_by_pid: Optional[int]
    crashed_pid: Optional[int]
    into: bool
    """Executed into a container that ran."""
    sure: bool
    """No inferred edge lies between."""


def entry(of: Any) -> Entry:
    return Entry(
        type=name_of(ENTRY_TYPES, of.type), process=key_or_none(of.process), comm=text(of.comm), exe=text(of.exe),
        user=text(of.user), uid=number_or_none(of.uid), args=split_args(raw(of.args)) if of.args_known else None,
        source_ip=text_or_none(of.source_ip), source_port=of.source_port or None, tty=text_or_none(of.tty),
        server=key_or_none(of.server), server_comm=text_or_none(of.server_comm), job=text_or_none(of.job),
        unit=text_or_none(of.unit), user_unit=text_or_none(of.user_unit), bus_name=text_or_none(of.bus_name),
        service=text_or_none(of.service),
        container=Container(text(of.container_id), text_or_none(of.container_runtime), text_or_none(of.container_name),
                            text_or_none(of.container_image)) if of.container_id.size else None,
        asked_by_pid=of.asked_by_pid or None, crashed_pid=of.crashed_pid or None, into=of.into, sure=of.sure)


def exec_seq_or_none(number: int) -> Optional[int]:
    return None if number == UNKNOWN_SEQ else number
