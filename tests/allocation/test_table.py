"""The table is read with every spelling it may have, and everything wrong with it is said at once."""

from __future__ import annotations

import pytest

from bot.allocation.rules import Rules
from bot.allocation.table import read_table, table_path
from bot.errors import InvalidInput
from tests.support.tables import LADDER, PHASES, RULES, cell, table_of

GATED = Rules(PHASES, LADDER, {cell("API/EXEC"): "sonnet"})


def test_an_entry_is_found_however_it_is_spelled() -> None:
    text = (
        'default = "haiku"\nPLAN."api-agent" = "opus"\nlead = { Uat = "sonnet" }\n'
        '[ "Exec" ]\nRISK = "opus"\n'
    )
    table = read_table(text, "t", RULES)
    assert table.default == "haiku"
    assert table.entries == {
        cell("API/PLAN"): "opus",
        cell("UAT/LEAD"): "sonnet",
        cell("RISK/EXEC"): "opus",
    }
    assert table.paths == {
        cell("API/PLAN"): ("PLAN", "api-agent"),
        cell("UAT/LEAD"): ("lead", "Uat"),
        cell("RISK/EXEC"): ("Exec", "RISK"),
    }


@pytest.mark.parametrize(
    ("name", "declared", "resolved"),
    [
        pytest.param("API/PLAN", "opus", "opus", id="entry"),
        pytest.param("UAT/PLAN", "haiku", "haiku", id="default"),
        pytest.param("SECURITY/EXEC", "haiku", "opus", id="default below its floor"),
        pytest.param("VALIDATION/EXEC", "sonnet", "opus", id="entry below its floor"),
        pytest.param("API/EXEC", "opus", "opus", id="entry above its floor"),
        pytest.param("NEW/EXEC", "haiku", "haiku", id="unknown agent"),
    ],
)
def test_the_model_of_a_cell(name: str, declared: str, resolved: str) -> None:
    entries = {"API/PLAN": "opus", "VALIDATION/EXEC": "sonnet", "API/EXEC": "opus"}
    table = table_of(entries, default="haiku")
    assert table.declared(cell(name)) == declared
    assert table.resolved(cell(name), GATED) == resolved


@pytest.mark.parametrize(
    ("policy", "table"),
    [
        ("config/policy.toml", "config/overrides.toml"),
        ("policy.toml", "overrides.toml"),
        ("a/b/p.toml", "a/b/overrides.toml"),
    ],
)
def test_the_table_stands_beside_the_policy(policy: str, table: str) -> None:
    assert table_path(policy) == table


TOP = 'default = "sonnet"\n'
BAD = {
    "no default": ("[EXEC]\n", ["t: default: is missing; add default = 'haiku'"]),
    "unknown models": (
        'default = "gpt"\n[EXEC]\nAPI = "Opus"\nUAT = 1\nRISK.deep = "opus"\n',
        [
            "t:1: default: 'gpt' is no rung of the ladder; use one of haiku, sonnet, opus",
            "t:3: EXEC.API: 'Opus' is no rung of the ladder; use one of haiku, sonnet, opus",
            "t:4: EXEC.UAT: 1 is no rung of the ladder; use one of haiku, sonnet, opus",
            "t:5: EXEC.RISK: {'deep': 'opus'} is no rung of the ladder; use one of haiku, sonnet, opus",
        ],
    ),
    "unknown phases": (
        TOP + '[SHIP]\nAPI = "opus"\n["E X"]\n[Default]\n',
        [
            "t:2: SHIP: is no phase of the policy; known are LEAD, PLAN, EXEC",
            "t:4: E X: is no phase of the policy; known are LEAD, PLAN, EXEC",
            "t:5: Default: is no phase of the policy; known are LEAD, PLAN, EXEC",
        ],
    ),
    "bad agents": (
        TOP + '[EXEC]\ndefault = "opus"\n"TE ST" = "opus"\n"\u0422ESTING" = "opus"\n',
        [
            "t:3: EXEC.default: is reserved for the top of the file; name an agent here",
            "t:4: EXEC.TE ST: is no agent name; use "
            "letters, digits, _ and -, starting with a letter, at most 64",
            "t:5: EXEC.\u0422ESTING: is no agent name; use "
            "letters, digits, _ and -, starting with a letter, at most 64",
        ],
    ),
    "two spellings of one name": (
        TOP + '[EXEC]\nAPI = "opus"\n"api-agent" = "opus"\n[exec]\nUAT = "opus"\n',
        [
            "t:4: EXEC.api-agent: is API again, already spelled 'API'; keep one",
            "t:5: exec: is EXEC again, already spelled 'EXEC'; keep one",
        ],
    ),
    "phases that are no tables": (
        TOP + 'PLAN = "opus"\n[[EXEC]]\nAPI = "opus"\n',
        [
            "t:2: PLAN: must be a table of agents and models",
            "t:3: EXEC: must be a table of agents and models",
        ],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_every_problem_is_listed_with_line_and_key(case: str) -> None:
    text, problems = BAD[case]
    with pytest.raises(InvalidInput) as caught:
        read_table(text, "t", RULES)
    assert str(caught.value).split("\n") == problems


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('"' + "x" * 100_000 + '"', id="a long text"),
        pytest.param("{" + ".".join(["k"] * 900) + " = 1}", id="deep keys"),
    ],
)
def test_a_monstrous_value_gives_a_short_message(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_table(f"default = {value}\n", "t", RULES)
    assert len(str(caught.value)) < 300
