"""The part of the policy that says when a cell deserves a stronger model."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, field

from bot.policy.reading import Conflict, Section, about
from bot.policy.values import Count, Percent, WeekRange


class Promotion(Section, frozen=True):
    """When a cell deserves a stronger model."""

    rule: Annotated[
        Literal["cusum", "threshold"],
        about(
            "cusum: a control chart over all weeks of the model. threshold: the bare rate of one week."
        ),
    ] = "cusum"
    promote_above: Annotated[
        Percent, about("Percent of SDs with rework. Exactly this much is not above.")
    ] = 20
    keep_below: Annotated[
        Percent, about("Percent of SDs with rework; from here up to promote_above: INVESTIGATE.")
    ] = 15
    count_issues: Annotated[
        bool,
        about(
            "Also keep a second tally, in which an SD with an issue but no rework is half an SD."
        ),
    ] = True
    bar: Annotated[Count, about("cusum: SDs above the allowance that promote.")] = 2
    cap: Annotated[Count, about("cusum: SDs that one week can add at most.")] = 2
    floor: Annotated[
        int, Meta(le=0), about("cusum: credit, in SDs, that good weeks can save up.")
    ] = -4
    window_weeks: Annotated[Count, about("Weeks with SDs over which the pooled rate is taken.")] = (
        13
    )
    min_sds: Annotated[Count, about("threshold: a week with fewer SDs decides nothing.")] = 1
    unlisted: Annotated[
        Literal["hold", "propose"],
        about(
            "An agent without an entry in any phase, perhaps a typo. hold: INVESTIGATE. propose: add one."
        ),
    ] = "hold"
    max_promotions: Annotated[
        int,
        Meta(ge=0),
        about("Promotions proposed at once: the highest tallies, the others wait. 0: no limit."),
    ] = 10
    accepted_shifts: Annotated[
        list[WeekRange],
        about(
            "Weeks in which rework jumped across the fleet and that people accept as how things are now: "
            "they count as usual from then on, and in no tally. 2025-W49 or 2025-W49..2026-W02."
        ),
    ] = field(default_factory=list)

    def accepts(self, week: str) -> bool:
        """Whether people accepted a fleet shift in the week of a label."""
        ranges = (entry.partition("..") for entry in self.accepted_shifts)
        return any(first <= week <= (last or first) for first, _, last in ranges)

    def conflicts(self) -> Iterator[Conflict]:
        """What is below the line to keep cannot be above the one to promote."""
        if self.keep_below > self.promote_above:
            yield Conflict("keep_below", "promote_above", "must not be above promote_above")
