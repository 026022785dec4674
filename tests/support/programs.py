"""Programs that the development requirements bring: beside this Python, else on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str) -> str:
    """Path of a program; see `absent`."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is not None:
        return found
    return absent(name)


def absent(name: str, extra: str = "dev") -> NoReturn:
    """What a test needs is not there: it is skipped, in CI it fails."""
    reason = f"{name} is not installed: pip install 'calibration-bot[{extra}]'"
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(reason)
