"""Tables of a generated page: plain text of the code, made safe for a cell of GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_OBEYED = re.compile(r"[\\*_<|\[\]`]")


def cell(text: str) -> str:
    """Plain text as a cell that shows every character of it; what it quotes as code stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(
        part.replace("|", r"\|") if part.startswith("`") else _OBEYED.sub(r"\\\g<0>", part)
        for part in parts
    )


def code(text: str) -> str:
    """A name or value in code; none of ours holds a back-tick."""
    return f"`{text}`".replace("|", r"\|")


def rows(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already; empty without lines."""
    made = [f"| {' | '.join(line)} |\n" for line in lines]
    head = f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    return head + "".join(made) if made else ""
