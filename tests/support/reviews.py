"""Builders for everything that words, edits or publishes: verdicts, reviews and reports in a line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bot.allocation.essentials import Zones
from bot.allocation.names import Cell
from bot.calibration.conclusions import Afterwards, Conclusion
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.findings import (
    BudgetStatus,
    Change,
    CostEffect,
    GatedPromotion,
    Outcome,
    Reason,
    Review,
    Scope,
    Verdict,
    Zone,
)
from bot.calibration.fleet import Before, Flag, FleetShift
from bot.evidence.records import SdRun
from bot.policy import Promotion
from bot.proposal.marker import Marker
from bot.proposal.report import Action, CommitReport, PullRequestReport, Report
from bot.wording.commit_messages import branch, commit_message, title

WEEK = "2025-W49"
INPUTS = "ab" * 32
HEAD = "c0ffee" * 6 + "c0ff"
BASE_SHA = "5eed" * 10
RISE_SHA = "fade" * 10
PROMOTION = Promotion()


def cell(text: str) -> Cell:
    """`TESTING/EXEC` as a cell."""
    agent, phase = text.split("/")
    return Cell(phase, agent)


def runs(sds: int, rework: int, cause: str = "edge-case-detection") -> tuple[SdRun, ...]:
    """`sds` SDs, the first `rework` of them with counted rework."""
    return tuple(
        SdRun(
            f"SD-{i + 1:03}", i < rework, i < rework, False, (cause,) * (i < rework), False, False
        )
        for i in range(sds)
    )


def verdict(where: str = "TESTING/EXEC", *weeks: tuple[int, int], **more: object) -> Verdict:
    """A verdict on (rework, SDs) a week, the last one reviewed; by default 3 of 5 and PROMOTE.

    The tally is the plain sum of what each week has above 20 %, capped at 2.00; say `tally` for another.
    """
    weeks = weeks or ((3, 5),)
    last = Counts(weeks[-1][1], weeks[-1][0])
    pooled = Counts(sum(n for _, n in weeks), sum(k for k, _ in weeks))
    tally = sum(min(200, 100 * k - 20 * n) for k, n in weeks)
    base = Verdict(
        cell=cell(where),
        model="sonnet",
        outcome=Outcome.PROMOTE,
        proposed="opus",
        reasons=(Reason.ABOVE_BAR,),
        notes=(),
        gate=False,
        tally=tally,
        issue_tally=tally,
        week=last,
        window=pooled,
        raw_rework=pooled.rework,
        troubled=pooled.rework,
        drifted=0,
        escalated=0,
        ran=last.sds,
        before_assignment=0,
        more_sds=None,
        rise=None,
        cost=CostEffect(45_000, Fraction(5), Fraction(180_000), priced=False),
        spent=None,
        causes=(("edge-case-detection", last.rework),) if last.rework else (),
        weeks=tuple(
            WeekCounts(f"2025-W{50 - len(weeks) + i:02}", n, k, k, k)
            for i, (k, n) in enumerate(weeks)
            if n
        ),
        runs=runs(last.sds, last.rework),
    )
    return replace(base, **more)


def keep(where: str, *weeks: tuple[int, int], **more: object) -> Verdict:
    """A verdict that changes nothing."""
    kept = {"outcome": Outcome.KEEP, "reasons": (Reason.WITHIN_ALLOWANCE,)}
    return verdict(where, *weeks, **{**kept, "proposed": None, "cost": None, **more})


def investigate(where: str, reason: Reason, *weeks: tuple[int, int], **more: object) -> Verdict:
    """A verdict that asks people to look."""
    return keep(where, *weeks, **{"outcome": Outcome.INVESTIGATE, "reasons": (reason,), **more})


def budget(used: int = 312_000, **more: object) -> BudgetStatus:
    """Tokens against 500,000 a week; the zone is GREEN unless said."""
    status = BudgetStatus(
        zone=Zone.GREEN,
        used=used,
        zones=Zones(500_000, 70, 85, 95),
        by_phase=(("LEAD", used // 4), ("PLAN", used // 4), ("EXEC", used // 2)),
        by_agent=(("TESTING", used // 2), ("", used // 2)),
        by_model=(("sonnet", used // 2), ("claude-next-9", used // 2)),
    )
    return replace(status, **more)


def review(*verdicts: Verdict, **more: object) -> Review:
    """A review of some verdicts; its changes are those that promote."""
    changes = tuple(
        Change(v.cell, v.model, v.proposed)
        for v in verdicts
        if v.outcome is Outcome.PROMOTE and v.proposed is not None
    )
    base = Review(WEEK, PROMOTION, Scope(), verdicts, changes, (), budget(), nothing_logged=False)
    return replace(base, **more)


def shifted() -> Review:
    """The worked example's first week, had everything else failed too."""
    before = Before(rework=61, units=1_950, weeks=13)
    flag = Flag(WEEK, 40, rework=43, units=150, sds=148, before=before, accepted=False)
    held = investigate("TESTING/EXEC", Reason.FLEET_SHIFT, (3, 5))
    return review(held, shift=FleetShift("2025-W47", flag))


def marker(of: Review, **more: object) -> Marker:
    """The marker of a pull request with all changes of a review."""
    base = Marker(of.week, of.scope, of.changes, INPUTS, HEAD, closed_by_bot=False)
    return replace(base, **more)


def report(of: Review, **more: object) -> Report:
    """The report of a local `run` that made all changes of a review."""
    messages = (
        (change, commit_message(change, of.verdict(change.cell), of, INPUTS))
        for change in of.changes
    )
    request = PullRequestReport(
        branch=branch(of.scope),
        title=title(of, of.changes),
        body="The body.\n",
        url=None,
        action=Action.LOCAL,
        reason="The forge is local.",
    )
    base = Report(
        review=of,
        base="main",
        base_sha=BASE_SHA,
        inputs=INPUTS,
        diff="",
        commits=tuple(CommitReport(change, message, None) for change, message in messages),
        pull_request=request if of.changes else None,
        rejected=(),
        warnings=(),
    )
    return replace(base, **more)


def rise(where: str = "TESTING/EXEC", **more: object) -> Afterwards:
    """What came of the worked example's rise: 3 of 5 before, 1 of 5 since."""
    base = Afterwards(
        cell=cell(where),
        old="sonnet",
        new="opus",
        commit=RISE_SHA,
        raised=1_765_184_400,
        week="2025-W50",
        before=Counts(5, 3),
        after=Counts(5, 1),
        tally=0,
        conclusion=Conclusion.TOO_EARLY,
        since="2025-W50",
        ended=None,
        was=None,
        lowerable=True,
    )
    return replace(base, **more)


def worked_weeks() -> tuple[Review, Review]:
    """The worked example of SPEC § 7: 3 of 5 on sonnet, then 1 of 5 on opus."""
    second = keep("TESTING/EXEC", (1, 5), model="opus", rise=rise())
    return review(verdict()), review(second, week="2025-W50", afterwards=(rise(),))


def quiet_week() -> Review:
    """A week in which all is well."""
    return review(keep("API/PLAN", (0, 5)), keep("TESTING/EXEC", (0, 4)))


def twelve_promotions() -> Review:
    """Twelve promotions, ten cells to investigate, a refusal and kept cells: a bad week for everyone."""
    agents = ("API", "DATABASE", "DEPENDENCY", "DESIGN", "DOCMON", "PERFORMANCE")
    promoted = [verdict(f"{agent}/{phase}") for phase in ("LEAD", "EXEC") for agent in agents]
    thin = [
        investigate(f"{agent}/PLAN", Reason.THIN_EVIDENCE, (2, 5), more_sds=5) for agent in agents
    ]
    others = [
        investigate("RISK/PLAN", Reason.BETWEEN_THRESHOLDS, (1, 6)),
        investigate("TESTING/EXEC", Reason.GATE, (4, 5), gate=True),
        investigate("UAT/EXEC", Reason.OTHER_CAUSE, (1, 5), raw_rework=3),
        investigate("UAT/LEAD", Reason.MODEL_DRIFT, (1, 5), drifted=4, escalated=2, ran=5),
        keep("GITHUB/LEAD", (0, 5), model="haiku"),
        keep("RETRO/EXEC", (0, 0), reasons=(Reason.NO_RUNS,), weeks=()),
    ]
    refusal = GatedPromotion(
        cell("TESTING/EXEC"),
        "TESTING/EXEC is a gate: the bot never edits it; opus is for people to decide",
    )
    return review(
        *promoted, *thin, *others, refused=(refusal,), budget=budget(468_000, zone=Zone.ORANGE)
    )


def thousand_cells() -> Review:
    """A big team's week: ten promotions, 300 cells to investigate, and notes as long as logs have them."""
    note = "this had to be redone because " * 100
    told = tuple(
        SdRun(f"SD-{n:03} {note}", n < 3, n < 3, False, (note,) * (n < 3), False, False)
        for n in range(5)
    )
    promoted = [verdict(f"AGENT-{n}/EXEC", runs=told, causes=((note, 3),)) for n in range(10)]
    thin = [
        investigate(f"AGENT-{n}/PLAN", Reason.THIN_EVIDENCE, (2, 5 + n % 4), more_sds=1 + n % 9)
        for n in range(300)
    ]
    kept = [keep(f"AGENT-{n}/LEAD", (0, 5 + n % 7)) for n in range(690)]
    return review(*promoted, *thin, *kept)
