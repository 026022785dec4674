"""The branch of the logs, listed and read into a book: imported only when a ref of it has moved.

In: a book, a glob, the branch. Out: the book, which knows the branch as last fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bot.evidence.branch import blobs_of, last_fetched
from bot.evidence.spending.book import Asked, Book, Gone
from bot.evidence.spending.update import read_blob
from bot.git.no_repository import NoRepository
from bot.git.repository import Repository
from bot.paths import matches


def read_branch(book: Book, asked: Asked, enough: Callable[[], bool]) -> bool:
    """Read the blobs that are new, until that is `enough`; whether all are read.

    Raises Gone where a blob is gone whose rows are in the sum; Clash, Damaged; BotError as git has it.
    """
    try:
        opened = Repository.open(Path(asked.top), shallow=True)
    except NoRepository:
        return True
    with opened as repository:
        wanted = _wanted(repository, asked)
        gone = book.blobs.keys() - wanted.keys()
        if any(book.blobs[key].counted for key in gone):
            raise Gone
        for key in gone:
            del book.blobs[key]
        fresh = sorted(wanted.keys() - book.blobs.keys(), key=wanted.__getitem__)
        for key in fresh if book.tally.in_order else reversed(fresh):  # else what is young first
            if enough():
                return False
            read_blob(
                book, asked.phases, key, repository.blob(key.partition(" ")[0], sys.maxsize) or b""
            )
    return True


def _wanted(repository: Repository, asked: Asked) -> dict[str, str]:
    """Path of every log file of the branch, by blob and path."""
    there = blobs_of(repository, last_fetched(repository, asked.ref or ""))
    return {f"{blob} {path}": path for path, blob in there.items() if matches(asked.glob, path)}
