"""What `replay --from --to` prints: several rules over the same past weeks, as text, Markdown and JSON.

Models of former ladders are whatever a table said: they pass the escaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from bot.calibration.counts import Counts
from bot.calibration.findings import Reason, Verdict
from bot.calibration.replayed import Lane, LaneWeek, Unknown
from bot.inputs.past_weeks_request import PastReplay
from bot.policy import Promotion
from bot.wording import figures
from bot.wording.escape import json_text, markdown, prose, terminal
from bot.wording.fitting_parts import join
from bot.wording.on_top import left_out, weeks_named

_SHORT = 12
_KEYS = {
    "cusum": ("promote_above", "bar", "cap", "floor"),
    "threshold": ("promote_above", "min_sds"),
}
"""What of a rule is always said; of the others what differs."""
Code = Callable[[str], str]
"""What makes a name harmless where it is going."""


def replay_text(past: PastReplay) -> str:
    """For a terminal; ends in a line break."""
    lines = [
        f"Replay {past.first} to {past.last} · {past.base.name} at {past.base.commit[:_SHORT]}"
    ]
    lines += ["", *_notes(past), "", *_weeks_text(past)]
    for role, lane in zip(past.rules, past.replay.lanes, strict=True):
        sums = (f"  {what}: {said}" for what, said in _sums(past, lane).items())
        lines += ["", _rule(past, role, lane.promotion), *sums]
        lines += [f"  still above: {_above(verdict, str)}" for verdict in lane.above]
        lines += [f"  cannot be known: {_unknown(each, str)}" for each in lane.unknown]
    return "\n".join(map(terminal, lines)) + "\n"


def _weeks_text(past: PastReplay) -> Iterator[str]:
    """A line for every week and rule in which something happened."""
    found = False
    for weeks in zip(*(lane.weeks for lane in past.replay.lanes), strict=True):
        for role, week in zip(past.rules, weeks, strict=True):
            for said in _happened(week, str):
                found = True
                yield f"{week.week}  {role}: {said}"
    if not found:
        yield "No rule promoted anything."


def replay_markdown(past: PastReplay) -> str:
    """As GitHub Markdown, the rules side by side; ends in a line break."""
    lanes, base = past.replay.lanes, past.base
    roles = [*zip(past.rules, lanes, strict=True)]
    bar = "|---|" + "---|" * len(lanes)
    weeks = [f"| Week | {' | '.join(past.rules)} |", bar]
    for of_week in zip(*(lane.weeks for lane in lanes), strict=True):
        cells = ["<br>".join(_happened(week, markdown)) for week in of_week]
        if any(cells):
            weeks.append(f"| {of_week[0].week} | {' | '.join(cells)} |")
    rules = " | ".join(prose(_rule(past, role, lane.promotion)) for role, lane in roles)
    table = [f"| | {rules} |", bar]
    sums = [_sums(past, lane) for lane in lanes]
    table += [f"| {what} | {' | '.join(each[what] for each in sums)} |" for what in sums[0]]
    stays = [
        f"- {role}, still above: {_above(v, markdown)}" for role, ln in roles for v in ln.above
    ]
    blind = [
        f"- {role}, cannot be known: {_unknown(each, markdown)}"
        for role, lane in roles
        for each in lane.unknown
    ]
    said = f"Base {markdown(base.name)} at `{base.commit[:_SHORT]}`."
    head = [f"## Replay {past.first} to {past.last}"]
    nothing = ["No rule promoted anything."]
    notes = [prose(line) for line in _notes(past)]
    parts = (head, [said], notes, weeks if len(weeks) > 2 else nothing, table, stays, blind)
    return join(*filter(None, parts)) + "\n"


def replay_json(past: PastReplay) -> str:
    r"""A document, as it is; ASCII, and `##[` with an escape, because a runner obeys it anywhere."""
    document = {
        "schema_version": 1,
        "from": past.first,
        "to": past.last,
        "base": {"branch": past.base.name, "commit": past.base.commit, "logs": past.logs},
        "rules": [_lane(*role) for role in zip(past.rules, past.replay.lanes, strict=True)],
        "really_spent": _rounded(past.replay.spent),
        "unpriced_tokens": past.replay.unpriced,
        "told_later": past.late,
        "weeks_of_another_table": past.assumed,
        "warnings": list(past.warnings),
    }
    return json_text(document)


def _lane(role: str, lane: Lane) -> dict[str, Any]:
    spend, promotion = lane.spend, lane.promotion
    return {
        "role": role,
        "rule": {name: getattr(promotion, name) for name in promotion.__struct_fields__},
        "weeks": [_week(week) for week in lane.weeks],
        "still_above": [_verdict(verdict) for verdict in lane.above],
        "unknown": [
            {
                "phase": each.cell.phase,
                "agent": each.cell.agent,
                "from": each.since,
                "to": each.until,
                "weeks": each.weeks,
                "sds": each.sds,
                "by_the_rule": each.assumed,
                "in_the_table": each.real,
            }
            for each in lane.unknown
        ],
        "spend": {"known": _rounded(spend.known), "estimated": _rounded(spend.estimated)},
    }


def _week(week: LaneWeek) -> dict[str, Any]:
    return {
        "week": week.week,
        "logged": week.logged,
        "fleet_shift": week.held,
        "no_outcomes": week.silent,
        "verdicts": dict(sorted(Counter(v.outcome.value for v in week.verdicts).items())),
        "promotions": [_verdict(verdict) for verdict in week.promoted],
        "queued": [_verdict(verdict) for verdict in week.queued],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "phase": verdict.cell.phase,
        "agent": verdict.cell.agent,
        "from": verdict.model,
        "to": verdict.proposed,
        "reasons": [reason.value for reason in verdict.reasons],
        "tally": figures.hundredths(verdict.tally),
        "issue_tally": figures.hundredths(verdict.issue_tally),
        "week": {"sds": verdict.week.sds, "rework": verdict.week.rework},
        "window": {"sds": verdict.window.sds, "rework": verdict.window.rework},
    }


def _sums(past: PastReplay, lane: Lane) -> dict[str, str]:
    """What a rule came to, by what each figure is."""
    spend, really = lane.spend, _rounded(past.replay.spent)
    estimated = f"{_rounded(spend.estimated):,} of it estimated: the same tokens on the rule's rung"
    total = f"{_rounded(spend.known + spend.estimated):,} tokens at relative cost 1"
    cells = figures.plural(len({each.cell for each in lane.unknown}), "cell")
    weeks = figures.plural(sum(each.weeks for each in lane.unknown), "week")
    return {
        "promotions": f"{lane.promotions:,}",
        "above the threshold at the end": figures.plural(len(lane.above), "cell"),
        "spend": f"{total} (what ran: {really:,}; {estimated})",
        "what cannot be known": f"{cells}, {weeks} of theirs in all",
    }


def _rounded(value: Fraction) -> int:
    """Half up."""
    return int(value + Fraction(1, 2))


def _notes(past: PastReplay) -> Iterator[str]:
    """How to read it, and what it could not be read from."""
    yield "Each week is judged as it was known at its end; every proposal counts as merged at once."
    yield (
        "The logs show only the models that really ran: where a rule has a cell on another one, what comes "
        "next cannot be known. Fleet shifts are those of what ran."
    )
    weeks = past.replay.lanes[0].weeks
    empty = [week.week for week in weeks if not week.logged]
    if len(empty) == len(weeks):
        yield "No logs in the range: nothing is decided."
    elif empty:
        yield f"{figures.plural(len(empty), 'week')} without logs decided nothing: {weeks_named(empty)}."
    yield from left_out([week.week for week in weeks if week.silent], ())
    if past.late:
        sds = figures.plural(past.late, "SD")
        yield f"Of {sds} something was told in later weeks, which counts from then on."
    if past.assumed:
        others = figures.plural(past.assumed, "week")
        yield (
            f"In {others} the table listed other cells of phases logged without agents: rows without agent "
            "stand for the cells of the last week's table in all weeks."
        )
    if past.replay.unpriced:
        yield (
            f"{figures.plural(past.replay.unpriced, 'token')} name no agent or no model of the ladder and "
            "are in no spend."
        )


def _rule(past: PastReplay, role: str, promotion: Promotion) -> str:
    lanes = [lane.promotion for lane in past.replay.lanes]
    fields = [name for name in promotion.__struct_fields__ if name != "rule"]
    odd = [key for key in fields if any(getattr(p, key) != getattr(lanes[0], key) for p in lanes)]
    keys = dict.fromkeys([*_KEYS[promotion.rule], *odd])
    said = ", ".join(f"{key} {getattr(promotion, key)}" for key in keys)
    return f"{role}: {promotion.rule} ({said})"


def _happened(week: LaneWeek, code: Code) -> Iterator[str]:
    if week.held:
        yield "fleet shift: promotes nothing"
    for verdict in week.promoted:
        of_week = verdict.reasons[0] is Reason.ABOVE_THRESHOLD
        counts = _counts(verdict.week if of_week else verdict.window)
        yield f"{_change(verdict, code)}, {counts}: {verdict.reasons[0].value}"
    for verdict in week.queued:
        yield f"{_change(verdict, code)} waits (queued)"


def _change(verdict: Verdict, code: Code) -> str:
    cell, proposed = str(verdict.cell), verdict.proposed or ""
    return f"{code(cell)} {code(verdict.model)} → {code(proposed)}"


def _counts(counts: Counts) -> str:
    return f"{figures.percent(counts.rework, counts.sds)} ({counts.rework} of {counts.sds})"


def _above(verdict: Verdict, code: Code) -> str:
    why = ", ".join(reason.value for reason in verdict.reasons)
    return f"{code(str(verdict.cell))} on {code(verdict.model)}, {_counts(verdict.window)}: {why}"


def _unknown(each: Unknown, code: Code) -> str:
    weeks, sds = figures.plural(each.weeks, "week"), figures.plural(each.sds, "SD")
    assumed = (
        "a rung that the ladder of today lacks"
        if each.assumed == each.real
        else f"{code(each.assumed)} by the rule"
    )
    return (
        f"{code(str(each.cell))} from {each.since} to {each.until} ({weeks}, {sds}): {assumed}, "
        f"{code(each.real)} in the table"
    )
