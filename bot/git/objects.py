"""Reading commits without a work tree: one object reader answers for trees, files and whole sets of logs.

In: a commit and a path or glob. Out: exact bytes. Trees are walked here, so that a path may hold any
character and a link anywhere on the way is seen instead of followed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import BinaryIO

from bot.errors import BotError, InvalidInput, Problem
from bot.git.dates import commit_time
from bot.git.process import Talk
from bot.paths import PARQUET, SMALL, LogFile, Slice, parts, walk

SIZE_LIMIT = 1024 * 1024
"""Bytes a policy or a table may have."""

_TREE, _LINK = "40000", "120000"
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", _TREE: "a folder"}
_FILE = "100644"
_FORMATS = {0o040000: _TREE, 0o100000: _FILE, 0o120000: "120000"}
_CHUNK = 1024 * 1024
_AHEAD = 256
"""Objects asked for at once: the requests fit any pipe, so that nobody waits for the other."""
_NO_NAMES = (b"", b".", b"..")
_NOT_HERE = (b" missing\n", b" ambiguous\n")


@dataclass(frozen=True)
class Entry:
    """One line of a tree."""

    mode: str
    """As git writes it: `100644`, `100755`, `120000` (link), `160000` (submodule), `40000` (folder)."""
    sha: str

    @property
    def regular(self) -> bool:
        """Whether it is a plain file."""
        return self.mode.startswith("100")


class DamagedTree(BotError):
    """A folder that no git writes, and that two gits may read differently."""


@cache
def _canonical(mode: bytes) -> str:
    """A mode as git understands it, however it is written: anything strange is a submodule to it."""
    bits = int(mode, 8)
    kind = _FORMATS.get(bits & 0o170000, "160000")
    return "100755" if kind == _FILE and bits & 0o100 else kind


class Objects:
    """Everything that can be read of a commit, through one running `git cat-file --batch-command`."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._joints: list[BinaryIO] = []
        self._sha_length = 20  # bytes; every answer says it anew
        self._kept = lru_cache(maxsize=8)(self._tree)

    def close(self) -> None:
        """No file of `export` is read any more."""
        for joint in self._joints:
            with suppress(OSError):  # a full disk was said where it was written
                joint.close()

    def has(self, sha: str) -> bool:
        """Whether an object is here."""
        return self._info(sha) is not None

    def committed(self, commit: str) -> int:
        """Committer time of a commit, seconds since the epoch."""
        header, _, _ = b"".join(self._contents(commit)).partition(b"\n\n")
        line = next((line for line in header.split(b"\n") if line.startswith(b"committer ")), b"")
        date, *_ = [*line.rpartition(b">")[2].split(), b""]
        return commit_time(date.decode("ascii", "replace"))

    def read(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file at a commit (or tree), None if there is no such file.

        Raises InvalidInput for a link, a submodule, a folder and a file above the size limit.
        """
        found = self.entry(commit, path)
        if found is None:
            return None
        if not found.regular:
            raise InvalidInput([_not_a_file(path, found)])
        size = self.size(found.sha)
        if size > SIZE_LIMIT:
            said = f"has {size:,} bytes, more than the limit of {SIZE_LIMIT:,}; make it smaller"
            raise InvalidInput([Problem(path, said)])
        return b"".join(self._contents(found.sha))

    def plain(self, commit: str, path: str) -> Entry | None:
        """The regular file at a path, None for anything else."""
        try:
            found = self.entry(commit, path)
        except InvalidInput:
            return None
        return found if found is not None and found.regular else None

    def read_plain(self, commit: str, path: str) -> bytes | None:
        """As `read`, but None for whatever `read` refuses: for files nobody is asked to put right."""
        found = self.plain(commit, path)
        fits = found is not None and self.size(found.sha) <= SIZE_LIMIT
        return self.blob(found.sha) if found is not None and fits else None

    def size(self, sha: str) -> int:
        """Bytes of an object."""
        return _found(sha, self._info(sha))[1]

    def blob(self, sha: str) -> bytes:
        """The bytes of one blob."""
        return b"".join(self._contents(sha))

    def entry(self, commit: str, path: str) -> Entry | None:
        """What stands at a path, None for nothing. Raises InvalidInput for a link or submodule on the way."""
        found = Entry(_TREE, f"{commit}^{{tree}}")
        walked: list[str] = []
        for part in path.split("/"):
            if found.mode != _TREE:
                if found.regular:
                    return None
                raise InvalidInput([_not_a_file("/".join(walked), found)])
            below = self._tree(found.sha).get(part)
            if below is None:
                return None
            found = below
            walked.append(part)
        return found

    def entries(self, tree: str) -> Mapping[str, Entry]:
        """What stands in one tree, by name; `COMMIT^{tree}` is a commit's top. Asked again, known."""
        return self._kept(tree)

    def paths(self, commit: str, glob: str, *, links: bool = False) -> list[str]:
        """Paths of a commit's regular files that a glob matches; with symbolic links, if asked for."""
        top = Entry(_TREE, f"{commit}^{{tree}}")
        return [
            path
            for path, item in walk(self, top, parts(glob))
            if item.regular or (links and item.mode == _LINK)
        ]

    def listed(self, commit: str, glob: str) -> tuple[tuple[str, str], ...]:
        """Files of a commit that a glob matches, by path, each with its blob.

        Raises InvalidInput listing every match that is no regular file.
        """
        top = Entry(_TREE, f"{commit}^{{tree}}")
        meant = dict(walk(self, top, parts(glob) or ("",)))
        found = sorted((path, item) for path, item in meant.items() if item.mode != _TREE)
        wrong = [_not_a_file(path, item) for path, item in found if not item.regular]
        if wrong:
            raise InvalidInput(wrong)
        return tuple((path, item.sha) for path, item in found)

    def export(self, files: Sequence[tuple[str, str]], folder: Path) -> tuple[LogFile, ...]:
        """Files that were `listed`, in `folder` under our own names until `close`."""
        folder.mkdir(exist_ok=True)
        return tuple(self._stored(files, folder))

    def _stored(self, blobs: Sequence[tuple[str, str]], folder: Path) -> Iterator[LogFile]:
        """Blobs in files of their own, small ones but Parquet together in one.

        Many are asked for before the first answer is read: waiting would cost most.
        """
        names = (
            folder / f"{number:06}.jsonl"
            for number in itertools.count(sum(1 for _ in folder.iterdir()))
        )
        small = next(names)
        joint = small.open("x+b")
        self._joints.append(joint)
        for start in range(0, len(blobs), _AHEAD):
            asked = blobs[start : start + _AHEAD]
            self._send(*(f"contents {sha}" for _, sha in asked))
            for path, sha in asked:
                _, length = _found(sha, self._answer())
                if length > SMALL or path.endswith(PARQUET):
                    own = next(names)
                    with own.open("xb") as file:
                        file.writelines(self._content(length))
                    yield LogFile(path, own)
                else:
                    part = Slice(joint, joint.tell(), length)
                    joint.writelines(self._content(length))
                    yield LogFile(path, small, part)

    def inside(self, folder: Entry) -> Iterable[tuple[str, Entry]]:
        """What stands in a tree, by name."""
        return self._tree(folder.sha).items()

    def enters(self, item: Entry, *, named: bool) -> bool:
        """Whether it is a tree."""
        return item.mode == _TREE

    def in_the_way(self, item: Entry) -> bool:
        """A link or a submodule where a folder is meant hides logs: reported, not passed over."""
        return item.mode != _TREE and not item.regular

    def _tree(self, name: str) -> Mapping[str, Entry]:
        data = b"".join(self._contents(name))
        try:
            return self._listed(data)
        except ValueError as err:
            said = "run `git fsck`, and have that folder written anew"
            raise DamagedTree(
                f"a folder of the repository is no folder to git: {err}; {said}"
            ) from err

    def _listed(self, data: bytes) -> Mapping[str, Entry]:
        """The entries of a tree. Raises ValueError for what no git writes, and two may read differently."""
        found: dict[str, Entry] = {}
        names: set[bytes] = set()
        at, length = 0, self._sha_length
        while at < len(data):
            space = data.index(b" ", at)
            end = data.index(b"\0", space)
            # Shown to people and matched, never handed back to git: odd bytes may be spelled out.
            raw = data[space + 1 : end]
            path = raw.decode("utf-8", "backslashreplace")
            sha = data[end + 1 : end + 1 + length].hex()
            if raw in names:
                raise ValueError(f"it lists {path!r} twice")
            if raw in _NO_NAMES or b"/" in raw:
                raise ValueError(f"it lists {path!r}, which is no name")
            names.add(raw)
            found[path] = Entry(_canonical(data[at:space]), sha)
            at = end + 1 + length
        return found

    def _contents(self, name: str) -> Iterator[bytes]:
        self._send(f"contents {name}")
        return self._content(_found(name, self._answer())[1])

    def _content(self, left: int) -> Iterator[bytes]:
        """The bytes that come next, so many."""
        while left:
            chunk = self._talk.stdout.read(min(left, _CHUNK))
            if not chunk:
                raise self._stopped()
            left -= len(chunk)
            yield chunk
        if self._talk.stdout.read(1) != b"\n":
            raise self._stopped()

    def _info(self, name: str) -> tuple[str, int] | None:
        self._send(f"info {name}")
        return self._answer()

    def _answer(self) -> tuple[str, int] | None:
        """Kind and size of the next object asked for; None if it is not here."""
        line = self._talk.stdout.readline()
        if line.endswith(_NOT_HERE):
            return None
        answer = line.split()
        if len(answer) != 3 or not line.endswith(b"\n"):
            raise self._stopped()
        sha, kind, size = answer
        self._sha_length = len(sha) // 2
        return kind.decode("ascii"), int(size)

    def _send(self, *requests: str) -> None:
        try:
            self._talk.stdin.write("".join(f"{request}\n" for request in requests).encode())
            self._talk.stdin.flush()
        except OSError as err:  # a closed pipe of ours is not the reader of our output going away
            raise self._stopped() from err

    def _stopped(self) -> BotError:
        said = self._talk.last_words()
        return BotError(
            f"git stopped while an object was read ({said}); run `git fsck`, then run again"
        )


def _found(name: str, answer: tuple[str, int] | None) -> tuple[str, int]:
    if answer is None:
        said = "the repository lacks objects: run `git fetch`, then run again"
        raise BotError(f"git cannot read {name}; {said}")
    return answer


def _not_a_file(path: str, found: Entry) -> Problem:
    kind = _KINDS.get(found.mode, "no regular file")
    return Problem(path, f"is {kind}; make it a regular file of this repository")
