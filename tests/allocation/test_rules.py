"""The rules a lookup needs: phases, ladder, gates; what is wrong with them is said all at once."""

from __future__ import annotations

import pytest

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import Cell
from bot.allocation.rules import Rules, read_rules
from bot.allocation.toml import dotted
from bot.errors import InvalidInput
from tests.support.tables import LADDER, PHASES, RULES, cell

EXTRA = Rules(PHASES, LADDER, {cell("STORIES/PLAN"): "opus", cell("API/EXEC"): "sonnet"})
GOOD = """\
phases = ["lead", "EXEC"]
[[ladder]]
name = "haiku"
models = ["claude-haiku-*"]
[[ladder]]
name = "opus"
[[gates]]
phase = "Exec"
agent = "testing-agent"
[[gates]]
phase = "LEAD"
agent = "API"
floor = "haiku"
"""


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("SECURITY/LEAD", "opus"),
        ("SECURITY/PLAN", "opus"),
        ("SECURITY/EXEC", "opus"),
        ("SECURITY/NEW", "opus"),
        ("VALIDATION/LEAD", None),
        ("VALIDATION/PLAN", "opus"),
        ("VALIDATION/EXEC", "opus"),
        ("VALIDATION/NEW", None),
        ("STORIES/PLAN", "opus"),
        ("STORIES/EXEC", None),
        ("API/EXEC", "sonnet"),
    ],
)
def test_the_floor_of_a_cell(name: str, floor: str | None) -> None:
    assert EXTRA.floor(cell(name)) == floor


def test_an_extra_gate_never_weakens_a_built_in_one() -> None:
    rules = Rules(PHASES, LADDER, {cell("SECURITY/EXEC"): "haiku"})
    assert rules.floor(cell("SECURITY/EXEC")) == "opus"


def test_an_extra_gate_may_demand_more_than_a_built_in_one() -> None:
    ladder = Ladder((Rung("opus"), Rung("mythos")))
    rules = Rules(PHASES, ladder, {cell("SECURITY/EXEC"): "mythos"})
    assert rules.floor(cell("SECURITY/EXEC")) == "mythos"
    assert rules.floor(cell("SECURITY/PLAN")) == "opus"


def test_gates_come_in_phase_order_then_by_agent() -> None:
    assert list(map(str, EXTRA.gates())) == [
        "SECURITY/LEAD",
        "SECURITY/PLAN",
        "STORIES/PLAN",
        "VALIDATION/PLAN",
        "API/EXEC",
        "SECURITY/EXEC",
        "VALIDATION/EXEC",
    ]


def test_validation_is_no_gate_of_a_phase_the_team_does_not_have() -> None:
    assert Rules(("LEAD",), LADDER, {}).gates() == (cell("SECURITY/LEAD"),)


def test_cells_of_unknown_phases_sort_last() -> None:
    cells = [cell("A/ZOO"), cell("B/EXEC"), cell("A/EXEC"), cell("Z/LEAD")]
    assert sorted(cells, key=RULES.order) == [
        cell("Z/LEAD"),
        cell("A/EXEC"),
        cell("B/EXEC"),
        cell("A/ZOO"),
    ]


def test_names_in_the_policy_are_made_canonical() -> None:
    rules = read_rules(GOOD, "policy.toml")
    assert rules.phases == ("LEAD", "EXEC")
    assert rules.ladder == Ladder((Rung("haiku", ("claude-haiku-*",)), Rung("opus")))
    assert rules.extra_gates == {Cell("EXEC", "TESTING"): "opus", Cell("LEAD", "API"): "haiku"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), None),
        (("promotion", "bar"), "promotion.bar"),
        (("ladder", 1, "models", 0), "ladder[1].models[0]"),
    ],
)
def test_a_path_prints_as_a_dotted_key(path: tuple[str | int, ...], text: str | None) -> None:
    assert dotted(path) == text


PHASE_LINE, LADDER_LINES = 'phases = ["EXEC"]\n', '[[ladder]]\nname = "opus"\n'
BAD = {
    "nothing": (
        "",
        [
            'p: phases: must be a list of at least one phase, e.g. ["LEAD", "PLAN"]',
            "p: ladder: must list at least one rung, lowest first, each as [[ladder]]",
        ],
    ),
    "empty lists": (
        "phases = []\nladder = []\n",
        [
            'p:1: phases: must be a list of at least one phase, e.g. ["LEAD", "PLAN"]',
            "p:2: ladder: must list at least one rung, lowest first, each as [[ladder]]",
        ],
    ),
    "bad phases": (
        'phases = ["EXEC", "exec", "default", 1]\n' + LADDER_LINES,
        [
            "p:1: phases[1]: EXEC is listed twice; keep one",
            "p:1: phases[2]: 'default' is no phase name; use "
            "letters, digits, _ and -, starting with a letter, at most 64",
            "p:1: phases[3]: 1 is no phase name; use "
            "letters, digits, _ and -, starting with a letter, at most 64",
        ],
    ),
    "bad rungs": (
        PHASE_LINE
        + '[[ladder]]\nmodels = ["a"]\n[[ladder]]\nname = "x y"\n[[ladder]]\nname = "a"\nmodels = "b"\n'
        + '[[ladder]]\nname = "b"\nmodels = ["c", "a", "c"]\n[[ladder]]\nname = "a"\n'
        + '[[ladder]]\nname = "d"\nmodels = ["c"]\n[[ladder]]\nname = "e"\nmodels = [""]\n',
        [
            'p:2: ladder[0].name: must name the rung in at most 64 characters, e.g. name = "sonnet"',
            'p:5: ladder[1].name: must name the rung in at most 64 characters, e.g. name = "sonnet"',
            "p:8: ladder[2].models: must be a list of model ids or patterns",
            "p:11: ladder[3].models[1]: 'a' is already on rung 'a'; keep one",
            "p:13: ladder[4].name: 'a' is listed twice; keep one",
            "p:16: ladder[5].models[0]: 'c' is already on rung 'b'; keep one",
            "p:19: ladder[6].models: must be a list of model ids or patterns",
        ],
    ),
    "rungs that are no tables": (
        'phases = ["EXEC"]\nladder = [1]\n',
        ['p:2: ladder[0].name: must name the rung in at most 64 characters, e.g. name = "sonnet"'],
    ),
    "gates that are no list": (
        'gates = "x"\n' + PHASE_LINE + LADDER_LINES,
        ["p:1: gates: must be a list of gates, each as [[gates]]"],
    ),
    "bad gates": (
        PHASE_LINE
        + LADDER_LINES
        + '[[gates]]\nphase = "PLAN"\nagent = "default"\nfloor = "gpt"\n[[gates]]\n'
        + '[[gates]]\nphase = "EXEC"\nagent = "A"\n[[gates]]\nphase = "exec"\nagent = "a-agent"\n',
        [
            "p:5: gates[0].phase: must be one of the phases EXEC",
            'p:6: gates[0].agent: must name an agent, e.g. agent = "TESTING"',
            "p:7: gates[0].floor: must be a rung of the ladder: opus",
            "p:8: gates[1].phase: must be one of the phases EXEC",
            'p:8: gates[1].agent: must name an agent, e.g. agent = "TESTING"',
            "p:12: gates[3]: A/EXEC is listed twice; keep one",
        ],
    ),
    "gates that are no tables": (
        "gates = [1]\n" + PHASE_LINE + LADDER_LINES,
        [
            "p:1: gates[0].phase: must be one of the phases EXEC",
            'p:1: gates[0].agent: must name an agent, e.g. agent = "TESTING"',
        ],
    ),
    "gates against no phases are not blamed": (
        LADDER_LINES + '[[gates]]\nphase = "EXEC"\nagent = "A"\n',
        ['p: phases: must be a list of at least one phase, e.g. ["LEAD", "PLAN"]'],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_every_problem_is_listed_with_line_and_key(case: str) -> None:
    text, problems = BAD[case]
    with pytest.raises(InvalidInput) as caught:
        read_rules(text, "p")
    assert str(caught.value).split("\n") == problems
