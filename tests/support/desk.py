"""A repository in which somebody logs: a git folder, the shipped policy and table, and the program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]


def desk(folder: Path, policy: str = "") -> Path:
    """A repository without commits; `policy` is appended to the shipped one. Returns its top."""
    (folder / ".git").mkdir(parents=True)
    shutil.copytree(TOP / "config", folder / "config")
    with (folder / "config/policy.toml").open("a") as file:
        file.write(policy)
    return folder


def run(top: Path, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as people do, in its own process."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [*PROGRAM, *args], cwd=top, capture_output=True, text=True, check=False, **options
    )
    return done


def logged(top: Path, kind: str = "tokens") -> list[dict[str, Any]]:
    """Every row of a log below `top`, in no order; fails on a line that is no JSON."""
    files = top.glob(f".calibration/logs/*/{kind}*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
