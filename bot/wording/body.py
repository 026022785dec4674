"""The pull request's body, as GitHub Markdown.

What decides comes first, then a box a promotion and why; the evidence is folded below; what the reviewer can
do closes it. Nothing depends on the clock or on base's newest commit: the same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.calibration.findings import Change, Review
from bot.errors import Problem
from bot.wording import proposed, sections
from bot.wording.commit_messages import plan_command
from bot.wording.escape import markdown, prose
from bot.wording.fitting_parts import NOTE_BYTES, Part, fitting, join, size
from bot.wording.remarks import still_open
from bot.wording.sections import Lines
from bot.wording.to_investigate import alike, investigations

MOST_BYTES = 65_536
"""GitHub's limit for a body, in characters; bytes are never fewer."""
_SHORT = 12
_PAGE = "the artifact `calibration-page` of the newest calibration"
_AGAIN = "proposed again only when a tally that restarts at zero reaches the bar"
_ON_FORGE = (
    "- **Accept**: merge.",
    "- **Drop one**: untick its box. The next run takes it out of the branch and remembers it as turned "
    "down; ticking it again brings it back.",
    f"- **Ignore**: close this. Each is remembered, and {_AGAIN}.",
)
_BY_HAND = (
    "- **Accept**: merge the branch.",
    f"- **Drop one**: merge without its line. It is remembered from history, and {_AGAIN}.",
    "- **Ignore**: leave the branch. Nothing is remembered, so the next run proposes what still stands.",
)
_FRAME_BYTES = 4_000  # more than a body without any part, table and marker ever takes


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
    unticked: tuple[Change, ...] = ()
    """Promotions that somebody turned down by their boxes, and the evidence still asks for."""
    page: str | None = None
    """Where the page of `report` is kept, where it is: an address that is harmless in Markdown."""
    by_hand: bool = False
    """Whether no forge keeps the pull request, so that nobody reads boxes and only merges are remembered."""


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
    linked; at most as many as `roomy` lets through. Their boxes and the marker are always whole. The other
    parts take the room there is in the order they stand in; what does not fit is shortened or left out, and
    named.
    """
    closing = join(_choices(review, changes, inputs, extras), [marker])
    first = (
        preview_note(review),
        sections.weighing(review),
        proposed.headline(review, changes),
    )
    room = MOST_BYTES - taken - size(closing)
    rows, cut = _checklist(review, changes, extras, room - size(join(*first)))
    opening = join(*first, rows)
    blocks = [why(review, changes), *findings(review, extras), *folds(review, changes)]
    middle = fitting(blocks, room - size(opening), cut)
    return join([opening], middle, [closing]) + "\n"


def preview_note(review: Review) -> Lines:
    """That the week is open, above everything else; empty for one that is over."""
    if review.preview is None:
        return []
    return ["> [!IMPORTANT]", f"> {still_open(review.week, review.preview)}"]


def _checklist(
    review: Review, changes: Sequence[Change], extras: Extras, room: int
) -> tuple[Lines, Sequence[str]]:
    """The boxes, always all of them, and what they had to leave out to have room.

    Rows without boxes where nobody reads those.
    """
    if extras.by_hand:
        rows, refusing = proposed.plain_rows(review, changes), proposed.REFUSING_BY_HAND
        brief = proposed.plain_rows_in_brief(changes)
    else:
        rows, refusing = proposed.boxes(review, changes, extras.unticked), proposed.REFUSING
        brief = proposed.boxes_in_brief(changes, extras.unticked)
    rows += ["", f"{refusing} {proposed.LEGEND}"] if rows else []
    if size(join(rows)) + NOTE_BYTES <= room:
        return rows, ()
    return [*brief, "", refusing], ("figures beside the boxes",)


def why(review: Review, changes: Sequence[Change]) -> Part:
    """A sentence for each promotion."""
    return Part("why each assignment changes", proposed.told_why(review, changes), "Why")


def roomy(
    changes: Sequence[Change],
    marked: Callable[[Sequence[Change]], str],
    unticked: Sequence[Change] = (),
) -> int:
    """How many of the changes, from the first, a body can hold: their boxes in brief and their marker.

    `marked` gives the marker's line for some changes; `unticked` have boxes too. Without this a pull request
    could not be opened.
    """
    empty = size(marked(()))
    taken = size(join(proposed.boxes_in_brief((), unticked)))
    room = MOST_BYTES - NOTE_BYTES - _FRAME_BYTES - empty - taken
    for count, change in enumerate(changes):
        room -= size(marked([change])) - empty + 1
        room -= size(proposed.boxes_in_brief([change])[0]) + 1
        if room < 0:
            return count
    return len(changes)


def findings(review: Review, extras: Extras) -> Iterator[Part]:
    """What stands open under the promotions, in the order of SPEC § 10."""
    few = sections.FEW
    yield Part(
        "what earlier calibrations did",
        sections.earlier_calibrations(review),
        "What earlier calibrations did",
        sections.earlier_calibrations(review, few),
    )
    asked = alike(review)
    few_rows = investigations(asked, few)
    yield Part("what to investigate", investigations(asked), "To investigate", few_rows)
    yield Part("refusals", sections.refusals(review), "Refused by a gate")
    yield Part("promotions that wait", sections.queued(review), "Waiting")
    yield Part(
        "linked promotions",
        _linked(extras.linked),
        "Left to other pull requests",
        _linked(extras.linked, few),
    )
    yield Part("the budget", sections.budget(review.budget), f"Budget in {review.week}")
    yield Part(
        "rejected log lines",
        sections.rejected(extras.rejected),
        "Log lines not used",
        sections.rejected(extras.rejected, few),
    )
    yield Part(
        "warnings",
        sections.warnings(extras.warnings),
        "Warnings",
        sections.warnings(extras.warnings, few),
    )


def folds(review: Review, changes: Sequence[Change]) -> Iterator[Part]:
    """The evidence, folded: SDs of each promotion, every verdict, the tokens."""
    yield Part("each promotion in full sentences", proposed.why_folded(review, changes))
    for change in changes:
        verdict = review.verdict(change.cell)
        plain, few = (
            sections.evidence(verdict, review, most, linked=False)
            for most in (sections.MOST_FOLDED, sections.FEW)
        )
        whole = sections.evidence(verdict, review)
        yield Part("evidence by SD", whole, brief=few, plain=plain)
    few = sections.all_verdicts(review, sections.MOST_ROWS)
    yield Part("all verdicts", sections.all_verdicts(review), brief=few)
    yield Part("tokens", sections.usage(review.budget))


def _linked(linked: Sequence[Linked], most: int = sections.MOST_ROWS) -> Lines:
    def row(link: Linked) -> str:
        models = f"{markdown(link.change.old)} → {markdown(link.change.new)}"
        where = "" if link.number is None else f" (#{link.number})"
        return f"- {markdown(str(link.change.cell))} {models}: {prose(link.reason)}{where}"

    return sections.opened(linked, row, most, "promotion", 1)


def _choices(review: Review, changes: Sequence[Change], inputs: str, extras: Extras) -> Lines:
    """What a reviewer can do, in the order of how often it is wanted."""
    command = plan_command(review)
    reproduce = f"`{command}` gives inputs `{inputs[:_SHORT]}`."
    if not changes or review.preview is not None:
        return [f"Reproduce it: {reproduce}"]
    return [
        "### What you can do",
        "",
        *(_BY_HAND if extras.by_hand else _ON_FORGE),
        f"- **Re-run**: the calibration workflow, or `{command.replace(' plan ', ' run ', 1)}`.",
        f"- **Reproduce**: {reproduce}",
        *(
            []
            if extras.page is None
            else [f"- **See everything**: {_PAGE} under [Actions]({extras.page})."]
        ),
    ]
