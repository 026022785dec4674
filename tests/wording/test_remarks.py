"""What is odd about a week's logs is said in plain words, with the known names (issue 9, item 23)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.allocation.names import Cell
from bot.allocation.table import read_table
from bot.evidence.records import Mismatch
from bot.wording.remarks import remarks
from tests.support.facts import WEEK, cell_week, evidence, shipped_policy

TABLE = read_table(
    'default = "sonnet"\n[EXEC]\nTESTING = "sonnet"\n', "t.toml", shipped_policy().rules
)
MODELS = "no rung of the ladder knows "
CAUSES = "the policy does not know the causes "


@pytest.mark.parametrize(
    ("causes", "named"),
    [
        (("sunspots",), "sunspots"),
        (("a", "b"), "a, b"),
        (("@org/team\n",), "@org/team\n"),
        (tuple(f"c{n:02}" for n in range(20)), "c11 and 8 more"),
        (("x" * 70_000,), f"{'x' * 40}..."),
    ],
    ids=["one", "two", "hostile", "many", "long"],
)
def test_unknown_causes_are_named_with_the_known_ones(causes, named):
    (said,) = remarks(evidence(unknown_causes=causes), WEEK, shipped_policy(), TABLE)
    assert said.startswith(CAUSES)
    assert f"{named}, so they count against the model; known are context-loss, " in said
    assert len(said) < 1_000


@pytest.mark.parametrize("model", ["gpt-oss", "claude-next-9", "y" * 70_000])
def test_unknown_models_are_named_with_the_runs_they_cost(model):
    rows = [
        cell_week(2, 0, model=None, raw_model=model),
        cell_week(1, 0, model=None, raw_model="z"),
        cell_week(9, 0, model=None, raw_model="of-another-week", week="2025-W48"),
        cell_week(5, 0),
    ]
    (said,) = remarks(evidence(*rows), WEEK, shipped_policy(), TABLE)
    assert said.startswith(MODELS + model[:40])
    assert (
        ", z: 3 runs count tokens, but no evidence; add such ids to the models of haiku, " in said
    )
    assert len(said) < 1_000


def test_a_contradiction_of_the_week_is_said_and_a_clean_week_says_nothing():
    wrong = [Mismatch(week, "SD-1", "EXEC", 5, 9) for week in (WEEK, "2025-W48")]
    assert remarks(evidence(mismatches=tuple(wrong)), WEEK, shipped_policy(), TABLE) == (
        str(wrong[0]),
    )
    assert remarks(evidence(cell_week(5, 3)), WEEK, shipped_policy(), TABLE) == ()


def of(agent, sds=2, week=WEEK):
    return replace(cell_week(sds, 0, week=week), cell=Cell("EXEC", agent))


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([of("TESTNG")], "TESTNG (nearest: TESTING): 2 runs judged"),
        (
            [of("TESTNG"), of("TESTNG"), of("ZZZ", 1)],
            "TESTNG (nearest: TESTING), ZZZ: 5 runs judged",
        ),
        ([of("ZZZ", 1)], "ZZZ: 1 run judged"),
    ],
    ids=["a slip of the pen", "two", "like nothing"],
)
def test_agents_that_no_phase_lists_are_named_with_the_nearest_that_is_listed(rows, named):
    (said,) = remarks(evidence(*rows), WEEK, shipped_policy(), TABLE)
    assert said == (
        f"no phase of the table lists {named}, but never promoted; correct the names in the logs, or add "
        "entries"
    )


@pytest.mark.parametrize(
    "row",
    [of("TESTING"), of("SECURITY"), of("MAIN"), of("TESTNG", week="2025-W48")],
    ids=["listed", "a gate", "a session's own tokens", "another week"],
)
def test_an_agent_that_is_known_or_did_not_run_this_week_is_not_named(row):
    assert remarks(evidence(row), WEEK, shipped_policy(), TABLE) == ()
