"""How long a whole `calibration-bot run` takes against importing its libraries and doing the job by hand.

    .venv/bin/python -m tests.benchmarks.run_on_test_bed [ROUNDS]

One promotion on the test bed, warm file cache. By hand is `calibrate.sh` beside this file, which needs jq and
curl. The three are taken in turn, so that a busy machine slows all; printed are the medians and their ratio.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.commands import SCRIPT
from tests.support.forge.emulator import EmulatorPool
from tests.support.scene import FIRST, Scene, scene
from tests.support.stories import hosted
from tests.support.teams import WEEK

IMPORTS = [sys.executable, "-c", "import git, github, duckdb, tomlkit, msgspec"]
BOT = [str(SCRIPT), "run", "--week", WEEK]
BY_HAND = [str(Path(__file__).with_name("calibrate.sh")), WEEK]
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def seconds(command: Sequence[str], at: Scene | None = None) -> float:
    """Wall time of one run of a command, which must succeed."""
    told = {} if at is None else at.environment
    start = time.perf_counter()
    subprocess.run(
        command,
        cwd=None if at is None else at.clone,
        env={**os.environ, **ENVIRONMENT, **told},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def on_a_fresh_host(command: Sequence[str], emulators: EmulatorPool, folder: Path) -> float:
    """Wall time of a first run in an up-to-date clone; it must end in one pull request."""
    with hosted(emulators, folder) as host:
        team = scene(host, host.root / "behind")
        team.log(FIRST)
        team.clone = host.clone(host.root / "clone")
        taken = seconds(command, team)
        (pull,) = team.state()["pulls"]
        assert "testing-agent exec upgraded to opus" in pull["title"]
    return taken


def measure(rounds: int, folder: Path) -> dict[str, float]:
    """Medians, in seconds, by what was measured. The first round warms the cache and is not counted."""
    emulators = EmulatorPool()
    times: dict[str, list[float]] = {"imports": [], "by hand": [], "bot": []}
    for number in range(rounds + 1):
        taken = {
            "imports": seconds(IMPORTS),
            "by hand": on_a_fresh_host(BY_HAND, emulators, folder / f"hand-{number}"),
            "bot": on_a_fresh_host(BOT, emulators, folder / f"bot-{number}"),
        }
        for name, value in taken.items() if number else ():
            times[name].append(value)
    emulators.close()
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    for tool in ("jq", "curl"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed: apt-get install {tool}")
    with tempfile.TemporaryDirectory() as name:
        found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10, Path(name))
    allowed = found["imports"] + found["by hand"]
    print(", ".join(f"{name} {value * 1000:.0f} ms" for name, value in found.items()))
    print(f"bot / (imports + by hand) = {found['bot'] / allowed:.2f} (at most 1.3)")
