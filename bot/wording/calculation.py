"""One cell's calculation in words: formulas filled in, what the rule compared, each check with its numbers.

In: an `Explanation`. Out: lines of plain text, one sentence each, no full stop. Of the logs' text only a
canonical agent name can get in (see `escape`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bot.calibration.checks import MOST_ESCALATED, Check
from bot.calibration.explanation import Aside, Explanation, Fold, FoldedWeek
from bot.calibration.findings import Outcome, Reason
from bot.policy import Promotion
from bot.wording import sentences
from bot.wording.escape import name
from bot.wording.figures import hundredths, instant, percent, plural, tally_words
from bot.wording.sentences import of_sds

WHY_ASIDE: Mapping[Aside, str] = {
    Aside.NO_OUTCOMES: "nobody logged an outcome in that week nor in the three before",
    Aside.FLEET_SHIFT: "rework jumped across the fleet in that week",
    Aside.ACCEPTED_SHIFT: "the policy accepts that week's fleet shift",
    Aside.OLD_VERSION: "they ran an older version of the model",
}


def assigned(of: Explanation) -> str:
    """Since when the model's weeks count."""
    if of.since is None:
        return f"{of.verdict.model} came with the first version of the table: every row counts"
    return f"{of.verdict.model} was assigned at {instant(of.since)}: what ran since then counts"


def formula(promotion: Promotion) -> str:
    """The control chart with the policy's figures."""
    allowance = hundredths(promotion.promote_above)
    said = f"T = max({promotion.floor}, T + min({promotion.cap}, k - {allowance}·n)), T = 0 at assignment"
    use = f"T at {promotion.bar} or above promotes"
    if promotion.rule == "threshold":
        use = "T is shown beside the rule, which reads one week alone"
    return f"{said}; n SDs, k of them with counted rework; {use}"


def issue_formula(promotion: Promotion) -> str:
    """That of the second tally."""
    allowance = hundredths(promotion.promote_above)
    return (
        f"the same with k + i/2 - {allowance}·n; i SDs with a counted issue and no counted rework"
    )


def filled_in(step: FoldedWeek, promotion: Promotion) -> str:
    """The formula of the first tally with a week's figures."""
    return _filled_in(step, step.rework, str(step.counts.rework), promotion)


def issues_filled_in(step: FoldedWeek, promotion: Promotion) -> str:
    """The formula of the second tally with a week's figures."""
    half = f"{step.counts.rework} + {step.counts.troubled - step.counts.rework}/2"
    return _filled_in(step, step.issues, half, promotion)


def _filled_in(step: FoldedWeek, fold: Fold, counted: str, promotion: Promotion) -> str:
    if step.aside is not None:
        return f"T stays {hundredths(fold.after)}: {WHY_ASIDE[step.aside]}"
    allowance = f"{hundredths(promotion.promote_above)}·{step.counts.sds}"
    gain = f"{counted} - {allowance} = {hundredths(fold.gain)}"
    total = f"{hundredths(fold.before)} + min({promotion.cap}, {gain})"
    return f"T = max({promotion.floor}, {total}) = {hundredths(fold.after)}"


def reading(of: Explanation) -> Iterator[str]:
    """What the rule compared, in its order, and what it says."""
    if of.promotion.rule == "threshold":
        yield _one_week(of)
    else:
        yield from _tallies(of)
    yield _room(of)
    if of.promotion.rule == "cusum":
        yield from _pooled(of)
    outcome, reason = of.ruled
    yield f"so the rule says {outcome} ({reason})"


def _tallies(of: Explanation) -> Iterator[str]:
    verdict, promotion = of.verdict, of.promotion
    yield f"the tally is {_against_bar(verdict.tally, promotion)}"
    if promotion.count_issues:
        yield f"the second tally is {_against_bar(verdict.issue_tally, promotion)}"


def _against_bar(tally: int, promotion: Promotion) -> str:
    bar = 100 * promotion.bar
    where = "at the bar of" if tally >= bar else "below the bar of"
    return f"{hundredths(tally)}, {where} {tally_words(bar)}"


def _one_week(of: Explanation) -> str:
    week, promotion = of.verdict.week, of.promotion
    rate = percent(week.rework, week.sds)
    return (
        f"in the week {of_sds(week.rework, week.sds)} needed rework ({rate}); PROMOTE above "
        f"{promotion.promote_above} %, KEEP below {promotion.keep_below} %, fewer than "
        f"{plural(promotion.min_sds, 'SD')} decide nothing"
    )


def _room(of: Explanation) -> str:
    if of.gate is not None:
        return f"the cell is a gate with the floor {of.gate}: the bot never edits it"
    if of.above is None:
        return f"{of.verdict.model} is the top of the ladder: there is nothing to promote to"
    return f"the next rung up is {of.above}"


def _pooled(of: Explanation) -> Iterator[str]:
    verdict, promotion = of.verdict, of.promotion
    yield f"the week has {plural(verdict.week.sds, 'SD')} on {verdict.model}"
    if not verdict.weeks:
        yield f"no week counts for {verdict.model} yet"
        return
    window = verdict.window
    weeks = plural(min(len(verdict.weeks), promotion.window_weeks), "week")
    rate = (
        f"{of_sds(window.rework, window.sds)} needed rework ({percent(window.rework, window.sds)})"
    )
    limits = f"KEEP below {promotion.keep_below} %, thin evidence above {promotion.promote_above} %"
    if of.gate is not None or of.above is None:
        limits = f"KEEP up to {promotion.promote_above} %"
    over = f"over the last {weeks} that count (at most {promotion.window_weeks})"
    yield f"{over} {rate}; below the bar, {limits}"


def checked(check: Check, of: Explanation) -> str:
    """A check: its numbers, and whether they turn the verdict."""
    said = _CHECKS[check.reason](check, of)
    if check.asked or not check.met:
        return said
    return f"{said}; {_NOT_ASKED[check.reason]}"


def in_turn_for(of: Explanation) -> str:
    """A promotion's place in a week that proposes only so many; empty without a promotion or a limit."""
    most = of.promotion.max_promotions
    if of.turn is None or not most:
        return ""
    where = f"place {of.turn.place} of {plural(of.turn.of, 'promotion')} by tally"
    waits = "so it waits" if of.turn.place > most else "so it is proposed"
    return f"{where}, and a week proposes {most}: {waits}, unless people turned it or others down"


def _fleet_shift(check: Check, of: Explanation) -> str:
    if of.shift is None:
        return "rework did not jump across the fleet in this week, or that is accepted"
    return "rework jumped across the fleet at once, and nobody accepted it"


def _other_cause(check: Check, of: Explanation) -> str:
    if of.promotion.rule == "threshold":
        return _other_cause_of_week(check, of)
    figures = check.numbers
    said = f"the tally of rework from any cause is {_against_bar(figures['any_cause_tally'], of.promotion)}"
    counted = f"that of counted causes {hundredths(figures['tally'])}"
    if "issue_tally" in figures:
        counted += f" ({hundredths(figures['issue_tally'])} with issues)"
    why = ": a stronger model cures none of the difference" if check.met else ""
    return f"{said}, {counted}{why}"


def _other_cause_of_week(check: Check, of: Explanation) -> str:
    figures, allowed = check.numbers, of.promotion.promote_above
    all_ = of_sds(figures["any_cause"], figures["sds"])
    rates = (percent(figures[which], figures["sds"]) for which in ("any_cause", "counted"))
    said = f"{all_} needed rework from any cause ({next(rates)}), {figures['counted']} from counted causes"
    why = f"only all causes together are above {allowed} %" if check.met else f"allowed {allowed} %"
    return f"{said} ({next(rates)}): {why}"


def _model_drift(check: Check, of: Explanation) -> str:
    figures = check.numbers
    said = f"{of_sds(figures['drifted'], figures['ran'])} had no run on the model in force for them"
    if figures["drifted_up"]:
        said += (
            f", {figures['drifted_up']} of them on a stronger one, which speaks for the promotion"
        )
    return f"{said}: {'more' if check.met else 'not more'} than half"


def _unlisted(check: Check, of: Explanation) -> str:
    agent = name(of.cell.agent)
    if check.numbers["listed"]:
        return f"the table has an entry of {agent}"
    lifted = ', and unlisted = "propose" lets it be promoted'
    return f"no phase of the table lists {agent}{'' if check.met else lifted}"


def _escalation(check: Check, of: Explanation) -> str:
    figures = check.numbers
    said = f"{of_sds(figures['escalated'], figures['ran'])} also ran on a stronger model"
    return f"{said}: {'more' if check.met else 'not more'} than {MOST_ESCALATED} %"


def _budget_mismatch(check: Check, of: Explanation) -> str:
    wrong = check.numbers["contradicted"]
    return f"the token log contradicts itself on {plural(wrong, 'SD')} of the week"


_CHECKS: Mapping[Reason, Callable[[Check, Explanation], str]] = {
    Reason.FLEET_SHIFT: _fleet_shift,
    Reason.OTHER_CAUSE: _other_cause,
    Reason.MODEL_DRIFT: _model_drift,
    Reason.UNLISTED: _unlisted,
    Reason.ESCALATION: _escalation,
    Reason.BUDGET_MISMATCH: _budget_mismatch,
}
_ONLY_PROMOTE = f"that holds back only a {Outcome.PROMOTE}"
_ONLY_KEEP = f"that turns only a {Outcome.KEEP} that nothing else turns"
_NOT_ASKED: Mapping[Reason, str] = {
    Reason.FLEET_SHIFT: _ONLY_PROMOTE,
    Reason.OTHER_CAUSE: "a week without SDs repeats no question about causes",
    Reason.MODEL_DRIFT: "",
    Reason.UNLISTED: _ONLY_PROMOTE,
    Reason.ESCALATION: _ONLY_KEEP,
    Reason.BUDGET_MISMATCH: _ONLY_KEEP,
}


def undecided(of: Explanation) -> str:
    """Why no verdict is shown; empty where one is."""
    if of.bystander:
        agent = name(of.cell.agent)
        return f"{agent} stands for sessions of people: it is judged only where the table or a gate lists it"
    if of.nothing_logged:
        return f"the logs hold no row for week {of.week}: nothing is decided"
    return ""


def verdict_in_words(of: Explanation) -> str:
    """The verdict with its reasons and its sentence."""
    verdict = of.verdict
    to = "" if verdict.proposed is None else f" to {verdict.proposed}"
    reasons = ", ".join(verdict.reasons)
    return f"{verdict.outcome}{to} ({reasons}): {sentences.clause(verdict, of.promotion)}"
