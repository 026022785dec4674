"""Paths from the top of the repository, and the one matcher of the globs that name some of them.

A glob of the policy: `*`, `?`, `[…]` stay within one folder, `**` crosses folders. It is matched with a path,
or walked along: through the trees of a commit or the folders of a disk. One that ends in `.jsonl` means the
same file packed as well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, TypeVar

from bot.errors import UsageError

if TYPE_CHECKING:  # `model` needs this module, and starts without what it does not use
    from pathlib import Path

ANY_DEPTH = "**"
SMALL = 2**18
"""Bytes up to which log files are put together with others."""
_LOG_LIKE = "*[jJpP][sSaA][oOrR][nNqQ]*"
"""File names that look like logs, and few others: `Tokens.JSONL`, `rework.json.bz2`, `usage.parquet`."""
LINES = ".jsonl"
PARQUET = ".parquet"
PACKINGS = (".jsonl.gz", ".jsonl.zst", PARQUET)
"""Ends of names of packed logs; what they hold is read as if it were lines."""
_YOUNG = 60
"""Seconds for which a part of a file may be one that is being written."""
T = TypeVar("T")


class Slice(NamedTuple):
    """A piece of a file that holds several: opening thousands of files costs more than reading them."""

    file: BinaryIO
    """Open as long as somebody may read."""
    start: int
    """Byte of the file it starts at."""
    length: int
    """Bytes."""


class LogFile(NamedTuple):
    """One log file, laid out where it can be read at once."""

    path: str
    """Its path as the user knows it, relative to the repository. Hostile: escape before printing."""
    stored: Path
    """The file its bytes are in now. Our own name, without special characters, or the work tree's."""
    part: Slice | None = None
    """Which of that file's bytes; None for all."""
    place: int = 0
    """Which of the places read together it came from, in the order they are read."""
    unpacked: bool = False
    """Whether it holds plain lines, whatever its path says."""

    @property
    def packing(self) -> str | None:
        """How its rows are packed, one of `PACKINGS`; None for plain lines."""
        return None if self.unpacked else packing_of(self.path)

    @property
    def size(self) -> int:
        """Its bytes, packed as they are. Raises OSError."""
        return self.part.length if self.part else self.stored.stat().st_size

    def open(self) -> BinaryIO:
        """Its bytes, from the start. Raises OSError for a file that cannot be read."""
        if self.part is None:
            return open(self.stored, "rb")  # the caller closes it
        self.part.file.seek(self.part.start)
        return BytesIO(self.part.file.read(self.part.length))

    def content(self) -> bytes:
        """All its bytes. Raises OSError as `open`."""
        with self.open() as file:
            return file.read()


def packing_of(path: str) -> str | None:
    """How a file is packed by its name, one of `PACKINGS`; None for one that holds plain lines."""
    return next((end for end in PACKINGS if path.endswith(end)), None)


def parts(path: str) -> tuple[str, ...]:
    """A path or glob folder by folder; empty parts and `.` mean nothing and go."""
    return tuple(part for part in path.split("/") if part not in ("", "."))


def normal(path: str) -> str:
    """The one spelling of a file's path: from the top of the repository, `./a//b` as `a/b`.

    Raises UsageError for an absolute path, one with `..` and one that names nothing: where `..` leads
    depends on links, and a commit is read without following any.
    """
    named = parts(path)
    if path.startswith("/") or ".." in named or not named:
        raise UsageError(f"{path!r} must be a path inside the repository, from its top")
    return "/".join(named)


def fixed_folder(glob: str) -> str:
    """The folder at the start of a glob that holds no wild card, `""` for the top of the repository."""
    fixed: list[str] = []
    for part in parts(glob)[:-1]:
        if any(character in part for character in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed)


def stem_of(path: str) -> str:
    """The name of a file, without its ending: `testing` of `.github/agents/testing.agent.md`."""
    return path.rpartition("/")[2].split(".")[0]


def matches(glob: str, path: str) -> bool:
    """Whether a path of a file, from the top of the repository, is one the glob means."""
    return _match(parts(glob), path.split("/"))


def _match(pattern: Sequence[str], names: Sequence[str]) -> bool:
    if not pattern or not names:
        return not pattern and not names
    first, rest = pattern[0], pattern[1:]
    if first == ANY_DEPTH:
        return _match(rest, names) or (_match(pattern, names[1:]) or (not rest and len(names) == 1))
    return _is_meant(names[0], first, last=not rest) and _match(rest, names[1:])


def _is_meant(name: str, pattern: str, *, last: bool) -> bool:
    """Whether a part of a glob means a name; its last part means packed files too."""
    if last and pattern.endswith(LINES):
        end = packing_of(name) or LINES
        return name.endswith(end) and fnmatchcase(name.removesuffix(end), pattern[: -len(LINES)])
    return fnmatchcase(name, pattern)


class Places(Protocol[T]):
    """Where a walk goes: the trees of a commit, or the folders of a disk."""

    def inside(self, folder: T) -> Iterable[tuple[str, T]]:
        """What stands in a folder, by name."""
        ...

    def enters(self, item: T, *, named: bool) -> bool:
        """Whether the walk goes on inside; `named`: the pattern names it, and no `**` passes it by."""
        ...

    def in_the_way(self, item: T) -> bool:
        """Whether it stands where the pattern means a folder, and hides what should be found there."""
        ...


def walk(
    places: Places[T], folder: T, pattern: Sequence[str], above: str = ""
) -> Iterator[tuple[str, T]]:
    """All that the parts of a glob mean below a folder, with its path; some of it twice."""
    first, rest = pattern[0], pattern[1:]
    deep = first == ANY_DEPTH
    if deep and rest:
        yield from walk(places, folder, rest, above)
    for name, item in places.inside(folder):
        if not deep and not _is_meant(name, first, last=not rest):
            continue
        path = f"{above}{name}"
        if (deep or rest) and places.enters(item, named=not deep):
            yield from walk(places, item, pattern if deep else rest, f"{path}/")
        elif not rest or (not deep and places.in_the_way(item)):
            yield path, item


class Folders:
    """Folders of the disk. `**` enters no link, which may lead back to where it stands."""

    def inside(self, folder: str | os.DirEntry[str]) -> list[tuple[str, os.DirEntry[str]]]:
        """What cannot be listed is empty."""
        try:
            with os.scandir(folder) as items:
                return [(item.name, item) for item in items]
        except OSError:
            return []

    def enters(self, item: str | os.DirEntry[str], *, named: bool) -> bool:
        """Folders, and links to folders that are named."""
        return isinstance(item, str) or item.is_dir(follow_symlinks=named)

    def in_the_way(self, item: str | os.DirEntry[str]) -> bool:
        """Never: of what no folder is, a work tree holds a lot."""
        return False


def files_below(top: str, glob: str) -> list[str]:
    """Paths from the folder `top` of the disk that a glob means, folder by folder in order.

    A folder with the name of a file is among them: whoever opens it says so.
    """
    start: str | os.DirEntry[str] = top
    found = {path for path, _ in walk(Folders(), start, parts(glob) or ("",))}
    return sorted(found, key=lambda path: path.split("/"))


def strays_of(globs: Collection[str], paths: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Files in the folders of the globs that look like logs, and that none of the globs means, sorted.

    `paths` finds those that a glob means. A glob without a folder of its own says nothing of its neighbours,
    and hidden files are nobody's logs.
    """
    folders = {fixed_folder(glob) for glob in globs} - {""}
    found = {path for folder in folders for path in paths(f"{folder}/{ANY_DEPTH}/{_LOG_LIKE}")}
    shown = {path for path in found if "/." not in path.removeprefix(".")}
    return tuple(sorted(path for path in shown if not any(matches(glob, path) for glob in globs)))


def leads_inside(path: str, root: str) -> bool:
    """Whether a path of the disk ends in the folder `root` (its real path) once its links are followed."""
    real = os.path.realpath(path)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def through_a_link(top: str, glob: str, path: str) -> bool:
    """Whether a link stands on the way to what a glob means, below the folder that the glob names itself.

    What a link of one week's folder leads to is read in its own place; read twice it would count twice.
    """
    fixed, folders = len(parts(fixed_folder(glob))), path.split("/")[:-1]
    ways = ("/".join((top, *folders[:depth])) for depth in range(fixed + 1, len(folders) + 1))
    return any(map(os.path.islink, ways))


def is_folder(path: str | Path) -> bool:
    """Whether a path of the disk is a folder; no error for one that is too long or that we may not see."""
    return os.path.isdir(path)  # `Path.is_dir` raises for these


def is_file(path: str | Path) -> bool:
    """Whether a path of the disk is a regular file, as `is_folder`."""
    return os.path.isfile(path)


def write_whole(path: str, content: bytes) -> None:
    """Put new bytes in a file's place at once, whoever reads it meanwhile; its permissions stay.

    Raises OSError, and then the file is as it was.
    """
    for left in parts_beside(
        path
    ):  # by somebody who was killed; a young one may be about to be moved
        with suppress(OSError):
            if time.time() - os.lstat(left).st_mtime > _YOUNG:
                os.unlink(left)
    part = written_beside(path, content)
    try:
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def parts_beside(path: str) -> list[str]:
    """What `written_beside` has made next to `path` and nobody has moved yet. Raises OSError."""
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        return []
    ours = (file for file in os.listdir(folder) if file.startswith(f".{name[:200]}."))
    return [os.path.join(folder, file) for file in ours if file.endswith(".part")]


def written_beside(path: str, content: bytes) -> str:
    """A new file next to `path`, with these bytes and its permissions; its own path, to be moved from there.

    Raises OSError, and then there is none.
    """
    import shutil  # heavy for those that only read

    folder, name = os.path.split(path)
    part = os.path.join(folder, f".{name[:200]}.{os.urandom(4).hex()}.part")
    os.makedirs(folder, exist_ok=True)
    try:
        with open(part, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, part)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return part
