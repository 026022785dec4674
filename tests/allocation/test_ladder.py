"""Rungs are ranked by their place, and a model id stands on one of them or on none."""

from __future__ import annotations

import pytest

from bot.allocation.ladder import Ladder, Rung

LADDER = Ladder(
    (
        Rung("haiku", ("claude-haiku-*", "claude-sonnet-mini", "shared-*")),
        Rung("sonnet", ("claude-sonnet-*", "shared-big-*", "s[12]")),
        Rung("opus", ("claude-opus-4-1", "claude-opus-?-5")),
    )
)
EFFORT = Ladder((Rung("low"), Rung("medium"), Rung("high")))


def test_a_ladder_knows_its_names_and_its_top() -> None:
    assert LADDER.names == ("haiku", "sonnet", "opus")
    assert (LADDER.top, EFFORT.top) == ("opus", "high")


@pytest.mark.parametrize(
    ("ladder", "rung"),
    [
        pytest.param(LADDER, "opus", id="opus at the top"),
        pytest.param(Ladder((Rung("opus"), Rung("mythos"))), "opus", id="opus below the top"),
        pytest.param(EFFORT, "high", id="no opus: the top"),
    ],
)
def test_a_gate_demands_opus_or_else_the_top(ladder: Ladder, rung: str) -> None:
    assert ladder.gate_rung == rung


@pytest.mark.parametrize(
    ("name", "above"), [("haiku", "sonnet"), ("sonnet", "opus"), ("opus", None)]
)
def test_the_next_rung_up(name: str, above: str | None) -> None:
    assert LADDER.above(name) == above


def test_ranks_follow_the_order_and_an_unknown_name_has_none() -> None:
    assert [LADDER.rank(name) for name in LADDER.names] == [0, 1, 2]
    assert LADDER.highest("sonnet", "haiku", "sonnet") == "sonnet"
    with pytest.raises(ValueError):
        LADDER.rank("gpt")


@pytest.mark.parametrize(
    ("model", "rung"),
    [
        pytest.param("opus", "opus", id="a rung's own name"),
        pytest.param("claude-haiku-4-5-20251001", "haiku", id="pattern"),
        pytest.param("claude-sonnet-mini", "haiku", id="exact before another rung's pattern"),
        pytest.param("claude-sonnet-4-5", "sonnet", id="pattern of the middle"),
        pytest.param("claude-opus-4-1", "opus", id="exact"),
        pytest.param("claude-opus-4-1-20250805", None, id="exact is no prefix"),
        pytest.param("claude-opus-4-5", "opus", id="question mark"),
        pytest.param("s2", "sonnet", id="brackets"),
        pytest.param("shared-big-1", "haiku", id="two patterns: the lower rung"),
        pytest.param("Claude-Haiku-4", None, id="case counts"),
        pytest.param("my-opus-finetune", None, id="never by substring"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_rung_of_a_model_id(model: str, rung: str | None) -> None:
    assert LADDER.rung_of(model) == rung
