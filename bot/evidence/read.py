"""Logs to evidence: DuckDB reads, checks and counts; a second, strict reader locates what is wrong.

In: the log files and the question. Out: `Evidence`, with every bad line in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import InvalidInput, Problem
from bot.evidence.database import CountingFailed, Database, database
from bot.evidence.gather import evidence_of
from bot.evidence.records import Evidence, Question
from bot.evidence.rejects import Located, ReadersDisagree, locate
from bot.paths import LogFile


def read_evidence(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], question: Question
) -> Evidence:
    """Everything the logs say up to the end of the reviewed week; the order of rows and files is no matter.

    Bad lines are left out of the counts and listed in `rejected`; whether they stop the calibration is for
    the caller to say. Raises InvalidInput naming every file that cannot be read; ReadersDisagree and
    CountingFailed where the bot itself is at fault.
    """
    tokens, rework = _by_path(tokens), _by_path(rework)
    logs = [*tokens, *rework]
    _check_readable(logs)
    if not logs:
        return evidence_of([], (), question.week.label, question.ladder)
    with (
        TemporaryDirectory(prefix="calibration-bot-") as name,
        database(Path(name), [log.stored for log in logs]) as opened,
    ):
        rejected = _load_good_rows(opened, tokens, rework, question, Path(name))
        counted = opened.count(question)
    return evidence_of(counted, rejected, question.week.label, question.ladder)


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


def _load_good_rows(
    opened: Database,
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    question: Question,
    folder: Path,
) -> tuple[Problem, ...]:
    """Leave the good rows of all files loaded; every problem of the other lines, by file and line."""
    logs = [*tokens, *rework]
    stored = [log.stored for log in logs]
    located = _bad_lines(opened, tokens, rework, question, folder)
    if located.copies:
        paths = [located.copies.get(place, path) for place, path in enumerate(stored)]
        # What is left must be good for both readers, rows that share an id included.
        for place in opened.load(paths, len(tokens), question):
            raise ReadersDisagree(logs[place].path)
    return located.problems


def _bad_lines(
    opened: Database,
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    question: Question,
    folder: Path,
) -> Located:
    stored = [log.stored for log in [*tokens, *rework]]
    try:
        suspects = opened.load(stored, len(tokens), question)
    except CountingFailed:
        # Some lines stop DuckDB altogether: one of 100 MB does.
        located = locate(tokens, rework, None, question, folder)
        if not located.problems:
            raise
        return located
    if not suspects:
        return Located((), {})
    return locate(tokens, rework, suspects, question, folder)
