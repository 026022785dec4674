"""One plain sentence a verdict: for every outcome and reason, with the figures it stands on.

In: a verdict and the policy's thresholds. Out: one line of text. Of the logs' text only words of a cause
and a canonical agent name can get in (see `escape`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.calibration.chart import Gain, issue_gain, rework_gain
from bot.calibration.counts import Counts
from bot.calibration.findings import Note, Reason, Verdict
from bot.calibration.strength import RAREST, strength
from bot.policy import Promotion
from bot.wording import figures
from bot.wording.escape import cell_label, name
from bot.wording.results import compared


def sentence(verdict: Verdict, promotion: Promotion) -> str:
    """The whole sentence: `TESTING/EXEC on sonnet: 3 of 5 SDs needed rework, … → opus`. No full stop."""
    arrow = f" → {verdict.proposed}" if verdict.proposed is not None else ""
    news = None if arrow else verdict.rise
    since = "" if news is None else f"; {compared(news)}"
    return f"{cell_name(verdict)} on {verdict.model}: {clause(verdict, promotion)}{since}{arrow}"


def clause(verdict: Verdict, promotion: Promotion) -> str:
    """The same without cell, rung, proposal and last rise, for places that show those beside it."""
    return _CLAUSES[verdict.reasons[0]](verdict, promotion) + _set_aside(verdict)


def cell_name(verdict: Verdict) -> str:
    """`TESTING/EXEC`, harmless wherever it stands."""
    return cell_label(verdict.cell)


def rarity(verdict: Verdict, promotion: Promotion) -> str:
    """How rare a proposal is: `a cell at exactly 20 % shows this by chance once in 17 stretches of 5 SDs`."""
    found = strength(verdict, promotion)
    if found is None:
        return ""
    cell = f"a cell at exactly {promotion.promote_above} %"
    if found.tenths is None:
        return f"{cell} never shows this"
    stretches = f"stretches of {figures.plural(found.over.sds, 'SD')}"
    if found.tenths >= 10 * RAREST:
        return f"{cell} shows this by chance less than once in {RAREST:,} {stretches}"
    return f"{cell} shows this by chance once in {_times(found.tenths)} {stretches}"


def _times(tenths: int) -> str:
    """Whole from 10 on, half up: what comes after says nothing; `2`, `2.4`, `17`."""
    if tenths >= 100 or tenths % 10 == 0:
        return f"{(tenths + 5) // 10:,}"
    return f"{tenths // 10}.{tenths % 10}"


def judged(verdict: Verdict, promotion: Promotion) -> Counts:
    """What the rule takes its rate from: the window, or under `threshold` the week."""
    return verdict.week if promotion.rule == "threshold" else verdict.window


def of_sds(part: int, whole: int) -> str:
    """`3 of 5 SDs`, `1 of 1 SD`."""
    return f"{part} of {figures.plural(whole, 'SD')}"


def _set_aside(verdict: Verdict) -> str:
    """What ran on the model before it was the cell's, and says nothing of its choice."""
    if not verdict.before_assignment:
        return ""
    aside = figures.plural(verdict.before_assignment, "SD")
    return f"; {aside} that ran on {verdict.model} before it was assigned set aside"


def _rated(verdict: Verdict, promotion: Promotion) -> str:
    """`3 of 5 SDs needed rework (60 %)`, and over how many weeks if not just this one."""
    counts = judged(verdict, promotion)
    over = "" if counts == verdict.week else f" over {_window_weeks(verdict, promotion)}"
    if Note.FLEET_SHIFT in verdict.notes and promotion.rule == "cusum":
        over = f" over {_window_weeks(verdict, promotion)} without this one"
    share = figures.percent(counts.rework, counts.sds)
    return f"{of_sds(counts.rework, counts.sds)} needed rework{over} ({share})"


def _window_weeks(verdict: Verdict, promotion: Promotion) -> str:
    return figures.plural(min(len(verdict.weeks), promotion.window_weeks), "week")


def _above_bar(verdict: Verdict, promotion: Promotion) -> str:
    return _charted(verdict, promotion, verdict.tally, rework_gain)


def _quality_issues(verdict: Verdict, promotion: Promotion) -> str:
    return _charted(verdict, promotion, verdict.issue_tally, issue_gain)


def _charted(verdict: Verdict, promotion: Promotion, tally: int, gain: Gain) -> str:
    """A tally at the bar: its one week in full, or what this week did to it."""
    bar = figures.tally_words(100 * promotion.bar)
    if not verdict.week.sds or not verdict.weeks or Note.FLEET_SHIFT in verdict.notes:
        return f"{_none(verdict)}; the tally stays at {figures.tally_words(tally)} (bar {bar})"
    week, rate = verdict.weeks[-1], promotion.promote_above
    said = f"{of_sds(week.rework, week.sds)} needed rework"
    if gain is issue_gain:
        said += f" and {week.troubled - week.rework} had an issue, half an SD each"
    most = _capped(max(gain(each, promotion) for each in verdict.weeks), promotion)
    if len(verdict.weeks) == 1:
        more, allowance = (
            figures.tally_words(gain(week, promotion)),
            figures.tally_words(rate * week.sds),
        )
        return f"{said}, {more} more than the {rate} % allowance of {allowance} (bar {bar}{most})"
    total = f"the tally over {len(verdict.weeks)} weeks is {figures.tally_words(tally)}"
    return f"{said} this week; {total} (bar {bar}, allowance {rate} %{most})"


def _capped(step: int, promotion: Promotion) -> str:
    """Why a tally is less than what its weeks add up to; `step` is the highest of them, in 1/100 SD."""
    cap = 100 * promotion.cap
    return f"; a week adds at most {figures.tally_words(cap)}" if step > cap else ""


def _above_threshold(verdict: Verdict, promotion: Promotion) -> str:
    return f"{_rated(verdict, promotion)}, above {promotion.promote_above} %"


def _within_allowance(verdict: Verdict, promotion: Promotion) -> str:
    if not judged(verdict, promotion).sds:
        return _none(verdict) if verdict.week.sds else "no SDs on this model yet"
    if promotion.rule == "threshold":
        return f"{_rated(verdict, promotion)}, not above {promotion.promote_above} %"
    return f"{_rated(verdict, promotion)}, {_tally_of_bar(verdict, promotion)}"


def _tally_of_bar(verdict: Verdict, promotion: Promotion, says: str = "tally") -> str:
    return f"{says} {figures.tally_words(verdict.tally)} (bar {figures.tally_words(100 * promotion.bar)})"


def _no_runs(verdict: Verdict, promotion: Promotion) -> str:
    silent = Note.NO_OUTCOMES in verdict.notes and verdict.ran > 0
    if not silent and not verdict.weeks:
        return "no SDs on this model yet"
    if promotion.rule == "threshold" or not verdict.weeks:
        return _none(verdict)
    return f"{_none(verdict)}; {_tally_of_bar(verdict, promotion, 'the tally stays at')}"


def _none(verdict: Verdict) -> str:
    """Why the week adds nothing to a tally."""
    if Note.FLEET_SHIFT in verdict.notes:
        seen = of_sds(verdict.week.rework, verdict.week.sds)
        return f"{seen} needed rework in a week that counts for no cell (fleet shift)"
    if Note.NO_OUTCOMES in verdict.notes and verdict.ran:
        return f"{figures.plural(verdict.ran, 'SD')} ran, but nobody logs outcomes (no-outcomes)"
    return "no SDs this week"


def _thin_evidence(verdict: Verdict, promotion: Promotion) -> str:
    more = verdict.more_sds
    if promotion.rule == "threshold":
        seen = f"{of_sds(verdict.week.rework, verdict.week.sds)} needed rework"
        return f"{seen}, and a week with fewer than {promotion.min_sds} decides nothing"
    said = f"{_rated(verdict, promotion)}, above {promotion.promote_above} % but thin evidence"
    settle = (
        "" if more is None else f"; {figures.plural(more, 'more SD')} at this rate would settle it"
    )
    return f"{said}: {_tally_of_bar(verdict, promotion)}{settle}"


def _between_thresholds(verdict: Verdict, promotion: Promotion) -> str:
    low, high = promotion.keep_below, promotion.promote_above
    return f"{_rated(verdict, promotion)}, between {low} % and {high} %"


def _stuck(why: str) -> Callable[[Verdict, Promotion], str]:
    def said(verdict: Verdict, promotion: Promotion) -> str:
        return f"{too_much(verdict, promotion)}, {why.format(model=verdict.model)}"

    return said


def too_much(verdict: Verdict, promotion: Promotion) -> str:
    """The rework that asks for a stronger model, where something else than evidence stands in its way."""
    counts = judged(verdict, promotion)
    if 100 * counts.rework > promotion.promote_above * counts.sds:
        return f"{_rated(verdict, promotion)}, above {promotion.promote_above} %"
    return f"{_rated(verdict, promotion)}, {_tally_of_bar(verdict, promotion)}"


def _other_cause(verdict: Verdict, promotion: Promotion) -> str:
    counts = judged(verdict, promotion)
    over = "" if counts == verdict.week else f" over {_window_weeks(verdict, promotion)}"
    cured = f"only {counts.rework}" if counts.rework else "none"
    return (
        f"{of_sds(verdict.raw_rework, counts.sds)} needed rework{over}, "
        f"{cured} for a cause that a stronger model could cure"
    )


def _model_drift(verdict: Verdict, promotion: Promotion) -> str:
    other = "another model than the one assigned"
    ran = f"{of_sds(verdict.drifted, verdict.ran)} ran on {other}"
    escalated = " (some on a stronger one)" if verdict.escalated else ""
    return f"{ran}{escalated}, so this week says little about {verdict.model}"


def _unlisted(verdict: Verdict, promotion: Promotion) -> str:
    asked = _CLAUSES[verdict.reasons[-1]](verdict, promotion)
    agent = name(verdict.cell.agent)
    return (
        f"{asked}; but no phase of the table lists {agent}: correct its spelling, or add an entry"
    )


def _fleet_shift(verdict: Verdict, promotion: Promotion) -> str:
    if promotion.rule == "threshold":
        said = _rated(verdict, promotion)
    else:
        said = _tally_of_bar(verdict, promotion, "the tally from the weeks before stands at")
    return f"{said}, and rework jumped across the fleet at once, so nothing is promoted this week"


def _escalation(verdict: Verdict, promotion: Promotion) -> str:
    said = f"{of_sds(verdict.escalated, verdict.ran)} also ran on a stronger model"
    return f"{said}: rework that nobody logged, or {verdict.model} is not enough for them"


def _budget_mismatch(verdict: Verdict, promotion: Promotion) -> str:
    rated = f"{_rated(verdict, promotion)}, but " if judged(verdict, promotion).sds else ""
    return f"{rated}the token log contradicts itself on this week's SDs: verify the burn rate"


_CLAUSES: Mapping[Reason, Callable[[Verdict, Promotion], str]] = {
    Reason.ABOVE_BAR: _above_bar,
    Reason.ABOVE_THRESHOLD: _above_threshold,
    Reason.QUALITY_ISSUES: _quality_issues,
    Reason.WITHIN_ALLOWANCE: _within_allowance,
    Reason.NO_RUNS: _no_runs,
    Reason.THIN_EVIDENCE: _thin_evidence,
    Reason.BETWEEN_THRESHOLDS: _between_thresholds,
    Reason.TOP_OF_LADDER: _stuck("and {model} is the top of the ladder"),
    Reason.GATE: _stuck("and the bot never edits a gate: people decide"),
    Reason.OTHER_CAUSE: _other_cause,
    Reason.MODEL_DRIFT: _model_drift,
    Reason.UNLISTED: _unlisted,
    Reason.FLEET_SHIFT: _fleet_shift,
    Reason.ESCALATION: _escalation,
    Reason.BUDGET_MISMATCH: _budget_mismatch,
}
