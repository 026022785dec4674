"""What of a cell's week later weeks told, so that what was concluded meanwhile can be known. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from bot.evidence.database import Record
from bot.evidence.named_records import NamedRecords
from bot.evidence.records import Late

Place = TypeVar("Place", bound=Hashable)


def told_late(
    records: Iterable[Record], place: Callable[[Record], Place], named: NamedRecords
) -> defaultdict[Place, list[Late]]:
    """The `late` records of count.sql by what a cell week is known by, oldest telling first."""
    counts: dict[tuple[Place, int], list[int]] = defaultdict(lambda: [0, 0])
    for record in records:
        of_week = counts[place(record), record.sds]
        of_week[0] += record.rework
        of_week[1] += record.raw_rework
    late: defaultdict[Place, list[Late]] = defaultdict(list)
    for (of, known), (rework, sds) in sorted(counts.items(), key=lambda pair: pair[0][1]):
        late[of].append(Late(named.label(known), rework, sds))
    return late
