"""How long `calibration-bot model` takes against Python with the standard modules it stands on.

    .venv/bin/python tests/benchmarks/startup.py [PAIRS]

Pairs are taken in turn, so that a busy machine slows both; printed are the medians and their ratio.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
BASELINE = [sys.executable, "-c", "import argparse, tomllib, json"]
MODEL = [str(Path(sys.executable).with_name("calibration-bot")), "model", "TESTING", "EXEC"]


# Bytecode is cached, as it is wherever the bot is installed; an editable install does so at its first run.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=TOP, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def measure(pairs: int) -> tuple[float, float]:
    """Medians, in seconds, of the baseline and of the lookup."""
    seconds(BASELINE), seconds(MODEL)  # warm the file cache and the bytecode
    times = [(seconds(BASELINE), seconds(MODEL)) for _ in range(pairs)]
    baseline, lookup = zip(*times, strict=True)
    return statistics.median(baseline), statistics.median(lookup)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    base, model = measure(count)
    print(f"baseline {base * 1000:.1f} ms, model {model * 1000:.1f} ms: {model / base:.2f} x")
