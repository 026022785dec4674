"""What `log` adds up by itself is what the calibration counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.calendar import SECOND
from bot.evidence.events import rework_event, token_event, use_of
from bot.evidence.read import read_evidence
from bot.evidence.rows import Rows, read_row
from bot.evidence.spend import spent
from bot.evidence.spending.tally import Use
from bot.paths import LogFile
from tests.support.logs import CALENDAR, MONDAY, lines, question, stamp, tokens

PHASES = ("LEAD", "PLAN", "EXEC")
WEEK = CALENDAR.named("2025-W49")
GLOB = "logs/**/tokens*.jsonl"
NOW = int(MONDAY.timestamp()) * SECOND

_row = st.builds(
    lambda sd, phase, agent, count, day, key: tokens(
        sd, day, phase=phase, agent=agent, tokens=count, id=key
    ),
    st.sampled_from(["SD-1", "SD-2"]),
    st.sampled_from(["EXEC", "plan"]),
    st.sampled_from([None, "TESTING", "testing-agent", "API"]),
    st.integers(0, 1000),
    st.sampled_from([-1.0, 0.0, 3.0, 6.999, 7.0]),
    st.none(),
)


@pytest.mark.slow
@given(
    files=st.lists(st.lists(_row, max_size=6), min_size=1, max_size=3),
    repeated=st.lists(st.integers(0, 9)),
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_sum_is_the_evidence_rooms_sum(
    files: list[list[dict[str, object]]], repeated: list[int], tmp_path_factory: Any
) -> None:
    top = tmp_path_factory.mktemp("top")
    every = [row for rows in files for row in rows]
    for number, row in enumerate(every):
        row["id"] = f"id-{number}"
    files.append([every[number] for number in repeated if number < len(every)])  # replays
    logs = [_stored(top, f"logs/{n}/tokens{n}.jsonl", lines(rows)) for n, rows in enumerate(files)]
    found = read_evidence(logs, [], question())
    used = sum(use.tokens for use in found.usage if use.week == WEEK.label)
    assert spent(str(top), GLOB, WEEK, PHASES) == (used, 0)


def _stored(top: Path, name: str, data: bytes) -> LogFile:
    stored = top / name
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(data)
    return LogFile(name, stored)


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    whole = lines([tokens("SD-1"), tokens("SD-2")])
    _stored(tmp_path, "logs/a/tokens.jsonl", whole + lines([tokens("SD-3")])[:-20])
    _stored(tmp_path, "logs/a/tokens2.jsonl", lines([tokens("SD-4")]).rstrip())
    assert spent(str(tmp_path), GLOB, WEEK, PHASES) == (300, 1)


def test_one_id_with_two_contents_counts_once_and_is_a_bad_line(tmp_path: Path) -> None:
    rows = [tokens(tokens=7, id="a"), tokens(tokens=7, id="a"), tokens(tokens=8, id="a")]
    _stored(tmp_path, "logs/a/tokens.jsonl", lines(rows))
    assert spent(str(tmp_path), GLOB, WEEK, PHASES) == (7, 1)


def test_files_outside_the_repository_are_not_read(tmp_path: Path) -> None:
    secret = _stored(tmp_path, "outside/tokens.jsonl", lines([tokens()])).stored
    top = tmp_path / "top"
    (top / "logs/a").mkdir(parents=True)
    (top / "logs/a/tokens.jsonl").symlink_to(secret)
    (top / "logs/b").symlink_to(secret.parent)
    os.mkfifo(top / "logs/a/tokens-pipe.jsonl")
    (top / "logs/a/tokens-gone.jsonl").symlink_to(top / "nothing")
    assert spent(str(top), "logs/*/tokens*.jsonl", WEEK, PHASES) == (0, 4)


def test_a_link_to_a_log_of_the_repository_counts_nothing_twice(tmp_path: Path) -> None:
    _stored(tmp_path, "logs/a/tokens.jsonl", lines([tokens()]))
    (tmp_path / "logs/a/tokens-link.jsonl").symlink_to("tokens.jsonl")
    assert spent(str(tmp_path), GLOB, WEEK, PHASES) == (100, 1)


def test_a_week_that_is_a_link_to_another_counts_nothing_twice(tmp_path: Path) -> None:
    _stored(tmp_path, "logs/a/tokens.jsonl", lines([tokens()]))
    (tmp_path / "logs/b").symlink_to("a")
    assert spent(str(tmp_path), "logs/*/tokens*.jsonl", WEEK, PHASES) == (100, 1)


def test_logs_may_live_behind_a_link_of_the_repository(tmp_path: Path) -> None:
    _stored(tmp_path, "kept/a/tokens.jsonl", lines([tokens()]))
    (tmp_path / "logs").symlink_to("kept")
    assert spent(str(tmp_path), "logs/*/tokens*.jsonl", WEEK, PHASES) == (100, 0)


@pytest.mark.parametrize("touched", [1, WEEK.start - 30 * 86_400, WEEK.end + 86_400], ids=str)
def test_when_a_file_was_touched_proves_nothing(touched: int, tmp_path: Path) -> None:
    stored = _stored(tmp_path, "logs/a/tokens.jsonl", lines([tokens()])).stored
    os.utime(stored, (touched, touched))
    assert spent(str(tmp_path), GLOB, WEEK, PHASES).tokens == 100


_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(_text, st.sampled_from(PHASES), st.sampled_from(["testing-agent", "API"]), _text, _text)
@settings(max_examples=100, deadline=None)
def test_whatever_is_logged_can_be_read_back(
    sd: str, phase: str, agent: str, model: str, note: str
) -> None:
    given_texts = {"sd": "x" + sd, "phase": phase, "agent": agent, "model": "m" + model}
    given_texts |= {"note": "n" + note, "tokens": "42", "cause": "c"}
    event = token_event(given_texts, PHASES, NOW)
    row = read_row(event.line.strip(), PHASES, rework=False)
    assert row is not None
    assert (row.sd, row.tokens, row.at) == (event.fields["sd"], 42, event.at)
    who = (row.phase, row.agent, row.model)
    assert use_of(event) == Use(row.at, row.sd, *who, 42, row.note, row.id)
    again = rework_event(given_texts, PHASES, NOW, rework=False, issue=True)
    row = read_row(again.line.strip(), PHASES, rework=True)
    assert row is not None
    assert (row.rework, row.issue, row.cause) == (False, True, "c")


def test_rows_can_be_read_again(tmp_path: Path) -> None:
    _stored(tmp_path, "logs/tokens.jsonl", lines([tokens(ts=stamp(1)), tokens(tokens="x")]))
    rows = Rows(str(tmp_path), GLOB, PHASES)
    assert [len(list(rows)), len(list(rows))] == [1, 1]
    assert rows.bad_lines == 1
