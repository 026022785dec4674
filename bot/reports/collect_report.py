"""What a collection came to: as text, as JSON and for a job's summary. Hostile text is escaped here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calendar import SECOND
from bot.collecting.fact_records import LeftOut, Origin
from bot.collecting.landed_facts import NO_SD
from bot.collecting.outcomes import Collected, NewRow
from bot.evidence.events import stamp
from bot.wording.escape import json_text, markdown, prose, terminal
from bot.wording.figures import plural
from bot.wording.sections import capped

_REASONS, _PLACES = 20, 5
"""Reasons, and places of each, that text shows; JSON has all."""


@dataclass(frozen=True)
class Collection:
    """One collection."""

    origin: Origin
    seen: str
    """What was looked at."""
    since: int | None
    """From when on, seconds since the epoch; None for everything."""
    new: Collected
    files: tuple[str, ...]
    """New files, from the top of the repository."""
    rehearsed: bool = False
    """Whether nothing was to be written."""


def collection_text(done: Collection) -> str:
    """What came in, one thing a line, each ending in a line break."""
    return "".join(f"{terminal(line)}\n" for line in _lines(done))


def collection_markdown(done: Collection) -> str:
    """The same for the summary of a GitHub Actions job, ending in a line break."""
    new = done.new
    by_reason = _by_reason(new.left_out)
    causes = [
        f"{markdown(cause or '(no cause)')} {count}"
        for cause, count in _causes(new.outcomes).items()
    ]
    homeless = sum(len(places) for reason, places in by_reason if reason.endswith(NO_SD))

    def row(of: tuple[str, list[str]]) -> str:
        reason, places = of
        shown = ", ".join(markdown(place, 200) for place in places[:_PLACES])
        return f"- {plural(len(places), 'time')}: {prose(reason)} ({shown}{_more(places)})"

    lines = [f"## Collected from {done.origin.source}", "", f"Looked at {prose(_looked_at(done))}."]
    lines += ["", f"**{_came_in(new)}**", ""]
    lines += [f"Rework and issues by cause: {'; '.join(causes)}.", ""] if causes else []
    lines += [f"Logged before: {plural(new.already, 'outcome')}.", ""] if new.already else []
    lines += [f"Belongs to no SD: {plural(homeless, 'fact')}.", ""] if homeless else []
    lines += ["Left out:", "", *capped(by_reason, row, _REASONS, "reason"), ""] if by_reason else []
    return "\n".join(lines) + "\n"


def _lines(done: Collection) -> Iterator[str]:
    new = done.new
    yield f"{done.origin.source}: {_looked_at(done)}"
    yield _came_in(new)
    for cause, count in _causes(new.outcomes).items():
        yield f"  {cause or '(no cause)'}: {count}"
    if new.already:
        yield f"{plural(new.already, 'outcome')} logged before"
    yield from (f"  {path}" for path in done.files)
    if done.rehearsed:
        yield "nothing was written (--dry-run)"
    if new.left_out:
        yield "left out:"
    by_reason = _by_reason(new.left_out)
    for reason, places in by_reason[:_REASONS]:
        shown = ", ".join(places[:_PLACES])
        yield f"  {plural(len(places), 'time')}: {reason} ({shown}{_more(places)})"
    if len(by_reason) > _REASONS:
        yield f"  {len(by_reason) - _REASONS:,} more reasons (--format json lists them)"


def _looked_at(done: Collection) -> str:
    since = "all of it" if done.since is None else f"since {stamp(done.since * SECOND)[:16]}Z"
    return f"{done.seen}, {since}"


def _came_in(new: Collected) -> str:
    sds = plural(len({outcome.sd for outcome in new.outcomes}), "SD")
    of = _counts(new.outcomes)
    counts = f"{of['rework']} rework, {plural(of['issues'], 'issue')}, {of['passed']} passed"
    return f"{plural(len(new.outcomes), 'new outcome')} of {sds}: {counts}"


def _more(places: Sequence[str]) -> str:
    return f" and {len(places) - _PLACES:,} more" if len(places) > _PLACES else ""


def collection_json(done: Collection) -> str:
    """The same as a document, with everything that was left out."""
    new = done.new
    document = {
        "schema_version": 1,
        "source": done.origin.source,
        "repository": done.origin.repository,
        "seen": done.seen,
        "since": None if done.since is None else stamp(done.since * SECOND),
        "sds": len({outcome.sd for outcome in new.outcomes}),
        **_counts(new.outcomes),
        "causes": {cause or "": count for cause, count in _causes(new.outcomes).items()},
        "already_logged": new.already,
        "files": list(done.files),
        "dry_run": done.rehearsed,
        "left_out": [
            {"reason": reason, "places": places} for reason, places in _by_reason(new.left_out)
        ],
    }
    return json_text(document)


def _counts(outcomes: Sequence[NewRow]) -> dict[str, int]:
    rework = sum(outcome.rework for outcome in outcomes)
    issues = sum(outcome.issue for outcome in outcomes)
    return {"rework": rework, "issues": issues, "passed": len(outcomes) - rework - issues}


def _causes(outcomes: Sequence[NewRow]) -> dict[str | None, int]:
    """How often each cause came in with rework or an issue, most first."""
    causes = Counter(one.cause for one in outcomes if one.rework or one.issue)
    return dict(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0] or "")))


def _by_reason(left_out: Sequence[LeftOut]) -> list[tuple[str, list[str]]]:
    """Places by reason, most first."""
    found: dict[str, list[str]] = {}
    for one in left_out:
        found.setdefault(one.reason, []).append(one.place)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
