#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""session_view.py PROCTREE: what Kibana's Session View would draw of sessions that this test makes, by Kibana's own rules,
is what `replay --tree --all` draws below their entry leaders; and a replay of the recording that was written at the same
time gives the live documents, byte for byte. Takes root, and sshd, runc or crun: 77 where none is here."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from sessions import SshServer, container_session, has

proctree = os.path.realpath(sys.argv[1])
folder = pathlib.Path(tempfile.mkdtemp(prefix="proctree-session-"))
wrong = []


def expect(true, what):
    if not true:
        wrong.append(what)


def drawn_edges(text):
    """Of a drawn tree: the pid above each pid."""
    above, line_of = {}, []
    for line in text.splitlines():
        match = re.match(r"^((?:[│├└─ ]{2})*)(.*?)\((\d+)\) ", line)
        if not match:
            continue
        depth, pid = len(match[1]) // 2, int(match[3])
        del line_of[depth:]
        above[pid] = line_of[-1] if line_of else None
        line_of.append(pid)
    return above


def below(above, top):
    found, grown = {top}, True
    while grown:
        more = {pid for pid, parent in above.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return {pid: above[pid] for pid in found if pid != top}


class View:
    """The documents of a session as Session View takes them."""

    def __init__(self, documents, entry):
        hits = {}
        for document in documents:
            leader = document.get("process", {}).get("entry_leader", {})
            if leader.get("entity_id") == entry and document["event"]["action"] in ("fork", "exec", "end"):
                hits[document["event"]["id"]] = document
        self.events = sorted(hits.values(), key=lambda hit: (hit["@timestamp"], hit["event"]["sequence"]))
        self.processes = {}
        for event in self.events:
            self.processes.setdefault(event["process"]["entity_id"], []).append(event["process"])

    def edges(self, entry):
        """Of each process but the entry leader the pid above it; None where Session View would have to guess."""
        pids = {entity: processes[-1]["pid"] for entity, processes in self.processes.items()}
        return {pids[entity]: pids.get(processes[-1]["parent"].get("entity_id"))
                for entity, processes in self.processes.items() if entity != entry}

    def entered(self):
        """What somebody has typed: has a terminal, its parent leads the session, it leads its group."""
        return [process for processes in self.processes.values() for process in processes
                if process.get("tty") and process.get("parent", {}).get("pid") == process["session_leader"]["pid"]
                and process["pid"] == process["group_leader"]["pid"]]

    def shown(self):
        return [entity for entity, processes in self.processes.items()
                if processes[-1]["group_leader"]["pid"] != processes[-1]["session_leader"]["pid"]]


def main():
    spool, live = folder / "spool", folder / "live.ecs"
    trace = subprocess.Popen([proctree, "trace", "--as-root", "--spool", spool, "--format", "ecs", "--output", live],
                             stderr=subprocess.PIPE, text=True)
    while "tracing" not in trace.stderr.readline():
        if trace.poll() is not None:
            sys.exit("the trace did not start")
    kinds = []
    try:
        if has("sshd", "ssh", "ssh-keygen"):
            with SshServer(folder) as server:
                server.session()
            kinds.append("sshd")
        if container_session(folder):
            kinds.append("container")
    finally:
        time.sleep(0.5)
        trace.send_signal(signal.SIGINT)
        trace.stderr.read()
        trace.wait()
    if not kinds:
        print("SKIPPED: neither sshd nor a container runs here")
        return 77
    text = live.read_bytes()
    replayed = subprocess.run([proctree, "replay", spool, "--format", "ecs"], capture_output=True, check=True).stdout
    expect(replayed == text, "the replay of the spool gives other documents than the live trace wrote")
    documents = [json.loads(line) for line in text.splitlines()]
    above = drawn_edges(subprocess.run([proctree, "replay", spool, "--tree", "--all"], capture_output=True, text=True,
                                       check=True).stdout)
    for kind in kinds:
        leaders = {}
        for document in documents:
            leader = document.get("process", {}).get("entry_leader", {})
            if leader.get("entry_meta", {}).get("type") == kind and leader.get("same_as_process") \
                    and document["event"]["action"] == "exec":
                leaders[leader["entity_id"]] = leader
        expect(leaders, f"no entry leader of type {kind}")
        for entry, leader in leaders.items():
            expect(leader.get("start"), f"{kind}: the preview has no start")
            view = View(documents, entry)
            drawn = below(above, leader["pid"])
            edges = view.edges(entry)
            expect(edges == drawn, f"{kind}: Session View draws {sorted(set(edges.items()) - set(drawn.items()))} that the tree "
                                   f"hasn't, and lacks {sorted(set(drawn.items()) - set(edges.items()))}")
            expect(len(drawn) > 2, f"{kind}: nothing but {drawn}")
            if kind == "sshd":
                expect(leader["entry_meta"].get("source", {}).get("ip") == "127.0.0.1", "sshd: no source address")
                names = {process["name"] for process in view.entered()}
                expect({"ls", "sort", "head", "sleep"} & names, f"entered: {sorted(names)}")
                expect(view.shown(), "all processes are hidden")
            print(f"{kind}: {len(view.events)} events of {len(view.processes)} processes, {len(drawn)} drawn")
    return 1 if wrong else 0


try:
    status = main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
for line in wrong:
    print("FAILED", line)
sys.exit(status)
