"""Counting any log at all: by SQL and by hand alike, in whatever order and files its rows come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.allocation.names import Cell
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence, Question
from tests.support.logs import TESTING, Row, evidence, lines, log, question, rework, spells, tokens
from tests.support.recount import Recount

DESIGN = Cell("EXEC", "DESIGN")
ASKED = question(
    week="2025-W51",
    explicit=frozenset({TESTING, DESIGN, Cell("PLAN", "API")}),
    spells={
        TESTING: spells((-30, "sonnet"), (3, "opus"), (3, "haiku"), (8, "best"), (12, "sonnet")),
        DESIGN: spells((4, "gone"), (9, "haiku")),
    },
    default_spells=spells((-9, "haiku"), (5.5, "sonnet")),
)
MODELS = [None, None, None, "haiku", "sonnet", "claude-opus-4-5", "best", "claude-opus-mini", "gpt"]
CAUSES = [None, "edge-case-detection", "reasoning-depth", "flaky-test", "odd", "even"]
repeatedly = settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def logs(random: Random) -> tuple[list[Row], list[Row]]:
    """A few SDs over three weeks, in a crowd: every rule has something to do; no two rows at one instant."""
    days = [*random.sample(range(-500, 2300), 55), *random.sample(range(-13_000, -500), 5)]
    rows: tuple[list[Row], list[Row]] = ([], [])
    for number, day in enumerate(days):
        is_rework = random.random() < 0.4
        common = {
            "sd": f"SD-{random.randrange(random.choice([3, 12]))}",
            "day": day / 100 + random.choice([0, 1e-9]),
            "phase": random.choice(["EXEC", "EXEC", "exec", "PLAN"]),
            "agent": random.choice(["TESTING", "testing-agent", "DESIGN", "API"]),
            "model": random.choice(MODELS),
            "id": random.choice([None, f"id-{number}"]),
        }
        if is_rework:
            some = {"issue": random.choice([None, True, False]), "cause": random.choice(CAUSES)}
            row = rework(redone=random.random() < 0.5, **common, **some)
        else:
            agent = None if random.random() < 0.4 else common["agent"]
            row = tokens(**common | {"agent": agent, "tokens": random.choice([0, 1, 50, 120])})
        rows[is_rework].extend([row] * (2 if "id" in row and random.random() < 0.2 else 1))
    return rows


def in_files(folder: Path, random: Random, rows: list[Row], name: str, count: int) -> list:
    """The rows, shuffled, over some files in any order."""
    shuffled = random.sample(rows, len(rows))
    files = [
        log(folder, f"{name}{place}.jsonl", lines(shuffled[place::count])) for place in range(count)
    ]
    return random.sample(files, count)


def read(
    folder: Path,
    random: Random,
    rows: tuple[list[Row], list[Row]],
    count: int,
    asked: Question = ASKED,
) -> Evidence:
    token_logs = in_files(folder, random, rows[0], "t", count)
    rework_logs = in_files(folder, random, rows[1], "r", count)
    return read_evidence(token_logs, rework_logs, asked)


@pytest.mark.slow
@repeatedly
@given(random=st.randoms(use_true_random=True))
def test_counting_by_sql_is_counting_by_hand(tmp_path, random):
    rows = logs(random)
    asked = random.choice([ASKED, replace(ASKED, silence_passes=False)])
    assert read(tmp_path, random, rows, 1, asked) == Recount(*rows, asked).evidence()


@pytest.mark.slow
@repeatedly
@given(random=st.randoms(use_true_random=True), count=st.integers(2, 7))
def test_the_order_of_rows_and_the_files_they_lie_in_change_nothing(tmp_path, random, count):
    rows = logs(random)
    assert read(tmp_path, random, rows, count) == read(tmp_path, random, rows, 1)


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=True))
def test_counting_by_sql_is_counting_by_hand_many_times(tmp_path, random):
    rows = logs(random)
    assert read(tmp_path, random, rows, 2) == Recount(*rows, ASKED).evidence()


def test_rows_at_one_instant_give_the_same_evidence_in_any_order(tmp_path):
    token_rows = [tokens(day=1, model=model) for model in ("opus", "haiku", "sonnet")]
    rework_rows = [rework(day=1), rework(day=1, model="opus"), rework(day=1, model="haiku")]
    found = evidence(tmp_path, token_rows, rework_rows)
    assert evidence(tmp_path, token_rows[::-1], rework_rows[::-1]) == found
    assert [row.rework for row in found.cell_weeks] == [1, 1, 1]
