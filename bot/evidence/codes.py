"""Names as the numbers that stand for them while DuckDB counts: small, quick to compare, in a useful order.

In: every name that good rows, the table's past and the policy use. Out: tables of names for the database,
and the names back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import filterfalse
from typing import Any

from bot.allocation.names import Cell, names_model
from bot.calendar import SECOND
from bot.evidence.records import Question
from bot.evidence.schema import Names

CodeRows = Iterable[Mapping[str, Any]]

_LONG = 13
"""Weeks after which a second run makes the first one odd."""
_WEEK = 7 * 24 * 60 * 60 * SECOND
_EVER = 2**63 - 1
_NEVER = -(2**63)
VERSIONS = 1000
"""Numbers a model has for its versions: 0 where the rung lists none, 1 before any was seen."""
OLDEST = 2
"""The number of the first version in a rung's list; the later ones follow."""
UNNAMED = VERSIONS - 1
"""Of a version that a row does not name."""
_UNLISTED = -1
"""Phase and agent of the cells no table ever listed."""


class Codes:
    """The numbers of one question's names."""

    def __init__(self, question: Question, names: Names) -> None:
        """`names` has seen every name in the rows that are counted."""
        self._question, self._names = question, names
        ladder, past = question.ladder, _assigned(question)
        cells = {*question.explicit, *question.spells}
        self.phases = _sorted({*question.phases, *(cell.phase for cell in cells)})
        self.agents = _sorted({*names.agents.values(), *(cell.agent for cell in cells)})
        placed = {model: ladder.rung_of(model) or model for model in {*names.models, *past}}
        others = _sorted({*placed.values()} - {*ladder.names})
        real = (*ladder.names, *filter(names_model, others))
        self.real = len(real) * VERSIONS
        """The number from which on there are no models, but what tools write in the place of one."""
        # Rungs first and in order, so that the lower number is the lower rung.
        self.models = (*real, *filterfalse(names_model, others))
        self.ids = _sorted(names.models)
        self.causes = _sorted(names.causes)
        self._phase, self._agent = _numbers(self.phases), _numbers(self.agents)
        model = _numbers(self.models)
        self._placed = {said: self._version(said, model[name]) for said, name in placed.items()}

    def _version(self, said: str, model: int) -> int:
        """The number of a model as logs or tables name it, version included."""
        rungs = self._question.ladder.rungs
        rung = rungs[model] if model < len(rungs) else None
        if rung is None or not rung.versions:
            return model * VERSIONS
        version = rung.version_of(said)
        return model * VERSIONS + (UNNAMED if version is None else version + OLDEST)

    def tables(self) -> Iterator[tuple[str, Mapping[str, str], CodeRows]]:
        """What count.sql and load.sql look names up in: name, columns with their types, rows."""
        named = {"said": "VARCHAR", "number": "INTEGER"}
        yield "phase", named, _spelled(self._names.phases, self._phase)
        yield "agent", named, _spelled(self._names.agents, self._agent)
        # An id is what is no rung's own name.
        names = {*self.models}
        ids = {said: place for place, said in enumerate(self.ids) if said not in names}
        models = (
            {"said": said, "number": self._placed[said], "id": ids.get(said)} for said in self.ids
        )
        yield "model", {**named, "id": "INTEGER"}, models
        yield "cause", {**named, "counts": "BOOLEAN"}, self._causes()
        yield "week", _columns("week INTEGER, since BIGINT, until BIGINT"), self._weeks()
        spell = (
            "phase INTEGER, agent INTEGER, model INTEGER, start BIGINT, since BIGINT, until BIGINT"
        )
        yield "spell", _columns(spell), self._spells()
        explicit = map(self._cell, sorted(self._question.explicit))
        yield "explicit", _columns("phase INTEGER, agent INTEGER"), explicit

    def parameters(self, most: int, again: int) -> dict[str, int | bool]:
        """What count.sql is asked with.

        `most` is how many SDs a record may list, those with rework apart; `again` how many of the weeks
        before the reviewed one are to be reviewed again.
        """
        question = self._question
        week = len(question.weeks) - 1
        return {
            "week": week,
            "since": week - again,
            "rungs": len(question.ladder.rungs),
            "real": self.real,
            "most": most,
            "silence_passes": question.silence_passes,
            "long": _LONG * _WEEK,
            "old": week - _LONG,
        }

    def _causes(self) -> CodeRows:
        for number, cause in enumerate(self.causes):
            counts = cause not in self._question.ignored_causes
            yield {"said": cause, "number": number, "counts": counts}

    def _weeks(self) -> CodeRows:
        for number, week in enumerate(self._question.weeks):
            yield {"week": number, "since": week.start * SECOND, "until": week.end * SECOND}

    def _cell(self, cell: Cell) -> dict[str, int]:
        return {"phase": self._phase[cell.phase], "agent": self._agent[cell.agent]}

    def _spells(self) -> CodeRows:
        """Every spell with the time it is in force, back to back; the first stands in for all time before."""
        question = self._question
        places = [(self._cell(cell), past) for cell, past in sorted(question.spells.items())]
        unlisted = {"phase": _UNLISTED, "agent": _UNLISTED}
        for place, past in [*places, (unlisted, question.default_spells)]:
            starts = [spell.start * SECOND for spell in past]
            times = zip(past, [_NEVER, *starts[1:]], [*starts[1:], _EVER], strict=True)
            for spell, since, until in times:
                model = self._placed[spell.model]
                bounds = {"start": spell.start, "since": since, "until": until}
                yield {**place, "model": model, **bounds}


def _spelled(spellings: Mapping[str, str | None], numbers: Mapping[str, int]) -> CodeRows:
    named = ((said, name) for said, name in spellings.items() if name is not None)
    return ({"said": said, "number": numbers[name]} for said, name in named)


def _assigned(question: Question) -> set[str]:
    """Models as tables of the past wrote them."""
    every = (*question.spells.values(), question.default_spells)
    return {spell.model for past in every for spell in past}


def _columns(text: str) -> dict[str, str]:
    words = text.replace(",", "").split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _sorted(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name is not None))


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
