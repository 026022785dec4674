"""Issue 13, item 4: the lifecycle in signed and unsigned mode, with GITHUB_TOKEN, personal token and App.

Here one story a way; every row of the table in every way is the stress half of the lifecycle's own tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.support.forge import faults
from tests.support.forge.faults import Fault, calls
from tests.support.forge.host import Host
from tests.support.forge.wire import GRAPHQL, Request
from tests.support.scene import FIRST, later
from tests.support.teams import POLICY, WEEKLY, cell, policy
from tests.support.ways import WAYS, Way
from tests.support.weekly import MUTATION, Weekly, is_making, weekly

CREATED = [
    f"push {WEEKLY}",
    "POST /pulls",
    "POST /issues/1/labels",
    "POST /pulls/1/requested_reviewers",
]
MORE = later(cell(3, 5, "API"))
SIGNED = [way for way in WAYS if way.signed]
PERSON = next(way for way in SIGNED if way.name == "personal token")
Make = Callable[[Way], Weekly]


@pytest.fixture
def make(
    host: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Make:
    """Makes the repository, the first week logged, where the bot acts in some way."""

    def build(way: Way) -> Weekly:
        found = weekly(host, tmp_path / "clone", monkeypatch, capsys, **way.settings)
        way.sign_in(found)
        found.log(FIRST)
        return found

    return build


def verified(bot: Weekly) -> list[bool]:
    """Whether GitHub calls each commit of the branch verified, oldest first."""
    repository = bot.host.repository
    listed = repository.git("rev-list", "--reverse", f"main..{WEEKLY}").split()
    bench = bot.host.api.workbench(repository.full_name)
    return [bench.verification(sha)["verified"] for sha in listed]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS[1:], ids=str)
def test_a_pull_request_lives_the_same_life_in_every_way(way: Way, make: Make) -> None:
    bot = make(way)
    first = bot()
    assert (first.code, first.writes, bool(first.making)) == (0, CREATED, way.signed)
    assert (bot.pull()["user"]["login"], bot.branches) == (way.login, [WEEKLY, "main"])
    assert verified(bot) == [way.signed]
    assert bot.marker().head == bot.heads[WEEKLY] == first.document["changes"][0]["commit"]
    again = bot()
    assert (again.action, again.writes, again.making) == ("none", [], [])
    bot.log(MORE)
    more = bot.again()
    assert (more.code, more.writes) == (0, [f"push {WEEKLY}", "PATCH /pulls/1"])
    assert (verified(bot), bot.proposed()) == ([way.signed] * 2, ["API/EXEC", "TESTING/EXEC"])
    assert bot.again().writes == []
    assert bot.branches == [WEEKLY, "main"]


@pytest.mark.slow
@pytest.mark.parametrize("way", SIGNED, ids=str)
def test_what_github_does_not_sign_is_not_pushed_and_told(way: Way, make: Make) -> None:
    """No branch is left behind, and no pull request is opened."""
    bot = make(way)
    bot.host.api.workbench("acme/widget").signs = False
    done = bot()
    assert (done.code, bot.pulls, bot.branches) == (1, [], ["main"])
    assert "GitHub did not sign the commit it made (unsigned), so nothing was pushed" in done.err
    assert all(map(is_making, done.writes))
    bot.host.api.workbench("acme/widget").signs = True
    assert bot().writes == CREATED


@pytest.mark.slow
def test_a_person_over_rest_would_not_be_signed_so_the_mutation_is_used(make: Make) -> None:
    """One branch of the bot's own, for as long as it takes."""
    bot = make(PERSON)
    done = bot()
    opened, made, gone = done.making
    beside = gone.removeprefix("DELETE /git/refs/heads/")
    assert (opened, made) == ("POST /git/refs", MUTATION)
    assert re.fullmatch(r"calibration/signing/[0-9a-f]{12}", beside)
    committed = bot.host.repository.git("log", "-1", "--format=%an %cn <%ce>", WEEKLY)
    assert committed == "calibrator GitHub <noreply@github.com>"


@pytest.mark.slow
def test_an_app_gives_no_author_so_that_github_signs(make: Make) -> None:
    bot = make(SIGNED[0])
    done = bot()
    assert done.making == ["POST /git/blobs", "POST /git/trees", "POST /git/commits"]
    said = [one.request.json for one in done.exchanges if one.request.path.endswith("/git/commits")]
    assert [{*one} for one in said] == [{"message", "tree", "parents"}]


@pytest.mark.slow
def test_a_head_that_github_signed_is_reused_by_the_run_that_heals(make: Make) -> None:
    bot = make(SIGNED[0])
    bot.host.faults.when(calls("POST", "/pulls"), faults.actions_may_not_open_pull_requests())
    assert bot().code == 4
    head = bot.heads[WEEKLY]
    healed = bot()
    assert (healed.action, healed.writes, healed.making) == ("create", CREATED[1:], [])
    assert bot.heads[WEEKLY] == bot.marker().head == head


@pytest.mark.stress
@pytest.mark.slow
@pytest.mark.parametrize("way", SIGNED, ids=str)
def test_unsigned_commits_of_an_open_pull_request_are_replaced_once(way: Way, make: Make) -> None:
    bot = make(replace(way, signed=False))
    bot()
    bot.commit({POLICY: policy(reviewers='["reviewer"]', **way.settings)}, "Sign")
    done = bot()
    assert (done.writes, verified(bot)) == ([f"push {WEEKLY}", "PATCH /pulls/1"], [True])
    assert "the commits of #1 are not signed, so it is rebuilt" in done.out
    assert bot().writes == []


@pytest.mark.stress
@pytest.mark.slow
def test_signed_commits_stay_where_signing_is_not_asked_for_any_more(make: Make) -> None:
    bot = make(SIGNED[0])
    bot()
    head = bot.heads[WEEKLY]
    settings = replace(SIGNED[0], signed=False).settings
    bot.commit({POLICY: policy(reviewers='["reviewer"]', **settings)}, "Do not sign")
    assert (bot().writes, bot.heads[WEEKLY]) == (["PATCH /pulls/1"], head)
    assert bot().writes == []


@pytest.mark.stress
@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "ending", "fault"),
    [
        ("POST", "/graphql", faults.dropped().after()),
        ("POST", "/graphql", faults.server_error(502)),
        ("POST", "/git/refs", faults.dropped().after()),
        ("DELETE", "", faults.dropped().after()),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_answer_that_is_lost_while_commits_are_made_costs_nothing(
    method: str, ending: str, fault: Fault, make: Make
) -> None:
    bot = make(PERSON)
    bot.host.faults.when(
        lambda request: request.method == method and request.path.endswith(ending), fault
    )
    done = bot()
    assert (done.code, done.writes, bot.branches) == (0, CREATED, [WEEKLY, "main"])
    assert verified(bot) == [True]


@pytest.mark.stress
@pytest.mark.slow
def test_a_commit_that_github_does_not_show_at_once_is_waited_for(make: Make) -> None:
    bot = make(PERSON)
    lag = partial(bot.host.stale.after_next_write, 2)
    bot.host.before.append(lambda request: request.path == GRAPHQL and lag())
    done = bot()
    assert (done.code, done.writes, verified(bot)) == (0, CREATED, [True])


@pytest.mark.stress
@pytest.mark.slow
def test_what_a_killed_run_left_behind_is_used_and_gone_after_the_next(make: Make) -> None:
    bot = make(PERSON)
    refused = faults.forbidden("contents=write")
    bot.host.faults.when(lambda request: request.method == "DELETE", refused)
    assert bot().code == 1
    (left,) = {*bot.branches} - {"main"}
    assert left.startswith("calibration/signing/")
    assert (bot().writes, bot.branches) == (CREATED, [WEEKLY, "main"])


@pytest.mark.stress
@pytest.mark.slow
def test_a_branch_that_moves_while_commits_are_made_is_not_overwritten(make: Make) -> None:
    bot = make(SIGNED[0])
    bot()
    bot.log(MORE)
    theirs: list[str] = []

    def hook(request: Request) -> None:
        if request.path.endswith("/git/commits") and not theirs:
            theirs.append(bot.push({"NOTES.md": "mine\n"}))

    bot.host.before.append(hook)
    done = bot.again()
    assert (done.code, bot.heads[WEEKLY]) == (1, theirs[0])
    assert "moved meanwhile" in done.err


def test_a_dry_run_makes_no_commit_and_names_none(make: Make) -> None:
    done = make(SIGNED[0])("--dry-run")
    assert (done.code, done.writes, done.action) == (0, [], "create")
    assert done.document["changes"][0]["commit"] is None
