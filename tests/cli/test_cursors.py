"""A cursor stands in the rework log and is no outcome: every reader knows it (issue 11)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from bot.cli import main
from bot.collecting.idle_rules import idle_rules
from bot.evidence.cursors import Cursor, cursor_of, cursors_in
from bot.evidence.events import stamp
from bot.evidence.packing import Packer, pack
from bot.evidence.rows import rows_of
from bot.policy import CollectRule
from tests.support.commands import Bot
from tests.support.desk import desk
from tests.support.teams import EXAMPLE, LOGS, WEEK, Team, lines, rework

CURSOR = {
    "ts": "2025-12-05T10:00:00Z",
    "cursor": "git",
    "repository": "o/r",
    "commit": "ab",
    "id": "c1",
}
LINE = json.dumps(CURSOR).encode()
AT = 1_764_928_800_000_000
FILE = f"{LOGS}/rework-collect-1.jsonl"


def test_a_cursor_says_what_was_seen_of_what_until_when() -> None:
    assert cursor_of(LINE) == Cursor(AT, "git", "o/r", "ab", (), "c1")
    more = json.dumps({**CURSOR, "matched": ["e2e*", "sd"]}).encode()
    assert cursor_of(more) == Cursor(AT, "git", "o/r", "ab", ("e2e*", "sd"), "c1")


@pytest.mark.parametrize(
    "changes", [{"sd": "A"}, {"ts": "today"}, {"cursor": ""}, {"repository": None}, {"matched": 1}]
)
def test_what_is_no_cursor_is_none(changes: dict[str, object]) -> None:
    assert cursor_of(json.dumps({**CURSOR, **changes}).encode()) is None


def test_readers_of_rows_pass_it_by_and_readers_of_cursors_find_it() -> None:
    row = json.dumps(rework("A")).encode()
    file = b"\n".join([row, LINE, b"", row, b'{"cursor": 1}', b"{"])
    assert [found.sd for found in rows_of(BytesIO(file), ["EXEC"], rework=True)] == ["A", "A"]
    assert [found.id for found in cursors_in(BytesIO(file))] == ["c1"]


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("rework-x", {}, ""),
        ("rework-x", {"repository": None}, "repository: must be a text; not null"),
        ("rework-x", {"cursor": ""}, "cursor: must be what was collected from"),
        ("rework-x", {"ts": "now"}, "ts: must be a date and time with offset"),
        ("rework-x", {"sd": "A"}, "agent: is missing"),
        ("tokens-x", {}, "sd: is missing"),
    ],
)
def test_validate_takes_a_cursor_for_what_it_is(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    changes: dict[str, object],
    said: str,
) -> None:
    top = desk(tmp_path / "r")
    (top / LOGS).mkdir(parents=True)
    (top / LOGS / f"{name}.jsonl").write_text(json.dumps({**CURSOR, **changes}) + "\n")
    assert main(["validate", "--repo", str(top)]) == (1 if said else 0)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "log show"])
def test_a_cursor_changes_no_figure_and_no_verdict(
    make_team: Callable[..., Team], bot: Bot, command: str
) -> None:
    with_cursor = make_team({**EXAMPLE, FILE: LINE + b"\n"}, name="with")
    first, *rest = command.split()
    documents = [
        bot(first, None, *rest, "--repo", team.path, "--week", WEEK, "--format", "json").document
        for team in (with_cursor, make_team(EXAMPLE, name="without"))
    ]
    for key in ("verdicts", "diff", "rejected_lines", "rows", "total"):
        assert documents[0].get(key) == documents[1].get(key)


def test_packing_keeps_every_cursor_once() -> None:
    files = {
        FILE: lines([rework("A", id="r1")]).encode() + LINE + b"\n",
        f"{LOGS}/rework-collect-2.jsonl": LINE + b"\n",
    }
    packer = Packer({f"{LOGS}/rework*.jsonl": True}, ("EXEC",), AT + 10**12)
    packed = pack(files, files.__getitem__, packer)
    (content,) = packed.files.values()
    assert [json.loads(line)["id"] for line in content.splitlines()] == ["r1", "c1"]
    assert packed.bad == ()


DAY = 86_400_000_000
NOW = AT + 100 * DAY


def _cursor(days_ago: int, *matched: str, source: str = "github") -> Cursor:
    return Cursor(NOW - days_ago * DAY, source, "o/r", None, matched, None)


@pytest.mark.parametrize(
    ("cursors", "idle"),
    [
        ([], []),
        ([_cursor(1)], []),
        ([_cursor(95)], []),
        ([_cursor(1), _cursor(95)], ["e2e*", "redo"]),
        ([_cursor(1), _cursor(95, "e2e*")], ["e2e*", "redo"]),
        ([_cursor(1, "e2e*"), _cursor(50), _cursor(95)], ["redo"]),
        ([_cursor(1, "e2e*"), _cursor(90, "redo"), _cursor(95)], []),
        ([_cursor(1, source="git"), _cursor(95, source="git")], []),
    ],
)
def test_a_glob_that_matched_nothing_in_13_weeks_is_worth_a_note(
    cursors: list[Cursor], idle: list[str]
) -> None:
    rules = [
        CollectRule(when="reverted", agent="API"),
        CollectRule(when="check-failed", agent="API", match="e2e*"),
        CollectRule(when="label", agent="API", match="redo"),
    ]
    notes = list(idle_rules(rules, cursors, NOW))
    assert [note.partition("called ")[2].split("'")[1] for note in notes] == idle


def test_validate_tells_of_it_and_all_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = (
        '\n[[collect]]\nwhen = "check-failed"\nmatch = "e2e*"\nphase = "EXEC"\nagent = "TESTING"\n'
    )
    top = desk(tmp_path / "r", rule)
    (top / LOGS).mkdir(parents=True)
    today = {**CURSOR, "cursor": "github", "ts": stamp(time.time_ns() // 1000), "id": "c2"}
    long_ago = {**CURSOR, "cursor": "github", "ts": "2025-01-05T10:00:00Z"}
    (top / FILE).write_text(json.dumps(long_ago) + "\n" + json.dumps(today) + "\n")
    assert main(["validate", "--repo", str(top)]) == 0
    said = capsys.readouterr()
    assert "collect[0].match: no check was called 'e2e*' in 13 weeks" in said.err + said.out
