"""Logs to evidence: one reader judges every line, DuckDB counts the good ones and checks nothing.

In: the log files and the question. Out: `Evidence`, with every bad line in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem
from bot.evidence.database import Database, database
from bot.evidence.gather import evidence_of
from bot.evidence.reader import Reader
from bot.evidence.records import Evidence, Question
from bot.evidence.schema import Names
from bot.evidence.screen import is_plain, screen
from bot.paths import LogFile
from bot.scratch import scratch_folder


def read_evidence(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], question: Question
) -> Evidence:
    """Everything the logs say up to the end of the reviewed week; the order of rows and files is no matter.

    Bad lines are left out of the counts and listed in `rejected`; whether they stop the calibration is for
    the caller to say. Raises InvalidInput naming every file that cannot be read; CountingFailed where the
    bot itself is at fault.
    """
    tokens, rework = _by_path(tokens), _by_path(rework)
    logs = [*tokens, *rework]
    _check_readable(logs)
    if not logs:
        return evidence_of([], (), question.week.label, question.ladder)
    with (
        scratch_folder() as folder,
        database(_plain(folder), [log.stored for log in logs if is_plain(log.stored)]) as opened,
    ):
        rejected = _load(opened, tokens, rework, question.phases, folder)
        counted = opened.count(question)
    return evidence_of(counted, rejected, question.week.label, question.ladder)


def _plain(folder: Path) -> Path:
    if not is_plain(folder):
        raise BotError(
            f"the temporary folder {str(folder)!r} has a name that DuckDB takes for a pattern; set TMPDIR to "
            "one without * ? [ ] { } and in UTF-8"
        )
    return folder


def _by_path(logs: Sequence[LogFile]) -> list[LogFile]:
    return sorted(logs, key=lambda log: (log.path, log.stored))


def _check_readable(logs: Sequence[LogFile]) -> None:
    wrong = []
    for log in logs:
        try:
            log.stored.open("rb").close()
        except OSError as err:
            said = err.strerror or str(err)
            remedy = "make it a readable file or remove it"
            wrong.append(Problem(log.path, f"cannot be read: {said}; {remedy}"))
    if wrong:
        raise InvalidInput(wrong)


def _load(
    opened: Database,
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    phases: Sequence[str],
    folder: Path,
) -> tuple[Problem, ...]:
    """Leave the good rows of all files loaded; every problem of the other lines, by file and line."""
    names = Names(phases)
    of_tokens = screen(tokens, Reader(names, rework=False), _folder(folder / "tokens"))
    of_rework = screen(rework, Reader(names, rework=True), _folder(folder / "rework"))
    empty = folder / "empty.jsonl"  # DuckDB wants a file, be it empty
    empty.touch()
    opened.load([*of_tokens.files, empty], [*of_rework.files, empty], names)
    problems = [*of_tokens.problems, *of_rework.problems]
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
