"""`log import` in a repository of its own: what it logged, and what it said."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.cli import main
from tests.support.desk import desk, logged


class Imported(NamedTuple):
    """An import that has ended."""

    code: int
    out: str
    err: str
    tokens: list[dict[str, Any]]
    """Rows of the token log, by time."""
    reworks: list[dict[str, Any]]
    """Rows of the rework log, by time."""

    @property
    def document(self) -> dict[str, Any]:
        """What `--format json` said."""
        said: dict[str, Any] = json.loads(self.out)
        return said


class Importer:
    """A repository with the shipped policy, to import into."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.top = folder / "r"
        self._capsys = capsys

    def __call__(self, *args: str | Path, policy: str = "") -> Imported:
        """Import; whatever was logged must be what `validate` finds sound."""
        if not self.top.exists():
            desk(self.top, policy)
        code = main(["log", "import", *map(str, args), "--repo", str(self.top)])
        out, err = self._capsys.readouterr()
        assert main(["validate", "--repo", str(self.top)]) == 0
        self._capsys.readouterr()
        tokens, reworks = (
            sorted(logged(self.top, kind), key=lambda row: (row["ts"], row["id"]))
            for kind in ("tokens", "rework")
        )
        return Imported(code, out, err, tokens, reworks)

    def file(self, name: str, *rows: object) -> Path:
        """A file of JSON Lines; bytes are written as they are."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
        path.write_bytes(b"".join(line + b"\n" for line in data))
        return path


# VmHWM and not ru_maxrss: that one also remembers what the forking test process held.
_MEASURED = """
import re, sys
from pathlib import Path
from bot.cli import main
code = main(["log", "import", *sys.argv[1:], "--format", "json"])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


def measured(top: Path, *args: str | Path) -> tuple[dict[str, Any], int]:
    """What an import in a process of its own said as JSON, and the MiB it took."""
    command = [sys.executable, "-c", _MEASURED, *map(str, args)]
    done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), int(re.findall(r"\d+", done.stderr)[-1]) // 1024
