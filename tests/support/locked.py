"""The locked releases on this machine's disk, for workflows that install them without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[2] / ".ci" / "requirements.txt"
"""What the bot runs on, with hashes."""


def from_disk(wheels: Path) -> dict[str, str]:
    """Fill `wheels` with the locked releases; the environment with which pip takes them from there."""
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", str(LOCK)]
    download = ["download", "--quiet", "--dest", str(wheels), *locked]
    subprocess.run([sys.executable, "-m", "pip", *download], check=True)
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_COMPILE": "1"}
