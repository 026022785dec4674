"""DuckDB, kept to one temporary folder and the log files it is given.

In: files of good rows and a question. Out: the counts of the rows as plain dictionaries. No other module
speaks to DuckDB, and no error of its own leaves here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from bot.calendar import SECOND, Week
from bot.errors import BotError
from bot.evidence.records import Question
from bot.evidence.schema import Names

WEEKS_OF_UNITS = 104
"""Weeks, the reviewed one included, whose SDs are told apart across cells.

A fleet shift judges 53 of them, the first by up to 13 weeks before it that need not follow each other.
"""
_EVER = 2**63 - 1
_NEVER = -(2**63)


class CountingFailed(BotError):
    """DuckDB could not do what the bot asked of it. Exit code 70: a bug, or a machine out of memory."""

    exit_code = 70


class Database:
    """An open session. Made by `database()`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def load(self, tokens: Sequence[Path], rework: Sequence[Path], names: Names) -> None:
        """Read files of good rows only, at least one of each log; `names` knows every name in them."""
        self._run(
            "load.sql",
            token_files=[str(path.absolute()) for path in tokens],
            rework_files=[str(path.absolute()) for path in rework],
            phases=json.dumps(_spellings(names.phases)),
            agents=json.dumps(_spellings(names.agents)),
        )

    def count(self, question: Question) -> list[dict[str, Any]]:
        """The records of count.sql over the files read last, in no particular order."""
        # Two statements, as only Ladder.rung_of says what an id means and it cannot run inside DuckDB:
        # functions written in Python would need numpy there.
        ids = [row["model"] for row in self._run("models.sql")]
        models = [{"id": id_, "model": question.ladder.rung_of(id_) or id_} for id_ in ids]
        self._run(
            "normalise.sql",
            models=json.dumps(models),
            weeks=json.dumps([_week(week) for week in question.weeks]),
            ignored=sorted(question.ignored_causes),
        )
        return self._run(
            "count.sql",
            spells=json.dumps(list(_spells(question))),
            explicit=json.dumps([cell._asdict() for cell in sorted(question.explicit)]),
            known=sorted(question.ignored_causes | question.counted_causes),
            week=question.week.label,
            since=question.weeks[-WEEKS_OF_UNITS:][0].label,
        )

    def _run(self, script: str, **parameters: object) -> list[dict[str, Any]]:
        sql = files("bot.evidence").joinpath(script).read_text(encoding="utf-8")
        try:
            self._connection.execute(sql, parameters)
            columns = [column[0] for column in self._connection.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in self._connection.fetchall()]
        except duckdb.Error as err:
            said = str(err).partition("\n")[0]
            raise CountingFailed(f"the logs cannot be counted: {said}") from err


@contextmanager
def database(folder: Path, logs: Sequence[Path]) -> Iterator[Database]:
    """A session that can read `logs`, read and write `folder`, and reach nothing else: no network."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_persistent_secrets": "false",
            "temp_directory": str(folder),
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET asof_loop_join_threshold = 0")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
        allowed = [str(path.absolute()) for path in logs]
        connection.execute("SET allowed_paths = $paths", {"paths": allowed})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Database(connection)
    finally:
        connection.close()


def _spellings(names: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"said": said, "name": name} for said, name in names.items() if name is not None]


def _week(week: Week) -> dict[str, object]:
    return {"label": week.label, "start": week.start * SECOND, "end": week.end * SECOND}


def _spells(question: Question) -> Iterator[Mapping[str, object]]:
    """Every spell with the time it is in force, back to back; the first stands in for all time before."""
    cells = [(cell.phase, cell.agent, past) for cell, past in sorted(question.spells.items())]
    for phase, agent, past in [*cells, ("", "", question.default_spells)]:
        starts = [spell.start * SECOND for spell in past]
        for spell, since, until in zip(
            past, [_NEVER, *starts[1:]], [*starts[1:], _EVER], strict=True
        ):
            yield {
                "phase": phase,
                "agent": agent,
                # The table of that time may name a rung that today's ladder knows as an alias.
                "model": question.ladder.rung_of(spell.model) or spell.model,
                "start": spell.start,
                "since": since,
                "until": until,
            }
