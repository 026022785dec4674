"""Gates in the files that the table binds (SPEC § 9a): no change takes a gate's file below its floor. Pure.

In: what base's policy and table bind, in base's files and in the result's, and the files. Out: refusals.
Whose file it is tells its name on either side, and the floor is base's: a change cannot talk its way out of a
gate by a new name in its file, nor by a new file of the old name. What it does not touch is not its doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.allocation.names import Cell
from bot.allocation.rules import Rules
from bot.binding.bound_files import Binding, BoundPlace, BoundSource
from bot.binding.front_matter import INHERIT, Uneditable
from bot.gates.bound_tables import lowered_in_table
from bot.gates.refusals import Document, Refusal, Weakening


def bound_below(
    rules: Rules,
    base: Binding,
    base_files: BoundSource,
    head: Binding,
    head_files: BoundSource,
    moves: Mapping[str, str],
) -> Iterator[Refusal]:
    """Every gate that the change lowers, silences or makes unreadable in a file that says its model.

    `moves` tells where files of gates went that are gone: old path → new.
    """
    came = {moves[place.path]: place for place in base.places if place.path in moves}
    gone = [place for place in base.places if head_files.data(place.path) is None]
    renamed = {(place.called, place.key): place for place in gone}
    before = {(place.path, place.key): place for place in base.places}
    for place in head.places:
        if place.key is None:
            yield from _in_table(rules, place.path, base_files, head_files)
            continue
        known = before.get((place.path, place.key)) or renamed.get((place.called, place.key))
        yield from _lowered(rules, known or came.get(place.path), place)
    bound = {*(place.path for place in head.places), *(left.path for left in head.left_alone)}
    yield from (_moved_out(rules, came[path], path) for path in came if path not in bound)
    yield from _unjudged(rules, base, base_files, head, head_files)


def _unjudged(
    rules: Rules, base: Binding, base_files: BoundSource, head: Binding, head_files: BoundSource
) -> Iterator[Refusal]:
    """Gates' files that the change makes such that nobody can tell what they say."""
    seen: set[str] = set()
    for left in head.left_alone:
        known = next((place for place in base.places if place.path == left.path), None)
        cells = (*left.cells, *(known.cells if known else ()))
        seen.add(left.path)
        if _floor(rules, cells) and base_files.data(left.path) != head_files.data(left.path):
            yield _unreadable(left.path, left.why, cells)
    for place in base.places:
        found = head_files.data(place.path)
        if isinstance(found, Uneditable) and place.path not in seen and _floor(rules, place.cells):
            seen.add(place.path)
            yield _unreadable(place.path, found, place.cells)


def _moved_out(rules: Rules, place: BoundPlace, path: str) -> Refusal:
    gate = next(cell for cell in place.cells if rules.floor(cell) is not None)
    said = f"the file of the gate {gate} is moved here from {place.path}, where nothing binds it; bind it too"
    return Refusal(
        Weakening.BOUND_REMOVED, said, gate, place.says, document=Document.BOUND, file=path
    )


def _in_table(
    rules: Rules, path: str, base_files: BoundSource, head_files: BoundSource
) -> Iterator[Refusal]:
    before, now = base_files.data(path), head_files.data(path)
    if isinstance(now, bytes):
        known = before if isinstance(before, bytes) else None
        yield from lowered_in_table(rules, path, known, now)


def apart_refusals(binding: Binding) -> Iterator[Refusal]:
    """Bound files that say something else than the table, as reasons not to merge."""
    for place in binding.apart:
        said = f"{place.sentence()}; run `calibration-bot apply`"
        yield _refusal(Weakening.BOUND_APART, said, place)


def _lowered(rules: Rules, before: BoundPlace | None, now: BoundPlace) -> Iterator[Refusal]:
    both = (*now.cells, *(before.cells if before else ()))
    cells = tuple(cell for cell in both if rules.floor(cell) is not None)
    floor = _floor(rules, cells)
    own = () if before is None else before.cells
    if floor is None or (before is not None and before.says == now.says and {*cells} <= {*own}):
        return
    rank, lowest = _rank(rules, now), rules.ladder.rank(floor)
    if now.says in (None, INHERIT):
        if before is not None and before.says not in (None, INHERIT):
            said = f"{now.key} of the gate {cells[0]} said {before.says} and says nothing any more"
            yield _refusal(Weakening.BOUND_REMOVED, f"{said}; put it back", now, before, cells)
    elif rank < lowest:
        said = f"{now.key} of the gate {cells[0]} is {now.says}, below its floor {floor}"
        yield _refusal(Weakening.BOUND_BELOW_FLOOR, f"{said}; raise it", now, before, cells)


def _rank(rules: Rules, place: BoundPlace) -> int:
    """Of what a place says; an unknown model is below everything."""
    rung = place.rule.rung_of(place.says or "", rules)
    return -1 if rung is None else rules.ladder.rank(rung)


def _floor(rules: Rules, cells: Iterable[Cell]) -> str | None:
    floors = [floor for floor in map(rules.floor, cells) if floor is not None]
    return rules.ladder.highest(*floors) if floors else None


def _unreadable(path: str, why: Uneditable, cells: tuple[Cell, ...]) -> Refusal:
    said = f"the file of the gate {cells[0]} {why.reason}; what it says cannot be judged"
    return Refusal(
        Weakening.BOUND_UNREADABLE,
        said,
        cells[0],
        document=Document.BOUND,
        file=path,
        line=why.line,
    )


def _refusal(
    reason: Weakening,
    said: str,
    now: BoundPlace,
    before: BoundPlace | None = None,
    cells: tuple[Cell, ...] = (),
) -> Refusal:
    cell = next(iter(cells or now.cells), None)
    was = None if before is None else before.says
    return Refusal(reason, said, cell, was, now.says, Document.BOUND, file=now.path, line=now.line)
