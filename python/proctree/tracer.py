# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""A tracer: its records by iteration, awaited or by callback, and lookups at any time."""
from __future__ import annotations

import asyncio
import collections
import contextlib
import errno
import os
import select
import threading
import time
import warnings
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Iterable, Iterator, Optional, Union

from . import _table, errors
from ._library import NULL, encoded, ffi, filled, lib
from .facts import Ancestor, Entry, Key, Process, Retained, Totals, ancestor, entry, retained
from .options import RINGS, SOURCES, Options
from .records import CLASSES, ExpiredRecord, ProcessRecord, Record, totals

Which = Union[int, str, Key, Process, Ancestor, ProcessRecord]
"""Names a process: a pid (the newest that had it), an id (BOOT-PID-TICKS), a key, or whatever has one."""

_CALLBACK = "proctree_callback"
_BATCH = 256  # events that an iteration takes at a time: their records are some MB, and fast to come by
_LAST_BATCHES = 1024  # of these after stop(), so that a storm can't keep an iteration from its end
_CLASS_OF = CLASSES.get
_copy_record = lib.proctree_record_copy
_free_record = lib.proctree_record_free
_when_dropped = ffi.gc


class _Collector:
    """Takes a copy of each record that the library hands out."""

    def __init__(self, records: collections.deque[Record]) -> None:
        self._records = records
        self._seq = 0
        self.failure: Optional[BaseException] = None
        self.callback = ffi.callback(_CALLBACK, self._take, onerror=self._on_error)

    def _take(self, record: Any, _: Any) -> None:
        copy = _copy_record(record)
        if not copy:
            raise MemoryError("no memory for a copy of a record")
        self._records.append(_CLASS_OF(record.kind, Record)(_when_dropped(copy, _free_record)))

    def _on_error(self, _: Any, failure: BaseException, trace: TracebackType) -> None:
        """An interrupt, say: it is raised when the library has returned, and this record is taken all the same."""
        self.failure = self.failure or failure
        record = trace.tb_frame.f_locals["record"]
        if not isinstance(failure, MemoryError) and not (self._records and self._records[-1].seq == record.seq):
            self._take(record, None)


class _Caller:
    """Hands each record to a callback of the user's; from the first that fails on they are collected instead."""

    def __init__(self, call: Callable[[Record], object], rest: collections.deque[Record]) -> None:
        self._call = call
        self._rest = _Collector(rest)
        self._failed = False
        self._own_failure: Optional[BaseException] = None
        self.callback = ffi.callback(_CALLBACK, self._take, onerror=self._on_error)

    @property
    def failure(self) -> Optional[BaseException]:
        return self._own_failure or self._rest.failure

    def _take(self, record: Any, user: Any) -> None:
        if self._failed:
            self._rest._take(record, user)
            return
        live = _CLASS_OF(record.kind, Record)(record)
        try:
            called = True  # noqa: F841 for _on_error
            self._call(live)
        finally:
            live.__class__ = ExpiredRecord

    def _on_error(self, _: Any, failure: BaseException, trace: TracebackType) -> None:
        if self._failed or "called" not in trace.tb_frame.f_locals:  # an interrupt came first
            self._rest._on_error(_, failure, trace)
        self._failed = True
        self._own_failure = self._own_failure or failure


class Tracer:
    """Follows the processes of this host from the moment that it is made.

        with proctree.Tracer() as tracer:
            for record in tracer:
                if isinstance(record, proctree.Exec):
                    print(record.chain)

    Making one takes some tens of milliseconds, and privileges: with BPF CAP_BPF and CAP_PERFMON, or root. With
    thousands of processes it takes longer; with `in_steps` only the kernel's side is loaded when it is made
    (`load_time` has how long that took), and what runs is learnt of in steps of some milliseconds: `async with` and
    `async for` see to them while other tasks run, any other loop calls open_step().

    Which records are handed out: `forks`, `execs`, `exits`; with `running` one for each process that ran already; with
    `failed_execs` (which costs every system call of the host some 55 ns); with `resynced` and `forgotten` what keeps a
    table of yours true. Start, Lost, Resync and Stop always are.

    Filters: `comms`, `users`, `containers`, `under_comms` and `under_pids` (descendants of these). Of one kind any may
    match, of different kinds all must. Excluded are those of `exclude_exes` (paths or their last components, shell
    patterns), `exclude_containers` and `exclude_users`, with `exclude_own` this process and what descends from it. The
    tree follows all of them all the same; configure() changes both.

    `keep` says what the tree retains of each image beside what lineage takes, for `retained()`, `Ancestor.retained` and
    the image of Exit records: of "args", "cwd", "container", "credentials", "tty" and "entry", or KEEP_ALL. With
    `followable` the kernel can leave out all but some: follow().

    What each Exec says beside that: with `env` the environment variables of these names ("LANG", "LC_*"), and no
    others; with `stdio` what the descriptors 0, 1 and 2 are. BPF alone can do both.

    Limits, where None is the library's default: `ring_bytes`, `memory_max` (bytes that the tree may take), `args_max`
    and `ancestor_args` (bytes of arguments kept of an exec, and of an ancestor), `env_max` (bytes of each environment
    that `env` is looked for in), `exited_ttl` (seconds that ended processes are remembered; 0: indefinitely) and
    `exited_max` (how many of them), `fair_kib` (KiB a second that one account's events may take of the ring).

    A tracer starts no thread and installs no signal handler. Threads may share it; each call waits for that of
    another thread. What it was forked with is of no use in a child process: make another one there."""

    def __init__(self, *, source: str = "bpf", forks: bool = True, execs: bool = True, exits: bool = True,
                 running: bool = False, failed_execs: bool = False, resynced: bool = False, forgotten: bool = False,
                 comms: Iterable[str] = (), users: Iterable[str] = (), containers: Iterable[str] = (),
                 under_comms: Iterable[str] = (), under_pids: Iterable[int] = (), exclude_exes: Iterable[str] = (),
                 exclude_containers: Iterable[str] = (), exclude_users: Iterable[str] = (), exclude_own: bool = False,
                 keep: Iterable[str] = (), env: Iterable[str] = (), stdio: bool = False, followable: bool = False,
                 ring: str = "automatic", ring_bytes: Optional[int] = None, memory_max: Optional[int] = None,
                 args_max: Optional[int] = None, env_max: Optional[int] = None, ancestor_args: Optional[int] = None,
                 exited_ttl: Optional[int] = None, exited_max: Optional[int] = None, fair_kib: Optional[int] = None,
                 proc_root: Optional[str] = None, in_steps: bool = False) -> None:
        self._handle: Any = None
        options = Options()
        options.choose("source", source, SOURCES)
        options.choose("ring", ring, RINGS)
        options.records(forks=forks, execs=execs, exits=exits, running=running, failed_execs=failed_execs,
                        resynced=resynced, forgotten=forgotten)
        options.filters(comms=comms, users=users, containers=containers, under_comms=under_comms, under_pids=under_pids,
                        exclude_exes=exclude_exes, exclude_containers=exclude_containers, exclude_users=exclude_users,
                        exclude_own=exclude_own)
        options.keep(keep)
        options.names("env", env)
        options.numbers(followable=followable, stdio=stdio, ring_bytes=ring_bytes, memory_max=memory_max,
                        args_max=args_max, env_max=env_max, ancestor_args=ancestor_args, exited_ttl_s=exited_ttl,
                        exited_max=exited_max, fair_kib=fair_kib)
        options.path("proc_root", proc_root)
        self._lock = threading.RLock()
        self._pending: collections.deque[Record] = collections.deque()  # collected and not yet handed out
        self._listed = 256  # processes that there was room for
        self._calling_back = False
        self._stopping = False
        self._last_batches = _LAST_BATCHES
        self._stopped = False
        self._open(options, lib.proctree_begin_open if in_steps else lib.proctree_open)

    def _open(self, options: Options, function: Any) -> None:
        handle = lib.proctree_new(options.struct)
        if handle == NULL:
            raise MemoryError("no memory for a tracer")
        try:
            result = function(handle)
            if result < 0:
                raise _failure(handle, result)
            # A byte in it ends a wait; it is never read.
            self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        except BaseException:
            lib.proctree_free(handle)
            raise
        self._handle = handle
        self._fd: int = lib.proctree_fd(handle)

    # Its life.

    def fileno(self) -> int:
        """A descriptor for any loop: readable, level-triggered, when take() or poll() has something to do."""
        self._opened()
        return self._fd

    @property
    def closed(self) -> bool:
        return self._handle is None

    @property
    def opening(self) -> bool:
        """It was made with `in_steps`, and there are steps to do."""
        with self._lock:
            return self._handle is not None and not self._stopped and not lib.proctree_is_open(self._handle)

    @property
    def load_time(self) -> float:
        """Seconds that the kernel's side took to load."""
        with self._lock:
            nanoseconds: int = lib.proctree_load_ns(self._opened())
            return nanoseconds / 1e9

    def open_step(self, budget: float = 0.005) -> bool:
        """Learns of what runs, for `budget` seconds and hardly longer; returns whether the tracer is open, which one
        that was made without `in_steps` always is. Before, lookups know nothing, and take() and poll() are errors."""
        microseconds = min(max(int(budget * 1e6), 0), 2**32 - 1)
        with self._lock:
            return self._checked(lib.proctree_open_step(self._opened(), microseconds)) == 1

    async def _finish_opening(self) -> None:
        while self.opening and not self._stopping and not self.open_step():
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Ends an iteration, from a signal handler or another thread too: it yields what has been collected by now and
        the Stop record, and is over. Lookups go on working until close()."""
        with self._lock:
            self._stopping = True
            if self._handle is not None:
                self._end_wait()

    def close(self) -> None:
        """At once, without further records: stop() is the way to those. Within a callback it takes effect when that has
        returned. Twice is fine."""
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                self._stopping = self._stopped = True
                lib.proctree_free(handle)
                self._end_wait()
                os.close(self._wake)
                os.close(self._waker)

    def _end_wait(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"1")

    def __enter__(self) -> Tracer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Tracer:
        try:
            await self._finish_opening()
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, source=self)
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self._handle is None else "stopped" if self._stopped else \
            "opening" if self.opening else "tracing"
        return f"<proctree.Tracer, {state}>"

    # Its records.

    def take(self, timeout: Optional[float] = 0) -> list[Record]:
        """The records of what has happened by now, to keep; waits for the first at most `timeout` seconds (None:
        without a limit). Afterwards lookups know all that had happened before the call."""
        self._wait_unless_pending(timeout)
        with self._lock:
            self._may_collect()
            self._receive(_Collector(self._pending))
            records = list(self._pending)
            self._pending.clear()
        return records

    def poll(self, callback: Callable[[Record], object], timeout: Optional[float] = 0) -> int:
        """The same with a call of `callback` for each, while the library holds it: nearly three times as fast, for
        records that you look at and don't keep. Returns how many there were.

        What `callback` raises is raised here, after the library has returned: records that came after that one are
        handed out by the next call. In it lookups are fine; take(), poll() and iteration are errors."""
        if not callable(callback):
            raise TypeError(f"{callback!r} is no callback")
        self._wait_unless_pending(timeout)
        with self._lock:
            self._may_collect()
            self._calling_back = True
            try:
                count = self._hand_out_pending(callback)
                return count + self._receive(_Caller(callback, self._pending))
            finally:
                self._calling_back = False

    def configure(self, *, forks: bool = True, execs: bool = True, exits: bool = True, running: bool = False,
                  failed_execs: bool = False, resynced: bool = False, forgotten: bool = False,
                  comms: Iterable[str] = (), users: Iterable[str] = (), containers: Iterable[str] = (),
                  under_comms: Iterable[str] = (), under_pids: Iterable[int] = (), exclude_exes: Iterable[str] = (),
                  exclude_containers: Iterable[str] = (), exclude_users: Iterable[str] = (),
                  exclude_own: bool = False) -> None:
        """Which records are handed out from here on, all of it: what is not given is as by default. No event is lost;
        where a filter makes no sense nothing changes. Not within a callback. `failed_execs` only where the tracer was
        made with it."""
        options = Options()
        options.records(forks=forks, execs=execs, exits=exits, running=running, failed_execs=failed_execs,
                        resynced=resynced, forgotten=forgotten)
        options.filters(comms=comms, users=users, containers=containers, under_comms=under_comms, under_pids=under_pids,
                        exclude_exes=exclude_exes, exclude_containers=exclude_containers, exclude_users=exclude_users,
                        exclude_own=exclude_own)
        with self._lock:
            self._checked(lib.proctree_configure(self._opened(), options.struct))

    def follow(self, pid: int) -> None:
        """Only this process and what descends from it, from the next step on: the kernel leaves out all others, which
        then cost nothing and whose facts in the tree grow old. Several may be followed. Takes
        Tracer(followable=True)."""
        with self._lock:
            self._checked(lib.proctree_follow(self._opened(), pid))

    def unfollow(self, pid: int) -> None:
        """After the last one all are reported again."""
        with self._lock:
            self._checked(lib.proctree_unfollow(self._opened(), pid))

    def resync(self) -> None:
        """Compares the tree with what runs now, as is done after a loss. Its records are handed out by the
        next take(), poll() or step of an iteration."""
        with self._lock:
            self._may_collect()
            self._run(lib.proctree_resync_now, _Collector(self._pending))

    def __iter__(self) -> Iterator[Record]:
        """Each record, as it comes, until stop() or close(). One that was broken off goes on where it was."""
        while self.opening and not self._stopping:
            self.open_step()
        pending = self._pending
        while True:
            try:
                while True:
                    yield pending.popleft()
            except IndexError:  # none is left; another thread may have taken the last
                pass
            if self._stopped:
                return
            if not self._stopping:
                self._wait(None)
            self._collect_more()

    async def __aiter__(self) -> AsyncIterator[Record]:
        """The same within asyncio, by the descriptor: other tasks run meanwhile, between two batches, and between the
        steps of a tracer that was made with `in_steps`."""
        await self._finish_opening()
        pending = self._pending
        with _duplicates(self._opened_fds()) as descriptors:
            while True:
                try:
                    while True:
                        yield pending.popleft()
                except IndexError:
                    pass
                if self._stopped:
                    return
                if not self._stopping:
                    await _readable(descriptors)
                self._collect_more()

    def _opened_fds(self) -> tuple[int, int]:
        self._opened()
        return self._fd, self._wake

    def _wait_unless_pending(self, timeout: Optional[float]) -> None:
        if timeout != 0 and not self._pending and not self._calling_back:
            self._wait(timeout)

    def _wait(self, timeout: Optional[float]) -> None:
        """Here and not in the library: interruptible, and other threads may look things up meanwhile."""
        _poll(self._opened_fds(), None if timeout is None else max(timeout, 0) * 1000)

    def _collect_more(self) -> None:
        """A batch, for an iteration; nothing where it is over."""
        with self._lock:
            if self._stopped:
                return
            self._may_collect()
            if self._stopping and not self.opening and self._last_batches > 0 and _poll([self._fd], 0):
                # What waits may be many: it is taken in batches, too, and proctree_close() has little left.
                self._last_batches -= 1
                self._run(lib.proctree_poll_some, _Collector(self._pending), 0, _BATCH)
            else:
                self._receive(_Collector(self._pending), _BATCH)

    def _receive(self, receiver: Union[_Caller, _Collector], events_max: int = 0) -> int:
        """What there is, after stop() with the last record."""
        if self._stopping and not self._stopped:
            self._stopped = True
            return self._run(lib.proctree_close, receiver)
        return self._run(lib.proctree_poll_some, receiver, 0, events_max)

    def _may_collect(self) -> None:
        self._opened()
        if self._calling_back:
            raise errors.InvalidArgument(errno.EINVAL,
                                         "called from within its own callback; call it after poll() returns")

    def _run(self, function: Any, receiver: Union[_Caller, _Collector], *arguments: int) -> int:
        count: int = function(self._opened(), *arguments, receiver.callback, NULL)
        if receiver.failure is not None:
            raise receiver.failure
        if self._handle is not None:
            self._checked(count)
        return max(count, 0)

    def _hand_out_pending(self, callback: Callable[[Record], object]) -> int:
        count = 0
        while self._pending:
            count += 1
            callback(self._pending.popleft())
        return count

    # Lookups.

    def find(self, process: Which) -> Process:
        """What is known of it; NotFound where nothing is."""
        with self._lock:
            return self._info(self._key(process))

    def get(self, process: Which) -> Optional[Process]:
        """The same, or None."""
        try:
            return self.find(process)
        except errors.NotFound:
            return None

    def find_started(self, pid: int, start_ns: int) -> Process:
        """By its start time, that of /proc's grain will do."""
        with self._lock:
            key = ffi.new("struct proctree_key *")
            self._checked(lib.proctree_find_started(self._opened(), pid, start_ns, key))
            return self._info(key[0])

    def chain(self, process: Which) -> str:
        """From it up its creators: "200|bash|root;100|sshd|root;1|systemd|root"."""
        with self._lock:
            key = self._key(process)
            return self._text(lib.proctree_chain, key) or self._not_found()

    def id(self, process: Which) -> str:
        """BOOT-PID-TICKS."""
        with self._lock:
            return self._text(lib.proctree_id, self._key(process))

    def ancestors(self, process: Which) -> tuple[Ancestor, ...]:
        """As things are now, nearest first."""
        size = ffi.sizeof("struct proctree_ancestor")
        with self._lock:
            key = self._key(process)
            found, count = filled("struct proctree_ancestor", 16, lambda out, room: self._checked(
                lib.proctree_ancestors(self._opened(), key, out, room, size, NULL)))
            return tuple(ancestor(of) for of in found[0:count])

    def lineage_complete(self, process: Which) -> bool:
        """Its ancestors reach pid 1 or kthreadd, and all of it is sure."""
        complete = ffi.new("bool *")
        size = ffi.sizeof("struct proctree_ancestor")
        with self._lock:
            self._checked(lib.proctree_ancestors(self._opened(), self._key(process), NULL, 0, size, complete))
        sure: bool = complete[0]
        return sure

    def retained(self, process: Which) -> Retained:
        """What Tracer(keep=...) retains of its present image."""
        info = ffi.new("struct proctree_info *")
        info.size = ffi.sizeof("struct proctree_info")
        with self._lock:
            self._checked(lib.proctree_get_info(self._opened(), self._key(process), info))
            return retained(info)

    def entry(self, process: Which) -> Optional[Entry]:
        """Where its lineage began on this host; None: there is none, or it isn't known. Of an ended process only with
        Tracer(keep=["entry"])."""
        out = ffi.new("struct proctree_entry *")
        with self._lock:
            key = self._key(process)
            result = lib.proctree_get_entry(self._opened(), key, out, ffi.sizeof("struct proctree_entry"))
            if result == -errno.ENOENT:
                self._info(key)  # which fails where there is no such process
                return None
            self._checked(result)
            return entry(out)

    def processes(self, *, exited: bool = False) -> list[Process]:
        """The whole tree, in no order: those that live, with `exited` those that are remembered too."""
        return self._list(None, 0, exited)

    def children(self, process: Which, *, exited: bool = False) -> list[Process]:
        """Those that it created, oldest first."""
        return self._list(process, lib.PROCTREE_LIST_CHILDREN, exited)

    def descendants(self, process: Which, *, exited: bool = False) -> list[Process]:
        """All that descend from it, breadth first."""
        return self._list(process, lib.PROCTREE_LIST_DESCENDANTS, exited)

    def _list(self, process: Optional[Which], which: int, exited: bool) -> list[Process]:
        which |= lib.PROCTREE_LIST_ENDED if exited else 0
        size = ffi.sizeof("struct proctree_info")
        with self._lock:
            handle = self._opened()
            key = self._key(process) if process is not None else ffi.new("struct proctree_key *")[0]
            found, count = filled("struct proctree_info", self._listed, lambda out, room: self._checked(
                lib.proctree_list(handle, which, key, out, room, size)))
            self._listed = len(found)
            return _table.processes(found, count)

    def descends_from(self, process: Which, ancestor: Which) -> bool:
        """Nothing descends from itself."""
        with self._lock:
            result = lib.proctree_descends_from(self._opened(), self._key(process), self._key(ancestor))
            return self._checked(result) == 1

    def descends_from_comm(self, process: Which, comm: str) -> bool:
        """From any process of this command name."""
        with self._lock:
            result = lib.proctree_descends_from_comm(self._opened(), self._key(process), encoded(comm))
            return self._checked(result) == 1

    @property
    def totals(self) -> Totals:
        with self._lock:
            out = ffi.new("struct proctree_totals *")
            self._checked(lib.proctree_read_totals(self._opened(), out, ffi.sizeof("struct proctree_totals")))
            return totals(out)

    @property
    def failed_execs(self) -> int:
        """How many there were, with Tracer(failed_execs=True)."""
        with self._lock:
            return self._checked(lib.proctree_failed_execs(self._opened()))

    @property
    def has_gap(self) -> bool:
        """Events were lost and the tree is not resynchronised yet, so that no lineage is sure."""
        with self._lock:
            return self._checked(lib.proctree_has_gap(self._opened())) == 1

    @property
    def tree_bytes(self) -> int:
        """What the tree takes, about."""
        with self._lock:
            return self._checked(lib.proctree_tree_bytes(self._opened()))

    def counters(self) -> dict[str, int]:
        """What could not be delivered or read, and what gave way to `memory_max`, by kind."""
        with self._lock:
            found, count = filled("struct proctree_counter", 32, lambda out, room: self._checked(
                lib.proctree_counters(self._opened(), out, room)))
            return {ffi.string(of.name).decode(): of.value for of in found[0:count]}

    # What these are made of; with the lock held.

    def _opened(self) -> Any:
        if self._handle is None:
            raise errors.Closed(errno.EINVAL, "the tracer is closed; make another one")
        return self._handle

    def _checked(self, result: int) -> int:
        if result < 0:
            raise _failure(self._opened(), result)
        return result

    def _key(self, process: Which) -> Any:
        handle = self._opened()
        out = ffi.new("struct proctree_key *")
        if isinstance(process, int):
            if not 0 <= process < 2**32:
                self._not_found()
            self._checked(lib.proctree_find(handle, process, out))
        elif isinstance(process, str):
            self._checked(lib.proctree_find_id(handle, encoded(process), out))
        elif isinstance(process, (Key, Process, Ancestor, ProcessRecord)):
            out.pid, out.start_ns = process.pid, process.start_ns
        else:
            raise TypeError(f"a process is named by a pid, an id, a key or what has one, not by {process!r}")
        return out[0]

    def _info(self, key: Any) -> Process:
        info = ffi.new("struct proctree_info *")
        info.size = ffi.sizeof("struct proctree_info")
        self._checked(lib.proctree_get_info(self._opened(), key, info))
        return _table.processes(info, 1)[0]

    def _text(self, function: Any, key: Any) -> str:
        out, _ = filled("char", 256, lambda out, room: self._checked(function(self._opened(), key, out, room)) + 1)
        written: bytes = ffi.string(out)
        return written.decode("utf-8", "surrogateescape")

    def _not_found(self) -> Any:
        raise errors.NotFound(errno.ENOENT, "no such process is known")


def _failure(handle: Any, result: int) -> errors.Error:
    """Of the last call, which returned `result`."""
    message: bytes = ffi.string(lib.proctree_last_error(handle))
    code: bytes = ffi.string(lib.proctree_error_name(lib.proctree_last_error_code(handle)))
    return errors.error(result, message.decode("utf-8", "replace"), code.decode())


def _poll(descriptors: Iterable[int], timeout_ms: Optional[float]) -> bool:
    """Waits until one is readable, and returns whether it is. Not select(2), which takes none above 1023."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_ms))


@contextlib.contextmanager
def _duplicates(descriptors: Iterable[int]) -> Iterator[list[int]]:
    """A loop knows one reader a descriptor: with these each waits for its own."""
    duplicates = [os.dup(descriptor) for descriptor in descriptors]
    try:
        yield duplicates
    finally:
        for duplicate in duplicates:
            os.close(duplicate)


async def _readable(descriptors: Iterable[int]) -> None:
    """Waits, at least for the other tasks to have a turn."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def set_ready() -> None:
        if not ready.done():
            ready.set_result(None)

    for descriptor in descriptors:
        loop.add_reader(descriptor, set_ready)
    try:
        await ready
    finally:
        for descriptor in descriptors:
            loop.remove_reader(descriptor)
