"""A pull request's body as Chromium shows it: nothing is too wide for a phone, no text of logs an element."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.proposal.marker import render
from bot.wording.body import Extras, pull_request_body
from tests.support.browsed import elements, widths
from tests.support.hostile import ALL
from tests.support.reviews import INPUTS, marker, review, verdict

GOLDEN = Path(__file__).parent / "golden"
SUMMARIES = Path(__file__).parents[1] / "reports" / "golden"
SIZES = ("nothing", "one", "twelve", "thousand")
TEXTS = {size: (GOLDEN / f"{size}.body.md").read_text("utf-8") for size in SIZES}
TEXTS |= {
    f"{size}-summary": (SUMMARIES / f"{size}.summary.md").read_text("utf-8") for size in SIZES
}
LONGEST = "A" * 64
"""As names may be."""
TOO_WIDE = {
    "a-picture": '<img width="400" height="9" src="">',
    "a-column-that-keeps-its-width": '<p style="width: 400px">x</p>',
}


@pytest.mark.slow
@pytest.mark.parametrize("broken", [True, False], ids=["as GitHub breaks", "no word broken"])
def test_nothing_is_wider_than_a_phone(tmp_path: Path, broken: bool) -> None:
    """With ordinary names no word has to be broken, folds open or closed."""
    found = widths(TEXTS, tmp_path, broken=broken)
    assert {name: wide for name, wide in found.items() if not wide.fits} == {}
    assert found.keys() == TEXTS.keys()


def test_the_longest_names_are_broken_by_the_page_and_what_is_too_wide_is_found(
    tmp_path: Path,
) -> None:
    longest = {"names": TEXTS["one"].replace("TESTING/EXEC", f"{LONGEST}/{LONGEST}")}
    found = widths(longest | TOO_WIDE, tmp_path)
    assert [name for name, wide in found.items() if not wide.fits] == [*TOO_WIDE]
    unbroken = widths(longest, tmp_path, broken=False)
    assert not unbroken["names"].fits


MANY = 12
"""Hostile texts that one body holds, a cell each."""


def crowd(texts: Sequence[str]) -> str:
    """A body with each text wherever one of the logs can get to."""
    said = [f"{number} {text}" for number, text in enumerate(texts)]
    told = [SdRun(text, True, True, True, (text, f"x {text}"), False, False) for text in said]
    of = review(
        *(
            verdict(f"A{number}/EXEC", runs=(run,), causes=((run.sd, 3),))
            for number, run in enumerate(told)
        )
    )
    extras = Extras(
        rejected=tuple(Problem(text, f"x {text}", 3, text) for text in said),
        warnings=tuple(f"x {text}" for text in said),
    )
    return pull_request_body(of, of.changes, INPUTS, render(marker(of)), extras)


@pytest.mark.slow
def test_the_corpus_makes_no_element_in_a_browser(tmp_path: Path) -> None:
    """By HTML's own rules, after GitHub's parser of Markdown."""
    texts = [*ALL, *ALL[: -len(ALL) % MANY]]
    batches = [texts[at : at + MANY] for at in range(0, len(texts), MANY)]
    bodies = {str(number): crowd(batch) for number, batch in enumerate(batches)}
    found = elements({**bodies, "plain": crowd(["plain"] * MANY)}, tmp_path)
    plain = found.pop("plain")
    assert len(plain) > 10 * MANY
    assert [batch for number, batch in enumerate(batches) if found[str(number)] != plain] == []
