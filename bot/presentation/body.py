"""The pull request's body and the job summary, as GitHub Markdown.

What changes and why comes first and fits one screen; the evidence is folded below; what the reviewer can do
closes it. Nothing depends on the clock or on base's newest commit: the same inputs give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calibration.records import Change, Review
from bot.errors import Problem
from bot.policy import Policy, Promotion
from bot.presentation import sections
from bot.presentation.escape import markdown, prose
from bot.presentation.marker import Marker, render
from bot.presentation.report import Report
from bot.presentation.sections import Lines
from bot.presentation.wording import plan_command, verdict_of

MOST_BYTES = 65_536
"""GitHub's limit for a body, in characters; bytes are never fewer."""
MOST_SUMMARY_BYTES = 1_000_000
"""Under GitHub's limit of 1 MiB for the summary of a step."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:/_-]+")
_NOTE_BYTES = 300  # more than the note on what was left out ever takes


@dataclass(frozen=True)
class Linked:
    """A promotion the evidence asks for that this pull request leaves to another one."""

    change: Change
    reason: str
    """Why, in one plain sentence without a link, e.g. `closed unmerged by a person`."""
    number: int | None
    """Number of the other pull request in this repository, where there is one."""


@dataclass(frozen=True)
class Extras:
    """What a body also tells, besides the review."""

    linked: tuple[Linked, ...] = ()
    """Promotions left to other pull requests."""
    rejected: tuple[Problem, ...] = ()
    """Quarantined log lines."""
    warnings: tuple[str, ...] = ()
    """Plain sentences; may quote hostile text."""


@dataclass(frozen=True)
class _Block:
    """A part of the text that may be left out where there is no room."""

    what: str
    """Its name in the note on what was left out."""
    lines: Lines
    heading: str = ""


NO_EXTRAS = Extras()


def pull_request_body(
    review: Review,
    changes: tuple[Change, ...],
    policy: Policy,
    marker: Marker,
    extras: Extras = NO_EXTRAS,
) -> str:
    """The whole body, at most `MOST_BYTES` long, the marker on its last line.

    `changes` are the promotions this pull request makes: those of the review, or fewer where others are
    linked. What does not fit is left out from the end, and named.
    """
    opening = _join(
        _headline(review, changes), sections.promotions(review, changes, policy.promotion)
    )
    closing = _join(_choices(review, changes, marker), [render(marker)])
    blocks = [
        *_findings(review, policy.promotion, extras),
        *_folds(review, changes),
    ]
    middle = _fitting(blocks, MOST_BYTES - _size(opening) - _size(closing))
    return _join([opening], middle, [closing]) + "\n"


def job_summary(report: Report) -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a `plan` or `run`, in every outcome."""
    review, promotion = report.review, report.promotion
    extras = Extras((), report.rejected, report.warnings)
    changes = tuple(commit.change for commit in report.commits)
    opening = _join(
        [f"## Calibration {review.week}"],
        [_nothing_logged(review)] if review.nothing_logged else _headline(review, changes),
        _published(report),
        sections.promotions(review, changes, promotion),
    )
    blocks = [*_findings(review, promotion, extras), *_folds(review, changes)]
    middle = _fitting(blocks, MOST_SUMMARY_BYTES - _size(opening))
    return _join([opening], middle, [f"Reproduce it: `{plan_command(review)}`"]) + "\n"


def error_summary(problems: Sequence[str]) -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a run that ends in an error: every problem, one a line."""
    lines = sections.capped(problems, lambda text: f"- {markdown(text, 400)}", 200, "problem")
    said = "The run stopped here; the next one does whatever is left to do. What is wrong:"
    return _join(["## Calibration stopped"], [said], lines) + "\n"


def _nothing_logged(review: Review) -> str:
    return f"Nothing to decide: the logs hold no row for week {review.week}. Nothing was touched."


def _headline(review: Review, changes: Sequence[Change]) -> Lines:
    if not changes:
        return [f"By the evidence up to week {review.week}, no assignment changes."]
    one = len(changes) == 1
    who = "1 assignment gets" if one else f"{len(changes)} assignments get"
    return [
        f"**{who} a stronger model**, by the evidence up to week {review.week}. SDs that start after the "
        "merge run on it; an SD under way keeps the model it started with."
    ]


def _published(report: Report) -> Lines:
    request = report.pull_request
    if request is None:
        return []
    where = f"branch {markdown(request.branch)}"
    if request.url is not None:
        where = request.url if _ADDRESS.fullmatch(request.url) else markdown(request.url)
    return [f"Pull request ({request.action}): {where}. {prose(request.reason)}"]


def _findings(review: Review, promotion: Promotion, extras: Extras) -> Iterator[_Block]:
    """What stands open under the promotions, most urgent first."""
    yield _Block("the budget", sections.budget(review.budget), "Budget")
    yield _Block("refusals", sections.refusals(review, promotion), "Refused by a gate")
    yield _Block(
        "what to investigate", sections.investigations(review, promotion), "To investigate"
    )
    yield _Block(
        "results of earlier changes",
        sections.improvements(review, promotion),
        "Since the last change",
    )
    yield _Block("linked promotions", _linked(extras.linked), "Left to other pull requests")
    yield _Block("rejected log lines", sections.rejected(extras.rejected), "Log lines not used")
    yield _Block("warnings", sections.warnings(extras.warnings), "Warnings")


def _folds(review: Review, changes: Sequence[Change]) -> Iterator[_Block]:
    for change in changes:
        yield _Block("evidence by SD", sections.evidence(verdict_of(review, change.cell)))
    yield _Block("all verdicts", sections.all_verdicts(review))
    yield _Block("tokens", sections.usage(review.budget))


def _linked(linked: Sequence[Linked]) -> Lines:
    def row(link: Linked) -> str:
        models = f"{markdown(link.change.old)} → {markdown(link.change.new)}"
        where = "" if link.number is None else f" (#{link.number})"
        return f"- {markdown(str(link.change.cell))} {models}: {prose(link.reason)}{where}"

    return sections.capped(linked, row, sections.MOST_ROWS, "promotion")


def _choices(review: Review, changes: Sequence[Change], marker: Marker) -> Lines:
    """What a reviewer can do, in the order of how often it is wanted."""
    command = plan_command(review)
    reproduce = f"`{command}` gives inputs `{marker.inputs}`."
    if not changes:
        return [f"Reproduce it: {reproduce}"]
    return [
        "### What you can do",
        "",
        "- **Accept**: merge. Every promotion is a commit of its own.",
        "- **Drop one promotion**: revert its commit on this branch and push. The bot then keeps its hands "
        "off the branch, and remembers what was merged without.",
        "- **Ignore**: close this pull request. Each change is remembered and proposed again only when a "
        "tally that restarts at zero reaches the bar.",
        f"- **Re-run**: start the calibration workflow for {review.week}, or "
        f"`{command.replace(' plan ', ' run ', 1)}`. Nothing is pushed twice.",
        f"- **Reproduce**: {reproduce}",
    ]


def _fitting(blocks: Sequence[_Block], room: int) -> Lines:
    """As many blocks as fit, in order, and a note on those that do not."""
    kept: list[Lines] = []
    cut: Counter[str] = Counter()
    room -= _NOTE_BYTES
    for block in filter(lambda block: block.lines, blocks):
        lines = [f"### {block.heading}", "", *block.lines] if block.heading else block.lines
        need = _size(_join(lines)) + 2
        if need <= room:
            kept.append(lines)
            room -= need
        else:
            cut[block.what] += 1
    if cut:
        what = ", ".join(
            name if times == 1 else f"{name} ({times} times)" for name, times in cut.items()
        )
        kept.append(
            [f"Left out, to stay within GitHub's limit: {what}. The command to reproduce shows it."]
        )
    return [_join(*kept)] if kept else []


def _join(*blocks: Sequence[str]) -> str:
    """Blocks of lines as paragraphs; empty ones vanish."""
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
