#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""The Python module against a host whose processes are made (made_host)."""
import asyncio
import contextlib
import errno
import gc
import os
import pydoc
import random
import resource
import select
import shutil
import signal
import subprocess
import threading
import time
import unittest
import warnings
import weakref
from unittest import mock

import made_host as host
import proctree
from proctree.records import CLASSES


class OnAMadeHost(unittest.TestCase):
    def setUp(self):
        host.reset()

    def open(self, **options):
        tracer = proctree.Tracer(proc_root="/nonexistent", **options)
        self.addCleanup(tracer.close)
        return tracer

    def raises(self, kind, words, function, *arguments, **named):
        with self.assertRaises(kind) as caught:
            function(*arguments, **named)
        self.assertIn(words, str(caught.exception))
        return caught.exception


# Each waits for descriptor FD with what its loop is made of, a tenth of a second, and says what came of it.
LOOPS = {
    "Perl": ["perl", "-e",
             'vec(my $fds, FD, 1) = 1; print select($fds, undef, undef, 0.1) > 0 ? "readable" : "waited"'],
    "Ruby": ["ruby", "-rio/wait", "-e",
             'print IO.for_fd(FD, autoclose: false).wait_readable(0.1) ? "readable" : "waited"'],
    "PHP": ["php", "-r", '$fds = [fopen("php://fd/FD", "r")]; $none = null; '
                         'echo stream_select($fds, $none, $none, 0, 100000) ? "readable" : "waited";'],
    "luv": ["lua5.1", "-e", 'local uv = require "luv"; local said = "waited"; '
                            'uv.new_poll(FD):start("r", function() said = "readable"; uv.stop() end); '
                            'uv.new_timer():start(100, 0, uv.stop); uv.run(); io.write(said)'],
}


def live(pid=300, *args):
    host.fork(200, pid)
    host.exec(pid, *(args or ("true",)))
    host.exit(pid, 0)


def kinds(records):
    return [record.kind for record in records]


class Records(OnAMadeHost):
    def test_a_life_is_a_record_each_with_its_facts(self):
        tracer = self.open()
        host.fork(200, 300)
        host.exec(300, "make", "-k", "\udcff", "")
        host.exit(300, 2 << 8)
        host.fork(200, 301)
        host.exit(301, signal.SIGSEGV | 0x80)
        start, fork, execution, ended, _, killed = tracer.take()
        self.assertEqual((start.kind, start.source, start.processes), ("start", "made", 3))
        self.assertIsInstance(fork, proctree.Fork)
        self.assertEqual((fork.pid, fork.comm, fork.ppid, fork.creator_pid), (300, "bash", 200, 200))
        self.assertEqual((execution.comm, execution.exe, execution.user, execution.uid),
                         ("make", "/bin/make", "4242", 4242))
        self.assertEqual(execution.args, ("make", "-k", "\udcff", ""))
        self.assertEqual((execution.cwd, execution.filename, execution.args_truncated), ("/", "/bin/make", False))
        self.assertEqual(execution.previous, ("bash", "/bin/bash"))
        self.assertEqual(execution.chain, "300|make|4242;200|bash|4242;100|sshd|root;1|init|root")
        self.assertEqual([link.comm for link in execution.ancestors], ["bash", "sshd", "init"])
        self.assertEqual([link.edge for link in execution.ancestors], ["observed", "snapshot", "snapshot"])
        self.assertTrue(execution.lineage_complete)
        self.assertEqual(execution.key, fork.key)
        self.assertEqual(execution.creator, tracer.find(200).key)
        self.assertRegex(execution.id, "^[0-9a-f]{16}-300-[0-9]+$")
        self.assertEqual((execution.loginuid, execution.tty, execution.container), (None, None, None))
        self.assertEqual((ended.exit_code, ended.signal, ended.core_dumped), (2, None, False))
        self.assertEqual((killed.exit_code, killed.signal, killed.core_dumped), (None, signal.SIGSEGV, True))
        self.assertEqual([record.seq for record in (start, fork, execution, ended)], [1, 2, 3, 4])
        self.assertLess(abs(execution.time.timestamp() - time.time()), 60)

    def test_kinds_are_matched_as_classes(self):
        tracer = self.open()
        live()
        matched = []
        for record in tracer.take():
            match record:
                case proctree.Exec(pid=pid, comm="true"):
                    matched.append(pid)
                case proctree.Lost():
                    self.fail("nothing is lost")
        self.assertEqual(matched, [300])

    def test_every_fact_of_every_record_can_be_read(self):
        """By dir(), so that what is added is read too."""
        tracer = self.open(running=True, failed_execs=True, resynced=True, forgotten=True, exited_max=5, env=["A"],
                           stdio=True)
        for pid in range(1000, 1050):
            live(pid)
        host.fork(200, 301)
        host.fail(301, errno.ENOENT, "nowhere")
        host.lose(3)
        host.vanish(301)
        host.run(302, 200, "unseen")
        tracer.resync()
        records, until = tracer.take(), time.monotonic() + 60
        while "forgotten" not in kinds(records) and time.monotonic() < until:
            records += tracer.take(timeout=1)
        tracer.stop()
        seen = set()
        for record in [*records, *tracer]:
            seen.add(record.kind)
            for name in dir(record):
                if not name.startswith("__"):
                    getattr(record, name)
            repr(record)
        self.assertEqual(seen, {kind.kind for kind in CLASSES.values()})

    def test_a_failed_exec_is_a_record(self):
        tracer = self.open(failed_execs=True)
        host.fail(200, errno.ENOENT, "nowhere")
        failed = tracer.take()[-1]
        self.assertIsInstance(failed, proctree.FailedExec)
        self.assertEqual((failed.pid, failed.error, failed.error_name, failed.filename, failed.fatal),
                         (200, errno.ENOENT, "ENOENT", "nowhere", False))
        self.assertEqual(tracer.failed_execs, 1)

    def test_variables_and_descriptors_are_reported_where_asked_for(self):
        variables = ["LANG=C", "LC_TIME=\udcff=x", "SECRET=s", "LC_CUT=" + 200 * "x"]
        for options, env, kinds_of in (({}, {}, None),
                                       ({"env": ["LC_*", "LANG"], "env_max": 40},
                                        {"LANG": "C", "LC_TIME": "\udcff=x"}, None),
                                       ({"stdio": True}, {}, ["tty", "socket", "socket"])):
            with self.subTest(options):
                host.reset()
                tracer = self.open(**options)
                host.exec(200, "true", env=variables)
                execution = tracer.take()[-1]
                self.assertEqual((execution.env, execution.env_truncated), (env, False))
                stdio = execution.stdio
                self.assertEqual(stdio and [file.kind for file in stdio], kinds_of)
                tracer.close()
        terminal, peer, unix = stdio
        self.assertEqual(terminal, ("tty", "/dev/pts/7", False, 10, None, None))
        self.assertEqual(peer, ("socket", None, False, 0, "10.0.0.9:4444", None))
        self.assertEqual(unix, ("socket", None, True, 4242, None, (100, 10)))

    def test_loss_and_resync_are_records(self):
        tracer = self.open(resynced=True)
        tracer.take()
        host.lose(7)
        host.run(300, 200, "unseen")
        records = tracer.take()
        while tracer.has_gap or not any(isinstance(record, proctree.Resynced) for record in records):
            self.assertEqual(tracer.lineage_complete(200), not tracer.has_gap)
            records += tracer.take(timeout=1)
        lost, = (record for record in records if isinstance(record, proctree.Lost))
        self.assertEqual((lost.count, lost.uid, lost.bad_record), (7, None, False))
        self.assertEqual([record.added for record in records if isinstance(record, proctree.Resync)], [1])
        self.assertEqual([(record.pid, record.resynced) for record in records if isinstance(record, proctree.Resynced)],
                         [(300, "added")])
        self.assertTrue(tracer.lineage_complete(200))
        host.vanish(300)
        tracer.resync()
        self.assertEqual([record.exited for record in tracer.take() if isinstance(record, proctree.Resync)], [1])

    def test_records_are_kept_beyond_the_tracer(self):
        tracer = self.open()
        live(300, "kept")
        records = tracer.take()
        tracer.close()
        del tracer
        gc.collect()
        live(301, "other")
        self.assertEqual(records[2].args, ("kept",))
        self.assertEqual(records[2].chain, "300|kept|4242;200|bash|4242;100|sshd|root;1|init|root")
        self.assertEqual(records[2].copy().ancestors, records[2].ancestors)

    def test_a_kind_that_is_new_is_a_plain_record(self):
        from proctree import tracer as inside
        of = inside.ffi.new("struct proctree_record *", {"kind": 77, "seq": 5})
        record = inside.CLASSES.get(of.kind, proctree.Record)(of)
        self.assertEqual((record.kind, record.seq, type(record)), ("unknown", 5, proctree.Record))

    def test_filters_and_kinds_are_chosen(self):
        tracer = self.open(forks=False, exits=False, comms=["true"], under_pids=[100], users=["4242"])
        live(300, "true")
        live(301, "false")
        tracer.stop()
        self.assertEqual(kinds(tracer), ["start", "exec", "stop"])

    def test_each_filter_is_its_own(self):
        """One at a time, of a tracer's making and of configure()."""
        own = os.getpid()
        filters = {"comms": ["true"], "users": ["4242"], "containers": ["0123"], "under_comms": ["sshd"],
                   "under_pids": [100], "exclude_exes": ["*/own"], "exclude_containers": ["0123"],
                   "exclude_users": ["4242"], "exclude_own": True}
        passed = {"comms": {300}, "users": {300}, "containers": {400}, "under_comms": {300}, "under_pids": {300},
                  "exclude_exes": {300, 400}, "exclude_containers": {300, 500}, "exclude_users": {400, 500},
                  "exclude_own": {300, 400}}

        def execute():
            host.exec(300, "true")
            host.exec(400, "boxed")
            host.exec(500, "own")

        for by in "Tracer", "configure":
            for name, value in filters.items():
                with self.subTest(name, by=by):
                    host.reset()
                    host.run(300, 200, "sh", uid=4242)
                    host.run(400, 1, "sh")
                    host.contain(400, f"/system.slice/docker-{64 * '0'}.scope".replace("0000", "0123", 1))
                    host.run(own, 1, "agent")
                    host.run(500, own, "sh")
                    tracer = self.open(**({name: value} if by == "Tracer" else {}))
                    if by == "configure":
                        tracer.configure(**{name: value})
                    execute()
                    executed = {record.pid for record in tracer.take() if isinstance(record, proctree.Exec)}
                    self.assertEqual(executed, passed[name])
                    tracer.close()

    def test_kinds_and_filters_change_while_it_is_open(self):
        tracer = self.open()
        live(300)
        tracer.take()
        tracer.configure(forks=False, exits=False, comms=["true"])
        live(301, "true")
        live(302, "false")
        self.assertEqual([(record.kind, record.pid) for record in tracer.take()], [("exec", 301)])
        self.raises(proctree.InvalidArgument, "", tracer.configure, users=["nobody-of-this-name"])
        live(303, "true")
        self.assertEqual(kinds(tracer.take()), ["exec"], "nothing has changed")
        tracer.configure(exclude_exes=["*/fal*"])
        live(304, "false")
        self.assertEqual(kinds(tracer.take()), ["fork"], "it was bash then")
        self.assertEqual(tracer.find(304).comm, "false")
        self.assertEqual(tracer.totals, (5, 5, 5, 0, 0), "all is followed")

    def test_what_it_was_asked_to_keep_is_there(self):
        tracer = self.open(keep=proctree.KEEP_ALL)
        host.fork(200, 300)
        host.exec(300, "make", "-k")
        host.fork(300, 301)
        host.exit(301, 0)
        host.exit(300, 0)
        ended = tracer.take()[-1]
        self.assertEqual((ended.args, ended.cwd), (("make", "-k"), "/"))
        kept = tracer.retained(300)
        self.assertEqual((kept.args, kept.cwd, kept.args_truncated, kept.tty), (("make", "-k"), "/", False, None))
        self.assertEqual(tracer.ancestors(301)[0].retained.cwd, "/")
        self.assertEqual(kept.entry_type, tracer.entry(300).type)
        self.assertIsNone(tracer.entry(1))
        self.raises(proctree.NotFound, "no such process", tracer.entry, 31337)
        self.raises(proctree.NotFound, "no such process", tracer.retained, 31337)

    def test_nothing_is_kept_unasked(self):
        tracer = self.open()
        live()
        ended = tracer.take()[-1]
        self.assertEqual((ended.args, ended.cwd), (None, ""))
        self.assertEqual(tracer.retained(300).cwd, None)
        self.assertIsNone(tracer.ancestors(300)[0].retained)


class Callbacks(OnAMadeHost):
    def test_a_record_used_after_its_callback_raises(self):
        tracer = self.open()
        live()
        records, copies, ancestors = [], [], []

        def take(record):
            records.append(record)
            copies.append(record.copy())
            if isinstance(record, proctree.Exec):
                ancestors.extend(record.ancestors)

        self.assertEqual(tracer.poll(take), 4)
        for record in records:
            for name in ("pid", "comm", "chain", "kind", "copy", "seq"):
                self.raises(proctree.Expired, "copy() keeps one", getattr, record, name)
            self.assertIn("expired", repr(record))
        self.assertEqual(kinds(copies), ["start", "fork", "exec", "exit"])
        self.assertEqual(copies[2].args, ("true",))
        self.assertEqual([link.pid for link in ancestors], [200, 100, 1])

    def test_an_exception_reaches_the_caller_and_loses_no_record(self):
        tracer = self.open()
        live()
        live(301)
        seen = []

        def fail_at_the_third(record):
            seen.append((record.kind, record.seq))
            if len(seen) in (3, 5):
                raise KeyError(f"at {len(seen)}")

        self.raises(KeyError, "at 3", tracer.poll, fail_at_the_third)
        live(302)
        self.raises(KeyError, "at 5", tracer.poll, fail_at_the_third)
        tracer.poll(fail_at_the_third)
        tracer.stop()
        seen += [(record.kind, record.seq) for record in tracer]
        self.assertEqual([seq for _, seq in seen], list(range(1, 12)))
        self.assertEqual([kind for kind, _ in seen], ["start", *["fork", "exec", "exit"] * 3, "stop"])

    def interrupted(self, work):
        """`work` is interrupted where it happens to be after some milliseconds, if it takes as long; returns how often."""
        times = 0
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.003)
            work()
        except KeyboardInterrupt:
            times += 1
        while True:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0)
                return times
            except KeyboardInterrupt:
                times += 1

    def test_an_interrupt_loses_no_record(self):
        old = signal.signal(signal.SIGALRM, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        for way in "collected", "called back":
            host.reset()
            tracer = self.open()
            host.storm(200, 1000, 3000)
            seqs, interrupts = [], 0
            while tracer.totals.exits < 3000 or tracer._pending:
                if way == "collected":
                    self.interrupted(tracer._collect_more)
                    seqs += [record.seq for record in tracer._pending]
                    tracer._pending.clear()
                else:
                    interrupts += self.interrupted(lambda: tracer.poll(lambda record: seqs.append(record.seq)))
            if way == "called back":  # one that was interrupted before it had appended was called all the same
                missing = sorted(set(range(1, 9002)) - set(seqs))
                self.assertLessEqual(len(missing), interrupts)
                seqs = sorted([*seqs, *missing])
            self.assertEqual(seqs, list(range(1, 9002)), way)

    def test_lookups_are_fine_and_calling_back_in_is_not(self):
        tracer = self.open()
        live()
        failures, chains = [], []

        def call_back_in(record):
            chains.append(tracer.chain(200))
            for call in (tracer.take, lambda: tracer.poll(print), lambda: next(iter(tracer)), tracer.resync):
                with self.assertRaises(proctree.InvalidArgument) as caught:
                    call()
                failures.append(str(caught.exception))

        self.assertEqual(tracer.poll(call_back_in), 4)
        self.assertEqual(chains, ["200|bash|4242;100|sshd|root;1|init|root"] * 4)
        self.assertEqual(len(failures), 16)
        self.assertTrue(all("callback" in text for text in failures), failures)
        self.assertEqual(tracer.take(), [])

    def test_closing_in_a_callback_ends_the_poll(self):
        tracer = self.open()
        live()
        seen = []
        tracer.poll(lambda record: (seen.append(record.kind), tracer.close()))
        self.assertEqual(seen, ["start"])
        self.assertTrue(tracer.closed)


class Iteration(OnAMadeHost):
    def test_it_goes_on_where_it_was_broken_off(self):
        tracer = self.open()
        live()
        live(301)
        seqs = []
        for record in tracer:
            seqs.append(record.seq)
            if record.seq == 3:
                break
        tracer.stop()
        seqs += [record.seq for record in tracer]
        self.assertEqual(seqs, list(range(1, 9)))
        self.assertEqual(list(tracer), [])

    def test_a_callback_gets_the_last_record_too(self):
        tracer = self.open()
        live()
        tracer.stop()
        seen = []
        tracer.poll(lambda record: seen.append(record.kind))
        self.assertEqual(seen, ["start", "fork", "exec", "exit", "stop"])

    def test_what_waits_at_its_end_comes_in_batches(self):
        tracer = self.open()
        host.storm(200, 1000, 2000)
        tracer.stop()
        seqs, waiting = [], 0
        for record in tracer:
            seqs.append(record.seq)
            waiting = max(waiting, len(tracer._pending))
        self.assertEqual(seqs, list(range(1, 6003)))
        self.assertLess(waiting, 1000)

    def test_threads_share_an_iteration(self):
        tracer = self.open()
        seqs = []
        threads = [threading.Thread(target=lambda: seqs.extend(record.seq for record in tracer)) for _ in range(4)]
        for thread in threads:
            thread.start()
        with tracer._lock:  # the made host is for one thread at a time
            host.storm(200, 1000, 1000)
        while tracer.totals.exits < 1000:
            time.sleep(0.01)
        tracer.stop()
        for thread in threads:
            thread.join(60)
        self.assertEqual(sorted(seqs), list(range(1, 3003)))

    def test_more_than_a_batch_comes_in_order(self):
        tracer = self.open()
        host.storm(200, 1000, 1000)
        seqs = []
        for record in tracer:
            seqs.append(record.seq)
            if record.seq == 3001:
                tracer.stop()
        self.assertEqual(seqs, list(range(1, 3003)))
        self.assertEqual(record.totals, (1000, 1000, 1000, 0, 0))

    def test_a_thread_or_a_signal_handler_stops_it(self):
        for stop_by in "thread", "signal":
            host.reset()
            with self.open() as tracer:
                tracer.take()
                if stop_by == "thread":
                    timer = threading.Timer(0.05, tracer.stop)
                    timer.start()
                else:
                    self.addCleanup(signal.signal, signal.SIGALRM,
                                    signal.signal(signal.SIGALRM, lambda *_: tracer.stop()))
                    signal.setitimer(signal.ITIMER_REAL, 0.05)
                self.assertEqual(kinds(tracer), ["stop"])
                self.assertEqual(tracer.find(200).comm, "bash", "lookups go on")
                if stop_by == "thread":
                    timer.join()

    def test_its_descriptor_may_be_beyond_those_of_select(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limit)
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(limit[1], 4096)))
        taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(1024)]
        try:
            tracer = self.open()
        finally:
            for descriptor in taken:
                os.close(descriptor)
        self.assertGreaterEqual(tracer.fileno(), 1024)
        live()
        tracer.stop()
        self.assertEqual(kinds(tracer), ["start", "fork", "exec", "exit", "stop"])

    def test_a_timeout_ends_the_wait(self):
        tracer = self.open()
        tracer.take()
        self.assertEqual(tracer.take(timeout=0.01), [])
        self.assertEqual(tracer.poll(print, timeout=0.01), 0)

    def test_other_threads_look_up_while_one_waits(self):
        tracer = self.open()
        tracer.take()
        waiting = threading.Thread(target=lambda: list(tracer))
        waiting.start()
        for _ in range(1000):
            self.assertEqual(tracer.find(200).comm, "bash")
        tracer.stop()
        waiting.join(30)
        self.assertFalse(waiting.is_alive())


@contextlib.asynccontextmanager
async def counted_turns():
    """Grows by one whenever the loop comes to its other tasks."""
    turns = []

    async def tick():
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    try:
        yield turns
    finally:
        ticking.cancel()


class Loops(OnAMadeHost):
    """The descriptor as it is, in the loops of others."""

    def test_asyncio_yields_to_other_tasks_and_loses_nothing(self):
        async def follow(tracer):
            async with counted_turns() as turns:
                asyncio.get_running_loop().call_later(0.05, host.storm, 200, 1000, 1000)
                seqs = []
                async for record in tracer:
                    seqs.append(record.seq)
                    if record.seq == 3001:
                        tracer.stop()
            return seqs, len(turns)

        seqs, turns = asyncio.run(follow(self.open()))
        self.assertEqual(seqs, list(range(1, 3003)))
        self.assertGreater(turns, 3)

    def test_it_opens_in_steps(self):
        for pid in range(1000, 3000):
            host.run(pid, 200, "worker")
        tracer = self.open(in_steps=True, running=True)
        self.assertTrue(tracer.opening)
        self.assertGreater(tracer.load_time, 0)
        self.assertIn("opening", repr(tracer))
        steps = 1
        while not tracer.open_step(budget=0):
            steps += 1
            self.raises(proctree.InvalidArgument, "not open yet", tracer.take)
            self.raises(proctree.InvalidArgument, "not open yet", tracer.poll, print)
            self.assertIsNone(tracer.get(200))
            self.assertEqual(tracer.processes(), [])
            self.assertTrue(select.select([tracer], [], [], 0)[0])
        self.assertGreater(steps, 3 * 2000 // 32)
        self.assertFalse(tracer.opening)
        self.assertTrue(tracer.open_step())
        self.assertEqual(len(tracer.processes()), 2003)
        host.fork(200, 300)
        records = []
        for record in tracer:
            self.assertLessEqual(len(tracer._pending), 257)
            records.append(record)
            if record.kind == "fork":
                break
        self.assertEqual(kinds(records), ["start", *["process"] * 2003, "fork"])

    def test_a_loop_runs_on_while_it_opens(self):
        for pid in range(1000, 9000):
            host.run(pid, 200, "worker")

        async def follow():
            async with counted_turns() as turns:
                async with self.open(in_steps=True) as tracer:
                    self.assertFalse(tracer.opening)
                    self.assertEqual(len(tracer.processes()), 8003)
                self.assertTrue(tracer.closed)
                async for record in self.open(in_steps=True):
                    self.assertEqual((record.kind, record.processes), ("start", 8003))
                    break
            return len(turns)

        with mock.patch.object(proctree.Tracer.open_step, "__defaults__", (0,)):
            turns = asyncio.run(follow())
        self.assertGreater(turns, 2 * 8000 // 32)

    def test_an_opening_that_is_given_up_has_no_records(self):
        for end in "stop", "close":
            tracer = self.open(in_steps=True)
            getattr(tracer, end)()
            self.assertEqual(list(tracer), [])
            tracer.close()
            self.raises(proctree.Closed, "closed", tracer.open_step)
            host.reset()

    def test_asyncio_two_tasks_share_a_tracer(self):
        async def follow(tracer):
            seen = []

            async def one():
                async for record in tracer:
                    seen.append(record.seq)
                    if len(seen) == 301:
                        tracer.stop()
                    await asyncio.sleep(0)

            asyncio.get_running_loop().call_later(0.05, host.storm, 200, 1000, 100)
            await asyncio.wait_for(asyncio.gather(one(), one()), 30)
            return seen

        self.assertEqual(sorted(asyncio.run(follow(self.open()))), list(range(1, 303)))

    def test_asyncio_a_cancelled_task_leaves_nothing_behind(self):
        async def follow(tracer):
            async def one():
                async for _ in tracer:
                    pass

            task = asyncio.create_task(one())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            live()
            return tracer.take(timeout=10)

        descriptors = len(os.listdir("/proc/self/fd"))
        tracer = self.open()
        self.assertEqual(kinds(asyncio.run(follow(tracer))), ["fork", "exec", "exit"])
        tracer.close()
        self.assertEqual(len(os.listdir("/proc/self/fd")), descriptors)

    def test_glib_waits_for_it(self):
        from gi.repository import GLib
        tracer = self.open()
        tracer.take()
        loop, seen = GLib.MainLoop(), []

        def on_readable(*_):
            seen.extend(kinds(tracer.take()))
            if len(seen) >= 3:
                loop.quit()
            return True

        source = GLib.io_add_watch(tracer.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, on_readable)
        GLib.timeout_add(20, live)
        GLib.timeout_add_seconds(30, loop.quit)
        loop.run()
        GLib.source_remove(source)
        self.assertEqual(seen, ["fork", "exec", "exit"])

    def test_it_is_readable_as_long_as_something_waits(self):
        tracer = self.open()
        tracer.take()
        live()
        for _ in range(2):
            self.assertEqual(select.select([tracer], [], [], 10)[0], [tracer])
        self.assertEqual(kinds(tracer.take()), ["fork", "exec", "exit"])

    def test_it_is_non_blocking(self):
        """Go's runtime waits for no other."""
        self.assertFalse(os.get_blocking(self.open().fileno()))

    def test_other_languages_wait_for_it(self):
        """The descriptor handed down to each: not readable, it waits in vain; readable, it does not wait."""
        tracer = self.open()
        tracer.take()
        fd = tracer.fileno()
        for language, command in LOOPS.items():
            with self.subTest(language):
                self.assertIsNotNone(shutil.which(command[0]), f"{command[0]} is missing: scripts/install-deps test")
                command = [word.replace("FD", str(fd)) for word in command]
                for expected in b"waited", b"readable":
                    while select.select([fd], [], [], 0.2)[0]:  # housekeeping, too
                        tracer.take()
                    if expected == b"readable":
                        live()
                    waited = subprocess.run(command, pass_fds=[fd], capture_output=True, check=True)
                    self.assertEqual(waited.stdout, expected, waited.stderr)


class Lookups(OnAMadeHost):
    def test_a_process_is_named_in_many_ways(self):
        tracer = self.open()
        live()
        execution = tracer.take()[2]
        shell = tracer.find(200)
        self.assertEqual((shell.comm, shell.user, shell.exe, shell.creator_pid), ("bash", "4242", "/bin/bash", 100))
        for which in (200, shell, shell.key, tracer.id(200), execution.ancestors[0]):
            self.assertEqual(tracer.find(which), shell)
        self.assertTrue(tracer.find(execution).exited)
        self.assertEqual(tracer.find_started(200, shell.start_ns), shell)
        self.assertEqual(tracer.chain(execution), execution.chain)
        self.assertEqual([link.key for link in tracer.ancestors(execution)], [link.key for link in execution.ancestors])

    def test_the_tree_is_listed(self):
        tracer = self.open()
        host.fork(200, 300)
        host.fork(300, 301)
        host.fork(200, 302)
        host.exit(302, 0)
        tracer.take()
        found = [(process.pid, process.creator_pid, process.comm, process.user) for process in tracer.processes()]
        self.assertEqual(sorted(found),
                         [(1, 0, "init", "root"), (100, 1, "sshd", "root"), (200, 100, "bash", "4242"),
                          (300, 200, "bash", "4242"), (301, 300, "bash", "4242")])
        self.assertEqual(len(tracer.processes(exited=True)), 6)
        self.assertEqual([process.pid for process in tracer.children(200)], [300])
        self.assertEqual([process.pid for process in tracer.children(200, exited=True)], [300, 302])
        self.assertEqual([process.pid for process in tracer.descendants(100)], [200, 300, 301])
        self.assertEqual(tracer.find(301), tracer.descendants(300)[0])
        self.assertTrue(tracer.descends_from(301, 100))
        self.assertFalse(tracer.descends_from(100, 301))
        self.assertTrue(tracer.descends_from_comm(301, "sshd"))
        self.assertEqual(tracer.totals, (3, 0, 1, 0, 0))
        self.assertEqual(tracer.counters()["made"], 4)
        self.assertGreater(tracer.tree_bytes, 0)

    def test_many_are_listed(self):
        for pid in range(1000, 3000):
            host.run(pid, pid // 2 if pid >= 2000 else 200, f"c{pid}")
        tracer = self.open()
        processes = {process.pid: process for process in tracer.processes()}
        self.assertEqual(len(processes), 2003)
        self.assertEqual(processes[2999].comm, "c2999")
        self.assertEqual(processes[2999].creator, processes[1499].key)

    def test_what_is_not_known_is_not_found(self):
        tracer = self.open()
        tracer.take()
        for which in (31337, 0, -1, 2**40, "0123456789abcdef-200-5", "nonsense", "", proctree.Key(200, 5)):
            self.raises(proctree.NotFound, "no such process", tracer.find, which)
            self.raises(proctree.NotFound, "no such process", tracer.chain, which)
            self.raises(LookupError, "no such process", tracer.children, which)
            self.assertIsNone(tracer.get(which))
        self.raises(ValueError, "NUL", tracer.find, "a\0b")
        with self.assertRaises(TypeError):
            tracer.find(None)
        self.assertEqual(tracer.find(200).comm, "bash", "it goes on")

    def test_one_that_ended_is_found(self):
        tracer = self.open()
        live()
        tracer.take()
        self.assertTrue(tracer.find(300).exited)
        self.assertEqual(tracer.chain(300), "300|true|4242;200|bash|4242;100|sshd|root;1|init|root")


class TableOfItsOwn(OnAMadeHost):
    """Kept by records alone, as docs/python.md has it."""

    def follow(self, tracer, table):
        for record in tracer.take():
            match record:
                case proctree.Exit() | proctree.Resynced(resynced="ended") | proctree.Forgotten():
                    table.pop(record.key, None)
                case proctree.Fork() | proctree.Running() | proctree.Exec() | proctree.Resynced():
                    known = table.get(record.key)
                    if known is None or (record.exec_seq or 0) >= known[0]:
                        table[record.key] = (record.exec_seq or 0, record.comm)

    def test_it_equals_the_tree_after_each_of_many_losses(self):
        tracer = self.open(running=True, resynced=True, forgotten=True, exited_max=5)
        table, living, dice = {}, [200], random.Random(21)
        for pid in range(1000, 1300):
            host.fork(dice.choice(living), pid)
            living.append(pid)
            if dice.random() < 0.5:
                host.exec(dice.choice(living), f"c{pid}")
            if dice.random() < 0.4:
                ended = living.pop(dice.randrange(1, len(living)))
                host.exit(ended, 0)
            if dice.random() < 0.7:  # what is not reported, and that something was not
                host.run(pid + 5000, dice.choice(living), f"u{pid}")
                living.append(pid + 5000)
                if len(living) > 3:
                    host.vanish(living.pop(dice.randrange(1, len(living))))
                host.lose(2)
            self.follow(tracer, table)
            tracer.resync()
            self.follow(tracer, table)
            self.assertFalse(tracer.has_gap)
            self.assertEqual({key: comm for key, (_, comm) in table.items()},
                             {process.key: process.comm for process in tracer.processes()}, pid)
        self.assertEqual({key.pid for key in table}, {1, 100, *living})
        self.assertGreaterEqual(tracer.totals.resyncs, 300)

    def test_forgotten_ones_are_reported(self):
        tracer = self.open(forgotten=True, exited_max=5)
        tracer.take()
        for pid in range(1000, 1050):
            live(pid)
        forgotten, until = set(), time.monotonic() + 60
        while len(forgotten) < 45 and time.monotonic() < until:
            forgotten |= {record.pid for record in tracer.take(timeout=1) if isinstance(record, proctree.Forgotten)}
        self.assertLessEqual(forgotten, set(range(1000, 1050)))
        self.assertGreaterEqual(len(forgotten), 45)
        self.assertEqual([pid for pid in forgotten if tracer.get(pid)], [])


class WrongUse(OnAMadeHost):
    def test_a_closed_tracer_raises(self):
        tracer = self.open()
        tracer.close()
        tracer.close()
        tracer.stop()
        for call in (tracer.take, tracer.fileno, tracer.processes, tracer.counters, tracer.resync,
                     lambda: tracer.find(1), lambda: tracer.chain(1), lambda: tracer.poll(print),
                     lambda: tracer.totals):
            error = self.raises(proctree.Closed, "closed", call)
            self.assertIsInstance(error, ValueError)
        self.assertEqual(list(tracer), [])
        self.assertIn("closed", repr(tracer))

    def test_a_stopped_tracer_is_over(self):
        tracer = self.open()
        tracer.stop()
        self.assertEqual(kinds(tracer), ["start", "stop"])
        error = self.raises(proctree.InvalidArgument, "closed", tracer.take)
        self.assertEqual(error.errno, errno.EINVAL)
        self.assertEqual(tracer.find(1).comm, "init")

    def test_options_without_meaning_raise(self):
        self.raises(ValueError, "source", proctree.Tracer, source="dtrace")
        self.raises(ValueError, "ring", proctree.Tracer, ring="round")
        self.raises(TypeError, "comms", proctree.Tracer, comms="bash")
        self.raises(ValueError, "above 0", proctree.Tracer, under_pids=[0])
        self.raises(ValueError, "NUL", proctree.Tracer, users=["a\0b"])
        self.raises(proctree.InvalidArgument, "memory_max", proctree.Tracer, memory_max=5)
        self.raises(OverflowError, "", proctree.Tracer, args_max=2**40)
        self.raises(ValueError, "keep", proctree.Tracer, keep=["everything"])
        self.raises(TypeError, "keep", proctree.Tracer, keep="args")
        self.raises(TypeError, "", proctree.Tracer, args_max="many")
        tracer = self.open()
        self.raises(TypeError, "no callback", tracer.poll, None)
        self.assertEqual(kinds(tracer.take()), ["start"])

    def test_what_the_library_refuses_is_raised_with_its_text(self):
        error = self.raises(PermissionError, "the made host refuses netlink", proctree.Tracer, source="netlink")
        self.assertIsInstance(error, proctree.PermissionDenied)
        self.assertIn("ask it for bpf", str(error))
        self.assertEqual((error.code, error.errno), ("permission", errno.EPERM))
        tracer = self.open()
        self.assertEqual(self.raises(proctree.NotFound, "", tracer.find, 5).code, "not_found")
        self.assertEqual(self.raises(proctree.InvalidArgument, "", tracer.configure, comms=[""]).code,
                         "invalid_argument")
        self.assertEqual(self.raises(proctree.Unsupported, "followable", tracer.follow, 200).code, "unsupported")
        self.assertEqual(kinds(tracer.take()), ["start"], "it goes on")

    def test_a_child_process_can_not_use_it(self):
        tracer = self.open()
        pid = os.fork()
        if pid == 0:
            try:
                tracer.take()
            except proctree.InvalidArgument as error:
                os._exit(0 if "child of the one that opened" in str(error) else 1)
            os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)

    def test_one_that_is_not_closed_is_warned_of_and_freed(self):
        descriptors = len(os.listdir("/proc/self/fd"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tracer = proctree.Tracer(proc_root="/nonexistent")
            gone = weakref.ref(tracer)
            tracer.take()
            del tracer
            gc.collect()
            self.assertEqual([warning.category for warning in caught], [ResourceWarning])
        caught.clear()  # which holds it
        self.assertIsNone(gone())
        self.assertEqual(len(os.listdir("/proc/self/fd")), descriptors)

    def test_one_that_lacks_a_descriptor_leaves_nothing_behind(self):
        """However many there are left for it."""
        descriptors = len(os.listdir("/proc/self/fd"))
        lowest = os.dup(0)
        os.close(lowest)
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limit)
        failed = 0
        with mock.patch("sys.unraisablehook") as unraisable:
            for most in range(lowest, 1024):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, limit[1]))
                try:
                    proctree.Tracer(proc_root="/nonexistent").close()
                    break
                except OSError:
                    failed += 1
                    gc.collect()
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        self.assertGreater(failed, 0)
        unraisable.assert_not_called()
        self.assertEqual(len(os.listdir("/proc/self/fd")), descriptors)


class Memory(OnAMadeHost):
    def grown(self, work):
        """KiB of anonymous memory that `work` added on its second run."""
        def anonymous():
            gc.collect()
            with open("/proc/self/status", encoding="ascii") as status:
                return int(next(line for line in status if line.startswith("RssAnon")).split()[1])
        work()
        before = anonymous()
        work()
        return anonymous() - before

    def test_a_hundred_thousand_records_leave_nothing(self):
        tracer = self.open(exited_max=100)
        tracer.take()

        def iterate():
            host.storm(200, 1000, 17000)
            left = 51000
            for record in tracer:
                record.pid, record.comm, record.exe, record.chain
                left -= 1
                if left == 0:
                    return

        def poll():
            host.storm(200, 1000, 17000)
            self.assertEqual(tracer.poll(lambda record: (record.pid, record.comm)), 51000)

        self.assertLess(self.grown(iterate), 8 * 1024)
        self.assertLess(self.grown(poll), 8 * 1024)


class Help(unittest.TestCase):
    def test_everything_is_described(self):
        for name in proctree.__all__:
            thing = getattr(proctree, name)
            self.assertTrue(thing.__doc__, name)
        for kind in CLASSES.values():
            self.assertIn(kind.__name__, proctree.__all__)
        text = pydoc.plain(pydoc.render_doc(proctree.Tracer))
        for word in ("take", "poll", "find", "chain", "processes", "stop"):
            self.assertIn(word, text)
            self.assertTrue(getattr(proctree.Tracer, word).__doc__, word)


if __name__ == "__main__":
    unittest.main()
