"""The shipped table is SPEC § 3's, commented throughout, and holds every gate it ships with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.allocation.rules import read_rules
from bot.allocation.table import read_table
from bot.allocation.toml import lines_of
from bot.gates.floors import World, below_floor
from bot.gates.judgement import File, Side, judge, world_of

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


IDS = {
    "haiku": """
        haiku claude-haiku-4-5 claude-haiku-4-5-20251001 claude-3-haiku-20240307 claude-3-haiku
        claude-3-5-haiku-20241022 claude-3-5-haiku-latest claude-instant-1.2
        us.anthropic.claude-haiku-4-5-20251001-v1:0 anthropic.claude-3-5-haiku-20241022-v1:0
        bedrock/eu.anthropic.claude-3-haiku-20240307-v1:0 anthropic.claude-instant-v1
        claude-haiku-4-5@20251001 claude-3-haiku@20240307 vertex_ai/claude-3-5-haiku@20241022
        anthropic/claude-haiku-4.5 anthropic/claude-3.5-haiku openrouter/anthropic/claude-3-haiku:beta
    """,
    "sonnet": """
        sonnet sonnet[1m] claude-sonnet-4-5 claude-sonnet-4-5-20250929 claude-sonnet-4-20250514
        claude-sonnet-4-5-20250929[1m] claude-sonnet-4.5 claude-3-sonnet-20240229 claude-3-5-sonnet-20241022
        claude-3-7-sonnet-latest claude-3.7-sonnet-thought
        us.anthropic.claude-sonnet-4-5-20250929-v1:0 global.anthropic.claude-sonnet-4-20250514-v1:0
        apac.anthropic.claude-3-sonnet-20240229-v1:0 us.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]
        arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0
        claude-sonnet-4-5@20250929 claude-3-5-sonnet-v2@20241022 claude-3-5-sonnet@20240620
        publishers/anthropic/models/claude-sonnet-4@20250514
        anthropic/claude-sonnet-4.5 anthropic/claude-sonnet-4 openrouter/anthropic/claude-3.7-sonnet:thinking
    """,
    "opus": """
        opus opus[1m] claude-opus-4-5 claude-opus-4-1-20250805 claude-opus-4-20250514 claude-opus-4-6[1m]
        claude-3-opus-20240229 claude-3-opus-latest
        us.anthropic.claude-opus-4-1-20250805-v1:0 anthropic.claude-3-opus-20240229-v1:0:200k
        claude-opus-4-5@20251101 claude-3-opus@20240229 vertex_ai/claude-opus-4@20250514
        anthropic/claude-opus-4.5 anthropic/claude-3-opus
    """,
    None: """
        <synthetic> gpt-5 google/gemini-2.5-pro claude-2.1 anthropic.claude-v2:1 not-claude-sonnet-4-5
        my-claude-opus-4-distilled claude sonnetm opus1 haiku-3 claude-sonnet anthropic/claude
    """,
}


@pytest.mark.parametrize(
    ("model", "rung"), [(model, rung) for rung, ids in IDS.items() for model in ids.split()]
)
def test_the_shipped_patterns_know_the_ids_of_clouds_and_routers(
    model: str, rung: str | None
) -> None:
    """Bedrock, Vertex, routers, old ids; what names no model has no rung (issue 9, item 24)."""
    assert RULES.ladder.rung_of(model) == rung


POLICY = (CONFIG / "policy.toml").read_bytes()
FIRST = re.sub(
    rb'(?s)name = "haiku"\nmodels = .*?\n]|name = "sonnet"\nmodels = .*?\n]|name = "opus"\nmodels = .*?\n]',
    lambda found: {
        b"h": b'name = "haiku"\nmodels = ["claude-haiku-*", "claude-3-haiku-*", "claude-3-5-haiku-*"]',
        b"s": b'name = "sonnet"\nmodels = ["claude-sonnet-*", "claude-3-5-sonnet-*", "claude-3-7-sonnet-*"]',
        b"o": b'name = "opus"\nmodels = ["claude-opus-*", "claude-3-opus-*"]',
    }[found[0][8:9]],
    POLICY,
)
"""The policy with the patterns that were shipped first."""


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        pytest.param(FIRST, POLICY, False, id="from the first patterns to these"),
        pytest.param(
            POLICY,
            POLICY.replace(b'"opus[[]1m]"', b'"opus[[]1m]", "claude-x-*"'),
            False,
            id="a new family",
        ),
        pytest.param(
            POLICY,
            POLICY.replace(b'"claude-3-sonnet*"', b'"claude-3-sonnet-*"'),
            False,
            id="narrowed",
        ),
        pytest.param(POLICY, POLICY.replace(b'"claude-instant-*", ', b""), False, id="one less"),
        pytest.param(
            POLICY,
            POLICY.replace(b'"opus[[]1m]"', b'"claude-haiku-*"').replace(
                b'"claude-haiku-*", ', b"", 1
            ),
            True,
            id="haiku called opus",
        ),
        pytest.param(
            POLICY,
            POLICY.replace(b'"opus[[]1m]"', b'"opus[[]1m]", "us.anthropic.claude-haiku-4-5-v1:0"'),
            True,
            id="a haiku of Bedrock called opus",
        ),
    ],
)
def test_the_guard_knows_at_once_what_a_change_of_the_shipped_patterns_does(
    before: bytes, after: bytes, refused: bool
) -> None:
    assert before != after
    sides = [
        Side(File("c/policy.toml", text), File("c/overrides.toml", TEXT.encode()))
        for text in (before, after)
    ]
    found = judge(world_of(sides[0]), sides[1])
    assert [refusal.reason for refusal in found] == ["alias-redefined"] * refused
