"""`replay --simulate` at the command line."""

from __future__ import annotations

import json

import pytest

from tests.support.commands import script
from tests.support.teams import Template

FEW = ("--simulate", "--runs", "3", "--sds", "5")


@pytest.fixture(scope="module")
def team(template: Template, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(template.copy(tmp_path_factory.mktemp("replay") / "team").path)


def replay(team: str, *options: str):
    return script("replay", "--repo", team, *options)


def test_text_names_the_fleet_the_rule_and_every_line(team: str):
    said = replay(team, *FEW)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        "A simulated fleet of capable agents: 40 cells without a gate, 24 on the"
    )
    assert "3 runs of 52 weeks, seed 1; bar 2, cap 2, floor -4, 20 %." in " ".join(said.out.split())
    assert [line.split()[:2] for line in said.out.splitlines() if line.startswith("5 ")] == [
        ["5", "cusum"],
        ["5", "threshold"],
    ]


def test_json_holds_figures_with_their_errors_and_all_that_made_them(team: str):
    said = replay(team, *FEW, "--format", "json", "--issues", "5", "--poisson", "--seed", "7")
    document = json.loads(said.out)
    assert (document["runs"], document["seed"]) == (3, 7)
    assert (document["fleet"]["issues"], document["fleet"]["poisson"]) == (5, True)
    assert document["rule"]["bar"] == 2
    assert [line["rule"] for line in document["lines"]] == ["cusum", "threshold"]
    assert document["lines"][0]["false_promotions"].keys() == {"mean", "error"}
    assert (
        said.out
        == replay(team, *FEW, "--format", "json", "--issues", "5", "--poisson", "--seed", "7").out
    )


def test_another_rule_can_be_tried(team: str):
    tried = ("--set", "promotion.bar=3", "--set", "promotion.cap = 1")
    document = json.loads(replay(team, *FEW, "--format", "json", *tried).out)
    assert (document["rule"]["bar"], document["rule"]["cap"]) == (3, 1)
    bare = replay(team, *FEW, "--format", "json", "--set", "promotion.rule=threshold")
    assert [line["rule"] for line in json.loads(bare.out)["lines"]] == ["threshold"]


def test_where_no_cell_was_proposed_no_delay_is_made_up(team: str):
    tried = ("--simulate", "--runs", "2", "--sds", "2", "--set", "promotion.bar=60")
    cusum, threshold = json.loads(replay(team, *tried, "--format", "json").out)["lines"]
    assert (cusum["fresh_median"], cusum["fresh"], cusum["turned"]) == (None, None, None)
    assert threshold["fresh"]["mean"] < 104
    said = replay(team, *tried, "--format", "markdown").out
    (line,) = [line for line in said.splitlines() if "| cusum |" in line]
    assert line.split(" | ")[3:5] == ["none got so far"] * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "replay takes --from WEEK --to WEEK, for past weeks, or --simulate"),
        ((*FEW, "--set", "promotion.bar=0"), "promotion.bar: must be greater than or equal to 1"),
        ((*FEW, "--set", "promotion.barr=1"), "promotion.barr: is no key of the policy"),
        ((*FEW, "--set", "budget.red=1"), "write a key of [promotion]"),
        (("--simulate", "--runs", "0"), "--runs 0: must be a whole number from 1 to 100000"),
        (("--simulate", "--sds", "5,x"), "--sds x: must be a whole number from 1 to 1000"),
        (("--simulate", "--issues", "81"), "--issues 81: must be a whole number from 0 to 80"),
    ],
    ids=["no --simulate", "value", "key", "section", "runs", "sds", "issues"],
)
def test_wrong_usage_is_2_in_words(team: str, options: tuple[str, ...], said: str):
    found = replay(team, *options)
    assert found.code == 2
    assert said in found.err


def test_a_ladder_of_one_rung_has_nothing_to_simulate(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "policy.toml").write_text(
        'phases = ["EXEC"]\n[[ladder]]\nname = "opus"\nrelative_cost = 1\n'
    )
    found = replay(str(tmp_path), *FEW)
    assert found.code == 2
    assert "a ladder of one rung promotes nothing" in found.err
