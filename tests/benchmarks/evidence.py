"""What a week's review costs, whole process, against a bare DuckDB count of the same files in the same run.

    .venv/bin/python tests/benchmarks/evidence.py [--pairs 5] [--kept] [CASE …]

Each case makes a repository with a bare remote, then takes turns: `calibration-bot plan`, and a process that
only imports DuckDB and counts the same files by (SD, cell) and by cell. Printed are the medians of user and
system CPU seconds, their ratio, and the highest resident memory of `plan`. Nothing is kept between runs,
unless `--kept` asks for that: then the first run keeps what it read, and is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

TOP = Path(__file__).parents[2]
WEEK = "2025-W49"
MONDAY = datetime(2025, 12, 1, tzinfo=UTC)
PLAN = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())", "plan"]
BARE = """
import sys, duckdb
print(duckdb.sql('''
  SELECT phase, agent, count(*) AS sds, count(*) FILTER (WHERE rework) AS reworked, sum(tokens) AS tokens
  FROM (SELECT sd, phase, agent, bool_or(coalesce(rework, false)) AS rework, sum(tokens) AS tokens
        FROM read_json('.calibration/logs/*/*.jsonl', format = 'newline_delimited', columns = {
               ts: 'TIMESTAMPTZ', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR', tokens: 'BIGINT',
               rework: 'BOOLEAN', model: 'VARCHAR'}, ignore_errors = true)
        GROUP BY sd, phase, agent)
  GROUP BY phase, agent''').fetchall())
"""
CELLS = tuple(
    (phase, agent)
    for phase in ("LEAD", "PLAN", "EXEC")
    for agent in ("TESTING", "DESIGN", "API", "DATABASE", "STORIES", "RISK", "UAT")
)


def rows(count: int, monday: datetime, seed: int, bad: float = 0) -> Iterator[str]:
    """Token rows of one week, a share `bad` of them with a number in quotes."""
    draw = random.Random(seed)  # noqa: S311 - made-up logs, the same each time
    for number in range(count):
        phase, agent = CELLS[number % len(CELLS)]
        at = monday + timedelta(seconds=draw.randrange(7 * 86_400))
        tokens: object = draw.randrange(100, 40_000)
        row = {
            "ts": at.isoformat(),
            "sd": f"SD-{seed}-{number // 4}",
            "phase": phase,
            "agent": agent,
            "model": "claude-sonnet-4-5",
            "tokens": str(tokens) if draw.random() < bad else tokens,
        }
        yield json.dumps(row) + "\n"


def rework(count: int, monday: datetime, seed: int) -> Iterator[str]:
    """Rework rows for every tenth of so many token rows."""
    for number in range(0, count, 10):
        phase, agent = CELLS[number % len(CELLS)]
        at = (monday + timedelta(days=6, seconds=number % 3600)).isoformat()
        sd = f"SD-{seed}-{number // 4}"
        row = {"ts": at, "sd": sd, "phase": phase, "agent": agent, "rework": number % 30 == 0}
        yield json.dumps(row) + "\n"


def write(top: Path, week: str, name: str, text: Iterator[str]) -> None:
    """One log file."""
    path = top / ".calibration/logs" / week / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(text)


def million(top: Path) -> None:
    """1 M token rows and 100,000 rework rows in one week."""
    write(top, WEEK, "tokens.jsonl", rows(1_000_000, MONDAY, 1))
    write(top, WEEK, "rework.jsonl", rework(1_000_000, MONDAY, 1))


def bad(top: Path) -> None:
    """The same with 0.01 % bad lines, quarantined."""
    million(top)
    write(top, WEEK, "tokens.jsonl", rows(1_000_000, MONDAY, 1, bad=0.0001))
    policy = top / "config/policy.toml"
    text = policy.read_text()
    policy.write_text(text.replace('on_bad_line = "fail"', 'on_bad_line = "quarantine"'))


def cells(top: Path) -> None:
    """1,007 cells and 120,000 rows."""
    names = [f"A{number:04}" for number in range(1007)]
    lines = "".join(f'{name} = "sonnet"\n' for name in names)
    table = top / "config/overrides.toml"
    table.write_text(table.read_text() + lines)  # the last table of the shipped file is [EXEC]
    text = (
        json.dumps(
            {
                "ts": (MONDAY + timedelta(minutes=number % 9000)).isoformat(),
                "sd": f"SD-{number // 8}",
                "phase": "EXEC",
                "agent": names[number % 1007],
                "model": "claude-sonnet-4-5",
                "tokens": 1000,
            }
        )
        + "\n"
        for number in range(120_000)
    )
    write(top, WEEK, "tokens.jsonl", text)


def files(top: Path) -> None:
    """19,000 files of one line."""
    for number, line in enumerate(rows(19_000, MONDAY, 1)):
        write(top, WEEK, f"tokens-{number:05}.jsonl", iter([line]))


def week(top: Path) -> None:
    """One week of 2,000 rows."""
    write(top, WEEK, "tokens.jsonl", rows(2000, MONDAY, 0))
    write(top, WEEK, "rework.jsonl", rework(2000, MONDAY, 0))


def years(top: Path) -> None:
    """Five years of 2,000 rows a week beside the week."""
    for back in range(260):
        monday = MONDAY - timedelta(weeks=back)
        label = "{}-W{:02}".format(*monday.isocalendar()[:2])
        write(top, label, "tokens.jsonl", rows(2000, monday, back))
        write(top, label, "rework.jsonl", rework(2000, monday, back))


CASES: dict[str, Callable[[Path], None]] = {
    case.__name__: case for case in (million, bad, cells, files, week, years)
}


def git(top: Path, *args: str) -> None:
    """One git command, as a person would."""
    who = {
        f"GIT_{role}_{what}": "a@b"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    dates = {"GIT_AUTHOR_DATE": "@1733000000 +0000", "GIT_COMMITTER_DATE": "@1733000000 +0000"}
    subprocess.run(["git", *args], cwd=top, check=True, env={**os.environ, **who, **dates})


def repository(folder: Path, case: Callable[[Path], None]) -> Path:
    """A clone with the shipped configuration, the case's logs and a bare remote."""
    top, remote = folder / "team", folder / "remote.git"
    git(folder, "init", "-q", "--bare", "-b", "main", str(remote))
    git(folder, "init", "-q", "-b", "main", str(top))
    (top / "config").mkdir()
    for name in ("overrides.toml", "policy.toml", "policy.schema.json"):
        (top / "config" / name).write_bytes((TOP / "config" / name).read_bytes())
    case(top)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "Logs")
    git(top, "remote", "add", "origin", str(remote))
    git(top, "push", "-q", "origin", "main")
    return top


def cost(command: list[str], top: Path, cache: str = os.devnull) -> tuple[float, float]:
    """CPU seconds of a command and its children, and its highest resident memory in MiB."""
    path = os.pathsep.join(filter(None, (str(TOP), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": cache}
    with subprocess.Popen(command, cwd=top, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Run the cases asked for, all by default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], default=[])
    args = parser.parse_args()
    for name in args.cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            top = repository(Path(folder), CASES[name])
            bare = [sys.executable, "-c", BARE]
            plan = [*PLAN, "--week", WEEK]
            cache = f"{folder}/cache" if args.kept else os.devnull
            if args.kept:
                cost(plan, top, cache)
            pairs = [(cost(bare, top)[0], *cost(plan, top, cache)) for _ in range(args.pairs)]
        base, ours, peak = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{name}: bare {base:.2f} s, plan {ours:.2f} s = {ours / base:.1f} x, {peak:,.0f} MiB"
        )


if __name__ == "__main__":
    main()
