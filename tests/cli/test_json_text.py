"""JSON documents have one escaper: whatever logs say, no runner and no terminal obeys what is printed."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.wording.escape import json_text
from tests.support.commands import Bot
from tests.support.hostile import ALL
from tests.support.teams import EXAMPLE, LOGS, WEEK, Team, lines, rework, token

ROOMS = Path(__file__).parents[2] / "bot"
HOSTILE = "##[error]SD\u202e\x9b31m"
LOG = {
    **EXAMPLE,
    f"{LOGS}/tokens-h.jsonl": lines([token(HOSTILE, note=HOSTILE)]),
    f"{LOGS}/rework-h.jsonl": lines([rework(HOSTILE, note=HOSTILE)]),
}


def test_every_string_comes_back_and_none_is_obeyed() -> None:
    text = json_text({"all": ALL, HOSTILE: HOSTILE})
    assert json.loads(text) == {"all": list(ALL), HOSTILE: HOSTILE}
    assert text.isascii()
    assert "##[" not in text


@pytest.mark.parametrize("room", ["reports", "cli"])
def test_no_document_is_printed_past_it(room: str) -> None:
    """`demo` writes log lines of its own."""
    found = {
        path.name
        for path in (ROOMS / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "dumps"
    }
    assert found <= {"demo_logs.py"}


@pytest.mark.parametrize(
    "args",
    [
        ("log", "show", "--sd", HOSTILE),
        ("log", "show", "--week", WEEK),
        ("plan", "--week", WEEK),
        ("budget", "--week", WEEK),
        ("history",),
        ("replay", "--from", WEEK, "--to", WEEK),
    ],
    ids=lambda args: " ".join(args[:2]),
)
def test_hostile_logs_stay_data_in_every_command(
    make_team: Callable[..., Team], bot: Bot, args: tuple[str, ...]
) -> None:
    said = bot(args[0], None, *args[1:], "--repo", make_team(LOG).path, "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)
    assert said.out.isascii()
    assert "##[" not in said.out
