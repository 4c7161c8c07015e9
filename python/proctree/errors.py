# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What goes wrong, with the library's own text: the reason and, mostly, a remedy."""
import os


class Error(OSError):
    """A call of the library failed. `errno` is the system's number, `strerror` the reason and what to do about it."""

    code = "io"
    """The library's name for the kind: "invalid_argument", "not_found", "permission", "unsupported", "io", "no_memory"
    or "corrupt"."""

    def __str__(self) -> str:
        return str(self.strerror)


class InvalidArgument(Error, ValueError):
    """Wrong use (EINVAL): an option without meaning, a call from within a callback, a tracer of another process."""

    code = "invalid_argument"


class Closed(InvalidArgument):
    """The tracer was closed: nothing can be asked of it."""


class Expired(InvalidArgument):
    """The record was that of a callback that has returned; `Record.copy()` keeps one."""


class NotFound(Error, LookupError):
    """No such process is known (ENOENT): it never ran here, or it ended long ago and is forgotten."""

    code = "not_found"


class PermissionDenied(Error, PermissionError):
    """A capability is missing (EPERM, EACCES)."""

    code = "permission"


class Unsupported(Error):
    """The kernel, or this build of the library, lacks something (ENOTSUP)."""

    code = "unsupported"


_CLASSES = {kind.code: kind for kind in (InvalidArgument, NotFound, PermissionDenied, Unsupported)}


def error(number: int, text: str, code: str) -> Error:
    """Of a negative or positive errno."""
    number = abs(number)
    failure = _CLASSES.get(code, Error)(number, text or os.strerror(number))
    failure.code = code
    return failure
