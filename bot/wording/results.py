"""What earlier calibrations did, in words: both counts and the conclusion, never one without the others.

In: what came of a rise. Out: one line of text without log text in it; names and rungs are harmless as they
are. "Improved" is no word for it: cells are raised after a bad stretch, so the next one looks better anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.calibration.conclusions import Afterwards, Conclusion, Ended
from bot.calibration.counts import Counts
from bot.calibration.findings import Review
from bot.wording import figures
from bot.wording.cost_words import price_of_one
from bot.wording.escape import cell_label, name

WORDS: Mapping[Conclusion, str] = {
    Conclusion.HELPED: "helped",
    Conclusion.DID_NOT_HELP: "did not help",
    Conclusion.STILL_ABOVE: "still above the allowance",
    Conclusion.WITHIN_ALLOWANCE: "within the allowance",
    Conclusion.TOO_EARLY: "too early to tell",
    Conclusion.SUPERSEDED: "superseded",
}
_ENDED: Mapping[Ended, str] = {
    Ended.LOWERED: "a lower value",
    Ended.REPLACED: "another model",
    Ended.NEW_VERSION: "a new version",
}


def told(review: Review) -> Iterator[Afterwards]:
    """Of all rises those worth telling: news, what did not help and still stands, and what facts moved."""
    news = {verdict.rise for verdict in review.verdicts if verdict.rise is not None}
    for rise in review.afterwards:
        stands = rise.ended is None and rise.conclusion is Conclusion.DID_NOT_HELP
        moved = rise.was is not None and rise.was.moved == review.week
        if rise in news or stands or moved:
            yield rise


def result(rise: Afterwards) -> str:
    """`TESTING/EXEC sonnet → opus in 2025-W50: ` and what came of it. No full stop."""
    cell = cell_label(rise.cell)
    return f"{cell} {name(rise.old)} → {name(rise.new)} in {rise.week}: {compared(rise)}"


def compared(rise: Afterwards) -> str:
    """`60 % before (3 of 5 on sonnet), 20 % now (1 of 5): too early to tell`."""
    now = f"{_rate(rise.after)} now ({_of(rise.after)})" if rise.after.sds else "no SDs since"
    before = f"{_rate(rise.before)} before ({_of(rise.before)} on {name(rise.old)})"
    if not rise.before.sds:
        before = f"nothing to compare with on {name(rise.old)}"
    return f"{before}, {now}: {concluded(rise)}"


def concluded(rise: Afterwards) -> str:
    """The conclusion in words, with what ended the comparison and what it was before late facts."""
    said = WORDS[rise.conclusion]
    if rise.ended is Ended.RAISED_AGAIN:
        said += ", raised again since"
    elif rise.ended is not None:
        over = "" if rise.conclusion is Conclusion.SUPERSEDED else ", superseded since"
        said += f"{over} by {_ENDED[rise.ended]}"
    if rise.was is not None:
        said += f" ({WORDS[rise.was.conclusion]}, as it seemed until rows of {rise.was.moved})"
    return said


def cost_since(rise: Afterwards) -> str | None:
    """`cost since: 12,000 tokens for one avoided rework`; None where too little is known."""
    if rise.avoided is None:
        return None
    return f"cost since: {price_of_one(rise.avoided.amount, priced=rise.avoided.priced)}"


def edit_back(rise: Afterwards) -> str | None:
    """The edit that takes back what did not help: `[EXEC] TESTING = "sonnet"`; None for all others.

    For people: the bot never lowers anything, and no gate is to be lowered.
    """
    if rise.conclusion is not Conclusion.DID_NOT_HELP or rise.ended or not rise.lowerable:
        return None
    phase, agent = rise.keys or rise.cell
    return f'[{name(phase)}] {name(agent)} = "{name(rise.old)}"'


def _rate(counts: Counts) -> str:
    return figures.percent(counts.rework, counts.sds)


def _of(counts: Counts) -> str:
    return f"{counts.rework} of {counts.sds}"
