"""What of a cell's week later weeks told, so that what was concluded meanwhile can be known. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from bot.allocation.names import Cell
from bot.evidence.database import Record
from bot.evidence.named_records import NamedRecords
from bot.evidence.past_records import PastEvidence, Place, Since
from bot.evidence.records import Evidence, Late

Where = TypeVar("Where", bound=Hashable)


def told_late(
    records: Iterable[Record], place: Callable[[Record], Where], named: NamedRecords
) -> defaultdict[Where, list[Late]]:
    """The `late` records of count.sql by what a cell week is known by, oldest telling first."""
    counts: dict[tuple[Where, int], list[int]] = defaultdict(lambda: [0, 0])
    for record in records:
        of_week = counts[place(record), record.sds]
        of_week[0] += record.rework
        of_week[1] += record.raw_rework
    late: defaultdict[Where, list[Late]] = defaultdict(list)
    for (of, known), (rework, sds) in sorted(counts.items(), key=lambda pair: pair[0][1]):
        late[of].append(Late(named.label(known), rework, sds))
    return late


def past_evidence(
    evidence: Evidence,
    records: Mapping[str, list[Record]],
    place: Callable[[Record], Place],
    named: NamedRecords,
) -> PastEvidence:
    """The evidence of the last of some weeks with what the others did not know yet; `records` by kind."""
    return PastEvidence(
        evidence,
        logged=frozenset(map(named.week, records["rows"])),
        since=tuple(_since(record, place(record), named) for record in records["since"]),
        home_since=_by_model(records["home since"], named),
        escalated_since=_by_model(records["escalated since"], named),
    )


def _since(record: Record, place: Place, named: NamedRecords) -> Since:
    def label(week: int | None) -> str | None:
        return None if week is None else named.label(week)

    # Any column may be without a value, whatever the others' records have in it.
    number: str | None = record.sd
    told = (record.sds, record.rework, record.raw_rework, record.troubled)
    return Since(place, None if number is None else int(number), *map(label, told))


def _by_model(
    records: Iterable[Record], named: NamedRecords
) -> Mapping[tuple[Cell, str, str], int]:
    found = Counter[tuple[Cell, str, str]]()
    for record in records:
        found[(*named.place(record), named.model(record) or "")] += record.sds
    return found
