"""Names that are one and the same on some file systems and two on others. Pure.

In: names as a git tree has them. Out: whether one may be taken for another, by folding case and Unicode as
macOS and Windows do, and by what git itself forbids for `.git`: ignorable characters, trailing dots and
spaces, streams, short names and backslashes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from bot.git.objects import Entry

_FOLDER = "40000"
_SHORT = re.compile(r"([^~]{1,7})~([1-9][0-9]*)(?:\.(.{0,3}))?")
"""Name of eight characters and three that Windows gives to every longer one: `OVERRI~1.TOM`."""
_HASHED = re.compile(r"[0-9a-f]{4}")
"""What it puts after the first two letters where too many short names are alike: `OV1A2B~1.TOM`."""


_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's Default_Ignorable_Code_Point: what ext4 and others that fold case leave out of account."""


def shadows(entries: Callable[[str], Mapping[str, Entry]], tree: str, path: str) -> Iterator[str]:
    """Paths in a tree that some file system takes for `path`, or, being no folder, for one on the way to it.

    `entries` gives what stands in a tree, by name.
    """
    return (found for found in _alike(entries, tree, path.split("/")) if not within(found, path))


def within(found: str, path: str) -> bool:
    """Whether `found` is the path itself or stands, letter for letter, on the way to it."""
    return f"{path}/".startswith(f"{found}/")


def _alike(
    entries: Callable[[str], Mapping[str, Entry]], tree: str, parts: Sequence[str]
) -> Iterator[str]:
    for name, entry in entries(tree).items():
        taken = _taken(name, parts)
        if not taken:
            continue
        if len(taken) < len(parts) and entry.mode == _FOLDER:
            below = _alike(entries, entry.sha, parts[len(taken) :])
            yield from (f"{name}/{rest}" for rest in below)
        else:
            yield name


def _taken(name: str, parts: Sequence[str]) -> Sequence[str]:
    """How much of a path one name stands for: one part, several where it has backslashes, or nothing."""
    steps = [name] if "\\" not in name else [s for s in name.split("\\") if s not in ("", ".")]
    meant = parts[: len(steps)]
    fits = len(meant) == len(steps) and all(map(same, steps, meant))
    return meant if fits else ()


def same(name: str, other: str) -> bool:
    """Whether some file system takes `name` for `other`."""
    folded, meant = _folded(name), _meant(other)
    return folded == meant or _is_short(folded, meant)


def _folded(name: str) -> str:
    """A name without what file systems overlook: case, composition, what is invisible, `. `, streams."""
    lower = name.lower() if name.isascii() else _composed(name)
    return lower.partition(":")[0].rstrip(". ")


_meant = cache(_folded)


def _composed(name: str) -> str:
    seen = "".join(char for char in name if unicodedata.category(char) != "Cf")
    lower = unicodedata.normalize("NFKC", _IGNORED.sub("", seen)).upper().casefold()
    return unicodedata.normalize("NFKC", lower)


def _is_short(name: str, other: str) -> bool:
    """Whether a name is a short name that Windows may give to the other one."""
    found = _SHORT.fullmatch(name)
    if found is None:
        return False
    stem, _, end = other.lstrip(".").rpartition(".") if "." in other[1:] else (other, "", "")
    stem = stem.lstrip(".").replace(" ", "").replace(".", "")
    start, number, extension = found[1], found[2], found[3] or ""
    hashed = start[:2] == stem[:2] and _HASHED.fullmatch(start[2:]) is not None
    return extension == end[:3] and (hashed or start == stem[: 7 - len(number)])
