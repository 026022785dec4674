"""Rules of `[[collect]]` that match nothing: a check that was renamed, a label that nobody uses. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.evidence.cursors import Cursor
from bot.policy.collect_rules import CollectRule

WEEKS = 13
"""Weeks after which a glob that matched no name is worth a note."""
_SPAN = WEEKS * 7 * 24 * 60 * 60 * 1_000_000


def idle_rules(rules: Sequence[CollectRule], cursors: Sequence[Cursor], now: int) -> Iterator[str]:
    """A note for each glob that no collection of the last 13 weeks matched; `now` in microseconds.

    Collections tell by their cursors what matched. Where they have not gone on for so long, nobody can tell.
    """
    of_github = [cursor for cursor in cursors if cursor.source == "github"]
    recent = [cursor for cursor in of_github if cursor.at >= now - _SPAN]
    if not recent or len(recent) == len(of_github):
        return
    matched = {glob for cursor in recent for glob in cursor.matched}
    for index, rule in enumerate(rules):
        if rule.match is not None and rule.match not in matched:
            what = "label" if rule.when == "label" else "check"
            said = (
                f"no {what} was called {rule.match!r} in {WEEKS} weeks; correct or remove the rule"
            )
            yield f"collect[{index}].match: {said}"
