"""What the guard must never let through, and what it must never stop, for files of any content."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.allocation.edit import edit
from bot.allocation.names import Cell
from bot.gates.floors import World, below_floor
from bot.gates.judgement import File, Side, judge, world_of
from tests.support.attacks import base, rung, with_ladder
from tests.support.tables import cell


def side(policy: str | bytes, table: str | bytes) -> Side:
    """Both files."""
    return Side(_file("policy.toml", policy), _file("overrides.toml", table))


def _file(path: str, content: str | bytes) -> File:
    return File(path, content.encode() if isinstance(content, str) else content)


def base_world() -> World | None:
    """The world of the shipped files."""
    files = base()
    return world_of(side(files.policy, files.table))


NAMES = ("LEAD", "PLAN", "EXEC", "SHIP")
RUNGS = ("nano", "haiku", "sonnet", "opus", "ultra")
AGENTS = ("SECURITY", "VALIDATION", "TESTING", "API")


@dataclass(frozen=True)
class Drawn:
    """A policy and a table as plain values."""

    phases: tuple[str, ...]
    ladder: tuple[str, ...]
    gates: dict[str, str]
    default: str
    entries: dict[str, str]

    def side(self) -> Side:
        """As two files; JSON strings and arrays are TOML's too."""
        rungs = "".join(
            f'[[ladder]]\nname = "{name}"\nrelative_cost = {RUNGS.index(name) + 1}\n'
            for name in self.ladder
        )
        gates = "".join(
            f'[[gates]]\nphase = "{cell(c).phase}"\nagent = "{cell(c).agent}"\nfloor = "{floor}"\n'
            for c, floor in self.gates.items()
        )
        table = f'default = "{self.default}"\n' + "".join(
            f'{cell(c).phase}.{cell(c).agent} = "{model}"\n' for c, model in self.entries.items()
        )
        return side(f"phases = {json.dumps(self.phases)}\n{rungs}{gates}", table)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Any valid pair of files."""
    phases = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)))
    ladder = tuple(draw(st.lists(st.sampled_from(RUNGS), min_size=2, max_size=4, unique=True)))
    model = st.sampled_from(ladder)
    cells = st.sampled_from([f"{agent}/{phase}" for phase in phases for agent in AGENTS])
    return Drawn(
        phases,
        ladder,
        draw(st.dictionaries(cells, model, max_size=2)),
        draw(model),
        draw(st.dictionaries(cells, model, max_size=12)),
    )


@st.composite
def changed(draw: st.DrawFn, start: Drawn) -> Drawn:
    """Most of what was there, and one to three things changed."""
    head = start
    for what in draw(
        st.lists(
            st.sampled_from(("entry", "gone", "default", "gate", "rung", "phase")),
            min_size=1,
            max_size=3,
        )
    ):
        model = draw(st.sampled_from(head.ladder))
        where = f"{draw(st.sampled_from(AGENTS))}/{draw(st.sampled_from(head.phases))}"
        if what == "entry":
            head = replace(head, entries={**head.entries, where: model})
        elif what == "gone":
            head = replace(head, entries={c: m for c, m in head.entries.items() if c != where})
        elif what == "default":
            head = replace(head, default=model)
        elif what == "gate":
            kept = {c: f for c, f in head.gates.items() if c != where}
            head = replace(head, gates=kept if where in head.gates else {**kept, where: model})
        elif what == "rung":
            new = draw(st.sampled_from(RUNGS))
            at = draw(st.integers(0, len(head.ladder)))
            if new not in head.ladder:
                head = replace(head, ladder=(*head.ladder[:at], new, *head.ladder[at:]))
        else:
            new = draw(st.sampled_from(NAMES))
            if new not in head.phases:
                head = replace(head, phases=(*head.phases, new))
    return head


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Drawn, Drawn]:
    """Base and head: unrelated, or the one made from the other."""
    before = draw(drawn())
    if draw(st.booleans()):
        # Mostly a base that meets its gates: from a broken one almost nothing passes.
        top = "opus" if "opus" in before.ladder else before.ladder[-1]
        met = {f"{agent}/{phase}": top for phase in before.phases for agent in AGENTS[:2]}
        before = replace(before, entries={**before.entries, **met, **before.gates, **met})
    return before, draw(st.one_of(changed(before), drawn()))


def weakened(base_: Drawn, head: Drawn) -> list[str]:
    """An account of its own of what the guard must never let through."""
    floor = "opus" if "opus" in base_.ladder else base_.ladder[-1]
    gates = {f"SECURITY/{phase}": floor for phase in (*base_.phases, *head.phases)}
    gates |= {
        f"VALIDATION/{p}": floor for p in ("PLAN", "EXEC") if p in (*base_.phases, *head.phases)
    }
    missing = [name for name in base_.ladder if name not in head.ladder]
    if missing:
        return missing
    kept = [
        c
        for c, low in base_.gates.items()
        if c in head.gates and head.ladder.index(head.gates[c]) >= head.ladder.index(low)
    ]
    floors = [*gates.items(), *((c, base_.gates[c]) for c in kept)]
    low = [c for c, at_least in floors if _below(head, c, at_least)]
    low += [
        c
        for c, model in base_.entries.items()
        if c.startswith(("SECURITY/", "VALIDATION/")) and _below(head, c, model)
    ]
    dropped = [c for c in base_.gates if c not in kept]
    low += [c for c in dropped if _below(head, c, base_.entries.get(c, base_.default))]
    return low


def _below(head: Drawn, where: str, at_least: str) -> bool:
    if cell(where).phase not in head.phases:
        return True
    declared = head.entries.get(where, head.default)
    return head.ladder.index(declared) < head.ladder.index(at_least)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(pairs())
def test_a_change_passes_only_if_every_gate_holds_and_nothing_protected_falls(
    pair: tuple[Drawn, Drawn],
) -> None:
    before, after = pair
    start = world_of(before.side())
    assert start is not None
    if not judge(start, after.side()):
        assert weakened(before, after) == []


@given(drawn())
def test_first_files_pass_only_if_every_gate_holds(first: Drawn) -> None:
    world = world_of(first.side())
    assert world is not None
    assert (judge(None, first.side()) == ()) == (below_floor(world) == ())


@given(pairs())
def test_what_changes_nothing_passes_if_base_holds(pair: tuple[Drawn, Drawn]) -> None:
    start = world_of(pair[0].side())
    assert start is not None
    if not below_floor(start):
        assert judge(start, pair[0].side()) == ()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_crash_the_judgement_or_pass_it(policy: bytes, table: bytes) -> None:
    assert judge(base_world(), side(policy, table))


PROMOTABLE = [
    Cell(phase, agent)
    for phase in ("LEAD", "PLAN", "EXEC")
    for agent in ("API", "GITHUB", "QUICKFIX", "NEWCOMER", "VALIDATION", "STORIES")
]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_edits_of_the_bot_always_pass(data: st.DataObject) -> None:
    longer = with_ladder(lambda p: [p["haiku"], p["sonnet"], p["opus"], rung("ultra", "25")])
    files = data.draw(st.sampled_from([base(), longer(base())]))
    start = world_of(Side(File("p", files.policy), File("t", files.table)))
    assert start is not None
    ungated = [c for c in PROMOTABLE if start.rules.floor(c) is None]
    promoted = {}
    for one in data.draw(st.lists(st.sampled_from(ungated), unique=True, max_size=4)):
        above = start.rules.ladder.above(start.table.declared(one))
        if above is not None:
            promoted[one] = above
    text = edit(files.table.decode(), start.table, promoted, "t")
    assert judge(start, Side(File("p", files.policy), File("t", text.encode()))) == ()
