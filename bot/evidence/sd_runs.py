"""SDs one by one, from the records of count.sql that tell them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.evidence.database import Record
from bot.evidence.records import SdRun

SdUnit = tuple[str, int, int | None, int | None]
"""SD, phase, agent, model."""


def unit_of(record: Record) -> SdUnit:
    """Which SD of which cell on which model a record is of."""
    return record.sd, record.phase, record.agent, record.model


def run_of(record: Record, causes: Iterable[str]) -> SdRun:
    """A record as a line of the folded evidence."""
    return SdRun(
        sd=record.sd,
        rework=bool(record.rework),
        raw_rework=bool(record.raw_rework),
        issue=bool(record.troubled),
        causes=tuple(sorted(causes)),
        assumed=bool(record.assumed),
        unlogged=bool(record.unlogged),
    )
