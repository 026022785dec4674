"""Commits, branches and titles: readable, and read back by git exactly, whatever the logs say."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from bot.calibration.findings import Change, CostEffect, Note, Reason, Scope
from bot.policy import Promotion
from bot.wording.commit_messages import (
    branch,
    commit_message,
    cost_effect,
    plan_command,
    reason,
    subject,
    title,
)
from tests.support import golden
from tests.support.hostile import ALL
from tests.support.reviews import INPUTS, keep, review, verdict

GOLDEN = Path(__file__).parent / "golden"


def message(of, **more) -> str:
    reviewed = review(of, **more)
    return commit_message(reviewed.changes[0], of, reviewed, INPUTS)


def trailers(text: str, *, encoding: str = "utf-8") -> list[str]:
    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, input=text.encode(encoding), capture_output=True, check=True)
    return done.stdout.decode(encoding).split("\n")[:-1]


def test_the_worked_example_has_the_promised_subject():
    of = verdict()
    change = Change(of.cell, "sonnet", "opus")
    said = "calibration: testing-agent exec upgraded to opus (edge case detection)"
    assert subject(change, of) == said


@pytest.mark.parametrize(
    ("of", "said"),
    [
        pytest.param(verdict(causes=(("b-b", 2), ("c", 1))), "b b", id="cause of most SDs"),
        pytest.param(verdict(causes=(("zeal", 2), ("a-b", 2))), "a b", id="ties alphabetical"),
        pytest.param(verdict(causes=()), "rework 60 %", id="no cause"),
        pytest.param(
            verdict("A/EXEC", (3, 5), (0, 0), causes=()),
            "rework 60 %",
            id="no cause, no SDs this week",
        ),
        pytest.param(
            verdict("A/EXEC", (0, 5), causes=(), troubled=3, reasons=(Reason.QUALITY_ISSUES,)),
            "issues 60 %",
            id="issues only",
        ),
    ],
)
def test_the_reason_in_words(of, said):
    assert reason(of) == said


def test_the_commit_message_as_a_whole():
    golden.check(GOLDEN / "one.commit.txt", message(verdict()))


def test_a_message_over_several_weeks_tells_the_week_and_the_latest_weeks():
    text = message(verdict("A/EXEC", (3, 5), (1, 5)))
    assert "Over the latest weeks on that model it was 4 of 10 SDs." in text.replace("\n", " ")
    assert "Calibration-Evidence: 1/5 SDs with rework in the week, 4/10 in the latest weeks" in text


def test_a_message_for_a_week_without_sds_says_so():
    text = message(verdict("A/EXEC", (3, 5), (0, 0)))
    assert "Week 2025-W49 brought no SDs of A in EXEC on sonnet" in text.replace("\n", " ")


def test_a_message_for_issues_names_their_tally_and_the_threshold_rule_names_none():
    issues = message(verdict(reasons=(Reason.QUALITY_ISSUES,)))
    assert "tally of SDs with rework or an issue stands at 2.0" in issues.replace("\n", " ")
    bare = message(
        verdict(reasons=(Reason.ABOVE_THRESHOLD,)), promotion=Promotion(rule="threshold")
    )
    assert "The tally" not in bare.replace("\n", " ")


@pytest.mark.parametrize(
    "where", ["TESTING/EXEC", f"{'A' * 500}/{'B' * 500}", "GH-1/EXEC"], ids=len
)
def test_git_reads_exactly_the_five_trailers_back(where):
    text = message(verdict(where))
    read = trailers(text)
    assert [line.partition(":")[0] for line in read] == [
        "Calibration-Week",
        "Calibration-Change",
        "Calibration-Evidence",
        "Calibration-Rule",
        "Calibration-Inputs",
    ]
    assert read == text.rstrip("\n").split("\n")[-5:]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_body_is_wrapped_at_72_columns():
    body = message(verdict(causes=(("context-loss", 3),))).split("\n\n")[1]
    assert max(map(len, body.split("\n"))) <= 72


def test_no_cause_of_the_corpus_adds_a_trailer_or_a_line(tmp_path):
    """Whatever a cause says, the message has its subject, one paragraph and its five trailers."""
    files = []
    for index, text in enumerate(ALL):
        file = tmp_path / f"{index:04}"
        file.write_bytes(message(verdict(causes=((f"plainword {text}", 3),))).encode("utf-8"))
        files.append(file)
    command = ["git", "interpret-trailers", "--parse", *map(str, files)]
    read = (
        subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8").split("\n")
    )
    assert read[:-1] == trailers(message(verdict())) * len(files)
    for file in files:
        parts = file.read_text(encoding="utf-8").split("\n\n")
        assert len(parts) == 3
        assert "plainword" in parts[0]
        assert "#" not in parts[0] + parts[1]
        assert "@" not in parts[0] + parts[1]


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        pytest.param(Scope(), "calibration/weekly", id="weekly"),
        pytest.param(Scope("TESTING"), "calibration/adhoc-testing", id="one agent"),
        pytest.param(Scope("TESTING", "EXEC"), "calibration/adhoc-testing.exec", id="in one phase"),
    ],
)
def test_branches(scope, name):
    assert branch(scope) == name


def test_a_phase_named_lock_still_makes_a_branch():
    name = branch(Scope("TESTING", "LOCK"))
    subprocess.run(["git", "check-ref-format", "--branch", name], check=True, capture_output=True)


def test_titles():
    one, two = verdict(), verdict("API/PLAN")
    both = review(one, two, keep("UAT/EXEC", (0, 5)))
    assert title(both, both.changes[:1]) == subject(both.changes[0], one)
    assert title(both, both.changes) == "calibration: 2 assignments upgraded (2025-W49)"
    assert title(both, ()) == "calibration: no assignments upgraded (2025-W49)"


def test_costs_in_tokens_and_in_dollars():
    cost = CostEffect(45_000, Fraction(5), Fraction(180_000), priced=False)
    assert cost_effect(verdict(cost=cost)) == "+ 180,000 tokens a week (5\u00d7)"
    priced = replace(cost, added=Fraction(27, 20), priced=True)
    assert cost_effect(verdict(cost=priced)) == "+ 1.35 USD a week (5\u00d7)"
    assert cost_effect(verdict(cost=None)) == "no tokens logged"
    shifted = verdict(cost=None, notes=(Note.FLEET_SHIFT,))
    assert cost_effect(shifted) == "not counted in the week of a fleet shift"


def test_the_command_to_reproduce_names_the_scope():
    assert plan_command(review()) == "calibration-bot plan --week 2025-W49"
    scoped = review(scope=Scope("TESTING", "EXEC"))
    assert (
        plan_command(scoped) == "calibration-bot plan --week 2025-W49 --agent TESTING --phase EXEC"
    )
