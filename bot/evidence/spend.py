"""What a week has cost so far, by the work tree and the branch of the logs as last fetched, each row once.

Fast enough for every `log` and every lookup of a gate, whatever the week and history hold: what was read
before is known by its content (`bot/evidence/spending`), only what is new is read, and nothing more once
enough is known. What is kept never changes an answer.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple

from bot.calendar import Week
from bot.errors import BotError
from bot.evidence.found import Files, Found
from bot.evidence.spending.book import Asked, Book, Gone, Known, load, save
from bot.evidence.spending.buckets import Damaged
from bot.evidence.spending.sources import known_of, look, unreadable
from bot.evidence.spending.tally import HERE, Clash, Use
from bot.git.folder import branch_refs, common_folder
from bot.git.kept import Kept
from bot.paths import packing_of

_TRIES = 50
"""Times to look again when `log sync` takes files away; each time there are fewer."""


class Spent(NamedTuple):
    """The tokens of a week."""

    tokens: int
    """Counted as in SPEC § 6."""
    bad_lines: int
    """Lines, and files that cannot be read, that are not counted; `validate` names them."""


class Own(NamedTuple):
    """A file that this process has just written, so that nobody need read it."""

    path: str
    line: bytes
    use: Use


def spent(
    top: str,
    glob: str,
    week: Week,
    phases: Collection[str],
    *,
    ref: str | None = None,
    own: Own | None = None,
    enough: int | None = None,
) -> Spent:
    """Tokens of one week in the token logs that the glob matches: below `top`, and on the branch `ref`.

    `enough`: from so many tokens on nothing more is read, as more can only add. Raises BotError where git
    cannot tell what is on the branch.
    """
    asked = Asked(top, glob, week, tuple(phases), ref)
    return _Summing(asked, own, math.inf if enough is None else enough).run()


class _Summing:
    """One question, until it is answered."""

    def __init__(self, asked: Asked, own: Own | None, enough: float) -> None:
        self._asked, self._own, self._enough = asked, own, enough
        self._common = common_folder(asked.top)
        self._kept = None if self._common is None else Kept.inside(self._common)
        self._book = Book(asked.week) if self._kept is None else load(self._kept, asked)
        self._changed = False

    def run(self) -> Spent:
        """The answer."""
        try:
            for _ in range(_TRIES):
                with suppress(FileNotFoundError):  # the branch has by now what was in it
                    return self._tried()
            raise BotError("the logs change faster than they can be read; run again")
        finally:
            self._book.close()

    def _tried(self) -> Spent:
        try:
            return self._answer()
        except Damaged:
            self._begin()
        except Gone:
            self._start_over(in_order=False)
        except Clash:
            self._start_over(in_order=True)
        return self._tried()

    def _begin(self) -> None:
        self._book.close()
        self._book = Book(self._asked.week)

    def _start_over(self, *, in_order: bool) -> None:
        try:
            self._book.open_blobs(self._kept, self._asked)
            self._book.forget_sums(self._asked.week)
        except Damaged:
            self._begin()
        self._book.tally.in_order = in_order
        self._changed = True

    def _answer(self) -> Spent:
        """Bring the book up to date. What `log sync` removes is on the branch by then: files come first."""
        files = Files(self._asked.top, self._asked.glob)
        found = list(files)
        refs = self._refs()
        before = (dict(self._book.files), self._book.refs, self._book.unread)
        news = self._compare(found)
        moved = refs is None or refs != self._book.refs
        unread = self._book.unread and not self._is_enough()
        tally = self._book.tally
        if tally.clashes and not tally.in_order and (news or moved or unread):
            raise Clash  # the order decides what counts, so all of them are read again
        if moved or unread:  # a branch that moved may have lost rows, however many are enough
            self._read_branch(refs)
        for one, start in news:
            if not self._is_enough():
                self._read(one, start)
        self._changed |= before != (self._book.files, self._book.refs, self._book.unread)
        if self._kept and self._changed:
            save(self._kept, self._asked, self._book)
        return Spent(tally.total, self._book.bad + files.strange)

    def _refs(self) -> str | None:
        if self._common is None or self._asked.ref is None:
            return ""
        return branch_refs(self._common, self._asked.ref)

    def _compare(self, found: Collection[Found]) -> list[tuple[Found, int]]:
        """The files that are new, each with the byte from which on it is. Raises Gone."""
        known = self._book.files
        looked = {one.path: _look(known.get(one.path), one) for one in found}
        gone = [path for path in known if not isinstance(looked.get(path, 0), Known)]
        lost = [path for path in gone if not looked.get(path)]
        if any(known[path].counted for path in lost):
            raise Gone
        for path in lost:
            del known[path]
        known.update((path, now) for path, now in looked.items() if isinstance(now, Known))
        return [(one, start) for one in found if not isinstance(start := looked[one.path], Known)]

    def _is_enough(self) -> bool:
        return self._book.tally.total >= self._enough

    def _read_branch(self, refs: str | None) -> None:
        from bot.evidence.spending.there import read_branch  # starts git

        self._book.open_blobs(self._kept, self._asked)
        self._book.unread = True
        self._book.unread = not read_branch(self._book, self._asked, self._is_enough)
        self._book.refs = refs

    def _read(self, one: Found, start: int) -> None:
        own = self._own
        if own and one.path == own.path and one.status.st_size == len(own.line):
            counted = self._book.tally.is_wanted(own.use.at)
            if counted:
                self._book.tally.add(own.use, HERE)
            read = known_of(one, own.line, 0)
            self._book.files[one.path] = read._replace(counted=counted, latest=own.use.at)
            return
        from bot.evidence.spending.update import read_file  # loads the reader of log lines

        try:
            read_file(self._book, self._asked.phases, one, start)
        except FileNotFoundError:
            raise
        except OSError:
            self._book.files[one.path] = unreadable(one)


def _look(known: Known | None, one: Found) -> Known | int:
    try:
        found = look(known, one)
        return 0 if packing_of(one.path) and not isinstance(found, Known) else found
    except FileNotFoundError:
        raise
    except OSError:
        return 0
