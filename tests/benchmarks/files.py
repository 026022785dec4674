"""What reading a week's logs costs as files of every packing, beside other ways to count the same rows.

    .venv/bin/python tests/benchmarks/files.py [--rows 1000000] [--pairs 3] [jsonl jsonl.gz jsonl.zst parquet]

Each contender is a process of its own; they take turns, so that a busy machine is unfair to all of them.
Printed are medians: seconds by the clock, of the processors, highest resident memory in MiB, and how many
times as long as that contender *evidence* takes by the clock.

*evidence* is all that a review counts, every row checked; *query* the same SQL over the same files, nothing
checked; *count* the shortest DuckDB query that sums up SDs and tokens; *jq*, *json* and *wc* need lines.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

if __package__ is None:
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.evidence import MONDAY, TOP, WEEK, rework, rows, write

PACKINGS = ("jsonl", "jsonl.gz", "jsonl.zst", "parquet")
MIB = 2**20
_COLUMNS = (
    "ts: 'TIMESTAMPTZ', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR', tokens: 'BIGINT', "
    "rework: 'BOOLEAN', model: 'VARCHAR'"
)
_COUNT = """
  SELECT phase, agent, count(*) AS sds, count(*) FILTER (WHERE rework) AS reworked, sum(tokens) AS tokens
  FROM (SELECT sd, phase, agent, bool_or(coalesce(rework, false)) AS rework, sum(tokens) AS tokens
        FROM {source} GROUP BY sd, phase, agent)
  GROUP BY phase, agent"""
_JQ = """cat {folder}/*.jsonl | jq -r '[.sd, .phase, .agent, .tokens // 0, .rework // false] | @tsv' |
  awk -F'\\t' '{{ k = $1 FS $2 FS $3; t[k] += $4; if ($5 == "true") r[k] = 1 }}
    END {{ for (k in t) {{ split(k, p, FS); c = p[2] FS p[3]; n[c]++; s[c] += t[k]; w[c] += r[k] }}
          for (c in n) print c, n[c], w[c], s[c] }}'"""


class Cost(NamedTuple):
    """What one process took."""

    wall: float
    cpu: float
    mib: float


def make(folder: Path, count: int, packing: str) -> Path:
    """Logs of so many token rows and a tenth of outcomes, packed."""
    lines = folder / "logs"
    if not lines.exists():
        write(folder, WEEK, "tokens.jsonl", rows(count, MONDAY, 1))
        write(folder, WEEK, "rework.jsonl", rework(count, MONDAY, 1))
        (folder / ".calibration/logs" / WEEK).rename(lines)
    packed = folder / packing
    packed.mkdir(exist_ok=True)
    for name in ("tokens", "rework"):
        _pack(lines / f"{name}.jsonl", packed / f"{name}.{packing}", packing)
    return packed


def _pack(source: Path, target: Path, packing: str) -> None:
    if packing == "jsonl":
        target.hardlink_to(source)
    elif packing == "parquet":
        import duckdb

        read = (
            f"read_json('{source}', format = 'newline_delimited', columns = {{{_columns(source)}}})"
        )
        duckdb.execute(f"COPY (FROM {read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    else:
        from backports import zstd

        opened = (
            gzip.GzipFile(target, "wb", 6) if packing == "jsonl.gz" else zstd.ZstdFile(target, "wb")
        )
        with source.open("rb") as lines, opened as file:
            shutil.copyfileobj(lines, file, MIB)


def _columns(source: Path) -> str:
    other = "tokens" if source.stem == "rework" else "rework"
    return ", ".join(part for part in _COLUMNS.split(", ") if not part.startswith(other))


# --------------------------------------------------------------------------------- contenders


def evidence(folder: Path) -> None:
    """All that a review counts."""
    from bot.evidence.read import read_evidence

    found = read_evidence(*_logs(folder), _question())
    assert not found.rejected
    print(found.rows)


def query(folder: Path) -> None:
    """The same SQL, with nothing checked; names are known beforehand."""
    from bot.evidence.codes import Codes
    from bot.evidence.database import database
    from bot.evidence.schema import Names
    from bot.evidence.sure_rows import NO_ROWS
    from tests.benchmarks.evidence import CELLS

    question, names = _question(), Names(_question().phases)
    for phase, agent in CELLS:
        names.phase(phase), names.agent(agent)
    names.models.add("claude-sonnet-4-5")
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch, "empty.jsonl")
        empty.touch()
        paths = [folder / f"{name}.{folder.name}" for name in ("tokens", "rework")]
        files, sure = [[path] for path in paths], (NO_ROWS[False], NO_ROWS[True])
        if folder.name == "parquet":
            files = [[empty], [empty]]
            start = "SELECT epoch_us(ts) AS moment, sd, phase, agent"
            sure = (
                f"{start}, tokens, model FROM '{paths[0]}'",
                f"{start}, rework, false AS issue, NULL AS cause, NULL AS model FROM '{paths[1]}'",
            )
        with database(Path(scratch), paths, 8 * 2**30) as opened:
            codes = Codes(question, names)
            opened.load(*files, sure, codes)
            print(sum(1 for _ in opened.count(codes, 200)))


def count(folder: Path) -> None:
    """The shortest query there is."""
    import duckdb

    files = f"'{folder}/*.{folder.name}'"
    source = (
        f"read_parquet({files}, union_by_name = true)"
        if folder.name == "parquet"
        else f"read_json({files}, format = 'newline_delimited', columns = {{{_COLUMNS}}})"
    )
    print(len(duckdb.execute(_COUNT.format(source=source)).fetchall()))


def standard_json(folder: Path) -> None:
    """The same with the standard library."""
    tokens: dict[tuple[str, str, str], int] = defaultdict(int)
    reworked: set[tuple[str, str, str]] = set()
    for path in folder.iterdir():
        with path.open("rb") as file:
            for line in file:
                row = json.loads(line)
                key = row["sd"], row["phase"], row["agent"]
                tokens[key] += row.get("tokens", 0)
                if row.get("rework"):
                    reworked.add(key)
    cells: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (sd, phase, agent), used in tokens.items():
        cell = cells[phase, agent]
        cell[0], cell[1] = cell[0] + 1, cell[1] + ((sd, phase, agent) in reworked)
        cell[2] += used
    print(len(cells))


def _question():  # type: ignore[no-untyped-def] # loaded by those who need it
    from bot.allocation.assignments import Version
    from bot.evidence.question import ask
    from bot.policy import read_policy

    policy = read_policy((TOP / "config/policy.toml").read_text(), "policy")
    return ask(policy, [Version(0, "sonnet", {})], policy.week.calendar.named(WEEK))


def _logs(folder: Path):  # type: ignore[no-untyped-def]
    from bot.paths import LogFile

    names = (f"{name}.{folder.name}" for name in ("tokens", "rework"))
    return [(LogFile(name, folder / name),) for name in names]


CHILDREN: dict[str, Callable[[Path], None]] = {
    "evidence": evidence,
    "query": query,
    "count": count,
    "json": standard_json,
}
SHELL = {"jq": _JQ, "wc": "cat {folder}/*.jsonl | wc -l"}
"""Contenders that are programs; these and `json` read lines only."""


def contenders(folder: Path) -> dict[str, list[str]]:
    """The commands to compare."""
    child = [sys.executable, str(Path(__file__)), "--child"]
    found = {name: [*child, name, str(folder)] for name in CHILDREN}
    if folder.name != "jsonl":
        found.pop("json")
        if folder.name != "parquet":
            found.pop("query"), found.pop("count")
        return found
    return found | {
        name: ["bash", "-c", text.format(folder=folder)] for name, text in SHELL.items()
    }


def cost(command: list[str]) -> Cost:
    """What a command and its children took; memory is the largest one's."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{TOP}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    wall = time.perf_counter() - began
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """Compare, for every packing asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out")
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FOLDER"))
    parser.add_argument("packings", nargs="*", choices=[*PACKINGS, []], default=[])
    args = parser.parse_args()
    if args.child:
        CHILDREN[args.child[0]](Path(args.child[1]))
        return
    with tempfile.TemporaryDirectory() as top:
        for packing in args.packings or PACKINGS:
            folder = make(Path(top), args.rows, packing)
            asked = {n: c for n, c in contenders(folder).items() if n not in args.without}
            turns = [
                {name: cost(command) for name, command in asked.items()} for _ in range(args.pairs)
            ]
            medians = {
                n: Cost(*map(statistics.median, zip(*(t[n] for t in turns), strict=True)))
                for n in asked
            }
            for name, (wall, cpu, mib) in medians.items():
                ratio = medians["evidence"].wall / wall
                print(
                    f"{args.rows:>11,} {packing:10} {name:9} {wall:7.2f} s {cpu:7.2f} cpu s {mib:6,.0f} MiB"
                    f"  evidence is {ratio:.2f} x"
                )


if __name__ == "__main__":
    main()
