"""How long `calibration-bot log tokens` takes against Python with the standard modules it stands on.

    .venv/bin/python tests/benchmarks/log_tokens.py [PAIRS]

From process start to the event's being on the disk and the week's total printed, in a throw-away repository
whose week holds 0, 200 and 1,000 events, one file each. Pairs are taken in turn, so that a busy machine slows
both; printed are the medians and their ratio.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
BASELINE = [sys.executable, "-c", "import argparse, tomllib, json"]
PROGRAM = str(Path(sys.executable).with_name("calibration-bot"))
LOG = [PROGRAM, "log", "tokens", "--sd", "SD-1", "--phase", "EXEC", "--tokens", "42", "--agent", "API"]


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of one run of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(pairs: int, folder: Path) -> tuple[float, float]:
    """Medians, in seconds, of the baseline and of the command."""
    seconds(BASELINE, folder), seconds(LOG, folder)  # warm the file cache and the bytecode
    times = [(seconds(BASELINE, folder), seconds(LOG, folder)) for _ in range(pairs)]
    baseline, logging = zip(*times, strict=True)
    return statistics.median(baseline), statistics.median(logging)


def repository(folder: Path, events: int) -> Path:
    """A repository whose current week already holds so many events."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    shutil.copytree(TOP / "config", folder / "config")
    subprocess.run(LOG, cwd=folder, check=True, capture_output=True)
    (first,) = folder.glob(".calibration/logs/*/tokens-*.jsonl")
    row = first.read_text()
    for number in range(1, events):
        copy = row.replace(first.stem.removeprefix("tokens-"), f"{number:032x}")
        first.with_name(f"tokens-{number:032x}.jsonl").write_text(copy)
    return folder


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for events in (0, 200, 1000):
        with tempfile.TemporaryDirectory() as name:
            base, log = measure(count, repository(Path(name) / "r", events))
        ratio = f"{log / base:.2f} x"
        print(f"{events} events: baseline {base * 1000:.1f} ms, log {log * 1000:.1f} ms: {ratio}")
