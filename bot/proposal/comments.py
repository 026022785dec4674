"""What the bot says on a pull request besides what it proposes: why it closes it or touches nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.proposal import marker as markers
from bot.proposal.marker import Dropped, Marker
from bot.wording.body import MOST_BYTES

HANDS_OFF_TAG = "<!-- calibration-bot-hands-off -->"
"""In the comment that says the bot keeps its hands off, so that it is said once."""


def closing_body(body: str, marker: Marker, why: str, dropped: Sequence[Dropped] = ()) -> str:
    """The body to close a pull request with: the reason on top, `closed-by-bot` in its marker.

    `dropped` is what was turned down by its box. Somebody's note stays below. Where there is no room for all
    of it, the bot's own text goes.
    """
    reason = f"> **Closed by calibration-bot:** {why}."
    out = {one.change for one in dropped}
    left = tuple(change for change in marker.changes if change not in out)
    ending = replace(marker, changes=left, closed_by_bot=True, dropped=tuple(dropped))
    last, note = markers.render(ending), markers.note_below(body)
    kept = markers.text_above(body).rstrip().removeprefix(reason).lstrip("\r\n")
    whole = markers.ended(f"{reason}\n\n{kept}\n{last}", note)
    return whole if len(whole) <= MOST_BYTES else markers.ended(f"{reason}\n\n{last}", note)


def hands_off_comment(reason: str) -> str:
    """What the bot says once on a pull request it will not touch."""
    said = f"calibration-bot keeps its hands off this pull request: {reason}."
    then = (
        "Its boxes are not obeyed either. Merge or close it; once its branch is gone, the next calibration "
        "opens one of its own."
    )
    return f"{said} {then}\n\n{HANDS_OFF_TAG}"
