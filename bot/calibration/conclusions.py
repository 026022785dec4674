"""What a rise of a declared value came to: the conclusions of SPEC § 7, and the tests behind them.

In: SDs before and after, and the tally after. Out: one conclusion. Whole numbers only. A cell is raised after
a bad stretch, so that the next one looks better by itself: two rates alone conclude nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.allocation.names import Cell
from bot.calibration.chart import above, at_bar
from bot.calibration.costs import AvoidedPrice
from bot.calibration.counts import Counts
from bot.calibration.rare_tails import lower_tail_is_rare, upper_tail_is_rare
from bot.policy import Promotion

RARE = 20
"""What luck shows once in so many stretches is not called luck."""
_LEAST_HELPED, _LEAST_WITHOUT_HELP = 10, 20


class Conclusion(StrEnum):
    """What a rise came to: machine-readable, stable."""

    HELPED = "helped"
    DID_NOT_HELP = "did-not-help"
    STILL_ABOVE = "still-above"
    WITHIN_ALLOWANCE = "within-allowance"
    TOO_EARLY = "too-early"
    SUPERSEDED = "superseded"


FINAL = (Conclusion.HELPED, Conclusion.DID_NOT_HELP)
"""The first week that meets one of these concludes; the others say how things stand."""


class Ended(StrEnum):
    """Why nothing more is compared."""

    LOWERED = "lowered"
    REPLACED = "replaced"
    """By a model that is on no ladder of today."""
    RAISED_AGAIN = "raised-again"
    NEW_VERSION = "new-version"


@dataclass(frozen=True)
class Earlier:
    """What was concluded before facts of later weeks moved it."""

    conclusion: Conclusion
    moved: str
    """Label of the week whose rows moved it: reviews of the weeks before said so."""


@dataclass(frozen=True)
class Afterwards:
    """One rise of a declared value, by bot or hand, and what came of it."""

    cell: Cell
    old: str
    """Rung before."""
    new: str
    """Rung since then."""
    commit: str
    """Full SHA of the first-parent commit on base that brought it."""
    raised: int
    """Its committer time, seconds since the epoch."""
    week: str
    """Label of the week that time is in."""
    before: Counts
    """The stretch that spoke for it: K0 of N0."""
    after: Counts
    """SDs on the new model since then: K1 of N1."""
    tally: int
    """T1, of the new model, in 1/100 SD."""
    conclusion: Conclusion
    since: str | None
    """Label of the week it was first reached in, without a break since; None without SDs on the new model."""
    ended: Ended | None
    """Why the comparison is over, None while it goes on."""
    was: Earlier | None
    """Set where facts told later moved what had been concluded."""
    lowerable: bool = False
    """Whether people may bring the old value back: no gate forbids it."""
    avoided: AvoidedPrice | None = None
    """What one avoided rework has cost since; None where too little is known."""
    keys: tuple[str, str] | None = None
    """Phase and agent as base's table spells them, where people are told how to take the value back."""
    revert: tuple[str, ...] = ()
    """Arguments of the `git revert` that takes this value back and nothing else; empty where none does."""


def conclude(
    before: Counts, after: Counts, tally: int, promotion: Promotion, *, by_issues: bool = False
) -> Conclusion:
    """How a rise stands (SPEC § 7); `tally` is T1 in 1/100 SD.

    One that was made for its issues (`by_issues`) is never said to have helped: its tally counts halves.
    """
    if not by_issues and helped(before, after):
        return Conclusion.HELPED
    if at_bar(tally, promotion) and did_not_help(before, after):
        return Conclusion.DID_NOT_HELP
    bare = promotion.rule == "threshold"
    if above(after, promotion.promote_above) if bare else at_bar(tally, promotion):
        return Conclusion.STILL_ABOVE
    if at_bar(-tally, promotion):
        return Conclusion.WITHIN_ALLOWANCE
    return Conclusion.TOO_EARLY


def helped(before: Counts, after: Counts) -> bool:
    """Whether so little rework after, were nothing different, would be seen once in 20 times at most."""
    if after.sds < _LEAST_HELPED:
        return False
    return lower_tail_is_rare(before, after, RARE)


def did_not_help(before: Counts, after: Counts) -> bool:
    """Whether so much rework after, had the rate halved, would be seen once in 20 times at most.

    Σ_{x≥K1} C(K,x)·N1ˣ·(2·N0)^{K-x} over (N1+2·N0)^K, K = K0+K1; the tally is asked for elsewhere.
    """
    if after.sds < _LEAST_WITHOUT_HELP:
        return False
    if 4 * after.rework * before.sds < 3 * before.rework * after.sds:
        return False
    trials = before.rework + after.rework
    return upper_tail_is_rare(trials, after.rework, after.sds, 2 * before.sds, RARE)
