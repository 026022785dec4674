"""Logs to evidence: one reader judges every line, DuckDB counts the good ones and checks nothing.

In: the log files and the question. Out: `Evidence`, with every bad line in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem
from bot.evidence.codes import Codes
from bot.evidence.database import Database, database, share
from bot.evidence.gather import NOTHING, evidence_of
from bot.evidence.past_records import PastEvidence
from bot.evidence.reader import Reader
from bot.evidence.records import Evidence, Question
from bot.evidence.schema import Names
from bot.evidence.screen import Screened, is_plain, screen
from bot.paths import LogFile
from bot.scratch import scratch_folder

MOST_RUNS = 200
"""SDs of a cell week that are listed one by one, unless more are asked for."""
EVERY_RUN = 2**31 - 1
"""All of them."""
_PACKED = 8
"""Bytes of a row in a packed file, about."""


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
    if not (tokens or rework):
        return PastEvidence(NOTHING, frozenset(), (), {}, {})
    names = Names(question.phases)
    with screened_logs(tokens, rework, names, question.memory) as (opened, of_tokens, of_rework):
        codes = Codes(question, names)
        sure = of_tokens.sure.query, of_rework.sure.query
        opened.load(of_tokens.files, of_rework.files, sure, codes)
        records = opened.count(codes, most_runs, again)
    problems = problems_of(of_tokens, of_rework)
    return evidence_of(records, codes, question, problems, most_runs)


@contextmanager
def screened_logs(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], names: Names, memory: int
) -> Iterator[tuple[Database, Screened, Screened]]:
    """An open database, and what of either log it may be given; `names` learns what good rows name.

    `memory` is what the process may take, in bytes. Raises InvalidInput naming every file that cannot be
    read.
    """
    kinds = (False, _in_order(tokens), "tokens"), (True, _in_order(rework), "rework")
    logs = [log for _, files, _ in kinds for log in files]
    _check_readable(logs)
    whole = [log.stored for log in logs if log.part is None]
    held = _share(memory, logs)
    with scratch_folder() as folder, database(_plain(folder), whole, held) as opened:
        of_tokens, of_rework = (
            screen(files, Reader(names, rework=is_rework), _folder(folder / name), opened)
            for is_rework, files, name in kinds
        )
        opened.hold(max(held, _share_of_rows(memory, of_tokens, of_rework)))
        yield opened, of_tokens, of_rework


def problems_of(*logs: Screened) -> list[Problem]:
    """Everything wrong with the lines of some logs, by file and line."""
    return sorted((problem for log in logs for problem in log.problems), key=_place)


def _share(memory: int, logs: Sequence[LogFile]) -> int:
    """Bytes that reading these logs may take; how much is in packed ones nobody knows yet."""
    sizes = [(log.packing, log.size) for log in logs]
    packed = sum(size for packing, size in sizes if packing)
    return share(memory, sum(size for _, size in sizes) - packed, packed // _PACKED)


def _share_of_rows(memory: int, *logs: Screened) -> int:
    """Bytes that counting what was read may take."""
    lines = sum(path.stat().st_size for log in logs for path in log.files)
    return share(memory, lines, sum(log.sure.rows for log in logs))


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
