"""A pull request's body on a phone of 390 pixels, measured by Chromium: nothing is wider than its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.phone import INSIDE, widths

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


@pytest.mark.parametrize("broken", [True, False], ids=["as GitHub breaks", "no word broken"])
def test_nothing_is_wider_than_a_phone(tmp_path: Path, broken: bool) -> None:
    """With ordinary names no word has to be broken, folds open or closed."""
    found = widths(TEXTS, tmp_path, broken=broken)
    assert {name: wide for name, wide in found.items() if wide.pixels > INSIDE} == {}
    assert found.keys() == TEXTS.keys()


def test_the_longest_names_are_broken_by_the_page_and_what_is_too_wide_is_found(
    tmp_path: Path,
) -> None:
    longest = {"names": TEXTS["one"].replace("TESTING/EXEC", f"{LONGEST}/{LONGEST}")}
    found = widths(longest | TOO_WIDE, tmp_path)
    assert [name for name, wide in found.items() if wide.pixels > INSIDE] == [*TOO_WIDE]
    unbroken = widths(longest, tmp_path, broken=False)
    assert unbroken["names"].pixels > INSIDE
