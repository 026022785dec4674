"""The numbers in a record of count.sql as the names they stand for. Pure."""

from __future__ import annotations

from bot.allocation.names import Cell
from bot.evidence.codes import VERSIONS, Codes
from bot.evidence.database import Record
from bot.evidence.epochs import Spelled
from bot.evidence.records import Question


class NamedRecords:
    """Names for the records of one question."""

    def __init__(self, codes: Codes, question: Question) -> None:
        self._codes, self._question = codes, question

    def place(self, record: Record) -> tuple[Cell, str]:
        """The cell and the label of the week."""
        return Cell(self.phase(record), self.agent(record) or ""), self.week(record)

    def week(self, record: Record) -> str:
        """The label of the week it counts in."""
        return self.label(record.week)

    def label(self, week: int) -> str:
        """The label of a week by its number."""
        return self._question.weeks[week].label

    def phase(self, record: Record) -> str:
        """Canonical name."""
        return self._codes.phases[record.phase]

    def agent(self, record: Record) -> str | None:
        """Canonical name, None where none is named."""
        return None if record.agent is None else self._codes.agents[record.agent]

    def model(self, record: Record) -> str | None:
        """The rung, or the id that no rung knows; None where none is named."""
        return None if record.model is None else self._codes.models[record.model // VERSIONS]

    def spelled(self, record: Record) -> Spelled:
        """Cell, rung, and the start of the spell in which it was assigned."""
        start = -1 if record.start is None else record.start
        return self.place(record)[0], self.model(record) or "", start
