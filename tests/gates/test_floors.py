"""What a gate is worth: two worlds in, every way out in which the second weakens the first."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.rules import Rules
from bot.gates.floors import World, below_floor, extends, lowered_gates, ranking, unmet_floors
from bot.gates.judgement import violations
from bot.gates.refusals import Document, Weakening
from tests.support.tables import PHASES, cell, table_of

GATES = {
    "SECURITY/LEAD": "opus",
    "SECURITY/PLAN": "opus",
    "SECURITY/EXEC": "opus",
    "VALIDATION/PLAN": "opus",
    "VALIDATION/EXEC": "opus",
}


def ladder(*names: str) -> Ladder:
    return Ladder(tuple(Rung(name) for name in names))


LOOKUP = {"VALIDATION/LEAD": "haiku"}
"""No gate, but protected: what its default says must not fall either."""


def world(
    entries: dict[str, str] | None = None,
    *,
    default: str = "sonnet",
    rungs: tuple[str, ...] = ("haiku", "sonnet", "opus"),
    phases: tuple[str, ...] = PHASES,
    extra: dict[str, str] | None = None,
    costs: dict[str, int] | None = None,
) -> World:
    """A world that meets its gates unless `entries` say otherwise; an empty value removes an entry."""
    met = {name: model for name, model in {**GATES, **(entries or {})}.items() if model}
    kept = {name: model for name, model in met.items() if cell(name).phase in phases}
    gates = {cell(name): floor for name, floor in (extra or {}).items()}
    priced = {name: Fraction(cost) for name, cost in (costs or {}).items()}
    return World(table_of(kept, default), Rules(phases, ladder(*rungs), gates), priced)


def said(base: World, head: World) -> list[tuple[str, str | None, str | None, str | None]]:
    """Reason, cell, from and to of each refusal."""
    return [
        (r.reason.value, None if r.cell is None else str(r.cell), r.before, r.after)
        for r in violations(base, head)
    ]


def test_a_world_that_meets_its_gates_has_none_below_its_floor() -> None:
    assert below_floor(world()) == ()


def test_gates_below_their_floor_are_listed_in_phase_order() -> None:
    low = world({"SECURITY/PLAN": "haiku", "VALIDATION/PLAN": "", "SECURITY/LEAD": "sonnet"})
    assert [(str(v.cell), v.declared, v.message) for v in below_floor(low)] == [
        (
            "SECURITY/LEAD",
            "sonnet",
            "SECURITY/LEAD is declared sonnet, below its floor opus; raise it to opus",
        ),
        (
            "SECURITY/PLAN",
            "haiku",
            "SECURITY/PLAN is declared haiku, below its floor opus; raise it to opus",
        ),
        (
            "VALIDATION/PLAN",
            "sonnet",
            "VALIDATION/PLAN is declared sonnet by the default, below its floor opus; "
            'add VALIDATION = "opus" to [PLAN]',
        ),
    ]


def test_a_first_table_answers_to_its_own_policy() -> None:
    first = world({"SECURITY/EXEC": "sonnet"}, extra={"TESTING/EXEC": "sonnet"}, default="haiku")
    found = unmet_floors(first)
    assert [(r.reason, str(r.cell), r.before, r.after, r.path) for r in found] == [
        (Weakening.BELOW_FLOOR, "SECURITY/EXEC", None, "sonnet", ("EXEC", "SECURITY")),
        (Weakening.BELOW_FLOOR, "TESTING/EXEC", None, "haiku", ("EXEC",)),
    ]
    assert (
        found[0].message
        == "SECURITY/EXEC is declared sonnet, below its floor opus; raise it to opus"
    )


CASES = {
    "nothing-changes": (world(), world(), []),
    "entry-lowered": (
        world(),
        world({"SECURITY/EXEC": "sonnet"}),
        [("entry-lowered", "SECURITY/EXEC", "opus", "sonnet")],
    ),
    "several": (
        world(),
        world({"VALIDATION/PLAN": "haiku", "SECURITY/LEAD": "haiku"}),
        [
            ("entry-lowered", "SECURITY/LEAD", "opus", "haiku"),
            ("entry-lowered", "VALIDATION/PLAN", "opus", "haiku"),
        ],
    ),
    "entry-removed": (
        world(),
        world({"SECURITY/EXEC": ""}),
        [("entry-removed", "SECURITY/EXEC", "opus", "sonnet")],
    ),
    "entry-removed-default-as-high": (
        world(),
        world({"SECURITY/EXEC": ""}, default="opus"),
        [("entry-removed", "SECURITY/EXEC", "opus", "opus")],
    ),
    "default-lowered": (
        world({**LOOKUP, "SECURITY/EXEC": ""}, default="opus"),
        world({**LOOKUP, "SECURITY/EXEC": ""}),
        [("default-lowered", "SECURITY/EXEC", "opus", "sonnet")],
    ),
    "entry-below-the-default-it-replaces": (
        world({"SECURITY/EXEC": ""}, default="opus"),
        world({"SECURITY/EXEC": "sonnet"}, default="opus"),
        [("entry-lowered", "SECURITY/EXEC", "opus", "sonnet")],
    ),
    "default-lowered-elsewhere": (world(LOOKUP), world(LOOKUP, default="haiku"), []),
    "protected-entry-falls-without-a-floor": (
        world({"VALIDATION/LEAD": "sonnet"}),
        world({"VALIDATION/LEAD": "haiku"}),
        [("entry-lowered", "VALIDATION/LEAD", "sonnet", "haiku")],
    ),
    "protected-entry-removed-without-a-floor": (
        world({"VALIDATION/LEAD": "haiku"}),
        world(),
        [("entry-removed", "VALIDATION/LEAD", "haiku", "sonnet")],
    ),
    "protected-entry-falls-above-its-floor": (
        world({"SECURITY/EXEC": "ultra"}, rungs=("haiku", "sonnet", "opus", "ultra")),
        world({"SECURITY/EXEC": "opus"}, rungs=("haiku", "sonnet", "opus", "ultra")),
        [("entry-lowered", "SECURITY/EXEC", "ultra", "opus")],
    ),
    "extra-gate-falls-to-its-floor": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "sonnet"}),
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "sonnet"}),
        [],
    ),
    "extra-gate-falls-below-its-floor": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "sonnet"}),
        world({"API/EXEC": "haiku"}, extra={"API/EXEC": "sonnet"}),
        [("entry-lowered", "API/EXEC", "opus", "haiku")],
    ),
    "extra-gate-removed-entry-stays": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world({"API/EXEC": "opus"}),
        [],
    ),
    "extra-gate-removed-entry-rises": (
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "haiku"}),
        world({"API/EXEC": "opus"}),
        [],
    ),
    "extra-gate-removed-entry-falls": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "sonnet"}),
        world({"API/EXEC": "sonnet"}),
        [("gate-removed", "API/EXEC", "opus", "sonnet")],
    ),
    "extra-gate-weakened-entry-falls": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "sonnet"}),
        [("gate-removed", "API/EXEC", "opus", "sonnet")],
    ),
    "extra-gate-weakened-entry-stays": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "sonnet"}),
        [],
    ),
    "extra-gate-strengthened-and-met": (
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "sonnet"}),
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        [],
    ),
    "extra-gate-strengthened-and-not-met": (
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "sonnet"}),
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "opus"}),
        [("below-floor", "API/EXEC", "sonnet", "sonnet")],
    ),
    "extra-gate-removed-default-falls": (
        world(LOOKUP, default="opus", extra={"API/EXEC": "opus"}),
        world(LOOKUP),
        [("gate-removed", "API/EXEC", "opus", "sonnet")],
    ),
    "extra-gate-removed-entry-removed": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world(default="opus"),
        [("entry-removed", "API/EXEC", "opus", "opus")],
    ),
    "extra-gate-on-a-protected-cell-removed": (
        world({"VALIDATION/LEAD": "opus"}, extra={"VALIDATION/LEAD": "sonnet"}),
        world({"VALIDATION/LEAD": "sonnet"}),
        [("entry-lowered", "VALIDATION/LEAD", "opus", "sonnet")],
    ),
    "extra-gate-weaker-than-the-built-in": (
        world(extra={"SECURITY/EXEC": "haiku"}),
        world({"SECURITY/EXEC": "sonnet"}, extra={"SECURITY/EXEC": "haiku"}),
        [("entry-lowered", "SECURITY/EXEC", "opus", "sonnet")],
    ),
    "gate-added-and-not-met": (
        world(),
        world(extra={"API/EXEC": "opus"}),
        [("below-floor", "API/EXEC", "sonnet", "sonnet")],
    ),
    "ungated-entry-removed": (world({"API/EXEC": "opus"}), world(), []),
    "ungated-entry-falls": (world({"API/EXEC": "opus"}), world({"API/EXEC": "haiku"}), []),
    "base-broken-and-left-so": (
        world({"SECURITY/EXEC": "haiku"}),
        world({"SECURITY/EXEC": "haiku"}),
        [("below-floor", "SECURITY/EXEC", "haiku", "haiku")],
    ),
    "base-broken-and-gated-lower-than-the-code-does": (
        world({"SECURITY/EXEC": "sonnet"}),
        world({"SECURITY/EXEC": "sonnet"}, extra={"SECURITY/EXEC": "sonnet"}),
        [("below-floor", "SECURITY/EXEC", "sonnet", "sonnet")],
    ),
    "base-broken-and-half-repaired": (
        world({"SECURITY/EXEC": "haiku"}),
        world({"SECURITY/EXEC": "sonnet"}),
        [("below-floor", "SECURITY/EXEC", "haiku", "sonnet")],
    ),
    "base-broken-and-repaired": (world({"SECURITY/EXEC": "haiku"}), world(), []),
    "phase-added-with-its-gate": (
        world(),
        world({"SECURITY/SHIP": "opus"}, phases=(*PHASES, "SHIP")),
        [],
    ),
    "phase-added-without-its-gate": (
        world(),
        world(phases=(*PHASES, "SHIP")),
        [("phase-without-gate", "SECURITY/SHIP", None, "sonnet")],
    ),
    "phase-added-with-a-low-gate": (
        world(),
        world({"SECURITY/SHIP": "haiku"}, phases=(*PHASES, "SHIP")),
        [("phase-without-gate", "SECURITY/SHIP", None, "haiku")],
    ),
    "phase-exec-added-without-validation": (
        world(phases=("LEAD",)),
        world({"VALIDATION/EXEC": ""}, phases=("LEAD", "EXEC")),
        [("phase-without-gate", "VALIDATION/EXEC", None, "sonnet")],
    ),
    "phase-removed": (
        world(),
        world(phases=("LEAD", "PLAN")),
        [
            ("phase-removed", "SECURITY/EXEC", "opus", None),
            ("phase-removed", "VALIDATION/EXEC", "opus", None),
        ],
    ),
    "phase-removed-with-a-protected-entry": (
        world({"VALIDATION/LEAD": "haiku"}),
        world(phases=("PLAN", "EXEC")),
        [
            ("phase-removed", "SECURITY/LEAD", "opus", None),
            ("phase-removed", "VALIDATION/LEAD", "haiku", None),
        ],
    ),
    "phase-removed-with-an-extra-gate": (
        world({"API/LEAD": "sonnet"}, extra={"API/LEAD": "sonnet"}),
        world(phases=("PLAN", "EXEC")),
        [
            ("phase-removed", "API/LEAD", "sonnet", None),
            ("phase-removed", "SECURITY/LEAD", "opus", None),
        ],
    ),
    "ladder-reordered": (
        world(),
        world(rungs=("haiku", "opus", "sonnet")),
        [("ladder-reordered", None, None, None)],
    ),
    "ladder-shortened-below": (
        world(),
        world(rungs=("sonnet", "opus")),
        [("ladder-shortened", None, "haiku", None)],
    ),
    "ladder-rebuilt-ranks-by-base": (
        world(),
        world(dict.fromkeys(GATES, "best"), rungs=("haiku", "sonnet", "best")),
        [
            ("ladder-shortened", None, "opus", None),
            *(
                ("entry-lowered", name, "opus", "best")
                for name in sorted(GATES, key=lambda n: (PHASES.index(cell(n).phase), n))
            ),
        ],
    ),
    "ladder-extended": (
        world(),
        world(rungs=("nano", "haiku", "midi", "sonnet", "opus", "ultra")),
        [],
    ),
    "ladder-extended-below-and-used": (
        world(),
        world({"SECURITY/EXEC": "midi"}, rungs=("haiku", "sonnet", "midi", "opus")),
        [("entry-lowered", "SECURITY/EXEC", "opus", "midi")],
    ),
    "cheap-rung-above-the-floor": (
        world(costs={"sonnet": 1, "opus": 5}),
        world(rungs=("haiku", "sonnet", "opus", "ultra"), costs={"opus": 5, "ultra": 4}),
        [("ladder-cost", None, None, "ultra")],
    ),
    "equal-cost-above-the-floor": (
        world(costs={"sonnet": 1, "opus": 5}),
        world(rungs=("haiku", "sonnet", "opus", "ultra"), costs={"opus": 1, "ultra": 5}),
        [],
    ),
    "cheap-rung-below-the-floor": (
        world(costs={"sonnet": 1, "opus": 5}),
        world(rungs=("haiku", "sonnet", "midi", "opus"), costs={"midi": 0, "opus": 5}),
        [],
    ),
    "cheap-rung-above-the-floor-of-an-extra-gate": (
        world({"API/EXEC": "sonnet"}, extra={"API/EXEC": "sonnet"}, costs={"sonnet": 1, "opus": 5}),
        world(
            {"API/EXEC": "sonnet"},
            extra={"API/EXEC": "sonnet"},
            rungs=("haiku", "sonnet", "midi", "opus"),
            costs={"midi": 0, "opus": 5},
        ),
        [("ladder-cost", None, None, "midi")],
    ),
    "rung-without-cost-above-the-floor": (
        world(costs={"opus": 5}),
        world(rungs=("haiku", "sonnet", "opus", "ultra")),
        [("ladder-cost", None, None, "ultra")],
    ),
    "rung-without-cost-above-a-cheap-floor": (
        world(costs={"opus": 1}),
        world(rungs=("haiku", "sonnet", "opus", "ultra"), costs={"opus": 1}),
        [("ladder-cost", None, None, "ultra")],
    ),
    "known-rung-gets-cheap": (
        world(costs={"sonnet": 1, "opus": 5}),
        world(costs={"sonnet": 1, "opus": 0}),
        [],
    ),
}


@pytest.mark.parametrize(("base", "head", "expected"), CASES.values(), ids=CASES)
def test_every_way_to_weaken_a_gate_is_named(
    base: World, head: World, expected: list[tuple[str, str | None, str | None, str | None]]
) -> None:
    assert said(base, head) == expected


def test_a_protected_agent_without_any_entry_keeps_its_default() -> None:
    assert said(world(default="opus"), world(default="haiku")) == [
        ("default-lowered", "VALIDATION/LEAD", "opus", "haiku")
    ]


# ---------------------------------------------------------------- a ladder without opus

LEVELS = ("low", "medium", "high")
HIGH = dict.fromkeys(GATES, "high")


def test_without_opus_the_top_rung_is_the_floor() -> None:
    assert said(
        world(HIGH, default="low", rungs=LEVELS),
        world({**HIGH, "SECURITY/EXEC": "medium"}, default="low", rungs=LEVELS),
    ) == [("entry-lowered", "SECURITY/EXEC", "high", "medium")]


@pytest.mark.parametrize("more", [{}, {"API/EXEC": "high"}], ids=["built-in", "extra-gate"])
def test_without_opus_the_floor_stays_where_base_has_its_top(more: dict[str, str]) -> None:
    entries = {**HIGH, **more}
    base = world(entries, default="low", rungs=LEVELS, extra=more)
    # A gate without a floor of its own stands on the top rung, in head on head's.
    head = world(entries, default="low", rungs=(*LEVELS, "max"), extra=dict.fromkeys(more, "max"))
    assert said(base, head) == []


def test_opus_added_below_the_gates_of_a_ladder_without_it_is_refused() -> None:
    base = world(HIGH, default="low", rungs=LEVELS)
    head = world(HIGH, default="low", rungs=("low", "opus", "medium", "high"))
    assert said(base, head) == [("gate-rung-lowered", None, "high", "opus")]
    assert violations(base, head)[0].path == ("ladder", 1, "name")


def test_opus_added_on_top_of_a_ladder_without_it_is_harmless() -> None:
    base = world(HIGH, default="low", rungs=LEVELS)
    assert said(base, world(HIGH, default="low", rungs=(*LEVELS, "opus"))) == []


def test_a_gate_that_the_change_adds_may_name_any_floor() -> None:
    base = world(HIGH, default="low", rungs=LEVELS)
    met = world(HIGH, default="low", rungs=LEVELS, extra={"API/EXEC": "low"})
    assert said(base, met) == []


# ---------------------------------------------------------------- what a refusal points at


@pytest.mark.parametrize(
    ("base", "head", "document", "path"),
    [
        pytest.param(
            world(),
            world({"SECURITY/EXEC": "haiku"}),
            Document.TABLE,
            ("EXEC", "SECURITY"),
            id="the-entry",
        ),
        pytest.param(
            world({"API/EXEC": "opus"}),
            world({"SECURITY/EXEC": "", "API/EXEC": "opus"}),
            Document.TABLE,
            ("EXEC",),
            id="the-table-of-its-phase",
        ),
        pytest.param(
            world(),
            world({"SECURITY/EXEC": "", "VALIDATION/EXEC": ""}),
            Document.TABLE,
            ("default",),
            id="the-default-where-the-phase-is-gone",
        ),
        pytest.param(
            world({"SECURITY/EXEC": "", "API/EXEC": "opus"}, default="opus"),
            world({"SECURITY/EXEC": "", "API/EXEC": "opus"}),
            Document.TABLE,
            ("default",),
            id="the-default-that-falls",
        ),
        pytest.param(
            world(), world(phases=("LEAD", "PLAN")), Document.POLICY, ("phases",), id="the-phases"
        ),
        pytest.param(
            world(),
            world(rungs=("opus", "haiku", "sonnet")),
            Document.POLICY,
            ("ladder",),
            id="the-ladder",
        ),
        pytest.param(
            world(costs={"opus": 5}),
            world(rungs=("haiku", "sonnet", "opus", "ultra")),
            Document.POLICY,
            ("ladder", 3, "name"),
            id="the-rung",
        ),
    ],
)
def test_a_refusal_points_at_what_to_fix(
    base: World, head: World, document: Document, path: tuple[str | int, ...]
) -> None:
    refusal = violations(base, head)[0]
    assert (refusal.document, refusal.path) == (document, path)


MESSAGES = {
    "entry-lowered": (
        world(),
        world({"SECURITY/EXEC": "haiku"}),
        "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it",
    ),
    "below-an-extra-floor": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world({"API/EXEC": "haiku"}, extra={"API/EXEC": "opus"}),
        "API/EXEC is lowered from opus to haiku; its floor is opus",
    ),
    "entry-removed": (
        world(),
        world({"SECURITY/EXEC": ""}),
        "the entry of SECURITY/EXEC is gone: it was opus, the default is sonnet; put it back",
    ),
    "default-lowered": (
        world({**LOOKUP, "SECURITY/EXEC": ""}, default="opus"),
        world({**LOOKUP, "SECURITY/EXEC": ""}),
        "the default is lowered from opus to sonnet under SECURITY/EXEC, which has no entry; "
        "nobody lowers it",
    ),
    "gate-removed": (
        world({"API/EXEC": "opus"}, extra={"API/EXEC": "opus"}),
        world({"API/EXEC": "haiku"}),
        "the gate API/EXEC goes while its model falls from opus to haiku; do one, not both",
    ),
    "phase-removed": (
        world(),
        world(phases=("LEAD", "PLAN")),
        "phase EXEC is removed, and with it the gate SECURITY/EXEC; keep the phase",
    ),
    "phase-without-gate": (
        world(),
        world(phases=(*PHASES, "SHIP")),
        "phase SHIP is added without its gate: SECURITY/SHIP is sonnet, not opus",
    ),
    "below-floor": (
        world({"SECURITY/EXEC": "haiku"}),
        world({"SECURITY/EXEC": "haiku"}),
        "SECURITY/EXEC is declared haiku, below its floor opus; raise it to opus",
    ),
    "below-floor-without-an-entry": (
        world({"SECURITY/EXEC": ""}, default="haiku"),
        world({"SECURITY/EXEC": ""}, default="haiku"),
        "SECURITY/EXEC is declared haiku by the default, below its floor opus; "
        'add SECURITY = "opus" to [EXEC]',
    ),
    "ladder-shortened": (
        world(),
        world(rungs=("sonnet", "opus")),
        "the ladder loses its rung haiku, removed or renamed; keep every rung of base",
    ),
    "ladder-reordered": (
        world(),
        world(rungs=("haiku", "opus", "new", "sonnet")),
        "the ladder's order changes from haiku < sonnet < opus to haiku < opus < sonnet; keep base's order",
    ),
    "ladder-cost": (
        world(costs={"opus": 5}),
        world(rungs=("haiku", "sonnet", "opus", "ultra")),
        "new rung ultra stands above a gate's floor and costs less than it; move it down",
    ),
    "gate-rung-lowered": (
        world(HIGH, default="low", rungs=LEVELS),
        world(HIGH, default="low", rungs=("low", "opus", "medium", "high")),
        "the rung of all gates falls from high to opus; add it further up",
    ),
}


@pytest.mark.parametrize(("base", "head", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_refusal_says_what_happened_and_what_to_do(
    base: World, head: World, message: str
) -> None:
    assert violations(base, head)[0].message == message


# ---------------------------------------------------------------- ladders


@pytest.mark.parametrize(
    ("base", "head", "kept"),
    [
        pytest.param(("a", "b"), ("a", "b"), True, id="same"),
        pytest.param(("a", "b"), ("x", "a", "y", "b", "z"), True, id="longer"),
        pytest.param(("a", "b"), ("b", "a"), False, id="reordered"),
        pytest.param(("a", "b"), ("a",), False, id="shorter"),
        pytest.param(("a", "b"), ("a", "c"), False, id="renamed"),
    ],
)
def test_a_ladder_extends_another_only_by_adding_rungs(
    base: tuple[str, ...], head: tuple[str, ...], kept: bool
) -> None:
    assert extends(ladder(*base), ladder(*head)) == kept


def test_rungs_rank_by_head_only_where_head_extends_base() -> None:
    longer = ranking(ladder("a", "b"), ladder("a", "x", "b"))
    assert [longer(name) for name in ("a", "x", "b")] == [0, 1, 2]
    rebuilt = ranking(ladder("a", "b"), ladder("b", "x", "a"))
    assert [rebuilt(name) for name in ("a", "b", "x")] == [0, 1, -1]


def test_assignments_are_judged_without_looking_at_the_ladder() -> None:
    assert lowered_gates(world(), world(rungs=("sonnet", "opus"))) == ()
