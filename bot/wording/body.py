"""The pull request's body, as GitHub Markdown.

What changes and why comes first and fits one screen; the evidence is folded below; what the reviewer can do
closes it. Nothing depends on the clock or on base's newest commit: the same inputs give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calibration.findings import Change, Review
from bot.errors import Problem
from bot.wording import sections
from bot.wording.commit_messages import plan_command
from bot.wording.escape import markdown, prose
from bot.wording.sections import Lines

MOST_BYTES = 65_536
"""GitHub's limit for a body, in characters; bytes are never fewer."""
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
class Part:
    """A part of the text that may be left out where there is no room."""

    what: str
    """Its name in the note on what was left out."""
    lines: Lines
    heading: str = ""


NO_EXTRAS = Extras()


def pull_request_body(
    review: Review,
    changes: tuple[Change, ...],
    inputs: str,
    marker: str,
    extras: Extras = NO_EXTRAS,
    taken: int = 0,
) -> str:
    """The whole body, at most `MOST_BYTES` long, the marker on its last line.

    `taken` characters of that are somebody's note, which stays below it.

    `inputs` is the hash (hex) of all the review derives from, `marker` the line the bot remembers by.

    `changes` are the promotions this pull request makes: those of the review, or fewer where others are
    linked. What does not fit is left out from the end, and named.
    """
    opening = join(
        sections.shift(review), headline(review, changes), sections.promotions(review, changes)
    )
    closing = join(_choices(review, changes, inputs), [marker])
    blocks = [
        *findings(review, extras),
        *folds(review, changes),
    ]
    middle = fitting(blocks, MOST_BYTES - taken - size(opening) - size(closing))
    return join([opening], middle, [closing]) + "\n"


def headline(review: Review, changes: Sequence[Change]) -> Lines:
    """How many assignments change, in one sentence."""
    if not changes:
        return [f"By the evidence up to week {review.week}, no assignment changes."]
    one = len(changes) == 1
    who = "1 assignment gets" if one else f"{len(changes)} assignments get"
    return [
        f"**{who} a stronger model**, by the evidence up to week {review.week}. SDs that start after the "
        "merge run on it; an SD under way keeps the model it started with."
    ]


def findings(review: Review, extras: Extras) -> Iterator[Part]:
    """What stands open under the promotions, most urgent first."""
    yield Part("the budget", sections.budget(review.budget), "Budget")
    yield Part("refusals", sections.refusals(review), "Refused by a gate")
    yield Part("promotions that wait", sections.queued(review), "Waiting")
    yield Part("what to investigate", sections.investigations(review), "To investigate")
    yield Part(
        "results of earlier changes",
        sections.improvements(review),
        "Since the last change",
    )
    yield Part("linked promotions", _linked(extras.linked), "Left to other pull requests")
    yield Part("rejected log lines", sections.rejected(extras.rejected), "Log lines not used")
    yield Part("warnings", sections.warnings(extras.warnings), "Warnings")


def folds(review: Review, changes: Sequence[Change]) -> Iterator[Part]:
    """The evidence, folded: SDs of each promotion, every verdict, the tokens."""
    for change in changes:
        yield Part("evidence by SD", sections.evidence(review.verdict(change.cell)))
    yield Part("all verdicts", sections.all_verdicts(review))
    yield Part("tokens", sections.usage(review.budget))


def _linked(linked: Sequence[Linked]) -> Lines:
    def row(link: Linked) -> str:
        models = f"{markdown(link.change.old)} → {markdown(link.change.new)}"
        where = "" if link.number is None else f" (#{link.number})"
        return f"- {markdown(str(link.change.cell))} {models}: {prose(link.reason)}{where}"

    return sections.capped(linked, row, sections.MOST_ROWS, "promotion")


def _choices(review: Review, changes: Sequence[Change], inputs: str) -> Lines:
    """What a reviewer can do, in the order of how often it is wanted."""
    command = plan_command(review)
    reproduce = f"`{command}` gives inputs `{inputs}`."
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


def fitting(blocks: Sequence[Part], room: int) -> Lines:
    """As many blocks as fit, in order, and a note on those that do not."""
    kept: list[Lines] = []
    cut: Counter[str] = Counter()
    room -= _NOTE_BYTES
    for block in filter(lambda block: block.lines, blocks):
        lines = [f"### {block.heading}", "", *block.lines] if block.heading else block.lines
        need = size(join(lines)) + 2
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
    return [join(*kept)] if kept else []


def join(*blocks: Sequence[str]) -> str:
    """Blocks of lines as paragraphs; empty ones vanish."""
    return "\n\n".join("\n".join(block) for block in blocks if block)


def size(text: str) -> int:
    """Bytes of a text as UTF-8."""
    return len(text.encode("utf-8"))
