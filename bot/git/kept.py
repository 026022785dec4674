"""What commands keep for the next one in the git folder: it can be lost, and is never believed blindly.

In: a name and bytes. Out: the same bytes, or nothing. A file that is damaged, half written or another's is
as good as none, and so is a folder that nobody may write to. Files are replaced at once, so that any number
of writers and readers get along; only so many stay.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO, NamedTuple
from zlib import crc32

_FOLDER = "calibration-bot"
_MOST = 48
"""Files that stay; beyond that the oldest go."""
_FIRST = b"calibration-bot keeps this; it can be deleted\n"


class Kept(NamedTuple):
    """One repository's folder of kept files."""

    folder: str
    secret: bytes = b""
    """Where there is one, only who knows it has anything believed that is read here."""

    @classmethod
    def inside(cls, common: str) -> Kept:
        """Of the repository with this git folder, the one all its work trees share."""
        return cls(os.path.join(common, _FOLDER))

    def read(self, name: str) -> bytes | None:
        """What was kept under a name, None for nothing that can be trusted."""
        try:
            with open_kept(os.path.join(self.folder, name)) as file:
                data = file.read()
        except OSError:
            return None
        size = len(self._start(name, b""))
        body = data[size:]
        return body if data[:size] == self._start(name, body) else None

    def write(self, name: str, data: bytes) -> bool:
        """Keep bytes under a name; whether that worked. Never raises: what is not kept is found anew."""
        return self.store(name, self._start(name, data) + data)

    def store(self, name: str, data: bytes) -> bool:
        """As `write`, for a file that says by itself whether it is whole."""
        path = os.path.join(self.folder, name)
        part = f"{path}.{os.urandom(6).hex()}.part"
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(part, "xb") as file:
                file.write(data)
            os.replace(part, path)
        except OSError:
            _remove(part)
            return False
        self._tidy(name)
        return True

    def drop(self, prefix: str, but: Collection[str]) -> None:
        """Keep of the files whose names begin so only those."""
        with suppress(OSError):
            for name in os.listdir(self.folder):
                if name.startswith(prefix) and name not in but:
                    _remove(os.path.join(self.folder, name))

    def _start(self, name: str, body: bytes) -> bytes:
        """What stands before some bytes that are kept: says whether they are whole, and ours."""
        if not self.secret:
            return _FIRST + crc32(body, crc32(name.encode())).to_bytes(4, "big")
        import hmac  # which takes a while to load

        return _FIRST + hmac.digest(self.secret, name.encode() + b"\0" + body, "sha256")

    def _tidy(self, new: str) -> None:
        try:
            names = os.listdir(self.folder)
            if len(names) <= _MOST:
                return
            paths = [os.path.join(self.folder, name) for name in names if name != new]
            ages = sorted((os.stat(path).st_mtime, path) for path in paths)
        except OSError:  # somebody else tidies
            return
        for _, path in ages[: len(names) - _MOST // 2]:
            _remove(path)


def open_kept(path: str) -> BinaryIO:
    """A kept file, to be read. Raises OSError also for a pipe, a device or a link, which may never end."""
    file = open(path, "rb", opener=_at_once)  # noqa: SIM115 - the caller's
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file", path)


def _at_once(path: str, flags: int) -> int:
    """Windows has neither flag, nor what they are against."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
