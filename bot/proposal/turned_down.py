"""What people turned down by the boxes of the open pull request, and what they brought back. Pure.

In: what the forge shows. Out: every change that is turned down now, and in words which boxes say nothing.
Only a box that is there once counts, and only for a change that the marker names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.allocation.names import listed
from bot.calibration.findings import Change
from bot.forge.protocol import Observed, PullRequest, State
from bot.proposal.marker import Dropped, Marker, read_marker, text_above
from bot.proposal.ownership import ours
from bot.wording.checklist import box_key, read_boxes
from bot.wording.figures import plural


@dataclass(frozen=True)
class Boxes:
    """What the boxes of the open pull request come to."""

    dropped: tuple[Dropped, ...] = ()
    """What is turned down: remembered and not ticked again, or just unticked."""
    number: int | None = None
    """The pull request, None where there is none to ask."""
    remarks: tuple[str, ...] = ()
    """Which boxes are missing, double or unknown, in plain sentences."""


def turned_down(observed: Observed, *, author: str, base: str, latest: str) -> Boxes:
    """What the open pull request of the branch says. `latest` is the last week that is over."""
    pull = next(
        (
            pull
            for pull in observed.pull_requests or ()
            if ours(pull, observed, author)
            and (pull.state, pull.branch, pull.base) == (State.OPEN, observed.branch, base)
        ),
        None,
    )
    marker = None if pull is None else read_marker(pull.body)
    return Boxes() if pull is None or marker is None else _asked(pull, marker, latest)


def _asked(pull: PullRequest, marker: Marker, latest: str) -> Boxes:
    boxes = read_boxes(text_above(pull.body))
    week = min(marker.week, latest)  # a forged later one would turn down what nobody has seen
    kept = [one for one in marker.dropped if boxes.get(box_key(one.change)) is not True]
    new = [
        Dropped(change, week)
        for change in marker.changes
        if boxes.get(box_key(change), True) is False
    ]
    return Boxes((*kept, *new), pull.number, tuple(_remarks(pull, marker, boxes)))


def _remarks(pull: PullRequest, marker: Marker, boxes: Mapping[str, bool | None]) -> Iterator[str]:
    """Why some boxes change nothing."""
    remembered = [one.change for one in marker.dropped]
    missing = [change for change in marker.changes if box_key(change) not in boxes]
    named = {box_key(change): change for change in (*marker.changes, *remembered)}
    double = [change for key, change in named.items() if key in boxes and boxes[key] is None]
    unknown = len(boxes.keys() - named.keys())
    where = f"in #{pull.number}"
    if missing:
        yield f"{where} the box of {_cells(missing)} is missing, so nothing is dropped by it"
    if double:
        yield f"{where} the box of {_cells(double)} is there more than once, so none of them counts"
    if unknown:
        yield f"{where} {plural(unknown, 'row')} with a box of no promotion that it makes: ignored"


def _cells(changes: Sequence[Change]) -> str:
    return listed([str(change.cell) for change in changes])
