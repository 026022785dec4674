"""Acting people change git and the API together, as on GitHub, and leave no trace in the log."""

from __future__ import annotations

import pytest

from tests.support.forge.host import Host
from tests.support.forge.people import MergeMethod
from tests.testbed.client import ask


@pytest.fixture
def proposed(host: Host) -> Host:
    """A repository with pull request 1 of branch `bot/topic`, two commits."""
    host.seed({"a.txt": "one\n"})
    host.people.commit("bot/topic", {"b.txt": "first\n"}, "First", start="main")
    host.people.commit("bot/topic", {"c.txt": "second\n"}, "Second")
    assert host.people.open_pull("bot/topic", title="Both") == 1
    return host


@pytest.mark.parametrize(
    ("method", "subjects"),
    [
        pytest.param("merge", ["Merge pull request #1 from acme/bot/topic"], id="merge"),
        pytest.param("squash", ["Both (#1)"], id="squash"),
        pytest.param("rebase", ["Second", "First"], id="rebase"),
    ],
)
def test_a_pull_request_is_merged_by_each_button(
    proposed: Host, method: MergeMethod, subjects: list[str]
) -> None:
    """Real commits on base, also when base has moved; the pull request says merged, and by which."""
    moved = proposed.people.commit("main", {"d.txt": "meanwhile\n"})
    head = proposed.repository.heads()["bot/topic"]
    sha = proposed.people.merge(1, method)

    git = proposed.repository.git
    assert git("log", "--first-parent", "--format=%s", f"{moved}..main").splitlines() == subjects
    assert git("ls-tree", "--name-only", "main").split() == ["a.txt", "b.txt", "c.txt", "d.txt"]
    shown = proposed.pull(1)
    assert (shown["merged"], shown["merge_commit_sha"], shown["head"]["sha"]) == (True, sha, head)
    assert proposed.repository.heads()["main"] == sha
    assert ask(proposed, "GET", "/repos/acme/widget/git/ref/heads/main")[1]["object"]["sha"] == sha


def test_a_merge_by_push_is_noticed(proposed: Host) -> None:
    """Base reaches the head without a button: GitHub shows the pull request as merged."""
    proposed.people.force_branch("main", proposed.repository.heads()["bot/topic"])
    assert proposed.pull(1)["merged"] is True


def test_a_head_put_back_to_base_closes_the_pull_request(proposed: Host) -> None:
    """Nothing left to merge is closed, not merged."""
    proposed.people.force_branch("bot/topic", proposed.repository.heads()["main"])
    assert (proposed.pull(1)["state"], proposed.pull(1)["merged"]) == ("closed", False)


def test_closing_reopening_and_editing(proposed: Host) -> None:
    """State and texts are as the person left them."""
    proposed.people.close(1)
    assert proposed.pull(1)["state"] == "closed"
    proposed.people.reopen(1)
    proposed.people.edit(1, title="Renamed", body="By hand")
    shown = proposed.pull(1)
    assert (shown["state"], shown["title"], shown["body"]) == ("open", "Renamed", "By hand")


def test_deleting_the_branch_closes_the_pull_request_for_good(proposed: Host) -> None:
    """It cannot be reopened until the branch is back."""
    head = proposed.repository.heads()["bot/topic"]
    proposed.people.delete_branch("bot/topic")
    assert (proposed.pull(1)["state"], proposed.pull(1)["head"]["sha"]) == ("closed", head)
    patch = ("PATCH", "/repos/acme/widget/pulls/1", {"state": "open"})
    assert ask(proposed, *patch)[0] == 422
    proposed.people.commit("bot/topic", {"b.txt": "back\n"}, start=head)
    assert ask(proposed, *patch)[0] == 200


def test_renaming_the_base_takes_the_pull_request_along(proposed: Host) -> None:
    """The new name is the default branch; the old one is gone."""
    proposed.people.rename_branch("main", "trunk")
    assert proposed.pull(1)["base"]["ref"] == "trunk"
    assert proposed.pull(1)["state"] == "open"
    assert ask(proposed, "GET", "/repos/acme/widget")[1]["default_branch"] == "trunk"
    assert set(proposed.repository.heads()) == {"trunk", "bot/topic"}


def test_retargeting_and_drafting(proposed: Host) -> None:
    """Another base, and a draft, which cannot be merged."""
    proposed.people.commit("release", {"r.txt": "r\n"}, start="main")
    proposed.people.retarget(1, "release")
    proposed.people.convert_to_draft(1)
    shown = proposed.pull(1)
    assert (shown["base"]["ref"], shown["draft"]) == ("release", True)
    assert ask(proposed, "PUT", "/repos/acme/widget/pulls/1/merge", {})[0] == 405


def test_comments_are_kept_with_their_author(proposed: Host) -> None:
    """A person's and a stranger's."""
    proposed.people.comment(1, "Why?")
    proposed.people.comment(1, "Hello", login="stranger")
    told = [(item["user"]["login"], item["body"]) for item in proposed.people.comments(1)]
    assert told == [("reviewer", "Why?"), ("stranger", "Hello")]


def test_a_fork_may_use_the_same_branch_name(proposed: Host) -> None:
    """Two open pull requests, told apart by the head's owner only."""
    number = proposed.people.open_pull_from_fork("bot/topic")
    shown = proposed.pull(number)
    assert shown["head"]["label"] == "stranger:bot/topic"
    assert shown["head"]["repo"]["full_name"] == "stranger/widget"
    assert shown["changed_files"] == 1
    own = ask(proposed, "GET", "/repos/acme/widget/pulls?head=acme:bot/topic")[1]
    assert [pull["number"] for pull in own] == [1]
    fork = proposed.api.repository("stranger/widget")
    assert proposed.people.merge(number)
    assert proposed.repository.contains(fork.heads()["bot/topic"], "main")


def test_people_leave_no_trace_in_the_log(proposed: Host) -> None:
    """The log holds the program under test only."""
    assert proposed.log == []
