"""Pages to look at: the reviews of `reviews.py` with weeks behind them, up to 1,000 cells of 52 weeks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from bot.calibration.conclusions import Conclusion
from bot.calibration.costs import SdCost
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.findings import Review, Trial, Verdict
from bot.calibration.overview import Overview, Tenure, tenure_of
from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.git.base import Base
from bot.git.history import Identity
from bot.inputs.past_calibrations import PastCalibrations, PastChange
from bot.proposal.report import OverviewReport
from tests.support import hostile
from tests.support.reviews import (
    BASE_SHA,
    PROMOTION,
    budget,
    cell,
    keep,
    review,
    rise,
    thousand_cells,
    twelve_promotions,
    verdict,
    worked_weeks,
)

WEEKS = tuple(f"2025-W{n:02}" for n in range(1, 53))
SD_LINK = "https://example.org/browse/{sd}"
PHASES = ("LEAD", "PLAN", "EXEC")
RUNGS = ("haiku", "sonnet", "opus")
ADA = Identity("Ada Lovelace", "ada@example.org")


def tenures(*of: tuple[Verdict, tuple[Tenure, ...]]) -> dict:
    """Of each verdict what it stands on, after the stretches of before."""
    return {v.cell: (*before, _own(v, before)) for v, before in of}


def _own(of: Verdict, before: tuple[Tenure, ...] = ()) -> Tenure:
    since = of.weeks[0].week if before and of.weeks else None
    return tenure_of(of.model, since, of.weeks, PROMOTION)


def page_report(
    of: Review, weeks: Iterable[str] | None = None, before: dict | None = None, **more: object
) -> OverviewReport:
    """The report of a review: each verdict's own weeks, and made-up spend."""
    of = replace(of, sd_link=SD_LINK)
    known = sorted({week.week for v in of.verdicts for week in v.weeks})
    weeks = tuple(weeks or known or [of.week])
    overview = Overview(
        review=of,
        rungs=RUNGS,
        phases=PHASES,
        weeks=weeks,
        tenures=tenures(*((v, (before or {}).get(v.cell, ())) for v in of.verdicts)),
        spend=spend(weeks) if of.verdicts else {},
    )
    base = OverviewReport(overview, past(of.week), rejected=(), warnings=())
    return replace(base, **more)


def spend(weeks: Iterable[str]) -> dict[str, dict[str, int]]:
    """A budget that fills up."""
    return {
        week: {
            "haiku": 20_000 + 1_000 * (n * 7 % 11),
            "sonnet": 120_000 + 9_000 * (n * 5 % 13),
            "opus": 60_000 + 4_000 * n,
            "": 5_000 * (n % 2),
        }
        for n, week in enumerate(weeks)
    }


def past(week: str, *changes: PastChange) -> PastCalibrations:
    """What base's history shows."""
    return PastCalibrations(
        Base("main", BASE_SHA, 1_765_184_400, None, {}), week, changes, (), (), ()
    )


def change(**more: object) -> PastChange:
    """The worked example's rise, in history."""
    done = rise()
    base = PastChange(
        cell=done.cell,
        old=done.old,
        new=done.new,
        commit=done.commit,
        committed=done.raised,
        week=done.week,
        author=Identity("github-actions[bot]", "bot@example.org"),
        committer=ADA,
        before=done.before,
        after=done.after,
        rise=done,
    )
    return replace(base, **more)


def spent(sds: int, rework: int, tokens: int) -> SdCost:
    """What SDs on sonnet cost."""
    return SdCost(sds, rework, (("sonnet", tokens),), Fraction(tokens), priced=False)


def nothing() -> OverviewReport:
    """A week without a row."""
    return page_report(review(nothing_logged=True, budget=budget(0, by_agent=(), by_model=())))


def one() -> OverviewReport:
    """The worked example's second week: promoted, and two weeks of evidence to look at."""
    _, second = worked_weeks()
    kept = replace(second.verdicts[0], spent=spent(5, 1, 90_000))
    at = [WeekCounts("2025-W50", 5, 1, 2, 1)]
    first = tenure_of("sonnet", None, (WeekCounts("2025-W49", 5, 3, 3, 3),), PROMOTION)
    promoted = verdict("DESIGN/EXEC", (2, 5), (3, 4), spent=spent(9, 5, 200_000))
    weeks = tuple(map(_later, promoted.weeks))
    second = replace(second, verdicts=(replace(promoted, weeks=weeks), replace(kept, weeks=(*at,))))
    second = replace(second, changes=review(promoted).changes)
    return page_report(
        second, ("2025-W49", "2025-W50"), {kept.cell: (first,)}, past=past("2025-W50", change())
    )


def _later(week: WeekCounts) -> WeekCounts:
    return week._replace(week=f"2025-W{int(week.week[-2:]) + 1}")


def twelve() -> OverviewReport:
    """Twelve promotions after a year, cells to investigate, a refusal, trials, and a past."""
    of = twelve_promotions()
    dear = [
        replace(v, spent=spent(40 + n, n, 900_000 + 70_000 * n)) for n, v in enumerate(of.verdicts)
    ]
    did_not = rise(
        conclusion=Conclusion.DID_NOT_HELP,
        after=Counts(40, 22),
        tally=400,
        revert=(rise().commit,),
    )
    of = replace(
        of,
        verdicts=tuple(dear),
        budget=replace(of.budget, used=468_000),
        trials=(Trial(cell("API/EXEC"), "opus", "sonnet", 60, 1, 12),),
    )
    told = past(
        of.week,
        change(rise=did_not, week="2025-W20"),
        change(cell=None, rise=None, week="2025-W31", old="haiku", new="sonnet"),
        change(),
    )
    before = {
        v.cell: (tenure_of("haiku", None, _year(n), PROMOTION),) for n, v in enumerate(of.verdicts)
    }
    return page_report(
        of,
        WEEKS[:49],
        before,
        past=told,
        rejected=(Problem("logs/tokens.jsonl", "no JSON", 3),),
        warnings=("nobody logged an outcome in 2025-W48",),
    )


def _year(seed: int) -> tuple[WeekCounts, ...]:
    """Most of a year of weeks with more rework in some than in others."""
    found = []
    for n, label in enumerate(WEEKS[:48]):
        sds = 3 + (n * 5 + seed) % 4
        bad = 1 if (n * 7 + seed) % (4 + seed % 5) == 0 else 0
        found.append(WeekCounts(label, sds, bad, bad + (n + seed) % 9 // 8, bad))
    return tuple(found)


def thousand() -> OverviewReport:
    """1,000 cells of 52 weeks, with notes as long as logs have them."""
    of = replace(thousand_cells(), week=WEEKS[-1])
    return page_report(
        replace(
            of,
            verdicts=tuple(
                replace(v, weeks=_fifty_two(n), spent=spent(30 + n % 9, n % 7, 10_000 * (n % 97)))
                for n, v in enumerate(of.verdicts)
            ),
        ),
        WEEKS,
        past=past(of.week, *(change(commit=f"{n:040x}") for n in range(100))),
    )


def _fifty_two(seed: int) -> tuple[WeekCounts, ...]:
    weeks = []
    for n, label in enumerate(WEEKS):
        sds, bad = 4 + (n * 3 + seed) % 5, int((n * 11 + seed) % (5 + seed % 6) == 0)
        weeks.append(WeekCounts(label, sds, bad, bad, bad))
    return tuple(weeks)


def attacked(texts: Iterable[str] = hostile.ALL) -> OverviewReport:
    """Every hostile text in every place that can hold one."""
    texts = tuple(texts)
    runs = tuple(SdRun(text, True, True, True, (text,), True, True) for text in texts)
    causes = tuple((text, 1) for text in texts[:8])
    promoted = verdict("TESTING/EXEC", runs=runs[:150], causes=causes)
    rest = [
        keep(f"A{n}/EXEC", (3, 5), runs=runs[n : n + 20], causes=causes)
        for n in range(150, len(runs), 20)
    ]
    of = review(promoted, *rest)
    who = [Identity(text, text) for text in texts]
    history = [
        change(old=text, new=text, author=author, committer=author, rise=None)
        for text, author in zip(texts, who, strict=True)
    ]
    report = page_report(
        of,
        past=PastCalibrations(
            Base("main", BASE_SHA, 1_765_184_400, None, {}),
            of.week,
            tuple(history[:500]),
            (),
            (),
            (),
        ),
        rejected=tuple(Problem(text, text, 1, text) for text in texts[:150]),
        warnings=texts,
    )
    lone = {promoted.cell: (tenure_of(texts[0], of.week, promoted.weeks, PROMOTION),)}
    spent_on = {of.week: {texts[0]: 1_000, "sonnet": 2_000}}
    over = replace(report.overview, tenures={**report.overview.tenures, **lone}, spend=spent_on)
    return replace(report, overview=over)


SIZES = {"nothing": nothing, "one": one, "twelve": twelve, "thousand": thousand}
