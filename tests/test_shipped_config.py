"""The shipped table is SPEC § 3's, commented throughout, and holds every gate it ships with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.allocation.rules import read_rules
from bot.allocation.table import read_table
from bot.allocation.toml import lines_of
from bot.gates.floors import World, below_floor

CONFIG = Path(__file__).parents[1] / "config"
TEXT = (CONFIG / "overrides.toml").read_bytes().decode()
RULES = read_rules((CONFIG / "policy.toml").read_text("utf-8"), "config/policy.toml")
TABLE = read_table(TEXT, "config/overrides.toml", RULES)

# SPEC § 3, LEAD / PLAN / EXEC; a dash is a cell left to the default.
SPEC = """
GITHUB       haiku   haiku   haiku
DOCMON       haiku   haiku   sonnet
RETRO        haiku   -       haiku
QUICKFIX     haiku   -       haiku
VALIDATION   haiku   opus    opus
SECURITY     opus    opus    opus
STORIES      sonnet  opus    sonnet
TESTING      sonnet  sonnet  opus
DESIGN       sonnet  sonnet  sonnet
DATABASE     sonnet  sonnet  sonnet
API          sonnet  sonnet  sonnet
RISK         sonnet  sonnet  sonnet
DEPENDENCY   sonnet  sonnet  sonnet
PERFORMANCE  sonnet  sonnet  sonnet
UAT          sonnet  sonnet  sonnet
"""


def test_the_shipped_table_is_the_one_of_the_specification() -> None:
    expected = {
        Cell(phase, agent): model
        for agent, *models in map(str.split, SPEC.strip().splitlines())
        for phase, model in zip(("LEAD", "PLAN", "EXEC"), models, strict=True)
        if model != "-"
    }
    assert TABLE.entries == expected
    assert TABLE.default == "sonnet"
    assert list(tomllib.loads(TEXT)) == ["default", "LEAD", "PLAN", "EXEC"]


def test_every_shipped_entry_says_why_in_a_comment() -> None:
    lines, found = TEXT.split("\n"), lines_of(TEXT)
    paths = [("default",), *TABLE.paths.values()]
    silent = [path for path in paths if "  # " not in lines[found[path] - 1]]
    assert silent == []


def test_the_shipped_extra_gates_are_the_two_of_the_specification() -> None:
    assert RULES.extra_gates == {Cell("PLAN", "STORIES"): "opus", Cell("EXEC", "TESTING"): "opus"}


@pytest.mark.parametrize("gate", RULES.gates(), ids=str)
def test_every_shipped_gate_has_an_entry_at_or_above_its_floor(gate: Cell) -> None:
    floor = RULES.floor(gate)
    assert floor is not None
    assert RULES.ladder.rank(TABLE.entries[gate]) >= RULES.ladder.rank(floor)


def test_nothing_shipped_is_below_its_floor() -> None:
    assert below_floor(World(TABLE, RULES)) == ()
