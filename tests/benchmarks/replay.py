"""What `replay` over three years of 45 cells costs against one `plan` of their last week, whole processes.

    .venv/bin/python -m tests.benchmarks.replay [--pairs 3]

Five SDs a cell and week, a tenth of the rework told one to four weeks late, the table changed every sixth
week. The two take turns, so that a busy machine slows both; printed are the medians of user and system CPU
seconds, children included, and their ratio, which is to be 3 at most.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.evidence import PLAN, cost
from tests.support.repositories import Workshop, new_repository

TOP = Path(__file__).parents[2]
WEEKS, SDS = 156, 5
MONDAY = datetime(2023, 1, 2, tzinfo=UTC)
PHASES = ("LEAD", "PLAN", "EXEC")
AGENTS = tuple(f"BOT{number:02}" for number in range(15))
REPLAY = [*PLAN[:-1], "replay"]


def label(number: int) -> str:
    """The label of a week by its number."""
    year, week, _ = (MONDAY + timedelta(weeks=number)).isocalendar()
    return f"{year}-W{week:02}"


def table(raised: int) -> str:
    """Every cell on sonnet, the first ones after some calibrations on opus; gates on opus by the default."""
    lines = ['default = "opus"']
    for place, phase in enumerate(PHASES):
        lines.append(f"[{phase}]")
        for number, agent in enumerate(AGENTS):
            rung = "opus" if 15 * place + number < raised else "sonnet"
            lines.append(f'{agent} = "{rung}"')
    return "\n".join(lines) + "\n"


def logged() -> Iterator[tuple[int, str, dict[str, object]]]:
    """(week told in, log, row) of all weeks."""
    draw = random.Random(1)  # noqa: S311 - made-up logs, the same each time
    for week in range(WEEKS):
        for place, phase in enumerate(PHASES):
            for number, agent in enumerate(AGENTS):
                model = "opus" if 15 * place + number < week // 6 else "sonnet"
                for sd in range(SDS):
                    at = MONDAY + timedelta(weeks=week, minutes=draw.randrange(9000))
                    who = {"sd": f"SD-{week}-{sd}", "phase": phase, "agent": agent}
                    ran = {"model": f"claude-{model}-4-5", "tokens": draw.randrange(100, 40_000)}
                    yield week, "tokens", {"ts": at.isoformat(), **who, **ran}
                    bad = draw.random() < draw.choice((0.05, 0.1, 0.25))
                    late = draw.randrange(1, 5) if bad and draw.random() < 0.1 else 0
                    told = min(week + late, WEEKS - 1)
                    at = MONDAY + timedelta(weeks=told, days=6, minutes=draw.randrange(1400))
                    yield told, "rework", {"ts": at.isoformat(), **who, "rework": bad}


def repository(folder: Path) -> Path:
    """The history of the table, then all logs in one commit."""
    work: Workshop = new_repository(folder / "team")
    names = ("policy.toml", "policy.schema.json")
    shipped = {f"config/{name}": (TOP / "config" / name).read_bytes() for name in names}
    for raised in range(WEEKS // 6 + 1):
        work.time = int((MONDAY + timedelta(weeks=6 * raised)).timestamp()) - 3600
        work.commit({**shipped, "config/overrides.toml": table(raised)}, "Calibrate")
    texts: dict[str, list[str]] = {}
    for week, log, row in logged():
        path = f".calibration/logs/{label(week)}/{log}.jsonl"
        texts.setdefault(path, []).append(json.dumps(row) + "\n")
    work.time = int((MONDAY + timedelta(weeks=WEEKS)).timestamp()) - 3600
    work.commit({path: "".join(lines) for path, lines in texts.items()}, "Logs")
    return work.path


def main() -> None:
    """Take turns and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        top = repository(Path(folder))
        plan = [*PLAN, "--week", label(WEEKS - 1)]
        replay = [*REPLAY, "--from", label(0), "--to", label(WEEKS - 1)]
        cost(plan, top)  # warms the file cache and the bytecode
        pairs = [(cost(plan, top)[0], *cost(replay, top)) for _ in range(args.pairs)]
    base, ours, peak = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = f"{ours / base:.1f} x"
    print(f"plan {base:.2f} s, replay of {WEEKS} weeks {ours:.2f} s = {ratio}, {peak:,.0f} MiB")
    sys.exit(ours > 3 * base)


if __name__ == "__main__":
    main()
