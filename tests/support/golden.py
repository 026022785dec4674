"""Whole-text goldens: files that show a reader what an output looks like, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path


def check(file: Path, text: str) -> None:
    """Compare with the golden file. `UPDATE_GOLDENS=1 pytest …` writes it instead: read the diff after."""
    if os.environ.get("UPDATE_GOLDENS"):
        file.write_text(text, encoding="utf-8", newline="")
    assert text == file.read_bytes().decode("utf-8"), (
        f"{file.name} differs; see tests/support/golden.py"
    )
