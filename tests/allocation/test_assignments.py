"""The past of the table is spells: which model each cell had, and since when."""

from __future__ import annotations

import pytest

from bot.allocation.assignments import Spell, Version, in_force, read_version, spells
from tests.support.tables import cell

TESTING, API = cell("TESTING/EXEC"), cell("API/EXEC")


def version(committed: int, default: str = "sonnet", **entries: str) -> Version:
    return Version(committed, default, {cell(f"{a}/EXEC"): m for a, m in entries.items()})


def of_testing(*versions: Version) -> list[tuple[str, int]]:
    found = spells(versions, [TESTING])[TESTING]
    return [(spell.model, spell.start) for spell in found]


def test_a_value_holds_from_its_commit_until_the_next_change() -> None:
    assert of_testing(
        version(10, TESTING="haiku"),
        version(20, TESTING="sonnet"),
        version(30, TESTING="opus"),
    ) == [("haiku", 10), ("sonnet", 20), ("opus", 30)]


def test_a_commit_that_leaves_the_value_does_not_start_a_spell() -> None:
    assert of_testing(version(10, TESTING="haiku"), version(20, TESTING="haiku", API="opus")) == [
        ("haiku", 10)
    ]


def test_a_value_that_comes_back_starts_anew() -> None:
    assert of_testing(
        version(10, TESTING="haiku"),
        version(20, TESTING="opus"),
        version(30, TESTING="haiku"),
    ) == [("haiku", 10), ("opus", 20), ("haiku", 30)]


def test_a_cell_without_entry_follows_the_default() -> None:
    assert of_testing(version(10), version(20, default="opus")) == [
        ("sonnet", 10),
        ("opus", 20),
    ]


def test_an_entry_of_the_default_s_value_changes_nothing() -> None:
    assert of_testing(version(10), version(20, TESTING="sonnet")) == [("sonnet", 10)]


def test_each_cell_has_its_own_past() -> None:
    found = spells([version(10), version(20, API="opus")], [TESTING, API])
    assert found == {
        TESTING: (Spell("sonnet", 10),),
        API: (Spell("sonnet", 10), Spell("opus", 20)),
    }


def test_the_order_of_commits_wins_over_a_clock_that_ran_ahead() -> None:
    assert of_testing(
        version(10, TESTING="haiku"),
        version(99, TESTING="sonnet"),
        version(30, TESTING="opus"),
    ) == [("haiku", 10), ("sonnet", 30), ("opus", 30)]


@pytest.mark.parametrize(
    ("at_once", "spells"),
    [
        pytest.param(("opus", "sonnet"), [("sonnet", 10)], id="raised and taken back"),
        pytest.param(
            ("opus", "sonnet", "opus"), [("sonnet", 10), ("opus", 30)], id="and raised again"
        ),
        pytest.param(("haiku", "opus", "sonnet"), [("sonnet", 10)], id="there and back"),
        pytest.param(
            ("haiku", "opus"), [("sonnet", 10), ("haiku", 30), ("opus", 30)], id="two steps"
        ),
    ],
)
def test_what_a_rebased_pull_request_takes_back_itself_starts_nothing_anew(
    at_once: tuple[str, ...], spells: list[tuple[str, int]]
) -> None:
    """Its commits come to base in one second; evidence of the value that stays goes on."""
    versions = [version(30, TESTING=model) for model in at_once]
    assert of_testing(version(10, TESTING="sonnet"), *versions) == spells


@pytest.mark.parametrize(
    ("at", "model"),
    [
        pytest.param(5, "haiku", id="before the first: the first stands in"),
        pytest.param(10, "haiku", id="at the start"),
        pytest.param(29, "haiku", id="last second"),
        pytest.param(30, "opus", id="at the change; a spell of no length never holds"),
        pytest.param(1_000, "opus", id="still"),
    ],
)
def test_the_model_in_force_at_a_time(at: int, model: str) -> None:
    past = spells(
        [
            version(10, TESTING="haiku"),
            version(99, TESTING="sonnet"),
            version(30, TESTING="opus"),
        ],
        [TESTING],
    )
    assert in_force(past[TESTING], at).model == model


def test_a_past_version_is_read_by_the_names_of_its_own_time() -> None:
    """A phase or rung that is gone today was in force then; only what never was a name is left out."""
    data = (
        b'default = "tiny"\nDESIGN.api-agent = "huge"\n[exec]\nTesting = "opus"\nUAT = 1\n'
        b'"TE ST" = "opus"\n["E X"]\nAPI = "opus"\n'
    )
    assert read_version(10, data) == Version(
        10, "tiny", {cell("API/DESIGN"): "huge", TESTING: "opus"}
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'[EXEC]\nAPI = "opus"\n', id="no default"),
        pytest.param(b"default = 1\n", id="default of a wrong type"),
        pytest.param(b"default = \n", id="no TOML"),
        pytest.param(b'default = "\xe9"\n', id="no UTF-8"),
    ],
)
def test_a_past_version_that_nobody_could_look_up_is_none(data: bytes) -> None:
    assert read_version(10, data) is None
