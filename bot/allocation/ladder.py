"""The ladder: models in rising order of capability, and which concrete model ids stand on which rung."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

GATE_RUNG = "opus"


class Rung(NamedTuple):
    """One step of the ladder, as far as looking up and ranking a model needs it."""

    name: str
    """What the table writes, e.g. `sonnet`."""
    models: tuple[str, ...] = ()
    """Ids and aliases on this rung: exact names or globs (`claude-opus-4-*`), case-sensitive."""
    versions: tuple[str, ...] = ()
    """Globs of the models it has meant over time, oldest first; empty where they are not told apart."""

    def version_of(self, model: str) -> int | None:
        """Which version a concrete id is, 0 the oldest; the oldest that matches, None for none of them."""
        found = (place for place, glob in enumerate(self.versions) if fnmatchcase(model, glob))
        return next(found, None)


class Ladder(NamedTuple):
    """Rungs, lowest first; names are unique."""

    rungs: tuple[Rung, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Rung names, lowest first."""
        return tuple(rung.name for rung in self.rungs)

    @property
    def top(self) -> str:
        """Name of the highest rung."""
        return self.rungs[-1].name

    @property
    def gate_rung(self) -> str:
        """What a gate demands at least: `opus` where the ladder has it, else the top rung."""
        return GATE_RUNG if GATE_RUNG in self.names else self.top

    def rank(self, name: str) -> int:
        """Position of a rung, 0 the lowest. Raises ValueError for a name that is no rung."""
        return self.names.index(name)

    def above(self, name: str) -> str | None:
        """Name of the next rung up, None on the top rung."""
        rank = self.rank(name) + 1
        return self.names[rank] if rank < len(self.rungs) else None

    def highest(self, *names: str) -> str:
        """The highest of some rungs."""
        return max(names, key=self.rank)

    def rung_of(self, model: str) -> str | None:
        """Rung of a concrete model id: a rung's own name, then exact ids, then globs; None if unknown.

        Exact before glob, so that an id can be excepted from a pattern of another rung. Where globs of
        several rungs match, the lowest wins: the careful reading of an ambiguous id.
        """
        if model in self.names:
            return model
        for rung in self.rungs:
            if model in rung.models:
                return rung.name
        for rung in self.rungs:
            if any(fnmatchcase(model, pattern) for pattern in rung.models):
                return rung.name
        return None
