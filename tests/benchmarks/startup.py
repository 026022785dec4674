"""CPU of a gate's `model` and of `log tokens`: against bare Python, and against the size of week and history.

    .venv/bin/python tests/benchmarks/startup.py [PAIRS]

Pairs are taken in turn, so that a busy machine slows both; printed are the medians of whole-process CPU time
and their ratios. To be true: `model` <= 1.5 x and `log tokens` <= 2 x the baseline; <= 1.2 x their own time
with 100 rows, with 100,000 rows in the week or 260 weeks of history, in the work tree or on the branch.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

TOP = Path(__file__).parents[2]
RUN = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]
BASELINE = [sys.executable, "-c", "import argparse, tomllib, json"]
MODEL = [*RUN, "model", "TESTING", "EXEC"]
LOG = [*RUN, "log", "tokens", "--sd", "SD-1", "--phase", "EXEC", "--tokens", "1", "--agent", "API"]
WEEKS, ROWS_A_WEEK = 260, 200


def cpu(command: list[str], folder: Path) -> float:
    """User and system seconds of one run of a command, which must succeed; bytecode is cached."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(TOP),
        "PYTHONPYCACHEPREFIX": str(folder / "../pyc"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(
    first: Callable[[], float], second: Callable[[], float], pairs: int
) -> tuple[float, float]:
    """Of two measures taken in turn."""
    first(), second()  # warm the file cache, the bytecode and what is kept
    times = [(first(), second()) for _ in range(pairs)]
    one, other = zip(*times, strict=True)
    return statistics.median(one), statistics.median(other)


def rows(count: int, weeks_ago: int) -> Iterable[str]:
    """Lines of a token log."""
    at = datetime.now(UTC) - timedelta(weeks=weeks_ago)
    for number in range(count):
        row = {
            "ts": at.isoformat(),
            "sd": f"SD-{number // 5}",
            "phase": "EXEC",
            "tokens": 1,
            "agent": "TESTING",
            "model": "claude-sonnet-4-5",
            "id": f"{weeks_ago}-{number}",
        }
        yield json.dumps(row) + "\n"


def repository(folder: Path, now: int, weeks: int, *, branch: bool) -> Path:
    """A repository with so many rows in the current week and so many weeks before it."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    shutil.copytree(TOP / "config", folder / "config")
    for weeks_ago in range(weeks + 1):
        path = folder / f".calibration/logs/{weeks_ago:04}/tokens-a.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(rows(ROWS_A_WEEK if weeks_ago else now, weeks_ago)))
    if branch:
        subprocess.run([*RUN, "log", "sync"], cwd=folder, check=True, capture_output=True)
    return folder


CASES = {
    "100,000 rows in the week": (100_000, 0, False),
    "100,000 rows in the week, on the branch": (100_000, 0, True),
    f"{WEEKS} weeks of history": (100, WEEKS, False),
    f"{WEEKS} weeks of history, on the branch": (100, WEEKS, True),
}


def main(pairs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        small = repository(Path(name) / "small", 100, 0, branch=False)
        for said, command in (("model", MODEL), ("log tokens", LOG)):
            base, own = medians(
                lambda: cpu(BASELINE, small), lambda c=command: cpu(c, small), pairs
            )
            print(f"{said}: {own * 1000:.0f} ms, baseline {base * 1000:.0f} ms: {own / base:.2f} x")
        for number, (case, (now, weeks, branch)) in enumerate(CASES.items()):
            large = repository(Path(name) / f"{number}", now, weeks, branch=branch)
            for said, command in (("model", MODEL), ("log tokens", LOG)):
                few, many = medians(
                    lambda c=command: cpu(c, small), lambda c=command, t=large: cpu(c, t), pairs
                )
                figures = f"{many * 1000:.0f} ms, with 100 rows {few * 1000:.0f} ms"
                print(f"{said}, {case}: {figures}: {many / few:.2f} x")


if __name__ == "__main__":
    start = time.monotonic()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print(f"{time.monotonic() - start:.0f} s in all")
