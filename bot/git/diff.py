"""The unified diff of one file, as `git diff` words it, whatever the user's configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified(old: bytes, new: bytes, path: str) -> str:
    """The diff from `old` to `new`, empty where they are the same; carriage returns are kept.

    Bytes that are no UTF-8 show as replacement characters.
    """
    lines = unified_diff(_lines(old), _lines(new), f"a/{path}", f"b/{path}", n=3)
    return "".join(_ended(lines))


def _lines(data: bytes) -> list[str]:
    # Not str.splitlines(): it also breaks at characters that end no line in a file.
    parts = data.decode("utf-8", "replace").split("\n")
    last = parts.pop()
    return [f"{part}\n" for part in parts] + ([last] if last else [])


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}{_NO_NEWLINE}"
