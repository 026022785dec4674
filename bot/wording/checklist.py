"""The boxes of a pull request's body: a row a promotion, ticked while it is proposed, written and read here.

A box is known by the change key in the comment that ends its row. Log text gets into a row only through the
escaper, which leaves no comment, and never begins a line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from bot.calibration.findings import Change

_ROW = re.compile(r"- \[([ xX])\] .*<!-- calibration-bot-box ([0-9a-f]{16}) -->\s*")


def box_key(change: Change) -> str:
    """What a change's box is known by: 16 hexadecimal digits, whatever the names hold."""
    said = [change.cell.phase, change.cell.agent, change.old, change.new]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def box_row(change: Change, said: str, *, ticked: bool) -> str:
    """The row of a change's box; `said` is Markdown on one line."""
    mark = "x" if ticked else " "
    return f"- [{mark}] {said} <!-- calibration-bot-box {box_key(change)} -->"


def read_boxes(text: str) -> Mapping[str, bool | None]:
    """Whether each box is ticked, by its key; None for one that is there more than once.

    `text` is what stands above a marker. A box that somebody quotes or indents begins no line, and is none.
    """
    found: dict[str, bool | None] = {}
    for line in text.split("\n"):
        row = _ROW.fullmatch(line) if line.startswith("- [") else None
        if row is not None:
            key = row[2]
            found[key] = None if key in found else row[1] != " "
    return found
