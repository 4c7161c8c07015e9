# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Who started what: the processes of this host, followed from eBPF programs in the kernel (libproctree).

    import proctree

    with proctree.Tracer() as tracer:
        for record in tracer:
            match record:
                case proctree.Exec():
                    print(record.user, record.args, record.chain)
                case proctree.Lost():
                    print(record.count, "events were lost here")

Within asyncio it is `async for record in tracer`; any other loop waits for `tracer.fileno()` and calls `tracer.take()`.

Records are of a class a kind (Start, Running, Fork, Exec, Exit, FailedExec, Lost, Resync, Stop; Resynced and Forgotten
where asked for) and are yours to keep, but for those that the callback of `Tracer.poll()` gets.

Between records, lookups: `tracer.find(pid)`, `tracer.chain(pid)`, `tracer.ancestors(pid)`, `tracer.children(pid)`. A
process is named by a pid, an id, a Key (pid, start_ns), or by what has one. Lineage runs along creators, those who
called fork, and not along the parents that ps shows.

Strings are any bytes, decoded as UTF-8 with surrogateescape: os.fsencode() gives the bytes back where the encoding of
file names is UTF-8. Errors are subclasses of Error, an OSError, with the library's own text.

Tracing takes root, or CAP_BPF and CAP_PERFMON. docs/python.md of proctree is the guide."""
from ._library import ffi as _ffi_of
from ._library import lib as _lib
from .errors import Closed, Error, Expired, InvalidArgument, NotFound, PermissionDenied, Unsupported
from .facts import Ancestor, Container, Entry, Key, Leader, Namespaces, Process, Retained, StandardFile, Totals
from .options import KEEP_ALL
from .records import (Exec, Exit, FailedExec, Forgotten, Fork, ImageRecord, Lost, ProcessRecord, Record, Resync,
                      Resynced, Running, Start, Stop)
from .tracer import Tracer

__version__: str = _ffi_of.string(_lib.proctree_version()).decode()

__all__ = [
    "Ancestor", "Closed", "Container", "Entry", "Error", "Exec", "Exit", "Expired", "FailedExec", "Forgotten", "Fork",
    "ImageRecord", "InvalidArgument", "KEEP_ALL", "Key", "Leader", "Lost", "Namespaces", "NotFound", "PermissionDenied",
    "Process", "ProcessRecord", "Record", "Resync", "Resynced", "Retained", "Running", "StandardFile", "Start", "Stop",
    "Totals", "Tracer", "Unsupported",
]
