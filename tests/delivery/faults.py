# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What the tables of faults share: a row's folder and processes, waiting, and how a row ends."""
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback


class Wrong(Exception):
    pass


def demand(truth, what):
    if not truth:
        raise Wrong(what)


def patiently(seconds):
    """On this machine: PROCTREE_PATIENCE times as long, where the environment has it."""
    return seconds * float(os.environ.get("PROCTREE_PATIENCE", "1"))


def wait_for(what, condition, seconds=60):
    """`what`: text, or a function that makes it of what there is once the wait has been in vain."""
    seconds = patiently(seconds)
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= until:
            raise Wrong(f"{what() if callable(what) else what}: not within {seconds} s")
        time.sleep(0.02)


def run(*command, seconds=30, **options):
    """To its end, with what it says."""
    return subprocess.run(command, capture_output=True, text=True, timeout=patiently(seconds), **options)


def refused(done, status, *words):
    """Of a command that was run: its status, and one line that has the words."""
    demand(done.returncode == status and len(done.stderr.splitlines()) == 1 and all(word in done.stderr for word in words),
           f"{done.args}: {done.returncode} {done.stderr}")


TAKEN = set()


def free_port():
    """Below those that the kernel gives to who connects: a server that restarts needs the same one again."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in TAKEN:
                TAKEN.add(port)
                return port


class Bench:
    """What a row takes: a folder, and processes, which are gone at its end."""
    opened = set()

    def __init__(self, name):
        self.folder = tempfile.mkdtemp(prefix=f"proctree-{name}-")
        self.children = []
        self.opened.add(self)

    def path(self, name):
        return f"{self.folder}/{name}"

    def spawn(self, *command, **options):
        child = subprocess.Popen(command, text=True, **options)
        self.children.append(child)
        return child

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.opened.discard(self)


def end_by(number, _):
    """A signal's handler: rows in other threads would go on, so what they have started ends, and then this program."""
    for bench in list(Bench.opened):
        bench.close()
    os._exit(128 + number)


def parse(parser, rows, standard=None):
    """The options, and in `rows` the names of the rows to run: those given, before or behind any option, or the standard ones
    (all). From here on SIGTERM ends this program and what rows have started."""
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(rows))
    options = parser.parse_intermixed_args()
    for name in options.rows:
        if name not in rows:
            parser.error(f"there is no row {name}")
    options.rows = options.rows or list(standard or rows)
    signal.signal(signal.SIGTERM, end_by)
    return options


def run_row(row, bench):
    """What the row returns, and what was wrong: None if nothing."""
    try:
        return row(bench), None
    except (Wrong, subprocess.SubprocessError, OSError) as wrong:
        return None, str(wrong)
    except Exception:  # the row's own fault, which costs the other rows nothing
        return None, traceback.format_exc()
    finally:
        bench.close()
