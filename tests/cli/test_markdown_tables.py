"""Every table in Markdown has a head for each of its columns: GitHub drops the rest (issue 9, 21)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.support.commands import Bot
from tests.support.teams import HAIKU, WEEK, Team, cell, cells

MakeTeam = Callable[..., Team]
ROWS = cells(
    cell(3, 5), cell(1, 5, "API"), cell(5, 5, "GITHUB", "LEAD", HAIKU), cell(4, 5, "DESIGN", "PLAN")
)


def widths(markdown: str) -> Iterator[list[int]]:
    """Columns of each line of each table."""
    for table in re.findall(r"(?m)(?:^\|.*\|$\n?)+", markdown):
        yield [line.count("|") - 1 for line in table.splitlines()]


@pytest.mark.parametrize(
    "command",
    [
        ("log", "show", "--week", WEEK, "--format", "markdown"),
        ("table", "--format", "markdown"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_table_has_as_many_heads_as_columns(
    make_team: MakeTeam, bot: Bot, command: tuple[str, ...]
) -> None:
    said = bot(command[0], None, *command[1:], "--repo", make_team(ROWS).path)
    assert said.code == 0
    found = list(widths(said.out))
    assert len(found) >= 1
    assert [table for table in found if len({*table}) > 1] == []
