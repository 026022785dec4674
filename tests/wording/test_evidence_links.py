"""Folded evidence links what collected rows came from, and leads nowhere else (issue 11)."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from bot.calibration.findings import Review
from bot.evidence.records import SdRun
from bot.proposal import marker as markers
from bot.wording.body import MOST_BYTES, pull_request_body
from bot.wording.escape import source_addresses
from tests.support.hostile import ALL
from tests.support.markdown import obeyed, render
from tests.support.reviews import (
    INPUTS,
    marker,
    review,
    runs,
    thousand_cells,
    twelve_promotions,
    verdict,
    worked_weeks,
)

WEB = "https://github.com/acme/widget"
SHA = "3f2a91c0" * 5


def body(of: Review) -> str:
    return pull_request_body(of, of.changes, INPUTS, markers.render(marker(of)))


def traced(of: Review, *notes: str, web: str | None = WEB) -> Review:
    """The review with the same notes on every SD of its promotions."""
    cells = [change.cell for change in of.changes]
    every = {(cell, run.sd): notes for cell in cells for run in of.verdict(cell).runs}
    return replace(of, web=web, sources=every)


@pytest.mark.parametrize(
    ("note", "what", "path"),
    [
        (f"{WEB}/pull/7#pullrequestreview-12", "review", "pull/7#pullrequestreview-12"),
        (f"{WEB}/pull/7#issuecomment-3 slow again", "comment", "pull/7#issuecomment-3"),
        (f"{WEB}/pull/7 rework-db", "pull request", "pull/7"),
        (f"{WEB}/runs/99 e2e (chrome)", "check", "runs/99"),
        (f"{WEB}/actions/runs/99/job/100 e2e", "check", "actions/runs/99/job/100"),
        (f"{WEB}/commit/{SHA} ci/e2e", "commit", f"commit/{SHA}"),
        (f"commit {SHA}", "commit", f"commit/{SHA}"),
        (f"commit {SHA} reverts {SHA[::-1]}", "commit", f"commit/{SHA}"),
        ("https://github.com/Acme/Widget/pull/7", "pull request", "pull/7"),
    ],
)
def test_a_row_is_linked_to_what_it_was_collected_from(note: str, what: str, path: str) -> None:
    assert source_addresses([note], WEB) == ((what, f"{WEB}/{path}"),)
    of = traced(review(verdict(runs=runs(5, 3))), note)
    assert f"`SD-001` ([{what}]({WEB}/{path}))" in body(of)


ELSEWHERE = (
    *("https://evil.example/acme/widget/pull/7", "https://github.com.evil.example/acme/widget/pull/7"),
    *("https://github.com@evil.example/acme/widget/pull/7", "//evil.example/pull/7", "pull/7"),
    *("https://github.com/acme/widgets/pull/7", "https://github.com/acme/widget.evil/pull/7"),
    *(f"{WEB}/../../evil/x/pull/7", f"{WEB}/pull/7/../../../../evil/x", f"{WEB}//evil.example"),
    *(f"{WEB}/pull/7](https://evil.example)", f"{WEB}/pull/7)[x](https://evil.example", f"{WEB}/pull/7>"),
    *(f"{WEB}/pull/7\n[x](https://evil.example)", f"{WEB}/pull/7\u202e", f"{WEB}/pull/٧", f"{WEB}/pull/7?x"),
    *(f"{WEB}/settings", f"{WEB}/pull/7#x", f"{WEB}/pull/7/files", f"{WEB}/compare/main...evil:x"),
    *("javascript:alert(1)", "commit main", "commit ../../evil/x", f"commit {SHA[:12]}", "commit", ""),
    f"{WEB}/pull/{'7' * 300}",
)  # fmt: skip


@pytest.mark.parametrize("note", ELSEWHERE, ids=ascii)
def test_what_leads_elsewhere_is_no_link(note: str) -> None:
    assert source_addresses([note], WEB) == ()
    of = traced(review(verdict(runs=runs(5, 3))), note)
    assert body(of) == body(replace(of, sources={}))


@pytest.mark.slow
def test_no_hostile_note_changes_anything() -> None:
    of = review(verdict(runs=runs(5, 3)))
    for text in ALL:
        for note in (text, f"{WEB}/{text}", f"{WEB}/pull/7{text}", f"commit {text}"):
            page = render(body(traced(of, note)))
            links = [tag for tag in page.tags if tag.startswith("a ")]
            assert all(re.fullmatch(rf"a href={WEB}/[\w/#-]+", tag) for tag in links), note
            assert obeyed(page) == []


def test_without_a_forge_nothing_is_linked() -> None:
    of = traced(worked_weeks()[0], f"{WEB}/pull/7", web=None)
    assert "](" not in body(of).partition("<details>")[2]


def test_an_sd_s_sources_are_each_linked_once_and_at_most_three() -> None:
    notes = [f"{WEB}/pull/7#issuecomment-{n}" for n in (1, 1, 2, 3, 4)]
    of = traced(review(verdict(runs=runs(1, 1))), *notes)
    links = ", ".join(f"[comment]({note})" for note in notes[1:4])
    assert f"`SD-001` ({links})\n" in body(of)


@pytest.mark.parametrize("of", [worked_weeks()[0], twelve_promotions()], ids=["one", "twelve"])
def test_links_stand_in_the_folds_only(of: Review) -> None:
    above, _, folded = body(traced(of, f"{WEB}/pull/7")).partition("<details>")
    plain, _, _ = body(of).partition("<details>")
    assert (above, f"{WEB}/pull/7" in folded) == (plain, True)


def test_a_thousand_cells_with_links_stay_within_githubs_limit_and_soon_there() -> None:
    note = f"{WEB}/pull/123456#pullrequestreview-1234567890"
    of = traced(thousand_cells(), *(f"{note}{n}" for n in range(3)))
    began = time.process_time()
    text = body(of)
    assert time.process_time() - began < 0.5
    assert len(text.encode("utf-8")) <= MOST_BYTES
    assert markers.read_marker(text) == marker(of)


def test_where_links_have_no_room_all_sds_are_named_without_them() -> None:
    many = tuple(SdRun(f"SD-{n:03}", True, True, False, (), False, False) for n in range(200))
    cells = [verdict(f"A{n}/EXEC", (200, 200), runs=many) for n in range(12)]
    note = f"{WEB}/pull/123456#pullrequestreview-1234567890"
    text = body(traced(review(*cells), note))
    linked, plain = (
        [
            fold
            for fold in text.split("<details>")
            if "Evidence for" in fold and has == (WEB in fold)
        ]
        for has in (True, False)
    )
    assert linked
    assert plain
    assert all("`SD-199`" in fold for fold in (*linked, *plain))
    assert "Shortened, to stay within GitHub's limit: evidence by SD (" in text
