"""The API half: stateful, on both shapes, with the emulator's gaps closed."""

from __future__ import annotations

import json

import github
import pytest

from tests.support.forge import tokens
from tests.support.forge.host import Host, Shape
from tests.support.forge.plugin import HostMaker
from tests.testbed.client import ask, pygithub

PULLS = "/repos/acme/widget/pulls"


@pytest.fixture
def proposed(host: Host) -> Host:
    """A repository with a branch that holds one change."""
    host.seed({"a.txt": "one\n", "b/c.txt": "two\n"})
    host.people.commit("bot/topic", {"a.txt": "changed\n"}, start="main")
    return host


def _wanted(**changed: object) -> dict[str, object]:
    return {"head": "bot/topic", "base": "main", "title": "Title", "body": "Body"} | changed


@pytest.mark.parametrize("host", Shape, indirect=True)
def test_a_pull_request_is_opened_found_and_changed(proposed: Host) -> None:
    """PyGithub works on both shapes; links lead to this host."""
    repo = pygithub(proposed).get_repo("acme/widget")
    pull = repo.create_pull(base="main", head="bot/topic", title="Title", body="Body")
    pull.edit(body="New body")
    found = list(repo.get_pulls(state="open", head="acme:bot/topic"))

    assert [(item.number, item.body, item.user.login) for item in found] == [
        (1, "New body", "calibrator")
    ]
    assert pull.head.sha == proposed.repository.heads()["bot/topic"]
    assert (pull.changed_files, pull.additions, pull.commits, pull.mergeable) == (1, 1, 1, True)
    assert pull.html_url == f"{proposed.url}/acme/widget/pull/1"
    assert pull.url == f"{proposed.api_url}{PULLS}/1"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"head": "missing"}, '"field": "head", "code": "invalid"', id="head"),
        pytest.param({"base": "missing"}, '"field": "base", "code": "invalid"', id="base"),
        pytest.param({"head": "same"}, "No commits between main and same", id="no-commits"),
        pytest.param({"head": "taken"}, "already exists for acme:taken.", id="duplicate"),
        pytest.param({"body": "x" * 65_537}, "body is too long", id="long-body"),
        pytest.param({"title": "x" * 257}, "title is too long", id="long-title"),
    ],
)
def test_github_would_not_open_this_pull_request(
    proposed: Host, changed: dict[str, object], words: str
) -> None:
    """422 in GitHub's words, and no pull request."""
    proposed.repository.set_head("same", proposed.repository.heads()["main"])
    proposed.people.commit("taken", {"d.txt": "d\n"}, start="main")
    proposed.people.open_pull("taken")
    status, body, _ = ask(proposed, "POST", PULLS, _wanted(**changed))
    assert status == 422
    assert words in json.dumps(body)
    assert len(proposed.pulls("all")) == 1


def test_lists_show_the_short_form_only(proposed: Host) -> None:
    """As on GitHub, a list item does not tell `merged` or `mergeable`: that costs a request."""
    proposed.people.open_pull("bot/topic")
    item = ask(proposed, "GET", PULLS)[1][0]
    assert "merged" not in item
    assert "mergeable" not in item
    assert item["merged_at"] is None


def test_the_head_follows_the_branch_and_stays_when_closed(proposed: Host) -> None:
    """Pushes move an open pull request's head; a closed one keeps its last."""
    number = proposed.people.open_pull("bot/topic")
    second = proposed.people.commit("bot/topic", {"a.txt": "again\n"})
    assert proposed.pull(number)["head"]["sha"] == second
    proposed.people.close(number)
    proposed.people.commit("bot/topic", {"a.txt": "third\n"})
    assert proposed.pull(number)["head"]["sha"] == second
    assert proposed.pull(number)["state"] == "closed"


def test_a_conflict_shows_in_mergeable(proposed: Host) -> None:
    """Computed by git's own merge."""
    number = proposed.people.open_pull("bot/topic")
    proposed.people.commit("main", {"a.txt": "other\n"})
    assert proposed.pull(number)["mergeable"] is False


@pytest.mark.parametrize(
    ("token", "status"),
    [
        pytest.param(None, 404, id="none"),
        pytest.param(tokens.WRONG, 401, id="wrong"),
        pytest.param(tokens.ACTIONS_READ_ONLY.value, 200, id="read-only"),
    ],
)
def test_reading_needs_a_known_token(proposed: Host, token: str | None, status: int) -> None:
    """The repository answers like a private one."""
    assert ask(proposed, "GET", PULLS, token=token)[0] == status


@pytest.mark.parametrize(
    ("token", "status", "header", "value"),
    [
        pytest.param(None, 401, "content-type", "application/json; charset=utf-8", id="none"),
        pytest.param(
            tokens.ACTIONS_READ_ONLY.value,
            403,
            "x-accepted-github-permissions",
            "pull_requests=write",
            id="actions-read",
        ),
        pytest.param(
            tokens.FINE_GRAINED_READ_ONLY.value,
            403,
            "x-accepted-github-permissions",
            "pull_requests=write",
            id="fine-grained-read",
        ),
        pytest.param(
            tokens.PAT_WITHOUT_SCOPES.value, 404, "x-accepted-oauth-scopes", "repo", id="no-scopes"
        ),
        pytest.param(tokens.PAT.value, 201, "x-oauth-scopes", "repo, workflow", id="classic"),
        pytest.param(tokens.FINE_GRAINED.value, 201, "location", None, id="fine-grained"),
        pytest.param(tokens.ACTIONS.value, 201, "x-oauth-scopes", None, id="actions"),
    ],
)
def test_writing_needs_the_permission_and_the_headers_name_it(
    proposed: Host, token: str | None, status: int, header: str, value: str | None
) -> None:
    """The refusal tells what is missing, as GitHub's headers do."""
    got, _, headers = ask(proposed, "POST", PULLS, _wanted(), token=token)
    assert (got, headers.get(header)) == (status, value)
    assert len(proposed.pulls()) == (1 if status == 201 else 0)


def test_a_workflow_token_is_no_user(proposed: Host) -> None:
    """`GET /user` is refused to integrations; their pull requests are a bot's."""
    assert ask(proposed, "GET", "/user", token=tokens.ACTIONS.value)[0] == 403
    created = ask(proposed, "POST", PULLS, _wanted(), token=tokens.ACTIONS.value)[1]
    assert (created["user"]["login"], created["user"]["type"]) == ("github-actions[bot]", "Bot")


def test_an_app_finds_its_installation_and_writes_as_its_bot(proposed: Host) -> None:
    """JWT → installation → token; exchanges are not counted as writes."""
    auth = github.Auth.AppAuth(proposed.app_id, proposed.app_private_key)
    with github.GithubIntegration(auth=auth, base_url=proposed.api_url) as app:
        installation = app.get_repo_installation("acme", "widget")
        issued = app.get_access_token(installation.id)
    pull = ask(proposed, "POST", PULLS, _wanted(), token=issued.token)[1]

    assert pull["user"]["login"] == "calibration-app[bot]"
    assert issued.permissions["pull_requests"] == "write"
    assert [str(entry.request) for entry in proposed.writes()] == [f"POST {PULLS}"]


def test_an_app_may_lack_a_permission(proposed: Host) -> None:
    """The token says so beforehand, and the write is refused."""
    proposed.api.app_permissions = {"contents": "write", "metadata": "read"}
    auth = github.Auth.AppAuth(proposed.app_id, proposed.app_private_key)
    with github.GithubIntegration(auth=auth, base_url=proposed.api_url) as app:
        issued = app.get_access_token(app.get_repo_installation("acme", "widget").id)
    assert "pull_requests" not in issued.permissions
    assert ask(proposed, "POST", PULLS, _wanted(), token=issued.token)[0] == 403


def test_a_forged_app_signature_is_refused(proposed: Host) -> None:
    """A JWT signed with another key opens nothing."""
    forged = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0NzExIn0.AAAA"
    assert ask(proposed, "GET", "/repos/acme/widget/installation", token=forged)[0] == 401


def test_refs_can_be_changed_through_the_api(proposed: Host) -> None:
    """What the API does to a branch is done to the git repository."""
    sha = proposed.repository.heads()["bot/topic"]
    refs = "/repos/acme/widget/git/refs"
    assert ask(proposed, "POST", refs, {"ref": "refs/heads/new", "sha": sha})[0] == 201
    assert proposed.repository.heads()["new"] == sha
    assert ask(proposed, "PATCH", f"{refs}/heads/main", {"sha": sha})[0] == 200
    assert ask(proposed, "DELETE", f"{refs}/heads/bot/topic")[0] == 204
    assert ask(proposed, "DELETE", f"{refs}/heads/bot/topic")[0] == 422
    assert set(proposed.repository.heads()) == {"main", "new"}


def test_reviewers_and_labels_are_kept(proposed: Host) -> None:
    """A new label is made on the way; an unknown reviewer and the author are refused."""
    number = proposed.people.open_pull("bot/topic", login="administrator")
    pull = pygithub(proposed).get_repo("acme/widget").get_pull(number)
    pull.add_to_labels("calibration")
    pull.create_review_request(reviewers=["reviewer"])
    for nobody in ("nobody", "administrator"):
        with pytest.raises(github.GithubException) as refused:
            pull.create_review_request(reviewers=[nobody])
        assert refused.value.status == 422
    shown = proposed.pull(number)
    assert [label["name"] for label in shown["labels"]] == ["calibration"]
    assert [user["login"] for user in shown["requested_reviewers"]] == ["reviewer"]


def test_a_workflow_is_dispatched_only_where_it_exists(proposed: Host) -> None:
    """204, 404 or 422 as git's content of the ref says; accepted ones are recorded."""
    text = "on: {workflow_dispatch: {}}\n"
    proposed.people.commit("main", {".github/workflows/guard.yml": text})
    actions = "/repos/acme/widget/actions/workflows"
    assert ask(proposed, "POST", f"{actions}/guard.yml/dispatches", {"ref": "main"})[0] == 204
    assert ask(proposed, "POST", f"{actions}/other.yml/dispatches", {"ref": "main"})[0] == 404
    assert ask(proposed, "POST", f"{actions}/guard.yml/dispatches", {"ref": "none"})[0] == 422
    assert proposed.api.dispatches == [{"workflow": "guard.yml", "ref": "main", "inputs": {}}]


def test_requests_against_the_description_are_found(proposed: Host) -> None:
    """A misspelt key, an unknown parameter and an unknown path are violations."""
    ask(proposed, "POST", PULLS, _wanted(titel="misspelt"))
    ask(proposed, "GET", f"{PULLS}?sate=open")
    ask(proposed, "GET", "/repos/acme/widget/nonsense")
    found, proposed.violations = proposed.violations, []
    assert len(found) == 3
    assert "'titel' was unexpected" in found[0]
    assert "unknown query parameter 'sate'" in found[1]
    assert "no such operation" in found[2]


def test_two_hosts_share_nothing(make_host: HostMaker) -> None:
    """Each has repositories, pull requests, log and address of its own."""
    first, second = make_host(), make_host(Shape.ROOT)
    first.seed({"a.txt": "a\n"})
    assert second.repository.heads() == {}
    assert first.url != second.url
    assert ask(second, "GET", PULLS)[1] == []
    assert len(first.log) == 0
