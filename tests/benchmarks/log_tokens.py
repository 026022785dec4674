"""How long `calibration-bot log tokens` takes against Python with the standard modules it stands on.

    .venv/bin/python tests/benchmarks/log_tokens.py [PAIRS]

From process start to the event's being on the disk (its first line of output) and to the week's total (its
end), in a throw-away repository whose week holds 0, 200 and 1,000 events, one file each. Pairs are taken in
turn, so that a busy machine slows both; printed are the medians and their ratios.
"""

from __future__ import annotations

import os
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
LOG = [
    PROGRAM,
    "log",
    "tokens",
    "--sd",
    "SD-1",
    "--phase",
    "EXEC",
    "--tokens",
    "42",
    "--agent",
    "API",
]


def seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall time until the first line of output, and until the end of a command, which must succeed.

    Bytecode is kept, as it is once installed.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        line = time.perf_counter() - start
        process.stdout.read()
    assert process.returncode == 0
    return line, time.perf_counter() - start


def measure(pairs: int, folder: Path) -> tuple[float, float, float]:
    """Medians, in seconds: the baseline, the command until the event is durable, the whole command."""
    seconds(BASELINE, folder), seconds(LOG, folder)  # warm the file cache and the bytecode
    times = [(seconds(BASELINE, folder)[1], *seconds(LOG, folder)) for _ in range(pairs)]
    baseline, durable, whole = (statistics.median(column) for column in zip(*times, strict=True))
    return baseline, durable, whole


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
            base, durable, whole = measure(count, repository(Path(name) / "r", events))
        ratios = f"durable {durable / base:.2f} x, whole command {whole / base:.2f} x"
        print(f"{events} events: baseline {base * 1000:.1f} ms, {ratios}")
