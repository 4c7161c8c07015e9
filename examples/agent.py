#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""An agent in Python: who runs what from memory or from /tmp, how that came in, and which shells a web server starts. As
root, until it is interrupted:  agent.py [SERVER...]"""
import asyncio
import signal
import sys

import proctree

SERVERS = set(sys.argv[1:]) or {"nginx", "apache2", "php-fpm"}
SHELLS = {"sh", "bash", "dash", "zsh"}


def why(record: proctree.Exec) -> str:
    if record.exe_memfd:
        return "runs from memory"
    if record.exe.startswith("/tmp/"):
        return "runs from /tmp"
    if record.comm in SHELLS and any(ancestor.comm in SERVERS for ancestor in record.ancestors):
        return "is a server's shell"
    return ""


async def watch(tracer: proctree.Tracer) -> None:
    async for record in tracer:
        if isinstance(record, proctree.Exec) and (reason := why(record)):
            entry = record.entry.type if record.entry else "none"
            print(f"{record.chain} {reason}: {record.args}, entry {entry}", flush=True)
        elif isinstance(record, proctree.Lost):
            print(f"{record.count} events were lost here", flush=True)


with proctree.Tracer(forks=False, exits=False) as tracer:
    signal.signal(signal.SIGINT, lambda *_: tracer.stop())
    print(f"watching, {len(tracer.processes())} processes known", flush=True)
    asyncio.run(watch(tracer))
    print(f"{tracer.totals.execs} execs, {tracer.totals.lost} lost")
