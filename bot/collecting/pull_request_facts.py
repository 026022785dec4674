"""Facts of pull requests: what GitHub shows, by the rules of who speaks (SPEC § 6a). Pure.

In: pull requests, permissions, how the policy reads them. Out: `Harvest`. Open pull requests say nothing yet,
those of outsiders that nobody let in never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.collecting.fact_records import Fact, Harvest, LeftOut, Settled, Spoken
from bot.collecting.landed_facts import NO_SD
from bot.collecting.messages import FENCE_LINE, Reading, is_no_work
from bot.collecting.speaking import Permissions
from bot.collecting.spoken import (
    SPOKEN,
    further_items,
    named_items,
    plain_text,
    word_of,
    work_item,
)
from bot.evidence.events import BadValue
from bot.forge.pull_requests import Actor, CheckVerdict, Comment, PullRecord
from bot.policy.collect_rules import CollectRule, When

LONGEST_COMMENT = 65_536
"""Characters of a comment; GitHub takes no more."""
_COMMAND = re.compile(r"^/(rework|issue|passed)(?:[ \t]+(.*))?$")
_FAILED, _PASSED = frozenset({"failure", "timed_out"}), frozenset({"success"})
"""Verdicts on the work; a check that was cancelled, skipped or broke by itself gave none."""
_SHOWN = frozenset({"changes-requested", "check-failed", "reverted", "closed-unmerged", "label"})


@dataclass(frozen=True)
class Court:
    """What pull requests are read by."""

    repository: str
    """`owner/name` of base."""
    permissions: Permissions
    reading: Reading
    rules: Sequence[CollectRule]
    """What the policy asks for: nothing else is looked at, nor anybody asked about."""

    def asks(self, when: When, name: str | None = None) -> bool:
        """Whether a rule means facts of a kind, by the name of the check or label."""
        return any(rule.means(when, name) for rule in self.rules)


def facts_of(pulls: Iterable[PullRecord], court: Court) -> Harvest:
    """Everything that pull requests say, in their order."""
    found = [_of(pull, court) for pull in pulls]
    return Harvest(
        tuple(fact for one in found for fact in one.facts),
        tuple(work for one in found for work in one.settled),
        tuple(left for one in found for left in one.left_out),
    )


def matched_globs(pulls: Iterable[PullRecord], rules: Sequence[CollectRule]) -> tuple[str, ...]:
    """Globs of rules that mean the name of any check, failed or not, or of any label; sorted."""
    named = {
        (when, name)
        for pull in pulls
        for when, names in (
            ("check-failed", [check.name for check in pull.checks]),
            ("label", [label.name for label in pull.labels]),
        )
        for name in names
    }
    globs = {
        rule.match
        for rule in rules
        if rule.match is not None and any(rule.means(when, name) for when, name in named)
    }
    return tuple(sorted(globs))


def shows_checks(pull: PullRecord, court: Court) -> bool:
    """Whether verdicts on its heads could say anything: on a fork's only where a rule looks at forks."""
    rules = [rule for rule in court.rules if rule.when == "check-failed"]
    looked_at = any(rule.forks for rule in rules) if _is_fork(pull, court) else bool(rules)
    return looked_at and pull.closed_at is not None and not is_no_work(pull.branch)


def to_be_asked(pulls: Iterable[PullRecord], court: Court) -> tuple[str, ...]:
    """Logins, in lower case and sorted, whose permission decides something; `court` may know none yet."""
    logins = {
        actor.login.lower()
        for pull in pulls
        for actor in _with_a_say(pull, court)
        if actor.login is not None and not actor.is_bot
    }
    return tuple(sorted(logins))


def _with_a_say(pull: PullRecord, court: Court) -> Iterator[Actor]:
    """Whose word counts if they may write; nobody's, where a pull request says nothing at all."""
    if pull.closed_at is None or is_no_work(pull.branch):
        return
    if _is_fork(pull, court):
        yield pull.by
    if pull.merged_at is None and court.asks("closed-unmerged"):
        yield pull.closed_by
    if court.asks("changes-requested"):
        yield from (review.by for review in pull.reviews if review.requested_changes)
    yield from (label.by for label in pull.labels if court.asks("label", label.name))
    yield from (comment.by for comment in pull.comments if any(_lines(comment.body)))


def _of(pull: PullRecord, court: Court) -> Harvest:
    settled_at = pull.merged_at if pull.merged_at is not None else pull.closed_at
    if settled_at is None or is_no_work(pull.branch):
        return Harvest((), (), ())
    if _is_outside(pull, court) and pull.merged_at is None:
        nobody = "a pull request by an outsider that nobody merged"
        return Harvest((), (), (LeftOut(nobody, pull.address),))
    sd = _work_item(pull, court)
    said = list(_said(pull, court))
    facts = [replace(fact, sd=sd or "") for fact in said if isinstance(fact, Fact)]
    left_out = [one for one in said if isinstance(one, LeftOut)]
    if sd is None:
        unplaced = (LeftOut(f"{fact.kind}: {NO_SD}", fact.place) for fact in facts)
        return Harvest((), (), (*left_out, *unplaced))
    seen = _SHOWN
    if pull.merged_at is None and court.permissions.silence(pull.closed_by, pull) is not None:
        seen -= {"closed-unmerged"}  # whoever gave up on it said nothing
    work = Settled(pull.node_id, sd, settled_at, pull.address, seen, _is_fork(pull, court))
    return Harvest(tuple(facts), (work,), tuple(left_out))


def _is_fork(pull: PullRecord, court: Court) -> bool:
    return (pull.head_repository or "").lower() != court.repository.lower()


def _is_outside(pull: PullRecord, court: Court) -> bool:
    """Whether what a pull request says of itself is an outsider's word: pushing here needs write access."""
    return _is_fork(pull, court) and not court.permissions.may_write(pull.by)


def _work_item(pull: PullRecord, court: Court) -> str | None:
    """Of its first `SD:` trailer, else of its branch, else its number; of an outsider's, its number alone."""
    outside = _is_outside(pull, court)
    named = [] if outside else [*named_items(pull.trailers)[:1], *_branch(pull, court)]
    numbers = [str(pull.number)] if court.reading.numbers else []
    for said in (*named, *numbers):
        try:
            return work_item(said)
        except BadValue:
            return None
    return None


def _branch(pull: PullRecord, court: Court) -> Iterator[str]:
    sd, _ = court.reading.attribution.said(pull.branch)
    yield from [sd] if sd else []


def _unused_trailers(pull: PullRecord, court: Court) -> Iterator[LeftOut]:
    """What trailers of the description say for nothing; where an outsider wrote it, no SD was looked for."""
    if not _is_outside(pull, court):
        for further in further_items(named_items(pull.trailers)):
            yield LeftOut(further, pull.address)
    for key, _ in pull.trailers:
        if key.lower() in SPOKEN:
            said = "trailers in the description are its author's word on their own work"
            yield LeftOut(said, pull.address)


def _said(pull: PullRecord, court: Court) -> Iterator[Fact | LeftOut]:
    """What it says, of an SD that is not known yet."""
    yield from _unused_trailers(pull, court)
    for review in pull.reviews:
        if review.requested_changes and court.asks("changes-requested"):
            fact = _fact(review.node_id, "changes-requested", review.at, review.address)
            yield _by(fact, review.by, pull, court)
    for check in _first_verdicts(pull.checks):
        if check.conclusion in _FAILED and court.asks("check-failed", check.name):
            fork = _is_fork(pull, court)
            fact = _fact(check.node_id, "check-failed", check.at, check.address)
            yield replace(fact, name=check.name, fork=fork)
    for label in pull.labels:
        if court.asks("label", label.name):
            fact = _fact(label.node_id, "label", label.at, pull.address)
            yield _by(replace(fact, name=label.name), label.by, pull, court)
    for comment in pull.comments:
        yield from _commands(comment, pull, court)
    yield from _end(pull, court)


def _end(pull: PullRecord, court: Court) -> Iterator[Fact | LeftOut]:
    """How it ended, and what came after."""
    asked = court.asks("closed-unmerged")
    if asked and pull.merged_at is None and pull.closed_at is not None:
        fact = _fact(pull.node_id, "closed-unmerged", pull.closed_at, pull.address)
        yield _by(fact, pull.closed_by, pull, court)
    if pull.merged_at is not None and court.asks("reverted"):
        for undoing in pull.undone:
            yield _fact(undoing.of, "reverted", undoing.at, undoing.address)


def _fact(of: str, kind: str, at: int, place: str) -> Fact:
    return Fact(of, kind, "", at, place)  # type: ignore[arg-type]  # the callers' literals


def _by(fact: Fact, actor: Actor, pull: PullRecord, court: Court) -> Fact | LeftOut:
    """A fact that somebody brought about, if they speak."""
    silent = court.permissions.silence(actor, pull)
    if silent is None:
        return fact
    named = "" if fact.name is None else f" {plain_text(fact.name)}"
    return LeftOut(f"{fact.kind}{named} {silent}", fact.place)


def _first_verdicts(checks: Sequence[CheckVerdict]) -> list[CheckVerdict]:
    """The first verdict of each check on each head: what passes when it runs again was red all the same."""
    first: dict[tuple[str, str], CheckVerdict] = {}
    for check in sorted(checks, key=lambda check: (check.at, check.node_id)):
        if check.conclusion in _FAILED | _PASSED:
            first.setdefault((check.head, check.name), check)
    return list(first.values())


def _commands(comment: Comment, pull: PullRecord, court: Court) -> Iterator[Fact | LeftOut]:
    """What the slash commands of a comment say; what an edited one said at first nobody knows."""
    commands = list(_lines(comment.body)) if len(comment.body) <= LONGEST_COMMENT else []
    silent = court.permissions.silence(comment.by, pull) if commands else None
    if commands and comment.edited:
        silent = silent or "in a comment that was edited; write another one"
    for kind, text in commands:
        if silent is not None:
            yield LeftOut(f"/{kind} {silent}", comment.address)
            continue
        try:
            word = word_of(kind, text, court.reading.listener)
        except BadValue as wrong:
            yield LeftOut(f"/{kind} {plain_text(text)!r} {wrong}", comment.address)
        else:
            fact = _fact(comment.node_id, kind, comment.at, comment.address)
            yield replace(fact, word=word)


def _lines(body: str) -> Iterator[tuple[Spoken, str]]:
    """Slash commands at the start of lines outside of code blocks; quoted lines start otherwise."""
    fenced = False
    for line in body.replace("\r\n", "\n").split("\n"):
        fenced ^= bool(FENCE_LINE.match(line))
        command = None if fenced else _COMMAND.match(line)
        if command:
            yield SPOKEN[command[1]], command[2] or ""
