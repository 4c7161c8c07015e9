# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What goes wrong, with the library's own text: the reason and, mostly, a remedy."""
import errno
import os


class Error(OSError):
    """A call of the library failed. `errno` is its code, `strerror` the reason and what to do about it."""

    def __str__(self) -> str:
        return str(self.strerror)


class InvalidArgument(Error, ValueError):
    """Wrong use (EINVAL): an option without meaning, a call from within a callback, a tracer of another process."""


class Closed(InvalidArgument):
    """The tracer was closed: nothing can be asked of it."""


class Expired(InvalidArgument):
    """The record was that of a callback that has returned; `Record.copy()` keeps one."""


class NotFound(Error, LookupError):
    """No such process is known (ENOENT): it never ran here, or it ended long ago and is forgotten."""


class PermissionDenied(Error, PermissionError):
    """A capability is missing (EPERM, EACCES)."""


class Unsupported(Error):
    """The kernel, or this build of the library, lacks something (ENOTSUP)."""


_CLASSES = {
    errno.EINVAL: InvalidArgument,
    errno.ENOENT: NotFound,
    errno.EPERM: PermissionDenied,
    errno.EACCES: PermissionDenied,
    errno.ENOTSUP: Unsupported,
}


def error(code: int, text: str) -> Error:
    """Of a negative or positive errno."""
    code = abs(code)
    return _CLASSES.get(code, Error)(code, text or os.strerror(code))
