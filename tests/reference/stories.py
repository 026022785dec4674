"""What happens to one SD in one cell, one function a story: rows are written, and what they must
come to is known.

Every story starts at `at`, writes its rows in the order of time and touches its cell once, so that
"latest run at or before" is known while it is told.
"""

from __future__ import annotations

from tests.reference.builder import SECOND, UNKNOWN, Builder, Sd
from tests.reference.world import Cell

LATE = 24
"""Days after which rework may still be reported."""


def cause(b: Builder) -> str | None:
    """A counted, ignored, unknown or missing cause."""
    counted, ignored = b.settings.counted, b.settings.ignored if "other-cause" in b.features else ()
    unknown = ("solar-flare",) if "unknown-cause" in b.features else ()
    found: str | None = b.rng.choice((*counted, *counted, *ignored, *ignored, *unknown, None, None))
    return found


def counted_cause(b: Builder) -> str | None:
    """A cause that counts."""
    return b.rng.choice((*b.settings.counted, None))


def plain(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """Runs on the model in force, of several weeks at times; then an outcome, or none."""
    rung = b.in_force(sd, cell)
    b.token(sd, cell, at, rung, model=b.rng.choice(("any", None)))
    now = at
    for _ in range(b.rng.choice((0, 0, 1, 2))):
        now = b.later(now, 6)
        b.token(sd, cell, now, rung, model=b.rng.choice(("any", None)))
    outcome(b, sd, cell, now, rung)


def outcome(b: Builder, sd: Sd, cell: Cell, now: int, rung: str) -> None:
    """Rework, an issue, a pass, several of them, late or at once, or nobody says anything."""
    explicit = b.rng.random() < 0.5
    draw = b.rng.random()
    if draw < 0.2:
        return
    now = b.later(now, b.rng.choice((1, 1, 5, LATE)))
    if draw < 0.55:
        b.report(sd, cell, now, rung, redone=False, explicit=explicit)
        if draw < 0.25:  # any later `true` wins
            b.report(
                sd, cell, b.later(now, LATE), rung, redone=True, cause=cause(b), explicit=explicit
            )
    elif draw < 0.65 and "issues" in b.features:
        b.report(sd, cell, now, rung, redone=False, issue=True, cause=cause(b), explicit=explicit)
    else:
        for _ in range(b.rng.choice((1, 1, 1, 2))):
            issue = "issues" in b.features and b.rng.random() < 0.1
            b.report(
                sd, cell, now, rung, redone=True, cause=cause(b), issue=issue, explicit=explicit
            )
            now = b.later(now, 2)


def only_reported(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """Rework of a run that no token row tells of: the model is the one assigned at the start."""
    b.report(sd, cell, at, b.in_force(sd, cell), redone=b.rng.random() < 0.7, cause=cause(b))


def reported_first(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """The report's time stamp is before that of the run: no run at or before it, so the assignment
    speaks.
    """
    b.report(sd, cell, at, b.in_force(sd, cell), redone=True, cause=cause(b))
    b.token(sd, cell, b.later(at) + 1, b.other(b.in_force(sd, cell)))


def redone(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """Redone on another model, reported before or after: the blame stays with the model in force."""
    rung = b.in_force(sd, cell)
    b.token(sd, cell, at, rung, model=b.rng.choice(("any", None)))
    again = b.later(at, 9)
    other = b.other(rung)
    reports = b.rng.choice(("before", "after", "same", "named"))
    if reports == "before":
        b.report(sd, cell, again, rung, redone=True, cause=counted_cause(b))
    b.token(sd, cell, again, other)
    if reports == "after":
        b.report(sd, cell, b.later(again, LATE), rung, redone=True, cause=counted_cause(b))
    if reports == "same":  # two rows, neither says a model, both mean the model in force
        b.report(sd, cell, again, rung, redone=True, cause=cause(b))
        b.report(sd, cell, again, rung, redone=False)
    if reports == "named":
        b.report(sd, cell, b.later(again), other, redone=True, cause=cause(b), explicit=True)
    if b.rng.random() < 0.3:
        b.report(sd, cell, b.later(again), other, redone=False, explicit=True)


def drifted(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """Never on the model in force: the latest run at or before the report is to blame."""
    rung = b.other(b.in_force(sd, cell))
    b.token(sd, cell, at, rung)
    if b.rng.random() < 0.7:
        b.report(sd, cell, b.later(at, LATE), rung, redone=b.rng.random() < 0.7, cause=cause(b))


def drifted_twice(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """Two models, neither in force, one after the other or at one instant, where the lower one speaks."""
    in_force = b.in_force(sd, cell)
    low, high = (name for name in b.settings.names if name != in_force)
    order = b.rng.choice(((low, high), (high, low)))
    second = b.rng.choice((at, b.later(at, 9)))
    b.token(sd, cell, at, order[0])
    b.token(sd, cell, second, order[1])
    latest = order[1] if second > at else low
    b.report(sd, cell, b.later(second, 9), latest, redone=True, cause=cause(b))


def unknown_model(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """A model of no rung: tokens, no evidence; at times after a run on the model in force."""
    if b.rng.random() < 0.5:
        b.token(sd, cell, at, b.in_force(sd, cell))
        at = b.later(at)
    b.token(sd, cell, at, None, model=b.rng.choice(UNKNOWN))


def pass_known(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """A run and its pass, so that the week has outcomes."""
    rung = b.in_force(sd, cell)
    b.token(sd, cell, at, rung)
    b.report(sd, cell, at, rung, redone=False)


def shifted(b: Builder, sd: Sd, cell: Cell, at: int) -> None:
    """A fleet that does well, until from two thirds of the time on something else has changed."""
    rung = b.in_force(sd, cell)
    b.token(sd, cell, at, rung)
    since = b.weeks[2 * len(b.weeks) // 3].start * SECOND
    redone = b.rng.random() < (b.shifted_rate if at >= since else 0.06)
    b.report(sd, cell, at, rung, redone=redone, cause=counted_cause(b) if redone else None)
