# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Sessions as people and runtimes make them, for tests that look at what is written of them: one of ssh, one of a container.
Both take root."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time


def has(*programs):
    return all(shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") for program in programs)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


# Pipes, background jobs, another user's rights, a script whose parents ended before their children.
SESSION = """set -m
ls / | sort | head -n 1
sleep 0.3 &
(ls / | cat) &
{sudo}
bash {folder}/orphans.sh
for i in 1 2 3; do sh -c 'ls /; true'; done
wait
sleep 0.5
"""
ORPHANS = "( ( sleep 0.2; ls /; sh -c 'cat /dev/null; true' ) & )\n"


class SshServer:
    """Of this test alone, on a free port of the loopback; session() runs SESSION in a terminal through it."""

    def __init__(self, folder):
        self.folder = folder
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        (folder / "session.sh").write_text(SESSION.format(folder=folder, sudo="sudo -n ls /" if has("sudo") else "true"))
        (folder / "orphans.sh").write_text(ORPHANS)
        (folder / "keys").write_text((folder / "user.pub").read_text())
        (folder / "keys").chmod(0o600)
        (folder / "config").write_text(f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/keys\nStrictModes no\n"
                                       "PermitRootLogin yes\nUsePAM no\nPidFile none\n")
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)

    def __enter__(self):
        self.port = free_port()
        self.server = subprocess.Popen([shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-f", self.folder / "config", "-p",
                                        str(self.port), "-o", "ListenAddress=127.0.0.1"], stderr=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        return self

    def session(self):
        subprocess.run(["ssh", "-tt", "-p", str(self.port), "-i", self.folder / "user", "-o", "IdentitiesOnly=yes", "-F", "none",
                        "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known", "-o", "BatchMode=yes",
                        "root@127.0.0.1", f"bash {self.folder}/session.sh"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=120)

    def __exit__(self, *ignored):
        self.server.terminate()
        self.server.wait()


def container_session(folder):
    """One of runc or crun; False: neither runs here."""
    root = folder / "bundle/rootfs"
    for part in ("proc", "usr", "dev"):
        (root / part).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "lib", "lib64", "sbin"):
        if not (root / link).is_symlink():
            (root / link).symlink_to("usr/" + link)
    (folder / "bundle/config.json").write_text(json.dumps({
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "env": ["PATH=/usr/bin"], "cwd": "/",
                    "args": ["/usr/bin/sh", "-c", "ls / | cat; ls / & wait; true"]},
        "root": {"path": "rootfs", "readonly": True},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]}],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]}}))
    for runtime, options in (("runc", []), ("crun", ["--cgroup-manager", "disabled"])):
        if not has(runtime):
            continue
        done = subprocess.run([runtime, "--root", folder / runtime, *options, "run", "--bundle", folder / "bundle",
                               f"proctree-session-{runtime}-{os.getpid()}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, timeout=60)
        if done.returncode == 0:
            return True
        print(f"no container by {runtime}:", done.stderr.decode()[-200:].strip())
    return False
