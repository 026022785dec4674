"""A phase whose log is kept without agents: which SDs are whose runs is known by how each agent is told of.

In: one week's instants. Out: rows and their meaning, through the builder.
"""

from __future__ import annotations

from tests.reference.builder import Builder, Sd
from tests.reference.stories import cause
from tests.reference.world import Cell


def phase_only(
    b: Builder,
    phase: str,
    agents: list[str],
    stranger: str | None,
    times: list[int],
    late: list[Sd],
) -> list[Sd]:
    """One week of such a phase. The week's SDs are returned.

    `times` are instants of that week, `late` SDs of the week before, told of only now.
    `stranger` has no entry: nothing but its own rows make it an agent of this phase.
    """
    sds = [b.sd(at) for at in times]
    for sd in sds:
        for at in (sd.start, *(at for at in (b.rng.choice(times),) if at >= sd.start)):
            model = b.rng.choice((None, "gpt-5", "best"))  # ignored
            tokens = b.rng.randrange(9000)
            b.write("tokens", sd, phase, at, agent=None, model=model, tokens=tokens)
    now = max(times)
    for agent in agents:
        way = b.rng.choice((quiet, quiet, named, reports, reported_late, named_and_reports))
        way(b, (phase, agent), sds, late, now)
    if stranger:
        way = b.rng.choice((named, reports, reported_late, named_and_reports))
        way(b, (phase, stranger), sds, late, now)
    return sds


def quiet(b: Builder, cell: Cell, sds: list[Sd], late: list[Sd], now: int) -> None:
    """No row names the agent: every SD is its run."""
    for sd in sds:
        b.ran(sd, cell, sd.start, b.in_force(sd, cell))


def named(b: Builder, cell: Cell, sds: list[Sd], late: list[Sd], now: int) -> None:
    """A token row names the agent: nothing is assumed."""
    sd = b.rng.choice(sds)
    b.token(sd, cell, now, b.in_force(sd, cell), model=None)


def reports(b: Builder, cell: Cell, sds: list[Sd], late: list[Sd], now: int) -> None:
    """The agent has rows in the rework log: only the SDs they name are its runs, from their first row on."""
    for sd in b.rng.sample(sds, b.rng.randrange(1, len(sds) + 1)):
        b.ran(sd, cell, sd.start, b.in_force(sd, cell))
        _report(b, cell, sd, now)


def reported_late(b: Builder, cell: Cell, sds: list[Sd], late: list[Sd], now: int) -> None:
    """Rework of an SD of the week before: it is all that is known of the agent's week, and counts there."""
    if late:
        sd = b.rng.choice(late)
        b.report(sd, cell, now, b.in_force(sd, cell), redone=True, cause=cause(b))
    else:
        reports(b, cell, sds, late, now)


def named_and_reports(b: Builder, cell: Cell, sds: list[Sd], late: list[Sd], now: int) -> None:
    """Both logs name the agent: its own rows are its runs, nothing is assumed."""
    named(b, cell, sds, late, now)
    for sd in b.rng.sample(sds, b.rng.randrange(1, len(sds) + 1)):
        _report(b, cell, sd, now)


def _report(b: Builder, cell: Cell, sd: Sd, now: int) -> None:
    redone = b.rng.random() < 0.5
    b.report(sd, cell, now, b.in_force(sd, cell), redone=redone, cause=cause(b))
