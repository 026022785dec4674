"""Logs to evidence: one reader judges every line, DuckDB counts the good ones and checks nothing.

In: the log files and the question. Out: `Evidence`, with every bad line in it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem
from bot.evidence.codes import Codes
from bot.evidence.database import database, share
from bot.evidence.gather import NOTHING, evidence_of
from bot.evidence.past_records import PastEvidence
from bot.evidence.reader import Reader
from bot.evidence.records import Evidence, Question
from bot.evidence.schema import Names
from bot.evidence.screen import is_plain, screen
from bot.paths import LogFile
from bot.scratch import scratch_folder

MOST_RUNS = 200
"""SDs of a cell week that are listed one by one, unless more are asked for."""
EVERY_RUN = 2**31 - 1
"""All of them."""


def read_evidence(
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    question: Question,
    most_runs: int = MOST_RUNS,
) -> Evidence:
    """Everything the logs say up to the end of the reviewed week; the order of rows and files is no matter.

    Bad lines are left out of the counts and listed in `rejected`; whether they stop the calibration is for
    the caller to say. Raises InvalidInput naming every file that cannot be read; CountingFailed where the
    bot itself is at fault.
    """
    return _read(tokens, rework, question, most_runs, 0).evidence


def read_past(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], question: Question, again: int
) -> PastEvidence:
    """As `read_evidence`, to review so many of the weeks before the reviewed one again; no SDs one by one."""
    return _read(tokens, rework, question, 0, again)


def _read(
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    question: Question,
    most_runs: int,
    again: int,
) -> PastEvidence:
    tokens, rework = _in_order(tokens), _in_order(rework)
    logs = [*tokens, *rework]
    _check_readable(logs)
    if not logs:
        return PastEvidence(NOTHING, frozenset(), (), {}, {})
    names = Names(question.phases)
    with scratch_folder() as folder:
        whole = [log.stored for log in logs if log.part is None]
        with database(_plain(folder), whole, _memory(question, logs)) as opened:
            kinds = (False, tokens, "tokens"), (True, rework, "rework")
            of_tokens, of_rework = (
                screen(files, Reader(names, rework=rework), _folder(folder / name), opened)
                for rework, files, name in kinds
            )
            codes = Codes(question, names)
            sure = of_tokens.sure, of_rework.sure
            opened.load(of_tokens.files, of_rework.files, sure, codes)
            records = opened.count(question, codes, most_runs, again)
    problems = sorted([*of_tokens.problems, *of_rework.problems], key=_place)
    return evidence_of(records, codes, question, problems, most_runs)


def _memory(question: Question, logs: Sequence[LogFile]) -> int:
    """Bytes that counting these logs may take."""
    sizes = [
        (log.packing, log.part.length if log.part else log.stored.stat().st_size) for log in logs
    ]
    packed = sum(size for packing, size in sizes if packing)
    return share(question.memory, sum(size for _, size in sizes) - packed, packed)


def _place(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line or 0


def _plain(folder: Path) -> Path:
    if not is_plain(folder):
        raise BotError(
            f"the temporary folder {str(folder)!r} has a name that DuckDB takes for a pattern; set TMPDIR to "
            "one without * ? [ ] { } and in UTF-8"
        )
    return folder


def _in_order(logs: Sequence[LogFile]) -> list[LogFile]:
    """Place by place, by path: of two rows with one id the one read first holds. Parquet is read last."""
    return sorted(
        logs, key=lambda log: (log.place, log.path, log.stored, log.part and log.part.start)
    )


def _check_readable(logs: Sequence[LogFile]) -> None:
    wrong = []
    for log in logs:
        try:
            if not (log.part or (os.access(log.stored, os.R_OK) and log.stored.is_file())):
                log.open().close()
        except OSError as err:
            said = err.strerror or str(err)
            remedy = "make it a readable file or remove it"
            wrong.append(Problem(log.path, f"cannot be read: {said}; {remedy}"))
    if wrong:
        raise InvalidInput(wrong)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
