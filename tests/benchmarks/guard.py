"""How long `calibration-bot guard` takes on a long history against a short one.

    .venv/bin/python tests/benchmarks/guard.py [PAIRS]

Both repositories hold 5,000 files; one has 10,000 commits, one 10. Pairs are taken in turn, so that a busy
machine slows both; printed are the medians and their ratio.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[2]
sys.path.insert(0, str(TOP))

from tests.support.attacks import base, entry, on_table  # noqa: E402 - a script, not a package
from tests.support.imported import Revision, imported  # noqa: E402 - a script, not a package
from tests.support.tables import cell  # noqa: E402 - a script, not a package

GUARD = str(Path(sys.executable).with_name("calibration-bot"))
FILES = 5_000


def history(commits: int) -> Iterator[Revision]:
    """A base of that many commits, and a change on top of the one before its last."""
    files = {f"src/{n // 100}/file{n}.txt": b"%d\n" % n for n in range(FILES)}
    start = base()
    table = {"config/policy.toml": start.policy, "config/overrides.toml": start.table}
    yield Revision("main", {**files, **table})
    for number in range(commits - 3):
        name = f"src/{number % 50}/file{number % FILES}.txt"
        yield Revision("main", {name: b"changed %d\n" % number})
    raised = on_table(entry(cell("API/EXEC"), 'API = "opus"'))(start).table
    yield Revision("change", {"config/overrides.toml": raised}, ("main",))
    yield Revision("main", {"src/0/file0.txt": b"last\n"})


def seconds(folder: Path) -> float:
    """Wall time of one run, which must pass."""
    command = [GUARD, "guard", "--repo", str(folder), "--base", "main", "--head", "change"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(pairs: int) -> tuple[float, float]:
    """Medians, in seconds, of the short history and of the long one."""
    with tempfile.TemporaryDirectory() as scratch:
        short, long = (
            imported(Path(scratch) / str(count), history(count)).path for count in (10, 10_000)
        )
        seconds(short), seconds(long)  # warm the file cache and the bytecode
        times = [(seconds(short), seconds(long)) for _ in range(pairs)]
    ten, thousands = zip(*times, strict=True)
    return statistics.median(ten), statistics.median(thousands)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    few, many = measure(count)
    print(f"10 commits {few:.3f} s, 10,000 commits {many:.3f} s: {many / few:.2f} x")
