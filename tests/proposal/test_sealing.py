"""What a forge made again is what was built, or it is not pushed; what the branch holds already is reused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.errors import BotError, GateRefusal
from bot.forge.protocol import Blueprint, NoPullRequests
from bot.git.history import Commit, Identity
from bot.git.repository import Repository
from bot.proposal.decision import Wanted
from bot.proposal.ownership import BranchState, Hand, Pushed, by_github
from bot.proposal.sealing import reused, sealed
from bot.wording.commit_messages import change_label
from tests.support.proposals import BOT, CHANGE, IDENTITY, TABLE, wanted
from tests.support.repositories import START, Workshop

APPS = Identity(BOT, f"41898282+{BOT}@users.noreply.github.com")
GITHUB = Identity("GitHub", "noreply@github.com")
FILE = "config/overrides.toml"
MESSAGE = (
    f"subject\n\nCalibration-Week: 2025-W49\nCalibration-Change: {change_label(CHANGE)}\n"
    f"Calibration-Inputs: {'ab' * 32}"
)


@dataclass
class Maker(NoPullRequests):
    """A forge that makes one commit in git itself, not always the one asked for."""

    repository: Repository
    parent: str
    author: Identity = APPS
    committer: Identity = GITHUB
    change: Callable[[str], str] = str
    """What it makes of the message."""
    content: bytes = TABLE
    between: bool = False
    """Whether there is a commit of nobody's below it."""
    asked: list[tuple[Sequence[Blueprint], str]] = field(default_factory=list)

    def sign(self, blueprints: Sequence[Blueprint], branch: str) -> tuple[str, ...]:
        self.asked.append((blueprints, branch))
        said = self.change(blueprints[-1].message)
        parent = self.parent
        if self.between:
            parent = self.repository.commit(parent, {"theirs": b"x"}, "theirs", self.author, START)
        made = self.repository.commit(parent, {FILE: self.content}, said, self.author, START)
        raw = self.repository.check("cat-file", "commit", made).out.decode()
        head, _, rest = raw.partition("committer ")
        _, _, below = rest.partition("\n")
        names = f"committer {self.committer.name} <{self.committer.email}> {START + 9} +0000\n"
        new = head + names + "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n " + "-----END\n" + below
        fed = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
        return (self.repository.check(*fed, feed=new.encode()).text,)


@pytest.fixture
def repository(work: Workshop) -> Iterator[Repository]:
    with Repository.open(work.path) as opened:
        yield opened


def want(repository: Repository, judge: Callable[[Sequence[str]], None] | None) -> Wanted:
    base = repository.base()
    head = repository.commit(base.commit, {FILE: TABLE}, f"{MESSAGE}\n", IDENTITY, START)
    return wanted(head=head, judge=judge)


def maker(repository: Repository, **how: object) -> Maker:
    return replace(Maker(repository, repository.base().commit), **how)


def test_what_came_back_is_judged_and_is_the_new_head(repository: Repository) -> None:
    """Signature included; the blueprint says what to change and what has to come of it."""
    judged: list[str] = []
    plain, forge = want(repository, judged.extend), maker(repository)
    done = sealed(forge, repository, repository.base(), plain)
    ((blueprint,), beside) = forge.asked[0]
    assert judged == [done.head] != [plain.head]
    assert (blueprint.message, dict(blueprint.files)) == (MESSAGE, {FILE: ("100644", TABLE)})
    assert beside == f"calibration/signing/{'ab' * 6}"
    (commit,) = repository.commits_between(repository.base().commit, str(done.head))
    assert (commit.tree, commit.message) == (blueprint.tree, MESSAGE)
    assert (commit.inputs, commit.committer) == ("ab" * 32, GITHUB)


def test_where_nothing_is_written_all_stays_as_it_was_built(repository: Repository) -> None:
    plain = want(repository, lambda shas: None)
    assert sealed(NoPullRequests(), repository, repository.base(), plain) == plain


def test_without_signing_nobody_is_asked(repository: Repository) -> None:
    plain, forge = want(repository, None), maker(repository)
    assert sealed(forge, repository, repository.base(), plain) == plain
    assert forge.asked == []


@pytest.mark.parametrize(
    "how",
    [
        {"content": b"other\n"},
        {"change": lambda message: message.replace("subject", "other")},
        {"change": lambda message: message.partition("\n\n")[0]},
        {"author": Identity("Mallory", "mallory@example.org")},
        {"committer": Identity("Mallory", "mallory@example.org")},
        {"change": lambda message: f"{message} "},
        {"between": True},
    ],
    ids=[
        "other files",
        "another subject",
        "no trailers",
        "another author",
        "not by GitHub",
        "a blank more",
        "another parent",
    ],
)
def test_other_commits_than_those_asked_for_are_not_pushed(
    how: dict[str, object], repository: Repository
) -> None:
    plain, forge = want(repository, lambda shas: None), maker(repository, **how)
    with pytest.raises(BotError, match="other commits than those asked for"):
        sealed(forge, repository, repository.base(), plain)


def test_a_gate_refuses_what_came_back_as_it_would_what_was_built(repository: Repository) -> None:
    def refuse(shas: Sequence[str]) -> None:
        raise GateRefusal("below the floor")

    with pytest.raises(GateRefusal, match="below the floor"):
        sealed(maker(repository), repository, repository.base(), want(repository, refuse))


@pytest.mark.parametrize(
    ("how", "is_reused"),
    [
        ({}, True),
        ({"committer": APPS}, False),
        ({"content": b"other\n"}, False),
        ({"change": lambda message: message.replace("ab", "cd")}, False),
    ],
    ids=["signed", "the same, not by GitHub", "other files", "other inputs"],
)
def test_an_equal_head_that_github_signed_is_reused(
    how: dict[str, object], is_reused: bool, repository: Repository
) -> None:
    plain, base = want(repository, lambda shas: None), repository.base()
    (head,) = maker(repository, **how).sign([Blueprint("", "", MESSAGE, {})], "")
    there = tuple(Pushed(one, CHANGE) for one in repository.commits_between(base.commit, head))
    found = reused(repository, base, plain, BranchState(head, there, TABLE))
    assert found.head == (head if is_reused else plain.head)


PEOPLES = Identity("Ada", "ada@example.org")


@pytest.mark.parametrize(
    ("login", "author", "committer", "is_ours"),
    [
        (BOT, APPS, GITHUB, True),
        (
            "My-App[bot]",
            Identity("my-app[bot]", "7+my-app[bot]@users.noreply.ghe.example"),
            GITHUB,
            True,
        ),
        (BOT, APPS, Identity("GitHub Enterprise", "noreply@ghe.example"), True),
        (BOT, Identity(BOT, "7+other[bot]@users.noreply.github.com"), GITHUB, False),
        (BOT, PEOPLES, GITHUB, False),
        (BOT, IDENTITY, GITHUB, False),
        (BOT, APPS, APPS, False),
        ("ada", PEOPLES, GITHUB, True),
        ("ada", PEOPLES, PEOPLES, False),
        ("ada", IDENTITY, GITHUB, False),
    ],
    ids=[
        *(
            "an App",
            "any spelling, any server",
            "GitHub Enterprise",
            "another App",
            "a person there",
        ),
        *(
            "rebased there",
            "pushed by an App",
            "a person's token",
            "a person",
            "rebased by a person",
        ),
    ],
)
def test_github_has_made_a_commit_for_the_bot_where_committer_and_address_say_so(
    login: str, author: Identity, committer: Identity, is_ours: bool
) -> None:
    one = Commit("a" * 40, author, committer, "2025-W49", "ab" * 32)
    assert by_github(one, Hand(IDENTITY, login)) is is_ours
