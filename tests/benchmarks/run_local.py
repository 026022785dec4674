"""What a whole `run --forge local` costs against importing its libraries and the same git work by hand.

    .venv/bin/python -m tests.benchmarks.run_local [ROUNDS]

One promotion, pushed to a bare remote on this disk; no forge waits, so nothing hides what the bot itself
does. By hand is `calibrate.sh` beside this file without its pull request. The three are taken in turn, so
that a busy machine slows all; printed are the medians of CPU time, children included, and their ratio.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.commands import SCRIPT
from tests.support.teams import EXAMPLE, WEEK, WEEKLY, Team, Template

IMPORTS = [sys.executable, "-c", "import git, github, duckdb, tomlkit, msgspec, rich.console"]
BOT = [str(SCRIPT), "run", "--forge", "local", "--week", WEEK]
BY_HAND = [str(Path(__file__).with_name("calibrate.sh")), WEEK]
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE" and "GITHUB" not in k},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def cpu_seconds(command: Sequence[str], folder: str | None = None) -> float:
    """User and system time of a command and its children; it must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def promoting(command: Sequence[str], team: Team) -> float:
    """CPU seconds of a first run; it must end in one pushed commit that promotes."""
    taken = cpu_seconds(command, team.path)
    (commit,) = team.proposed(WEEKLY)
    assert "testing-agent exec upgraded to opus" in team.remote.git(
        "log", "-1", "--format=%s", commit
    )
    return taken


def measure(rounds: int, folder: Path) -> dict[str, float]:
    """Medians, in seconds, by what was measured. The first round warms the cache and is not counted."""
    template = Template(folder / "template").build()
    times: dict[str, list[float]] = {"imports": [], "by hand": [], "bot": []}
    for number in range(rounds + 1):
        taken = {
            "imports": cpu_seconds(IMPORTS),
            "by hand": promoting(BY_HAND, template.copy(folder / f"hand-{number}", EXAMPLE)),
            "bot": promoting(BOT, template.copy(folder / f"bot-{number}", EXAMPLE)),
        }
        for name, value in taken.items() if number else ():
            times[name].append(value)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    if shutil.which("jq") is None:
        sys.exit("jq is needed: apt-get install jq")
    with tempfile.TemporaryDirectory() as name:
        found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10, Path(name))
    allowed = found["imports"] + found["by hand"]
    print(", ".join(f"{name} {value * 1000:.0f} ms" for name, value in found.items()))
    print(f"bot / (imports + by hand) = {found['bot'] / allowed:.2f} (at most 1.4)")
