# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What a tracer reports, a class a kind."""
from __future__ import annotations

import datetime
import errno
import os
import threading
from typing import Any, Optional, TypeVar

from . import errors
from ._library import NULL, ffi, filled, lib, raw, split_args, text, text_or_none, unpack
from .facts import (Ancestor, Container, Entry, Key, Leader, Namespaces, StandardFile, Totals, ancestor, entry,
                    exec_seq_or_none, key_or_none, name_of, number_or_none, standard_file)

_Self = TypeVar("_Self", bound="Record")
RESYNCED = ("added", "corrected", "ended")
_making_chain = threading.Lock()  # the library makes it at the first call, and threads may share a record


class Record:
    """One thing that happened, with all that was known of it then.

    Facts are read when asked for. Strings are any bytes, decoded as UTF-8 as file names are: os.fsencode()
    gives the bytes back where that is their encoding.

    One that an iteration or `Tracer.take()` returned is yours to keep. One that a callback of `Tracer.poll()` gets is
    valid until the callback returns, after that each use of it raises Expired; `copy()` gives one to keep."""

    __slots__ = ("_record", "_process", "__weakref__")

    kind = "unknown"
    """As `type` of the JSON lines: "start", "process", "fork", "exec", "exit", "lost", "resync", "stop", …; "unknown":
    of a newer library."""

    def __init__(self, record: Any) -> None:
        """Records are made by a Tracer."""
        self._record = record
        self._process = record.process

    @property
    def seq(self) -> int:
        """1, 2, 3, … of what this tracer handed out."""
        number: int = self._record.seq
        return number

    @property
    def ktime_ns(self) -> int:
        """When it happened: boot time (CLOCK_BOOTTIME)."""
        number: int = self._record.ktime_ns
        return number

    @property
    def realtime_ns(self) -> int:
        """The same moment since 1970."""
        number: int = self._record.realtime_ns
        return number

    @property
    def time(self) -> datetime.datetime:
        """The same, UTC, cut to microseconds."""
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch + datetime.timedelta(microseconds=self.realtime_ns // 1000)

    def copy(self: _Self) -> _Self:
        """The same record, with its chain and at most 64 ancestors, for as long as you keep it."""
        copy = lib.proctree_record_copy(self._record)
        if copy == NULL:
            raise MemoryError("no memory for a copy of the record")
        return type(self)(ffi.gc(copy, lib.proctree_record_free))

    def __repr__(self) -> str:
        return f"<proctree {self.kind} record {self.seq}>"


class ProcessRecord(Record):
    """A record of a process: what all of these have in common."""

    __slots__ = ()

    @property
    def pid(self) -> int:
        number: int = self._process.key.pid
        return number

    @property
    def start_ns(self) -> int:
        """When it started, since boot (CLOCK_BOOTTIME)."""
        number: int = self._process.key.start_ns
        return number

    @property
    def key(self) -> Key:
        key = self._process.key
        return Key(key.pid, key.start_ns)

    @property
    def id(self) -> str:
        """BOOT-PID-TICKS: the same in every tracer on this host, and in the JSON lines."""
        return text(self._process.id)

    @property
    def parent(self) -> Optional[Key]:
        """The kernel's parent now, which is another one than the creator after that has ended."""
        return key_or_none(self._process.parent)

    @property
    def ppid(self) -> int:
        number: int = self._process.parent.pid
        return number

    @property
    def creator(self) -> Optional[Key]:
        """Who called fork or clone; lineage runs along creators."""
        return key_or_none(self._process.creator)

    @property
    def creator_pid(self) -> int:
        """0 where there is none."""
        number: int = self._process.creator.pid
        return number

    @property
    def comm(self) -> str:
        """The command name, at most 15 bytes."""
        string = self._process.comm
        size = string.size
        return unpack(string.data, size).decode("utf-8", "surrogateescape") if size else ""

    @property
    def exe(self) -> str:
        """The program it runs, an absolute path; empty: not known, or a kernel thread."""
        string = self._process.exe
        size = string.size
        return unpack(string.data, size).decode("utf-8", "surrogateescape") if size else ""

    @property
    def user(self) -> str:
        """The real uid's name, or its number."""
        string = self._process.user
        size = string.size
        return unpack(string.data, size).decode("utf-8", "surrogateescape") if size else ""

    @property
    def uid(self) -> Optional[int]:
        return number_or_none(self._process.uid)

    @property
    def gid(self) -> Optional[int]:
        return number_or_none(self._process.gid)

    @property
    def euid(self) -> Optional[int]:
        return number_or_none(self._process.euid)

    @property
    def egid(self) -> Optional[int]:
        return number_or_none(self._process.egid)

    @property
    def loginuid(self) -> Optional[int]:
        return number_or_none(self._process.loginuid)

    @property
    def audit_session(self) -> Optional[int]:
        return number_or_none(self._process.audit_session)

    @property
    def sid(self) -> int:
        number: int = self._process.sid
        return number

    @property
    def pgid(self) -> int:
        number: int = self._process.pgid
        return number

    @property
    def session_leader(self) -> Optional[Leader]:
        return _leader(self._process.session_leader)

    @property
    def group_leader(self) -> Optional[Leader]:
        return _leader(self._process.group_leader)

    @property
    def tty(self) -> Optional[str]:
        """"pts/0"."""
        return text_or_none(self._process.tty)

    @property
    def exec_seq(self) -> Optional[int]:
        """(process, exec_seq) names one image."""
        return exec_seq_or_none(self._process.exec_seq)

    @property
    def ns_pid(self) -> int:
        """Its pid in its own pid namespace; 0: not known."""
        number: int = self._process.ns_pid
        return number

    @property
    def ns(self) -> Namespaces:
        of = self._process
        return Namespaces(of.ns_pid_inode, of.ns_mnt_inode, of.ns_net_inode, of.ns_user_inode, of.ns_uts_inode,
                          of.ns_ipc_inode, of.ns_cgroup_inode)

    @property
    def cgroup(self) -> str:
        return text(self._process.cgroup)

    @property
    def cgroup_truncated(self) -> bool:
        """The side away from the root is missing."""
        truncated: bool = self._process.cgroup_truncated
        return truncated

    @property
    def container(self) -> Optional[Container]:
        of = self._process.container
        if not of.id.size:
            return None
        return Container(text(of.id), text_or_none(of.runtime), text_or_none(of.name), text_or_none(of.image))

    @property
    def unit(self) -> Optional[str]:
        """systemd's, that the cgroup's path names."""
        return text_or_none(self._process.unit)

    @property
    def user_unit(self) -> Optional[str]:
        """That of a user's own manager."""
        return text_or_none(self._process.user_unit)

    @property
    def chain(self) -> str:
        """From the process up its creators: "200|bash|root;100|sshd|root;1|systemd|root"."""
        with _making_chain:
            chain: bytes = ffi.string(lib.proctree_record_chain(self._record))
        return chain.decode("utf-8", "surrogateescape")

    @property
    def ancestors(self) -> tuple[Ancestor, ...]:
        """Nearest first; of a record that is kept at most 64."""
        return _lineage(self._record)

    @property
    def lineage_complete(self) -> bool:
        """The ancestors reach pid 1 or kthreadd, and all of it is sure."""
        complete = ffi.new("bool *")
        lib.proctree_record_ancestors(self._record, NULL, 0, ffi.sizeof("struct proctree_ancestor"), complete)
        sure: bool = complete[0]
        return sure

    @property
    def entry(self) -> Optional[Entry]:
        """Where its lineage began on this host; None for pid 1, kernel threads and what they fork."""
        of = self._record.entry
        return entry(of) if of else None

    def __repr__(self) -> str:
        return f"<proctree {self.kind} record {self.seq} of {self.pid} {self.comm!r}>"


class ImageRecord(ProcessRecord):
    """A record of a process and of the program that it runs."""

    __slots__ = ()

    @property
    def args(self) -> Optional[tuple[str, ...]]:
        """None: not known."""
        image = self._record.image
        return split_args(raw(image.args)) if image and image.args_known else None

    @property
    def args_truncated(self) -> bool:
        """There were more bytes than `args_max`: the last argument may be cut, and others missing."""
        image = self._record.image
        return bool(image and image.args_known and image.args.size < image.args_size)

    @property
    def args_unsure(self) -> bool:
        """Something showed that another process may have written them."""
        image = self._record.image
        return bool(image and image.args_unsure)

    @property
    def filename(self) -> str:
        """As passed to execve."""
        image = self._record.image
        return text(image.filename) if image else ""

    @property
    def interpreter(self) -> Optional[str]:
        """Of a script."""
        image = self._record.image
        return text_or_none(image.interpreter) if image else None

    @property
    def cwd(self) -> str:
        image = self._record.image
        return text(image.cwd) if image else ""

    @property
    def exe_inode(self) -> int:
        image = self._record.image
        number: int = image.exe_inode if image else 0
        return number

    @property
    def exe_dev(self) -> int:
        """As stat(2) has it in st_dev."""
        image = self._record.image
        number: int = image.exe_dev if image else 0
        return number

    @property
    def exe_deleted(self) -> bool:
        image = self._record.image
        return bool(image and image.exe_deleted)

    @property
    def exe_memfd(self) -> bool:
        """It runs from memory: there is no file."""
        image = self._record.image
        return bool(image and image.exe_memfd)

    @property
    def exe_upper_layer(self) -> bool:
        """Of an overlay file system: the file was changed or made since the image was unpacked."""
        image = self._record.image
        return bool(image and image.exe_upper_layer)

    @property
    def exe_detached(self) -> bool:
        """In a mount that is neither in the process's mount namespace nor in that of pid 1."""
        image = self._record.image
        return bool(image and image.exe_detached)

    @property
    def env(self) -> dict[str, str]:
        """Of the variables that Tracer(env=...) asks for those that the program began with."""
        image = self._record.image
        variables = split_args(raw(image.env)) if image else ()
        return {name: value for name, _, value in (variable.partition("=") for variable in variables)}

    @property
    def env_truncated(self) -> bool:
        """There may be more of them: the environment is larger than `env_max`."""
        image = self._record.image
        return bool(image and image.env_truncated)

    @property
    def stdio(self) -> Optional[tuple[StandardFile, ...]]:
        """What the descriptors 0, 1 and 2 are; None: not an Exec, or not asked for with Tracer(stdio=True)."""
        image = self._record.image
        return tuple(standard_file(image.stdio[fd]) for fd in range(3)) if image and image.stdio else None

    @property
    def setuid(self) -> bool:
        """Credentials rose by this exec."""
        image = self._record.image
        return bool(image and image.setuid)

    @property
    def caps_effective(self) -> Optional[int]:
        """A bit a capability."""
        image = self._record.image
        return image.caps_effective if image and image.caps_known else None

    @property
    def caps_permitted(self) -> Optional[int]:
        image = self._record.image
        return image.caps_permitted if image and image.caps_known else None

    @property
    def previous(self) -> Optional[tuple[str, str]]:
        """(comm, exe) of the image that an exec replaced."""
        image = self._record.image
        if not image or not image.previous_known:
            return None
        return text(image.previous_comm), text(image.previous_exe)


class Running(ImageRecord):
    """A process that ran already when tracing began: with Tracer(running=True)."""

    __slots__ = ()
    kind = "process"


class Fork(ProcessRecord):
    """A process was created."""

    __slots__ = ()
    kind = "fork"


class Exec(ImageRecord):
    """A program was executed."""

    __slots__ = ()
    kind = "exec"


class Exit(ImageRecord):
    """The last thread of a process ended. Of its image `args` and `cwd`, where Tracer(keep=...) retains them."""

    __slots__ = ()
    kind = "exit"

    @property
    def status(self) -> int:
        """As os.wait() has it: os.waitstatus_to_exitcode() and the like take it."""
        number: int = self._record.exit.status
        return number

    @property
    def exit_code(self) -> Optional[int]:
        """None: a signal ended it."""
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else None

    @property
    def signal(self) -> Optional[int]:
        """That ended it."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    @property
    def core_dumped(self) -> bool:
        return os.WIFSIGNALED(self.status) and os.WCOREDUMP(self.status)

    @property
    def runtime_ns(self) -> int:
        number: int = self._record.exit.runtime_ns
        return number

    @property
    def user_ns(self) -> Optional[int]:
        of = self._record.exit
        return of.user_ns if of.usage_known else None

    @property
    def system_ns(self) -> Optional[int]:
        of = self._record.exit
        return of.system_ns if of.usage_known else None

    @property
    def max_rss_kb(self) -> Optional[int]:
        """Of its last image."""
        of = self._record.exit
        return of.max_rss_kb if of.max_rss_known else None


class FailedExec(ProcessRecord):
    """An exec failed, and the process is what it was: with Tracer(failed_execs=True)."""

    __slots__ = ()
    kind = "exec_failed"

    @property
    def error(self) -> int:
        """An errno."""
        number: int = self._record.failed_exec.error
        return number

    @property
    def error_name(self) -> str:
        """"ENOENT"."""
        return errno.errorcode.get(self.error, str(self.error))

    @property
    def filename(self) -> Optional[str]:
        """As passed; None: it could not be read."""
        of = self._record.failed_exec
        return text(of.filename) if of.filename_known else None

    @property
    def fatal(self) -> bool:
        """The caller's program was given up already: the process dies."""
        dies: bool = self._record.failed_exec.fatal
        return dies


class Start(Record):
    """The first record."""

    __slots__ = ()
    kind = "start"

    @property
    def host(self) -> str:
        return text(self._record.start.host)

    @property
    def host_id(self) -> Optional[str]:
        """Of the machine, whatever its name."""
        return text_or_none(self._record.start.host_id)

    @property
    def boot_id(self) -> str:
        return text(self._record.start.boot_id)

    @property
    def kernel(self) -> str:
        return text(self._record.start.kernel)

    @property
    def arch(self) -> str:
        return text(self._record.start.arch)

    @property
    def version(self) -> str:
        """Of the library."""
        return text(self._record.start.version)

    @property
    def source(self) -> str:
        """"bpf" or "netlink"."""
        return text(self._record.start.source)

    @property
    def ring(self) -> Optional[str]:
        """"percpu" or "kernel", whichever was taken."""
        return text_or_none(self._record.start.ring)

    @property
    def processes(self) -> int:
        """Known when tracing began."""
        number: int = self._record.start.processes
        return number

    @property
    def nested_pid_namespace(self) -> bool:
        """It runs in a container: what runs outside of it can't be asked for."""
        nested: bool = self._record.start.nested_pid_namespace
        return nested


class Lost(Record):
    """Events were lost: here is the gap. Until a Resync no lineage is complete."""

    __slots__ = ()
    kind = "lost"

    @property
    def count(self) -> int:
        number: int = self._record.lost.count
        return number

    @property
    def since_ns(self) -> int:
        number: int = self._record.lost.since_ns
        return number

    @property
    def until_ns(self) -> int:
        number: int = self._record.lost.until_ns
        return number

    @property
    def failed_execs(self) -> int:
        """Of `count`; they leave the tree as it is."""
        number: int = self._record.lost.failed_execs
        return number

    @property
    def bad_record(self) -> bool:
        """One record of the kernel's that could not be used."""
        bad: bool = self._record.lost.bad_record
        return bad

    @property
    def uid(self) -> Optional[int]:
        """Of this account alone, which had used up its share (`fair_kib`)."""
        return number_or_none(self._record.lost.uid)

    @property
    def cgroup(self) -> Optional[str]:
        """Or of this one's."""
        return text_or_none(self._record.lost.cgroup)


class Resync(Record):
    """The tree was resynchronised after a loss."""

    __slots__ = ()
    kind = "resync"

    @property
    def added(self) -> int:
        number: int = self._record.resync.added
        return number

    @property
    def exited(self) -> int:
        number: int = self._record.resync.exited
        return number

    @property
    def corrected(self) -> int:
        number: int = self._record.resync.corrected
        return number

    @property
    def took_ns(self) -> int:
        number: int = self._record.resync.took_ns
        return number


class Stop(Record):
    """The last record."""

    __slots__ = ()
    kind = "stop"

    @property
    def totals(self) -> Totals:
        return totals(self._record.totals)


class Resynced(ImageRecord):
    """With Tracer(resynced=True): a process that a resync added, corrected or found ended, or that an event showed to
    be other than was reported. With Forgotten it keeps a table of yours true, by `key`."""

    __slots__ = ()
    kind = "resynced"

    @property
    def resynced(self) -> str:
        """"added": it runs, and its birth was not observed; "corrected": what was known of it has changed unobserved;
        "ended": unobserved."""
        return name_of(RESYNCED, self._record.resynced)


class Forgotten(ProcessRecord):
    """With Tracer(forgotten=True): a process leaves the tree."""

    __slots__ = ()
    kind = "forgotten"

    @property
    def lives(self) -> bool:
        """`memory_max` took it: it comes back with its next event."""
        still_runs: bool = self._record.lives
        return still_runs


class ExpiredRecord(Record):
    """What a callback's record becomes when the callback has returned."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        raise errors.Expired(errno.EINVAL, "the record was valid until its callback returned: copy() keeps one")

    def __repr__(self) -> str:
        return "<proctree record, expired>"


CLASSES: dict[int, type[Record]] = {
    lib.PROCTREE_START: Start,
    lib.PROCTREE_PROCESS: Running,
    lib.PROCTREE_FORK: Fork,
    lib.PROCTREE_EXEC: Exec,
    lib.PROCTREE_EXIT: Exit,
    lib.PROCTREE_LOST: Lost,
    lib.PROCTREE_RESYNC: Resync,
    lib.PROCTREE_STOP: Stop,
    lib.PROCTREE_FAILED_EXEC: FailedExec,
    lib.PROCTREE_RESYNCED: Resynced,
    lib.PROCTREE_FORGOTTEN: Forgotten,
}


def totals(of: Any) -> Totals:
    return Totals(of.forks, of.execs, of.exits, of.lost, of.resyncs)


def _leader(of: Any) -> Optional[Leader]:
    return Leader(Key(of.key.pid, of.key.start_ns), text(of.comm), text(of.exe)) if of.key.pid else None


def _lineage(record: Any) -> tuple[Ancestor, ...]:
    size = ffi.sizeof("struct proctree_ancestor")
    found, count = filled("struct proctree_ancestor", 16,
                          lambda out, room: int(lib.proctree_record_ancestors(record, out, room, size, NULL)))
    return tuple(ancestor(of) for of in found[0:count])
