"""Bad lines, located: log files that DuckDB suspects are read again, line by line.

In: the log files and what DuckDB found wrong with some of them. Out: every bad line as a problem with
file, line and field, and copies of the suspects without their bad lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.calendar import SECOND
from bot.errors import BotError, Problem
from bot.evidence.limits import BLANKS
from bot.evidence.lines import ReworkRow, Row, TokenRow, Wrong, read_line
from bot.evidence.records import Question
from bot.paths import LogFile


class ReadersDisagree(BotError):
    """The two log readers find different lines bad: no evidence may be built on either. Exit code 70."""

    exit_code = 70

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path}: the two log readers disagree about which lines are bad; if the file was written "
            "to just now, run again, else report this bug with the file"
        )


@dataclass(frozen=True)
class Located:
    """What the strict reader found in the suspects."""

    problems: tuple[Problem, ...]
    """Every problem of every bad line, by file and line."""
    copies: Mapping[int, Path]
    """The suspects without their bad lines, by place in the list of files."""


def locate(
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    suspects: Mapping[int, int] | None,
    question: Question,
    folder: Path,
) -> Located:
    """Read suspects again and copy what is good of them into `folder`.

    `suspects`: how many lines DuckDB finds bad by themselves, by a file's place in `[*tokens, *rework]`;
    None where it could not say, so that every file is suspect. Raises ReadersDisagree where this reader
    counts other bad lines than DuckDB.
    """
    logs = [*tokens, *rework]
    readings: dict[bool, _Reading] = {}
    copies: dict[int, Path] = {}
    for place in sorted(range(len(logs)) if suspects is None else suspects):
        is_rework = place >= len(tokens)
        kind = ReworkRow if is_rework else TokenRow
        reading = readings.setdefault(is_rework, _Reading(kind, question))
        copies[place] = folder / f"{place}.jsonl"
        bad_lines = reading.clean(logs[place], copies[place])
        if suspects is not None and bad_lines != suspects[place]:
            raise ReadersDisagree(logs[place].path)
    problems = [problem for reading in readings.values() for problem in reading.problems]
    problems.sort(key=lambda problem: (problem.file, problem.line or 0))
    return Located(tuple(problems), copies)


@dataclass
class _Reading:
    """One log's suspects, read in order; what the later ones mean depends on the earlier ones' ids."""

    kind: type[TokenRow] | type[ReworkRow]
    question: Question
    problems: list[Problem] = field(default_factory=list)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Of each id, a digest of the row that had it first, and where that stands."""

    def clean(self, log: LogFile, copy: Path) -> int:
        """Note a file's problems and copy its good lines; how many lines are bad by themselves."""
        bad_lines = 0
        with log.stored.open("rb") as source, copy.open("wb") as target:
            for number, line in enumerate(source, 1):
                found = self._read(line.strip(BLANKS))
                wrong = found if isinstance(found, tuple) else ()
                bad_lines += bool(wrong)
                if isinstance(found, Row):
                    wrong = self._reused(found, f"{log.path}:{number}")
                self.problems += [Problem(log.path, w.message, number, w.key) for w in wrong]
                if not wrong:
                    target.write(line)
        return bad_lines

    def _read(self, line: bytes) -> Row | tuple[Wrong, ...] | None:
        if not line:
            return None
        return read_line(line, self.kind, self.question.phases, self.question.week.end * SECOND)

    def _reused(self, row: Row, place: str) -> tuple[Wrong, ...]:
        if row.id is None:
            return ()
        content = hash(row)
        first, where = self.first.setdefault(row.id, (content, place))
        said = f"is taken by {where}, which says something else; give each row an id of its own"
        return () if first == content else (Wrong("id", said),)
