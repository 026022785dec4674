"""Pull requests with every fact and every combination that changes a row, and the rows that they come to.

Each is of an SD of its own, `SD-<number>`, in which every agent of a rule ran: who has no fault, passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.forge.memory import Memory, Shown, instant, sha_of
from tests.support.github_desk import CELLS, FORK, GitHubDesk

ISSUE, RED = "API/EXEC issue", "TESTING/EXEC rework tool-use"
TAKEN_BACK, GIVEN_UP, LABELLED = "DESIGN/EXEC rework", "RISK/PLAN rework", "DATABASE/EXEC rework"
SAID = "RISK/EXEC rework flaky-test"
OUTSIDER = "by somebody without write access"
AUTHOR, APP, GONE = "by the author of the pull request", "by a bot", "by a deleted user"
UNKNOWN = "by somebody whose permission GitHub does not tell"
NO_SD = "belongs to no SD: add an SD: trailer, or a pattern to the policy's [[imports.branches]]"


@dataclass(frozen=True)
class Case:
    """One pull request."""

    name: str
    build: Callable[[Memory, Shown], object]
    """What happens to it, beside being merged."""
    rows: Sequence[str] = ()
    """Rows but passes, as `AGENT/PHASE rework cause`."""
    left: Sequence[str] = ()
    """Reasons of what is left out."""
    silent: Sequence[str] = ()
    """Agents that have neither a fault nor a pass."""
    of: dict[str, Any] = field(default_factory=dict)
    """What the pull request is told to be."""
    sd: str | None = "SD"
    """None where it belongs to none."""


def nothing(memory: Memory, pull: Shown) -> None:
    """Nothing else happens."""


def reviewed(by: str | None = "ria", state: str = "CHANGES_REQUESTED") -> Any:
    """Somebody reviews it."""
    return lambda memory, pull: memory.review(pull, by, state)


def labelled(by: str | None = "ria", name: str = "rework-db") -> Any:
    """Somebody puts a label on."""
    return lambda memory, pull: memory.label(pull, name, by)


def said(body: str, by: str | None = "ria", edited: int | None = None) -> Any:
    """Somebody comments."""
    return lambda memory, pull: memory.comment(pull, body, by, edited=edited)


def ran(*verdicts: str | None, name: str = "e2e (x)") -> Any:
    """A check runs on its head, again and again."""

    def build(memory: Memory, pull: Shown) -> None:
        sha = sha_of(f"head of {pull['number']}")
        memory.push(pull, sha)
        for minute, verdict in enumerate(verdicts):
            memory.check(sha, verdict, name, at=100 + minute)

    return build


def status(*states: str) -> Any:
    """A status of its head says one thing after the other."""

    def build(memory: Memory, pull: Shown) -> None:
        sha = sha_of(f"head of {pull['number']}")
        memory.push(pull, sha)
        for state in states:
            memory.status(sha, state)

    return build


def closed(by: str | None = "ria", *more: Any) -> Any:
    """Somebody closes it."""

    def build(memory: Memory, pull: Shown) -> None:
        for other in more:
            other(memory, pull)
        memory.close(pull, by)

    return build


def all_of(*builds: Any) -> Any:
    """Everything happens to one."""
    return lambda memory, pull: [build(memory, pull) for build in builds]


def dismissed(state: str) -> Any:
    """A review that was dismissed afterwards, by the author."""
    return lambda memory, pull: memory.dismiss(pull, memory.review(pull, "ria", state))


def on_several_heads(memory: Memory, pull: Shown) -> None:
    """Red on the first, green on the next."""
    shas = [sha_of(f"{pull['number']} {n}") for n in range(2)]
    memory.push(pull, *shas)
    memory.check(shas[0], "FAILURE")
    memory.check(shas[1], "SUCCESS", at=160)


def pushed_over(memory: Memory, pull: Shown) -> None:
    """Red on a head that is no commit of the pull request any more."""
    memory.push(pull, sha_of(f"{pull['number']} now"))
    memory.push_over(pull, sha_of(f"{pull['number']} lost"))
    memory.check(sha_of(f"{pull['number']} lost"))
    memory.check(sha_of(f"{pull['number']} now"), "SUCCESS", at=170)


def beneath(memory: Memory, pull: Shown) -> None:
    """Red on a head beneath the one that was pushed over."""
    memory.push_over(pull, sha_of(f"{pull['number']} lost"), sha_of(f"{pull['number']} before"))
    memory.check(sha_of(f"{pull['number']} before"))
    memory.check(sha_of(f"{pull['number']} lost"), "SUCCESS", at=170)


def in_two_suites(memory: Memory, pull: Shown) -> None:
    """Green in one app's checks, red in another's of another name."""
    sha = sha_of(f"head of {pull['number']}")
    memory.push(pull, sha)
    memory.check(sha, "SUCCESS", "e2e (a)", suite="one")
    memory.check(sha, "FAILURE", "e2e (b)", suite="two")


CLOSED = {"merged": False}
GIVEN = {"silent": ["RISK"], "of": CLOSED}
MEMBERS_FORK = {"headRepository": {"nameWithOwner": "ada/widget"}}
QUOTED = "> /rework RISK/EXEC\n\n```\n/rework RISK/EXEC\n```\n\nSay /rework RISK/EXEC"
EVERYTHING = all_of(reviewed(), labelled(), ran("FAILURE"), said("/rework RISK/EXEC flaky-test"))
BAD_END = closed("ria", reviewed(), ran("FAILURE"))
UNMERGED = "a pull request by an outsider that nobody merged"
DESCRIPTION = "trailers in the description are its author's word on their own work"
CASES = (
    Case("merged", nothing),
    Case("changes requested", reviewed(), [ISSUE]),
    Case("approved", reviewed(state="APPROVED")),
    Case("commented", reviewed(state="COMMENTED")),
    Case("requested, dismissed later", dismissed("CHANGES_REQUESTED"), [ISSUE]),
    Case("approved, dismissed later", dismissed("APPROVED")),
    Case("requested twice", all_of(reviewed(), reviewed("wim")), [ISSUE]),
    Case("requested by write", reviewed("wim"), [ISSUE]),
    Case("requested by admin", reviewed("amy"), [ISSUE]),
    Case("requested by a login in capitals", reviewed("RIA"), [ISSUE]),
    Case("requested by read", reviewed("rob"), left=[f"changes-requested {OUTSIDER}"]),
    Case("requested by triage", reviewed("tom"), left=[f"changes-requested {OUTSIDER}"]),
    Case("requested by an outsider", reviewed("eve"), left=[f"changes-requested {OUTSIDER}"]),
    Case("requested by nobody known", reviewed("who"), left=[f"changes-requested {UNKNOWN}"]),
    Case("requested by a bot", reviewed("labeler[bot]"), left=[f"changes-requested {APP}"]),
    Case("requested by a deleted user", reviewed(None), left=[f"changes-requested {GONE}"]),
    Case("requested by the author", reviewed("ada"), left=[f"changes-requested {AUTHOR}"]),
    Case("red", ran("FAILURE"), [RED]),
    Case("too long", ran("TIMED_OUT"), [RED]),
    Case("green", ran("SUCCESS")),
    Case("cancelled", ran("CANCELLED")),
    Case("skipped", ran("SKIPPED")),
    Case("broken by itself", ran("STARTUP_FAILURE", "ACTION_REQUIRED", "STALE")),
    Case("still running", ran(None)),
    Case("red, green when it ran again", ran("FAILURE", "SUCCESS"), [RED]),
    Case("green, red when it ran again", ran("SUCCESS", "FAILURE")),
    Case("cancelled, then red", ran("CANCELLED", "FAILURE"), [RED]),
    Case("another check red", ran("FAILURE", name="lint")),
    Case("red on its first head", on_several_heads, [RED]),
    Case("red on a head pushed over", pushed_over, [RED]),
    Case("red beneath a head pushed over", beneath, [RED]),
    Case("red in one of two suites", in_two_suites, [RED]),
    Case("red status", status("PENDING", "FAILURE"), [RED]),
    Case("broken status", status("ERROR")),
    Case("green status", status("SUCCESS")),
    Case("label", labelled(), [LABELLED]),
    Case("another label", labelled(name="bug")),
    Case("label twice", all_of(labelled(), labelled(name="rework-2")), [LABELLED]),
    Case("label by an action", labelled("labeler[bot]"), left=[f"label rework-db {APP}"]),
    Case("label by the author", labelled("ada"), left=[f"label rework-db {AUTHOR}"]),
    Case("label by read", labelled("rob"), left=[f"label rework-db {OUTSIDER}"]),
    Case("label by a deleted user", labelled(None), left=[f"label rework-db {GONE}"]),
    Case("/rework", said("/rework RISK/EXEC flaky-test so it is"), [SAID]),
    Case("/issue", said("Thanks\r\n/issue API/EXEC\r\n"), [ISSUE]),
    Case("/passed", said("/passed RISK/EXEC"), ["RISK/EXEC passed"]),
    Case("two commands", said("/rework RISK/EXEC flaky-test\n/issue API/EXEC"), [SAID, ISSUE]),
    Case("quoted", said(QUOTED)),
    Case("edited", said("/rework RISK/EXEC", edited=310), left=[
        "/rework in a comment that was edited; write another one"
    ]),
    Case("/rework by the author", said("/rework RISK/EXEC", "ada"), left=[f"/rework {AUTHOR}"]),
    Case("/rework by read", said("/rework RISK/EXEC", "rob"), left=[f"/rework {OUTSIDER}"]),
    Case("/rework by an outsider", said("/rework RISK/EXEC", "eve"), left=[f"/rework {OUTSIDER}"]),
    Case("/rework by a bot", said("/rework RISK/EXEC", "labeler[bot]"), left=[f"/rework {APP}"]),
    Case("/rework by a deleted user", said("/rework RISK/EXEC", None), left=[f"/rework {GONE}"]),
    Case("closed", closed(), [GIVEN_UP], of=CLOSED),
    Case("closed by the author", closed("ada"), left=[f"closed-unmerged {AUTHOR}"], **GIVEN),
    Case("closed by a bot", closed("labeler[bot]"), left=[f"closed-unmerged {APP}"], **GIVEN),
    Case("closed by read", closed("rob"), left=[f"closed-unmerged {OUTSIDER}"], **GIVEN),
    Case("closed, red, requested", BAD_END, [ISSUE, RED, GIVEN_UP], of=CLOSED),
    Case("everything", EVERYTHING, [ISSUE, LABELLED, RED, SAID]),
    Case("a member's fork, red", ran("FAILURE"), silent=["TESTING"], of=MEMBERS_FORK),
    Case("a fork that is gone, red", ran("FAILURE"), silent=["TESTING"], of={"headRepository": None}),
    Case("an outsider's fork, merged", reviewed(), left=[f"changes-requested: {NO_SD}"], of=FORK, sd=None),
    Case("an outsider's fork, closed", BAD_END, left=[UNMERGED], of={**FORK, **CLOSED}, sd=None),
    Case("an app's branch here", reviewed(), [ISSUE], of={"by": "coder[bot]"}),
    Case("a deleted author's branch here", reviewed(), [ISSUE], of={"by": None}),
    Case("no SD", reviewed(), left=[f"changes-requested: {NO_SD}"], of={"branch": "x"}, sd=None),
    Case("SD in a trailer", reviewed(), [ISSUE], of={"branch": "x", "body": "What\r\n\r\nsd: SD-{number}"}),
    Case("Rework in a trailer", reviewed(), [ISSUE], [DESCRIPTION], of={"body": "Rework: RISK/EXEC\n"}),
    Case("a draft's branch", nothing, of={"branch": "SD-{number}"}),
    Case("into another branch", reviewed(), of={"baseRefName": "release"}, sd=None),
    Case("a calibration", reviewed(), of={"branch": "calibration/weekly"}, sd=None),
)  # fmt: skip


def build_all(shop: GitHubDesk) -> list[str]:
    """Make every case happen; the rows that they come to, sorted, as `SD AGENT/PHASE rework cause`."""
    rows: list[str] = []
    for number, case in enumerate(CASES, start=1):
        told = {
            key: value.format(number=number) if isinstance(value, str) else value
            for key, value in {"branch": f"SD-{number}-x", **case.of}.items()
        }
        pull = shop.memory.pull(number=number, at=instant(600 + number), **told)
        case.build(shop.memory, pull)
        rows += expected(case, f"SD-{number}")
    shop.ran(*(f"SD-{number}" for number in range(1, len(CASES) + 1)))
    return sorted(rows)


def expected(case: Case, sd: str) -> list[str]:
    """The rows of a case: its own, and passes of who has no fault."""
    if case.sd is None:
        return []
    faulty = {row.partition(" ")[0] for row in case.rows}
    passed = [
        f"{agent}/{phase} passed"
        for agent, phase in CELLS.items()
        if agent not in case.silent and f"{agent}/{phase}" not in faulty
    ]
    return [f"{sd} {row}" for row in (*case.rows, *passed)]


def reasons() -> list[str]:
    """Why things are left out, of all cases, sorted."""
    return sorted(reason for case in CASES for reason in case.left)
