"""A body that GitHub opens, whatever the logs hold: its table and marker whole, the rest as there is room.

Issue 9, item 9: names of 70,000 letters, 1,800 agents that nobody knows, a model of 1 MB.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.calibration.findings import Change, Reason
from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.proposal.marker import read_marker, render, text_above
from bot.proposal.screening import Parted, within_one_body
from bot.reports.summary import MOST_SUMMARY_BYTES, job_summary
from bot.wording.body import MOST_BYTES, NO_EXTRAS, Extras, Linked, pull_request_body
from bot.wording.checklist import box_key, read_boxes
from bot.wording.commit_messages import MOST_IN_TITLE, change_label, subject, title
from bot.wording.escape import markdown
from tests.support.reviews import (
    INPUTS,
    WEEK,
    budget,
    cell,
    investigate,
    marker,
    report,
    review,
    verdict,
)

MEGABYTE = "\U0001f600" * 250_000


def longest(number: int, dash: str = "A") -> str:
    """A name of 64 characters; dashes are longest in a marker."""
    return f"A{number}".ljust(64, dash)


def bodied(of, extras=NO_EXTRAS):
    """The body of all the changes there is room for, and those."""
    changes = within_one_body(Parted(of.changes, ()), of).changes
    line = render(replace(marker(of), changes=changes))
    return pull_request_body(of, changes, INPUTS, line, extras), changes


def rows_of(text: str, changes: tuple[Change, ...]) -> int:
    """How many of the changes have a ticked box of their own, in a row that names the cell."""
    ticked = {key for key, on in read_boxes(text_above(text)).items() if on}
    cells = {line.split(" ")[2] for line in text.split("\n") if line.startswith("- [x] `")}
    named = [change for change in changes if markdown(str(change.cell), 130) in cells]
    return len({box_key(change) for change in named} & ticked)


@pytest.mark.parametrize("dash", ["A", "-", "_"])
@pytest.mark.parametrize("count", [1, 10, 40, 41, 200, 1_800])
def test_table_and_marker_are_whole_however_many_the_promotions(count: int, dash: str) -> None:
    phase = longest(0, dash)
    of = review(*(verdict(f"{longest(n, dash)}/{phase}") for n in range(count)))
    text, changes = bodied(of)
    assert len(text.encode()) <= MOST_BYTES
    found = read_marker(text)
    assert found is not None
    assert found.changes == changes
    assert rows_of(text, changes) == len(changes)
    assert len(changes) == count or len(changes) >= 25
    parted = within_one_body(Parted(of.changes, ()), of)
    assert (*parted.changes, *parted.waiting) == of.changes
    assert len(parted.messages) == (len(changes) < count)


@pytest.mark.parametrize("count", [100, 400])
def test_ordinary_promotions_all_have_room_if_need_be_without_the_why(count: int) -> None:
    of = review(*(verdict(f"AGENT-{n}/EXEC") for n in range(count)))
    text, changes = bodied(of)
    assert (len(changes), rows_of(text, changes)) == (count, count)
    brief = ", 3/5 reworked, " not in text
    assert brief == ("figures beside the boxes" in text) == (count == 400)
    assert f"All {count}: 3 of 5 SDs needed rework" in text


def everything(count: int):
    """A review in which every section is as long as it gets."""
    runs = tuple(
        SdRun(f"{n} {'x' * 200}", True, True, True, ("c" * 99,), True, True) for n in range(99)
    )
    many = [
        investigate(f"{longest(n)}/PLAN", Reason.THIN_EVIDENCE, (2, 5), more_sds=n + 1)
        for n in range(count)
    ]
    promoted = [verdict(f"{longest(n)}/EXEC", runs=runs) for n in range(10)]
    spent = budget(by_model=((MEGABYTE, 7), ("b" * 70_000, 5)), by_agent=((longest(1), 5),))
    return review(*promoted, *many, budget=spent)


EXTRAS = Extras(
    (Linked(Change(cell("API/PLAN"), "sonnet", "opus"), MEGABYTE, 7),) * 100,
    (Problem(MEGABYTE, MEGABYTE, 3, "k"),) * 100,
    (MEGABYTE,) * 100,
)


@pytest.mark.parametrize("count", [0, 9, 100, 1_800])
@pytest.mark.parametrize("extras", [NO_EXTRAS, EXTRAS], ids=["no extras", "long extras"])
def test_sections_give_way_in_order_and_are_named(count: int, extras: Extras) -> None:
    text, changes = bodied(everything(count), extras)
    assert len(text.encode()) <= MOST_BYTES
    assert read_marker(text) is not None
    assert rows_of(text, changes) == 10
    assert "Left out, to stay within GitHub's limit: " in text or "Shortened, to stay" in text
    assert text.count("The command to reproduce shows it.") == 1
    assert ("### To investigate" in text) == (count > 0)
    if extras is EXTRAS:
        assert "### Log lines not used" in text
    assert len(job_summary(report(everything(count))).encode()) <= MOST_SUMMARY_BYTES


def test_what_comes_first_is_shortened_before_it_gives_way() -> None:
    of = everything(1_800)
    more = (verdict(f"{longest(n)}/LEAD") for n in range(110))
    text, _ = bodied(review(*more, *of.verdicts, budget=of.budget))
    assert "… and 1,795 cells more." in text
    note = next(line for line in text.split("\n") if line.startswith("Left out, to stay"))
    assert "all verdicts" in note.partition("Shortened")[0]
    assert "what to investigate" in note.partition("Shortened")[2]


@pytest.mark.parametrize("size", [1, 30, 64])
def test_title_subject_and_trailer_hold_the_longest_names(size: int) -> None:
    agent, phase, model = "A" * size, "P" * size, "m" * size
    one = verdict(f"{agent}/{phase}", model=model, proposed="o" * size, causes=(("c" * 99, 3),))
    of = review(one)
    said = title(of, of.changes)
    assert len(said) <= MOST_IN_TITLE
    whole = subject(of.changes[0], one)
    assert said == (
        whole if len(whole) <= MOST_IN_TITLE else f"calibration: 1 assignment upgraded ({WEEK})"
    )
    assert change_label(of.changes[0]) == f"{phase}/{agent} {model} -> {'o' * size}"
