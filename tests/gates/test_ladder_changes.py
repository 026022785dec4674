"""A rung that keeps its name keeps its meaning: no id that base places lower climbs with a change."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.rules import Rules
from bot.gates.floors import World
from bot.gates.ladder_changes import ladder_refusals
from bot.gates.refusals import Document, Refusal, Weakening
from tests.support.tables import PHASES, table_of

SHORT = ["".join(letters) for size in range(1, 4) for letters in product("ab", repeat=size)]
NAMES = ("low", "middle", "opus")


def world(*rungs: tuple[str, ...]) -> World:
    """A world with a ladder of (name, id or pattern, …)."""
    ladder = Ladder(tuple(Rung(name, tuple(ids)) for name, *ids in rungs))
    return World(table_of({}), Rules(PHASES, ladder, {}))


def refused(base: World, head: World) -> list[Refusal]:
    return [r for r in ladder_refusals(base, head) if r.reason is Weakening.ALIAS_REDEFINED]


SHIPPED = (("low", "c-low-*", "c-1-low"), ("middle", "c-mid-*"), ("opus", "c-opus-*"))

CASES = {
    "same": (SHIPPED, SHIPPED, []),
    "new-id": (SHIPPED, (*SHIPPED[:2], ("opus", "c-opus-*", "o-5", "o-*")), []),
    "ids-dropped": (SHIPPED, (("low",), ("middle",), ("opus",)), []),
    "moved-down": (SHIPPED, (("low", "c-opus-*", "c-low-*"), ("middle",), ("opus",)), []),
    "exact-id-of-an-exact-one": (
        SHIPPED,
        (("low", "c-low-*"), SHIPPED[1], ("opus", "c-opus-*", "c-1-low")),
        [("low", "opus", ("ladder", 2, "models", 1), "c-1-low is low at base")],
    ),
    "exact-id-of-a-pattern": (
        SHIPPED,
        (*SHIPPED[:2], ("opus", "c-low-9")),
        [("low", "opus", ("ladder", 2, "models", 0), "c-low-9 is low at base")],
    ),
    "one-rung-up": (
        SHIPPED,
        (SHIPPED[0], ("middle", "c-mid-*", "c-low-9"), SHIPPED[2]),
        [("low", "middle", ("ladder", 1, "models", 1), "c-low-9 is low at base")],
    ),
    "pattern-that-swallows": (
        SHIPPED,
        (("low", "c-1-low"), SHIPPED[1], ("opus", "c-*")),
        [
            (
                "low",
                "opus",
                ("ladder", 2, "models", 0),
                "pattern c-* takes ids such as c-low-, low at base,",
            )
        ],
    ),
    "pattern-that-leaves-the-lower-one-alone": (SHIPPED, (*SHIPPED[:2], ("opus", "c-*")), []),
    "pattern-narrowed": (SHIPPED, (("low", "c-low-4-*", "c-1-low"), *SHIPPED[1:]), []),
    "pattern-narrowed-under-one-that-swallows": (
        (*SHIPPED[:2], ("opus", "c-*")),
        (("low", "c-low-4-*", "c-1-low"), SHIPPED[1], ("opus", "c-*")),
        [
            (
                "low",
                "opus",
                ("ladder", 2, "models", 0),
                "pattern c-* takes ids such as c-low-, low at base,",
            )
        ],
    ),
    "pattern-widened-under-one-that-overlaps": (
        (("low", "c-low-*"), ("middle",), ("opus", "c-*4")),
        (("low", "c-lo*"), ("middle",), ("opus", "c-*4")),
        [],
    ),
    "only-the-empty-name-in-common": (
        (("low", "*"), ("middle",), ("opus",)),
        (("low", "?*"), ("middle", "*"), ("opus",)),
        [],
    ),
    "only-exact-names-in-common": (
        (("low", "c-?"), ("middle",), ("opus", "c-a")),
        (("low",), ("middle",), ("opus", "c-[a]", "c-a")),
        [],
    ),
    "middle-swallowed-though-low-is-kept": (
        SHIPPED,
        (SHIPPED[0], ("middle",), ("opus", "c-*")),
        [
            (
                "middle",
                "opus",
                ("ladder", 2, "models", 0),
                "pattern c-* takes ids such as c-mid-, middle at base,",
            )
        ],
    ),
    "rung-named-as-an-id": (
        SHIPPED,
        (*SHIPPED, ("c-low-9",)),
        [("low", "c-low-9", ("ladder", 3, "name"), "c-low-9 is low at base")],
    ),
    "undecidable": (
        (("low", "*a" + "?" * 40), ("middle",), ("opus",)),
        (("low",), ("middle",), ("opus", "*b" + "?" * 41)),
        [
            (
                "low",
                "opus",
                ("ladder", 2, "models", 0),
                f"pattern *b{'?' * 41} takes ids such as *a{'?' * 40}, low at base,",
            )
        ],
    ),
}


@pytest.mark.parametrize(("base", "head", "expected"), CASES.values(), ids=CASES)
def test_an_id_never_climbs(
    base: tuple[tuple[str, ...], ...],
    head: tuple[tuple[str, ...], ...],
    expected: list[tuple[str, str, tuple[str | int, ...], str]],
) -> None:
    found = refused(world(*base), world(*head))
    assert [(r.before, r.after, r.path) for r in found] == [case[:3] for case in expected]
    for refusal, (before, after, _, said) in zip(found, expected, strict=True):
        assert refusal.message == f"{said} and {after} here; put it back on {before} or below"
    assert all(r.document is Document.POLICY and r.cell is None for r in found)


def test_no_more_ids_are_listed_than_anyone_reads() -> None:
    base = world(("low", "c-low-*"), ("opus",))
    head = world(("low", "c-low-*"), ("opus", *(f"c-low-{n}" for n in range(80))))
    assert len(refused(base, head)) == 20


def test_a_ladder_of_too_many_ids_may_stay_but_not_change() -> None:
    ids = [f"c-opus-{n}" for n in range(1_000)]
    most, more = world(("low",), ("opus", *ids)), world(("low",), ("opus", *ids, "c-opus"))
    assert refused(world(("low",), ("opus",)), most) == refused(more, more) == []
    for base, head in ((most, more), (more, most)):
        (refusal,) = refused(base, head)
        said = "the ladder changes and lists over 1000 ids; use patterns instead"
        assert (refusal.message, refusal.path) == (said, ("ladder",))


PATTERN = st.text(alphabet="ab*?", min_size=1, max_size=3)


@st.composite
def ladders(draw: st.DrawFn) -> World:
    """Three rungs with patterns over two letters, none on two rungs."""
    drawn = draw(st.lists(st.tuples(PATTERN, st.sampled_from(NAMES)), max_size=6))
    placed = dict(drawn)
    return world(*((name, *(p for p, on in placed.items() if on == name)) for name in NAMES))


@given(ladders(), ladders())
def test_a_string_that_climbs_is_always_found(base: World, head: World) -> None:
    old, new = base.rules.ladder, head.rules.ladder

    def climbs(model: str) -> bool:
        before, after = old.rung_of(model), new.rung_of(model)
        return before is not None and after is not None and old.rank(before) < new.rank(after)

    if any(map(climbs, SHORT)):
        assert refused(base, head)
    for refusal in refused(base, head):
        _, swallowed, rest = refusal.message.partition(" takes ids such as ")
        assert climbs(rest.split(",")[0] if swallowed else refusal.message.split(" ")[0])


@given(ladders())
def test_a_ladder_that_stays_is_never_refused(base: World) -> None:
    assert ladder_refusals(base, base) == ()
