"""Every spelling of a phase or agent has one canonical name, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.allocation.names import Cell, agent_name, is_rung_name, phase_name


@pytest.mark.parametrize(
    ("text", "phase", "agent"),
    [
        ("TESTING", "TESTING", "TESTING"),
        ("testing", "TESTING", "TESTING"),
        ("Testing-Agent", "TESTING-AGENT", "TESTING"),
        ("testing_agent", "TESTING_AGENT", "TESTING"),
        ("testing-agent-agent", "TESTING-AGENT-AGENT", "TESTING"),
        ("agent", "AGENT", "AGENT"),
        ("reagent", "REAGENT", "REAGENT"),
        ("a1_b-2", "A1_B-2", "A1_B-2"),
        ("default", None, None),
        ("Default", None, None),
        ("default-agent", "DEFAULT-AGENT", None),
        ("", None, None),
        ("-agent", None, None),
        ("1TESTING", None, None),
        ("TEST ING", None, None),
        ("TESTING\n", None, None),
        ("TESTING.EXEC", None, None),
        ("TE\u017fTING", None, None),  # the long s, whose upper case is S
        ("\u0422ESTING", None, None),  # a Cyrillic T
        ("DES\u0131GN", None, None),  # the dotless i, whose upper case is I
        ("\uff34ESTING", None, None),  # a full-width T
        ("a" * 64, "A" * 64, "A" * 64),
        ("a" * 65, None, None),
        ("a" * 58 + "-agent", "A" * 58 + "-AGENT", "A" * 58),
        ("a" * 59 + "-agent", None, None),
        ("A" * 70_000, None, None),
    ],
)
def test_a_spelling_has_one_canonical_name_or_none(
    text: str, phase: str | None, agent: str | None
) -> None:
    assert (phase_name(text), agent_name(text)) == (phase, agent)


@given(st.text(max_size=12) | st.from_regex(r"[a-zA-Z][\w-]{0,8}([-_]agent)*", fullmatch=True))
def test_a_canonical_name_is_never_renamed(text: str) -> None:
    for canonical in (phase_name, agent_name):
        name = canonical(text)
        assert name is None or canonical(name) == name


@pytest.mark.parametrize(
    ("text", "possible"),
    [("opus", True), ("o" * 64, True), ("o" * 65, False), ("o" * 1_000_000, False), (7, False)],
    ids=["short", "64", "65", "1 MB", "number"],
)
def test_the_name_of_a_rung_is_no_longer_than_any_other(text: object, possible: bool) -> None:
    assert is_rung_name(text) is possible


def test_a_cell_prints_as_agent_and_phase() -> None:
    assert str(Cell("EXEC", "TESTING")) == "TESTING/EXEC"
