#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""An agent: who runs what from memory or /tmp, and which shells servers start. As root: agent.py [SERVER...]"""
import asyncio
import signal
import sys

import proctree

SERVERS = set(sys.argv[1:]) or {"nginx", "apache2", "php-fpm"}


def why(record: proctree.Exec) -> str:
    if record.exe_memfd or record.exe.startswith(("/tmp/", "/dev/shm/")):
        return "runs from memory" if record.exe_memfd else "runs from a folder of everybody's"
    by_server = record.comm in ("sh", "bash", "dash") and any(link.comm in SERVERS for link in record.ancestors)
    return "is a server's shell" if by_server else ""


async def watch(tracer: proctree.Tracer) -> None:
    async for record in tracer:
        if isinstance(record, proctree.Exec) and (reason := why(record)):
            print(f"{record.chain} {reason}: {record.args}", record.entry and record.entry.type, flush=True)
        elif isinstance(record, proctree.Lost):
            print(f"{record.count} events were lost here", flush=True)


with proctree.Tracer(forks=False, exits=False) as tracer:
    signal.signal(signal.SIGTERM, lambda *_: tracer.stop())
    print(f"watching, {len(tracer.processes())} processes known", flush=True)
    asyncio.run(watch(tracer))
    print(f"{tracer.totals.execs} execs, {tracer.totals.lost} lost")
