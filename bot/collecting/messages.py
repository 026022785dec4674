"""What a commit message says: words about agents, reverts, and the work item it belongs to. Pure.

In: a commit with the trailers that git found. Out: `Message`. Git knows nothing of what a message quotes: a
trailer within a code block, a forwarded mail or the commits that a squash merge lists is nobody's word here,
nor is a revert in there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.collecting.fact_records import LeftOut, Spoken, Word
from bot.collecting.spoken import (
    SPOKEN,
    Listener,
    further_items,
    named_items,
    plain_text,
    refers_to_ticket,
    word_of,
    work_item,
)
from bot.evidence.events import BadValue
from bot.evidence.imports.branches import Attribution
from bot.git.landed import LandedCommit

LONGEST_MESSAGE = 100_000
"""Characters of a message that is read: people write less, and GitHub takes less."""
MOST_REVERTS = 100
"""Commits that one message may revert."""
FENCE_LINE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)
"""A line that begins or ends a block of code."""
_FORWARDED = re.compile(
    r"^-{3,} ?(Original|Forwarded) Message ?-{3,}$", re.MULTILINE | re.IGNORECASE
)
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_NUMBER = re.compile(r"\(#([0-9]{1,18})\)$")
_NO_WORK = re.compile(r"calibration/|revert-[0-9]+-")
_QUOTED_COMMITS = re.compile(r"\A[^\n]*\(#[0-9]+\)\n\n\* ")
"""How GitHub begins the message of a squash merge that lists its commits."""
_TAKES_BACK = re.compile(r'(?:Revert|Reapply) "')
"""How the subject of a revert begins, a squash merge's as well: then what it lists is what it does."""
_MERGED = (
    re.compile(r"^Merge pull request #(?P<number>[0-9]{1,18}) from [^/\s]+/(?P<branch>\S+)$"),
    re.compile(r"^Merge (?:remote-tracking )?branch(?:es)? '(?:origin/)?(?P<branch>[^']+)'"),
)


@dataclass(frozen=True)
class Message:
    """What a commit message says."""

    sd: str | None
    """The work item it belongs to, None for none. Hostile."""
    words: tuple[Word, ...]
    reverts: tuple[str, ...]
    """SHAs, whole or their first digits, of the commits it reverts."""
    left_out: tuple[LeftOut, ...]
    """Words that say nothing, and why."""


SILENT = Message(None, (), (), ())
"""What most messages say."""


@dataclass(frozen=True)
class Reading:
    """How the policy reads messages."""

    attribution: Attribution
    """Branch patterns."""
    listener: Listener
    numbers: bool
    """Whether an SD is a pull request, where nothing else says one."""


def read_message(commit: LandedCommit, reading: Reading) -> Message:
    """What the message of a commit says."""
    if len(commit.message) > LONGEST_MESSAGE:
        said = f"the message is longer than {LONGEST_MESSAGE:,} characters"
        return Message(None, (), (), (LeftOut(said, commit.sha),))
    words, left_out = _words(commit, reading.listener)
    reverts = tuple(dict.fromkeys(_reverted(commit.message)))[:MOST_REVERTS]
    quoted = _QUOTED_COMMITS.match(commit.message)
    if words and quoted:
        said = "trailers of the commits that a squash merge lists are not the merger's words"
        words, left_out = (), (LeftOut(said, commit.sha),)
    if reverts and quoted and not _TAKES_BACK.match(commit.message):
        said = "reverts among the commits that a squash merge lists are not the merger's words"
        reverts, left_out = (), (*left_out, LeftOut(said, commit.sha))
    further = (LeftOut(said, commit.sha) for said in further_items(_trailers_of_sd(commit)))
    return Message(_sd(commit, reading), words, reverts, (*left_out, *further))


def is_no_work(branch: str) -> bool:
    """Whether a branch is no work item of anybody's: the bot's own, or one on which GitHub made a revert."""
    return _NO_WORK.match(branch) is not None


def _words(
    commit: LandedCommit, listener: Listener
) -> tuple[tuple[Word, ...], tuple[LeftOut, ...]]:
    words: list[Word] = []
    wrong: list[LeftOut] = []
    spoken = list(_spoken(commit, listener))
    if spoken and _is_quoted(commit.message):
        return (), (LeftOut("trailers in a code block or a forwarded mail are quoted", commit.sha),)
    for kind, value in spoken:
        try:
            words.append(word_of(kind, value, listener))
        except BadValue as err:
            wrong.append(LeftOut(f"trailer {kind} {plain_text(value)!r} {err}", commit.sha))
    return tuple(words), tuple(wrong)


def _spoken(commit: LandedCommit, listener: Listener) -> Iterator[tuple[Spoken, str]]:
    """Trailers that are about agents, in order."""
    for key, value in commit.trailers:
        kind = SPOKEN.get(key.lower())
        if kind and not (kind == "issue" and refers_to_ticket(value, listener)):
            yield kind, value


def _is_quoted(message: str) -> bool:
    """Whether the last paragraph, where trailers are, is in a code block or a forwarded mail."""
    above, _, last = message.rstrip().rpartition("\n\n")
    in_fence = len(FENCE_LINE.findall(above)) % 2 == 1
    return in_fence or bool(FENCE_LINE.search(last)) or bool(_FORWARDED.search(message))


def _reverted(message: str) -> Iterator[str]:
    """What a message says it reverts, outside of code blocks."""
    for number, part in enumerate(re.split(r"(?m)^ {0,3}(?:```|~~~).*$", message)):
        if number % 2 == 0:
            yield from _REVERTS.findall(part)


def _sd(commit: LandedCommit, reading: Reading) -> str | None:
    """Of the first `SD:` trailer, else of the branch that was merged, else the pull request's number."""
    for said in (*_trailers_of_sd(commit), *_of_subject(commit.message, reading)):
        try:
            return work_item(said)
        except BadValue:
            return None
    return None


def _trailers_of_sd(commit: LandedCommit) -> list[str]:
    named = named_items(commit.trailers)
    return named if named and not _is_quoted(commit.message) else []


def _of_subject(message: str, reading: Reading) -> Iterator[str]:
    subject = message.partition("\n")[0].strip()
    merged = next(filter(None, (form.match(subject) for form in _MERGED)), None)
    named = merged.groupdict() if merged else {}
    branch = named.get("branch")
    if subject.startswith("calibration: ") or is_no_work(branch or ""):
        return
    sd, _ = reading.attribution.said(branch)
    if sd:
        yield sd
    elif reading.numbers:
        squashed = _NUMBER.search(subject)
        yield from filter(None, (named.get("number"), squashed[1] if squashed else None))
