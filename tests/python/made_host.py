# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""The host that made_host.cc makes: functions of the library that the tests' loader finds first."""
import ctypes

_library = ctypes.CDLL("libproctree.so.2")
_library.made_lose.argtypes = [ctypes.c_uint64]
_library.made_exec.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t,
                               ctypes.c_char_p, ctypes.c_size_t]

fork = _library.made_fork
exit = _library.made_exit
vanish = _library.made_vanish
lose = _library.made_lose
storm = _library.made_storm


def run(pid, parent, comm, exe="/bin/sh", uid=0):
    _library.made_run(pid, parent, comm.encode(), exe.encode(), uid)


def _joined(strings):
    return b"".join(string.encode("utf-8", "surrogateescape") + b"\0" for string in strings)


def exec(pid, *args, exe=None, env=()):
    exe = exe or f"/bin/{args[0]}"
    joined, variables = _joined(args), _joined(env)
    _library.made_exec(pid, args[0].encode("utf-8", "surrogateescape")[:15], exe.encode(), joined, len(joined),
                       variables, len(variables))


def fail(pid, error, filename):
    _library.made_fail(pid, error, filename.encode())


def contain(pid, cgroup):
    _library.made_contain(pid, cgroup.encode())


def reset():
    """init(1), sshd(100) and a shell of it (200), and below that what a test makes."""
    _library.made_reset()
    run(1, 0, "init", "/sbin/init")
    run(100, 1, "sshd", "/usr/sbin/sshd")
    run(200, 100, "bash", "/bin/bash", 4242)
