"""The unified diff of one file, as `git diff` words it, whatever the user's configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

_NO_NEWLINE = "\n\\ No newline at end of file\n"
_ESCAPED = {code: f"\\{code:03o}" for code in (*range(0x20), 0x7F)} | {
    ord(char): f"\\{letter}" for char, letter in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)
}
"""As git writes them with `core.quotePath` off, which leaves what is not ASCII as it is."""


def unified(old: bytes, new: bytes, path: str) -> str:
    """The diff from `old` to `new`, empty where they are the same; carriage returns are kept.

    Bytes that are no UTF-8 show as replacement characters.
    """
    before, after = _named(f"a/{path}"), _named(f"b/{path}")
    return "".join(_ended(unified_diff(_lines(old), _lines(new), before, after, n=3)))


def _named(path: str) -> str:
    """A path on one line of a header: quoted as C would where it holds controls, quotes or backslashes.

    Raw, a line break in a name would forge lines of the diff.
    """
    escaped = path.translate(_ESCAPED)
    return path if escaped == path else f'"{escaped}"'


def _lines(data: bytes) -> list[str]:
    # Not str.splitlines(): it also breaks at characters that end no line in a file.
    parts = data.decode("utf-8", "replace").split("\n")
    last = parts.pop()
    return [f"{part}\n" for part in parts] + ([last] if last else [])


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}{_NO_NEWLINE}"
