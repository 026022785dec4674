"""What a change does to the ladder under the gates. Pure.

In: the worlds of base and of the result. Out: every way in which a rung that base knows would stand lower,
or would name a model that base places lower, so that a gate keeps its word and loses its meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import islice

from bot.allocation.ladder import Ladder
from bot.allocation.toml import Path
from bot.gates.floors import World, extends, ranking
from bot.gates.patterns import Effort, TooTangled, common_example, exactly
from bot.gates.refusals import Document, Refusal, Weakening

_MOST_IDS = 1_000
"""In a ladder that changes; comparing more takes too long, and nobody reviews them either."""
_MOST_STEPS = 400_000
"""To tell patterns apart, of a changed ladder: half a second. Beyond it every question is too tangled."""
_MOST_ALIASES = 20
"""More of them would tell nobody anything new, and each may take long to find."""


def ladder_refusals(base: World, head: World) -> tuple[Refusal, ...]:
    """Every reason why head's ladder may not replace base's, in the ladder's order."""
    old, new = base.rules.ladder, head.rules.ladder
    return (
        *_rungs_kept(old, new),
        *_gate_rung(old, new),
        *_costs(base, head),
        *islice(_aliases(old, new), _MOST_ALIASES),
    )


def _refusal(
    reason: Weakening,
    message: str,
    path: Path = ("ladder",),
    before: str | None = None,
    after: str | None = None,
) -> Refusal:
    return Refusal(reason, message, None, before, after, Document.POLICY, path)


def _rungs_kept(old: Ladder, new: Ladder) -> Iterator[Refusal]:
    gone = [name for name in old.names if name not in new.names]
    for name in gone:
        message = f"the ladder loses its rung {name}, removed or renamed; keep every rung of base"
        yield _refusal(Weakening.LADDER_SHORTENED, message, before=name)
    if not gone and not extends(old, new):
        before, kept = " < ".join(old.names), " < ".join(n for n in new.names if n in old.names)
        message = f"the ladder's order changes from {before} to {kept}; keep base's order"
        yield _refusal(Weakening.LADDER_REORDERED, message)


def _gate_rung(old: Ladder, new: Ladder) -> Iterator[Refusal]:
    """A ladder without `opus` has its gates on top; `opus` added further down would pull them there."""
    rank = ranking(old, new)
    if extends(old, new) and rank(new.gate_rung) < rank(old.gate_rung):
        message = f"the rung of all gates falls from {old.gate_rung} to {new.gate_rung}; add it further up"
        yield _refusal(
            Weakening.GATE_RUNG_LOWERED,
            message,
            _name(new, new.gate_rung),
            old.gate_rung,
            new.gate_rung,
        )


def _costs(base: World, head: World) -> Iterator[Refusal]:
    """A new rung above a floor costs at least what the floor does: rungs rise in cost and capability.

    Otherwise a cheap model could be declared "above" `opus` and given to a gate.
    """
    old, new = base.rules.ladder, head.rules.ladder
    if not extends(old, new):
        return
    floors = {old.gate_rung, *base.rules.extra_gates.values()}
    for index, name in enumerate(new.names):
        below = floors.intersection(new.names[:index])
        least = max((base.costs.get(floor, Fraction(0)) for floor in below), default=Fraction(0))
        if name not in old.names and head.costs.get(name, Fraction(0)) < least:
            message = (
                f"new rung {name} stands above a gate's floor and costs less than it; move it down"
            )
            yield _refusal(Weakening.LADDER_COST, message, _name(new, name), after=name)


def _aliases(old: Ladder, new: Ladder) -> Iterator[Refusal]:
    """Ids that base's patterns put on a lower rung than head does."""
    if old == new:
        return
    if any(sum(len(rung.models) for rung in side.rungs) > _MOST_IDS for side in (old, new)):
        message = f"the ladder changes and lists over {_MOST_IDS} ids; use patterns instead"
        yield _refusal(Weakening.ALIAS_REDEFINED, message)
        return
    rank, exact = ranking(old, new), _exact_names(old, new)
    for model in exact:
        before, after = old.rung_of(model), new.rung_of(model)
        if before is not None and after is not None and rank(before) < rank(after):
            yield _redefined(new, after, model, f"{model} is {before} at base", before)
    effort = Effort(_MOST_STEPS)
    for rung in new.rungs:
        for pattern in rung.models:
            yield from _swallowed(old, new, rung.name, pattern, exact, effort)


def _swallowed(
    old: Ladder, new: Ladder, after: str, pattern: str, exact: Sequence[str], effort: Effort
) -> Iterator[Refusal]:
    """The lowest rung of base that a pattern of head takes ids from, if it takes any."""
    rank = ranking(old, new)
    for rung in old.rungs:
        kept = [p for r in new.rungs if rank(r.name) <= rank(rung.name) for p in r.models]
        if pattern in kept:
            continue  # what head has this low takes no id up: the lowest pattern wins
        for lost in (p for p in rung.models if p not in kept):
            example = _taken(lost, pattern, kept, exact, effort)
            if example is not None:
                said = f"pattern {pattern} takes ids such as {example}, {rung.name} at base,"
                yield _redefined(new, after, pattern, said, rung.name)
                return


def _taken(
    lost: str, pattern: str, kept: Sequence[str], exact: Sequence[str], effort: Effort
) -> str | None:
    """An id that moves up from `lost` to `pattern`; the lost pattern itself where that is undecidable.

    Names that a ladder lists outright obey no pattern; they are judged one by one.
    """
    named = [name for name in exact if fnmatchcase(name, lost)]
    try:
        if common_example([lost, pattern], [], effort) is None:
            return None
        return common_example([lost, pattern], [*kept, *named, ""], effort)  # no id is empty
    except TooTangled:
        return lost


def _exact_names(old: Ladder, new: Ladder) -> tuple[str, ...]:
    """Every rung and id that either ladder names outright."""
    rungs = (*old.rungs, *new.rungs)
    named = dict.fromkeys(name for rung in rungs for name in (rung.name, *rung.models))
    return tuple(name for name in named if exactly(name) == name)


def _redefined(new: Ladder, after: str, model: str, said: str, before: str) -> Refusal:
    index = new.rank(after)
    models = new.rungs[index].models
    path: Path = (
        ("ladder", index, "models", models.index(model)) if model in models else _name(new, after)
    )
    message = f"{said} and {after} here; put it back on {before} or below"
    return _refusal(Weakening.ALIAS_REDEFINED, message, path, before, after)


def _name(ladder: Ladder, rung: str) -> Path:
    return ("ladder", ladder.rank(rung), "name")
