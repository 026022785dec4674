"""Log files that would spoil the branch of the logs: one bad line there stops every reader.

In: what the branch has, what a work tree has, and what the policy says about logs. Out: everything wrong with
the lines that the work tree would bring, by the rules of every reader. What is on the branch is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO

from bot.errors import Problem
from bot.evidence.packing import Packer, groups_of
from bot.evidence.reader import Reader
from bot.evidence.schema import Names
from bot.evidence.seen_ids import IdContents, wrong_in


def unfit_lines(
    theirs: Mapping[str, str],
    ours: Mapping[str, str],
    read: Callable[[str], bytes],
    packer: Packer,
) -> tuple[Problem, ...]:
    """The bad lines of our files, one `id` with other content in a folder's log included.

    `theirs` and `ours` are blobs by path, `read` reads one. What the branch has already is not news.
    """
    news = {path: blob for path, blob in ours.items() if theirs.get(path) != blob}
    there = groups_of(theirs, packer)
    return tuple(
        problem
        for (folder, glob), paths in groups_of(news, packer).items()
        for problem in _unfit(
            {path: theirs[path] for path in there[folder, glob]},
            {path: news[path] for path in paths},
            read,
            Reader(Names(packer.phases), rework=packer.globs[glob]),
        )
    )


def _unfit(
    theirs: Mapping[str, str],
    news: Mapping[str, str],
    read: Callable[[str], bytes],
    reader: Reader,
) -> Iterator[Problem]:
    """Who comes first says what an `id` is: the branch, then our files one after the other."""
    ids = IdContents(reader.names)
    for path, blob in theirs.items():
        for block in reader.file(BytesIO(read(blob))):
            ids.again(block, f"the branch's {path}")
    for path, blob in news.items():
        for block in reader.file(BytesIO(read(blob))):
            yield from wrong_in(block, path, ids.again(block, path))
