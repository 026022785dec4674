"""Import of the predecessor's log, faults included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidInput
from bot.evidence.imports import leo
from bot.evidence.imports.store import store
from bot.evidence.rows import Rows
from tests.support.logs import CALENDAR, moment

PHASES = ("LEAD", "PLAN", "EXEC")
NOW = moment(30) * 1_000_000
GLOB = "logs/*/tokens*.jsonl"


def entry(**changes: object) -> dict[str, object]:
    """One entry as the predecessor wrote it."""
    made = {
        "timestamp": "2025-12-02T10:00:00.000Z",
        "sd_id": "SD-1",
        "phase": "EXEC",
        "tokens": 42000,
        "notes": "first try",
    }
    return {**made, **changes}


def document(*entries: object, **changes: object) -> dict[str, object]:
    """A whole log whose total is right unless said."""
    numbers = [e.get("tokens") for e in entries if isinstance(e, dict)]
    made: dict[str, object] = {
        "week_start": "2025-12-01T00:00:00.000Z",
        "week_end": "2025-12-07T23:59:59.999Z",
        "budget_limit": 500000,
        "tokens_used": sum(n for n in numbers if type(n) is int and n >= 0),
        "entries": list(entries),
        "metadata": {"version": "1.0"},
    }
    return {**made, **changes}


def read(folder: Path, content: object) -> leo.LeoLog:
    path = folder / ".token-log.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return leo.read([path], PHASES, NOW)


def rows(top: Path) -> list[tuple[str, str, str | None, int | None]]:
    return sorted((r.sd, r.phase, r.agent, r.tokens) for r in Rows(str(top), GLOB, PHASES))


def save(top: Path, source: leo.LeoLog) -> tuple[int, int, int]:
    done = store(str(top), GLOB, CALENDAR, PHASES, source)
    return done.events, done.already, done.differing


def test_entries_become_token_rows_without_agent(tmp_path: Path) -> None:
    source = read(
        tmp_path, document(entry(), entry(sd_id="SD-2", phase="lead", tokens=0, notes=None))
    )
    assert save(tmp_path, source) == (2, 0, 0)
    assert rows(tmp_path) == [("SD-1", "EXEC", None, 42000), ("SD-2", "LEAD", None, 0)]
    assert (source.skipped, source.notes) == ((), ())


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    content = document(entry(), entry(), entry(tokens=7))
    assert save(tmp_path, read(tmp_path, content)) == (3, 0, 0)
    before = sorted(tmp_path.rglob("*"))
    assert save(tmp_path, read(tmp_path, content)) == (0, 3, 0)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_is_read_as_if_its_logs_came_one_after_the_other(tmp_path: Path) -> None:
    contents = {
        "2025-W48.token-log.json": document(entry(tokens=1), entry(tokens=2), tokens_used=7),
        "a/.token-log.json": document(entry(tokens=2), entry(tokens=2), entry(phase="NONE")),
        "a/package.json": {},
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    paths = leo.token_logs([tmp_path, tmp_path / "a"])
    source = leo.read(paths, PHASES, NOW)
    assert save(tmp_path, source) == (3, 0, 0)
    assert sorted(tokens for *_, tokens in rows(tmp_path)) == [1, 2, 2]
    assert [skip.place for skip in source.skipped] == [".token-log.json: entries[2]"]
    said = "tokens_used says 7, the entries add up to 3: verify the burn rate"
    assert source.notes == (f"{tmp_path}/2025-W48.token-log.json: {said}",)
    for path in paths:
        assert save(tmp_path, leo.read([path], PHASES, NOW))[0] == 0


def test_a_folder_without_a_log_says_what_its_files_are_called(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no token log; pass a file, or a folder of"):
        leo.token_logs([tmp_path])


def test_a_log_that_grew_adds_what_is_new(tmp_path: Path) -> None:
    save(tmp_path, read(tmp_path, document(entry(), entry())))
    assert save(tmp_path, read(tmp_path, document(entry(), entry(), entry(), entry(tokens=1)))) == (
        2,
        2,
        0,
    )
    assert len(rows(tmp_path)) == 4


@pytest.mark.parametrize(
    ("changes", "reason", "tokens"),
    [
        ({"tokens": None}, "tokens None is no whole number from 0", 0),
        ({"tokens": "58000"}, "tokens '58000' is no whole number", 0),
        ({"tokens": -1}, "tokens -1 is no whole number", 0),
        ({"tokens": 1.5}, "tokens 1.5 is no whole number", 0),
        ({"tokens": True}, "tokens True is no whole number", 0),
        ({"sd_id": None}, "sd_id is missing", 42000),
        ({"sd_id": 7}, "sd_id is no text", 42000),
        ({"sd_id": "  "}, "sd_id is empty", 42000),
        ({"phase": "VERIFY"}, "phase 'VERIFY' is no phase of the policy", 42000),
        ({"timestamp": "2025-12-02 10:00"}, "timestamp '2025-12-02 10:00' is no time", 42000),
        ({"timestamp": "2026-12-02T10:00:00Z"}, "more than a day in the future", 42000),
    ],
)
def test_what_cannot_be_logged_is_left_out_and_named(
    changes: Mapping[str, object], reason: str, tokens: int, tmp_path: Path
) -> None:
    source = read(tmp_path, document(entry(), entry(**changes), "no entry"))
    assert len(list(source.events())) == 1
    skips = [skip for skip in source.skipped if skip.reason != "is no entry"]
    assert [(skip.count, skip.tokens, skip.place) for skip in skips] == [
        (1, tokens, ".token-log.json: entries[1]")
    ]
    assert reason in skips[0].reason


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            {"tokens_used": 58},
            "tokens_used says 58, the entries add up to 42,000: verify the burn rate",
        ),
        (
            {"tokens_used": None},
            "tokens_used says None, the entries add up to 42,000: verify the burn rate",
        ),
        (
            {"week_start": "2025-12-08T00:00:00Z", "week_end": "2025-12-14T00:00:00Z"},
            "entries outside the stated week 2025-12-08 to 2025-12-14: 1; each goes",
        ),
        (
            {"week_end": None},
            "week_start and week_end name no week; every entry goes",
        ),
    ],
)
def test_contradictions_are_said(changes: dict[str, object], note: str, tmp_path: Path) -> None:
    (said,) = read(tmp_path, document(entry(), **changes)).notes
    assert said.startswith(note)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b'{"entries": [', "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "has no list of entries"),
        (b'{"entries": {}}', "has no list of entries"),
    ],
)
def test_another_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=said):
        read(tmp_path, content)


def test_a_missing_and_an_enormous_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        leo.read([tmp_path / "nothing"], PHASES, NOW)
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(leo.LARGEST_EXPORT + 1)
    with pytest.raises(InvalidInput, match="has more than"):
        leo.read([huge], PHASES, NOW)


_any: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
_entries = st.lists(
    st.dictionaries(st.sampled_from(list(entry())), _any, max_size=3).map(lambda c: entry(**c))
    | _any,
    max_size=6,
)


@given(entries=_entries, total=_any, week=_any)
@settings(max_examples=60, deadline=None)
def test_whatever_the_file_holds_the_total_is_the_sum_of_its_valid_entries(
    entries: list[Any], total: Any, week: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("leo")
    source = read(folder, document(*entries, tokens_used=total, week_start=week))
    events = list(source.events())
    assert len(events) + sum(skip.count for skip in source.skipped) == len(entries)
    store(str(folder), GLOB, CALENDAR, PHASES, source)
    stored = Rows(str(folder), GLOB, PHASES)
    assert sum(row.tokens or 0 for row in stored) == sum(int(e.fields["tokens"]) for e in events)
    assert stored.bad_lines == 0
