"""Facts of git alone: what first-parent commits on base say, and which of them they revert.

In: commits, newest first, and a way to look up older ones. Out: `Harvest`. Only what was let in on base
speaks, as somebody with write access did that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.calendar import BEGINNING, END_OF_TIME, SECOND
from bot.collecting.fact_records import Fact, Harvest, LeftOut, Settled
from bot.collecting.messages import SILENT, Message, Reading, read_message
from bot.evidence.cursors import Cursor
from bot.git.landed import LandedCommit

NO_SD = "belongs to no SD: add an SD: trailer, or a pattern to the policy's [[imports.branches]]"
OVERLAP = 7 * 24 * 60 * 60
"""Seconds before the last collection's end that the next one looks at again."""
CLOCK_AHEAD = 24 * 60 * 60
"""Seconds that a clock may be ahead."""
Lookup = Callable[[Collection[str]], Mapping[str, LandedCommit]]
"""Commits of base's history by SHA, whole or its first digits; what is not in it is left out."""
_DEEPEST = 100
"""Reverts of reverts in a row that are followed."""
_SHOWN = frozenset({"reverted"})
"""Kinds of facts that history shows by itself."""


@dataclass(frozen=True)
class Span:
    """How far back a collection looks."""

    since: int | None
    """Seconds since the epoch, committer time; None for all of history."""
    seen: str | None = None
    """The newest commit of the last collection: the walk does not end before it."""


def span_of(cursor: Cursor | None) -> Span:
    """What is to be looked at after a cursor."""
    if cursor is None:
        return Span(None)
    return Span(cursor.at // SECOND - OVERLAP, cursor.commit)


def looked_at(commits: Iterable[LandedCommit], span: Span) -> Iterator[LandedCommit]:
    """Those of a first-parent line, newest first, that a collection looks at; no more of it is read.

    Dates of commits may jump back: what was not there the last time is looked at, however old it says it is.
    """
    passed = span.seen is None
    for commit in commits:
        passed = passed or commit.sha == span.seen
        if span.since is not None and commit.committed < span.since and passed:
            return
        yield commit


def is_datable(committed: int, now: int) -> bool:
    """Whether a commit's date is one that a log can hold; both in seconds since the epoch."""
    return BEGINNING <= committed < min(END_OF_TIME, now + CLOCK_AHEAD)


def found_in(
    commits: Iterable[LandedCommit], reading: Reading, lookup: Lookup, now: int
) -> Harvest:
    """Facts, settled work and what says nothing; `now` in seconds since the epoch."""
    history = _History(reading, lookup)
    every = (_Landed(commit, history.read(commit)) for commit in commits)
    landed = [one for one in every if one.message != SILENT]
    history.look_up(sha for one in landed for sha in one.message.reverts)
    facts: list[Fact] = []
    settled: list[Settled] = []
    left_out = [wrong for one in landed for wrong in one.message.left_out]
    for one in landed:
        if not is_datable(one.committed, now):
            left_out += [LeftOut("its date is none that a log can hold", one.sha)] * one.speaks
            continue
        sd = one.message.sd or history.taken_back(one)
        for fact in (*one.spoken(sd), *history.reverted(one)):
            if isinstance(fact, LeftOut):
                left_out.append(fact)
            else:
                facts.append(fact)
        settled += one.settled()
    return Harvest(tuple(facts), tuple(settled), tuple(left_out))


class _Landed:
    """One commit and what it says; its message itself is let go."""

    def __init__(self, commit: LandedCommit, message: Message) -> None:
        self.sha, self.committed, self.message = commit.sha, commit.committed, message

    @property
    def at(self) -> int:
        return self.committed * SECOND

    @property
    def place(self) -> str:
        return f"commit {self.sha}"

    @property
    def speaks(self) -> bool:
        return bool(self.message.words or self.message.reverts)

    def spoken(self, sd: str | None) -> Iterator[Fact | LeftOut]:
        """Facts that its trailers say of an SD: its own, or the one it takes back."""
        for word in self.message.words:
            if sd is None:
                yield LeftOut(f"trailer {word.kind}: {NO_SD}", self.sha)
            else:
                yield Fact(self.sha, word.kind, sd, self.at, self.place, word=word)

    def settled(self) -> Iterator[Settled]:
        """Work that landed; a revert is no work of an agent's."""
        if self.message.sd is not None and not self.message.reverts:
            yield Settled(self.sha, self.message.sd, self.at, self.place, _SHOWN)


class _History:
    """Messages by commit, as far as anything refers to them."""

    def __init__(self, reading: Reading, lookup: Lookup) -> None:
        self._reading, self._lookup = reading, lookup
        self._messages: dict[str, Message | None] = {}
        self._known_ends: dict[str, frozenset[tuple[str | None, bool]]] = {}

    def read(self, commit: LandedCommit) -> Message:
        message = read_message(commit, self._reading)
        if message.sd is not None or message.reverts:
            self._messages[commit.sha] = message
        return message

    def look_up(self, names: Iterable[str]) -> None:
        """Learn what commits say that are reverted, and those that these revert in turn."""
        while asked := {name for name in names if name not in self._messages}:
            found = self._lookup(asked)
            self._messages |= {
                name: read_message(found[name], self._reading) if name in found else None
                for name in asked
            }
            messages = filter(None, (self._messages[name] for name in asked))
            names = [sha for message in messages for sha in message.reverts]

    def reverted(self, one: _Landed) -> Iterator[Fact | LeftOut]:
        """A fact of each SD that a commit takes back; to revert a revert puts work back, and is none."""
        for name in one.message.reverts:
            for sd, takes_back in sorted(self._ends(name), key=str):
                if not takes_back:
                    yield LeftOut("puts back what a revert took away", one.sha)
                elif sd is None:
                    yield LeftOut(f"reverts a commit that {NO_SD}", one.sha)
                else:
                    of, place = f"{one.sha} {sd}", f"{one.place} reverts {name}"
                    yield Fact(of, "reverted", sd, one.at, place)
            if self._messages[name] is None:
                yield LeftOut("reverts what is no commit of base's history", one.sha)

    def taken_back(self, one: _Landed) -> str | None:
        """The SD that a commit takes back, None for none or several."""
        ends = {end for name in one.message.reverts for end in self._ends(name)}
        return next(iter(ends))[0] if len(ends) == 1 else None

    def _ends(self, name: str, depth: int = 0) -> frozenset[tuple[str | None, bool]]:
        """The SDs at the end of a chain of reverts that starts with reverting `name`, and whether they go."""
        if name not in self._known_ends:
            message = self._messages[name]
            if message is None or depth > _DEEPEST:
                return frozenset()
            inner = [end for sha in message.reverts for end in self._ends(sha, depth + 1)]
            turned = frozenset((sd, not takes_back) for sd, takes_back in inner)
            own = frozenset({(message.sd, True)})
            self._known_ends[name] = turned if message.reverts else own
        return self._known_ends[name]
