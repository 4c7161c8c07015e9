#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""confine.py UNIT WRITABLE-FOLDER COMMAND…: runs a command as systemd would run it under the unit: as another user
with the unit's ambient and bounding capabilities, no_new_privs, its system call filter (each group as this host's
systemd knows it), address families, limits, and a file system where only the folder can be written.

For where systemd is not pid 1. Each setting of [Service] must be known here: one that is not, and could
confine, is an error and not passed over."""
import ctypes
import os
import pwd
import resource
import socket
import subprocess
import sys

import seccomp

# Says nothing of what the process may do, or is done below in another way (User: nobody, whom every host has).
NOT_LIMITS = {"Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "WatchdogSec", "TimeoutStopSec",
              "OOMScoreAdjust", "User", "Group", "LogsDirectory", "LogsDirectoryMode",
              "StateDirectory", "StateDirectoryMode", "UMask", "KeyringMode"}
# Of cgroups, and of what the namespaces and the filter below take away too.
ELSEWHERE = {"MemoryMax", "TasksMax", "IPAddressDeny"}
# Each is a further filter of systemd's own on system calls, made below by what is named here.
MORE_FILTERS = {
    "ProtectClock": ["@clock"],
    "ProtectHostname": ["sethostname", "setdomainname"],
    "ProtectKernelLogs": ["syslog"],
    "ProtectKernelModules": ["@module"],
    "PrivateDevices": ["@raw-io"],
    "RestrictNamespaces": ["unshare", "setns"],
    "RestrictRealtime": ["sched_setscheduler", "sched_setattr"],
    "LockPersonality": ["personality"],
}
MOUNTS = {"ProtectSystem", "ProtectHome", "PrivateTmp", "ProtectControlGroups", "ProtectKernelTunables",
          "PrivateNetwork", "PrivateIPC"}
DONE = {"AmbientCapabilities", "CapabilityBoundingSet", "NoNewPrivileges", "SystemCallFilter",
        "SystemCallErrorNumber", "SystemCallArchitectures", "RestrictAddressFamilies", "MemoryDenyWriteExecute",
        "RestrictSUIDSGID", "LimitNOFILE", "LimitMEMLOCK", "LimitCORE"}
PR_SET_NO_NEW_PRIVS = 38


def settings(path):
    """The [Service] section: each name with its values in order."""
    found, section = {}, None
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    unknown = set(found) - NOT_LIMITS - ELSEWHERE - MORE_FILTERS.keys() - MOUNTS - DONE
    if unknown:
        sys.exit(f"confine.py: {path} has what this cannot do: {' '.join(sorted(unknown))}")
    return found


def system_calls(names):
    """Groups taken apart."""
    calls = set()
    for name in names:
        if not name.startswith("@"):
            calls.add(name)
            continue
        text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True)
        lines = [line.strip() for line in text.stdout.splitlines()[1:]]
        calls |= system_calls([line for line in lines if line and not line.startswith("#")])
    return calls


def allowed_calls(unit):
    """The unit's list, whose later lines take away (~) or add."""
    calls = set()
    for i, value in enumerate(unit["SystemCallFilter"]):
        taken = value.startswith("~")
        named = system_calls(value.lstrip("~").split())
        calls = calls - named if taken else calls | named if i else named | system_calls(["@default"])
    for name, more in MORE_FILTERS.items():
        if name in unit:
            calls -= system_calls(more)
    return calls


def filter_calls(unit):
    refuse = seccomp.ERRNO(1)  # EPERM, as SystemCallErrorNumber says
    found = seccomp.SyscallFilter(refuse)
    word = ctypes.c_ulong(-1).value
    for call in allowed_calls(unit):
        try:
            if call == "socket":
                for family in unit["RestrictAddressFamilies"][0].split():
                    found.add_rule(seccomp.ALLOW, call, seccomp.Arg(0, seccomp.EQ, getattr(socket, family).value))
            elif call == "mmap":  # MemoryDenyWriteExecute
                for protection in (0, 1, 2, 3, 4, 5):  # PROT_WRITE is 2, PROT_EXEC 4
                    found.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, word, protection))
            elif call in ("mprotect", "pkey_mprotect"):
                found.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, 4, 0))
            elif call in ("chmod", "fchmod", "fchmodat", "mknod", "mknodat"):  # RestrictSUIDSGID
                where = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "mknod": 1, "mknodat": 2}[call]
                found.add_rule(seccomp.ALLOW, call, seccomp.Arg(where, seccomp.MASKED_EQ, 0o6000, 0))
            else:
                found.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, OSError):
            continue  # not on this architecture: no rule, so refused
    found.load()


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def confine_files(folder):
    """In a mount namespace of our own: all read-only but the folder, as ProtectSystem=strict."""
    mount("--make-rprivate", "/")
    mount("--bind", folder, folder)
    for point in reversed([line.split()[4] for line in open("/proc/self/mountinfo", encoding="utf-8")]):
        if point != folder and os.path.isdir(point) and not point.startswith("/dev"):
            mount("-o", "remount,bind,ro", point)
    for home in ("/home", "/root"):
        if not folder.startswith(home):
            mount("-t", "tmpfs", "-o", "mode=000,ro", "none", home)


def main():
    if sys.argv[1] == "--inside":
        unit = settings(sys.argv[2])
        for name in ("LimitNOFILE", "LimitMEMLOCK", "LimitCORE"):
            value = unit[name][0]
            limit = resource.RLIM_INFINITY if value == "infinity" else int(value)
            kind = getattr(resource, "RLIMIT_" + name.removeprefix("Limit"))
            hard = resource.getrlimit(kind)[1]
            if hard != resource.RLIM_INFINITY and (limit == resource.RLIM_INFINITY or limit > hard):
                limit = hard  # this host gives no more
            resource.setrlimit(kind, (limit, limit))
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            sys.exit("confine.py: no_new_privs cannot be set")
        filter_calls(unit)
        os.execv(sys.argv[3], sys.argv[3:])
    if sys.argv[1] == "--outside":
        unit, folder, command = settings(sys.argv[2]), sys.argv[3], sys.argv[4:]
        confine_files(folder)
        nobody = pwd.getpwnam("nobody")
        ambient = ["+" + name.removeprefix("CAP_").lower() for name in unit["AmbientCapabilities"][0].split()]
        bounding = ["+" + name.removeprefix("CAP_").lower() for name in unit["CapabilityBoundingSet"][0].split()]
        os.execvp("setpriv", [
            "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
            "--inh-caps=-all," + ",".join(ambient), "--ambient-caps=-all," + ",".join(ambient),
            "--bounding-set=-all," + ",".join(bounding), sys.executable, __file__, "--inside", sys.argv[2], *command])
    unit, folder, command = os.path.abspath(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:]
    namespaces = {"PrivateNetwork": "--net", "PrivateIPC": "--ipc", "ProtectHostname": "--uts"}
    private = [option for name, option in namespaces.items() if settings(unit).get(name) == ["yes"]]
    os.execvp("unshare", ["unshare", "--mount", *private, sys.executable, __file__, "--outside", unit,
                          folder, *command])


main()
