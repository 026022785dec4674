"""GitHub, one step at a time: what is asked, how answers are read, when it is tried again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import BotError, PublicationRefused
from bot.forge.github import GitHubForge
from bot.forge.protocol import Edited, Proposal, PullRequest, State
from bot.forge.retry import Pace
from bot.forge.sign_in import GitHubSettings
from bot.git.credentials import Credentials
from bot.git.repository import Repository
from tests.support.proposals import REPOSITORY, WEEKLY
from tests.support.repositories import Workshop
from tests.support.scripted import DROP, Reply, Script, scripted

TOKEN = "ghs_canary_canary_canary"
PROPOSAL = Proposal(
    WEEKLY, "main", "a title & more", "the body\n", True, ("one", "two"), ("ada", "acme/qa")
)
PULLS = f"/repos/{REPOSITORY}/pulls"
LIST = f"GET {PULLS}?direction=desc&per_page=100&sort=updated&state=all"
BRANCH_LIST = f"GET {PULLS}?head=acme%3Acalibration%2Fweekly&per_page=100&state=all"
PLAIN = replace(PROPOSAL, labels=(), reviewers=())
MORE = {"Link": '<https://x/y?page=2>; rel="next"'}
NOT_PERMITTED = {"message": "GitHub Actions is not permitted to create or approve pull requests."}


def pull(number: int = 7, **more: Any) -> dict[str, Any]:
    plain = {
        "number": number,
        "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
        "state": "open",
        "draft": False,
        "merged_at": None,
        "head": {"ref": WEEKLY, "sha": "a" * 40, "repo": {"full_name": REPOSITORY}},
        "base": {"ref": "main"},
        "user": {"login": "github-actions[bot]"},
        "title": "t",
        "body": "the body\r\n",
        "labels": [{"name": "one"}],
    }
    return {**plain, **more}


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as found:
        yield found


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def forge(script: Script, work: Workshop, waits: list[float]) -> Iterator[GitHubForge]:
    settings = GitHubSettings(
        REPOSITORY, Credentials("https://github.com", TOKEN), f"{script.url}/api/v3"
    )
    now = [0.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    pace = Pace(clock=lambda: now[0], sleep=sleep, chance=lambda: 1.0)
    with Repository.open(work.path) as repository:
        yield GitHubForge(settings, repository, repository.base(), pace)


def asked(script: Script) -> list[str]:
    return [line.replace("/api/v3", "") for line in script.asked()]


# ----------------------------------------------------------------- observing


def test_one_request_shows_a_small_repository(
    forge: GitHubForge, script: Script, work: Workshop
) -> None:
    closed = pull(3, state="closed", user=None, body=None, head={**pull()["head"], "repo": None})
    merged = pull(9, state="closed", merged_at="2025-12-01T00:00:00Z")
    script.replies = [Reply(data=[closed, merged])]
    seen = forge.observe(WEEKLY)
    assert asked(script) == [LIST]
    assert seen.pull_requests is not None
    assert [(p.number, p.state) for p in seen.pull_requests] == [
        (9, State.MERGED),
        (3, State.CLOSED),
    ]
    assert (seen.pull_requests[1].author, seen.pull_requests[1].head_repository) == ("", None)
    assert (seen.branch, seen.head, tuple(seen.branches)) == (WEEKLY, None, ("main",))


def test_a_large_repository_is_asked_about_the_branch_by_name(
    forge: GitHubForge, script: Script
) -> None:
    page = [pull(number) for number in range(200, 300)]
    script.replies = [
        Reply(data=page, headers=MORE),
        Reply(data=[pull(5)]),
        Reply(data=[pull(199)]),
    ]
    seen = forge.observe(WEEKLY)
    assert asked(script) == [LIST, BRANCH_LIST, LIST.replace("&per", "&page=2&per")]
    assert seen.pull_requests is not None
    assert [p.number for p in seen.pull_requests] == [*range(299, 198, -1), 5]


def test_paging_stops_after_ten_pages(forge: GitHubForge, script: Script) -> None:
    page = [pull(number) for number in range(100)]
    script.replies = [Reply(data=page, headers=MORE), Reply(data=[])]
    script.replies += [Reply(data=[], headers=MORE)] * 20
    forge.observe(WEEKLY)
    assert len(script.seen) == 11


@pytest.mark.parametrize(
    "data",
    [{"message": "x"}, [{"number": 1}], [None], [pull(state="odd")], [pull(number="x")]],
    ids=["no list", "fields missing", "no object", "unknown state", "no number"],
)
def test_an_answer_of_another_shape_is_refused(
    data: Any, forge: GitHubForge, script: Script
) -> None:
    script.replies = [Reply(data=data)]
    with pytest.raises(BotError, match="run again"):
        forge.observe(WEEKLY)


# ------------------------------------------------------------------- opening


def test_opening_takes_three_requests(forge: GitHubForge, script: Script) -> None:
    script.replies = [Reply(201, pull()), Reply(data=[]), Reply(201, pull())]
    opened = forge.open(PROPOSAL)
    assert (opened.url, opened.warnings) == (f"https://github.com/{REPOSITORY}/pull/7", ())
    assert asked(script) == [
        f"POST {PULLS}",
        f"POST /repos/{REPOSITORY}/issues/7/labels",
        f"POST {PULLS}/7/requested_reviewers",
    ]
    assert [request.said for request in script.seen] == [
        {
            "title": "a title & more",
            "body": "the body\n",
            "head": WEEKLY,
            "base": "main",
            "draft": True,
        },
        {"labels": ["one", "two"]},
        {"reviewers": ["ada"], "team_reviewers": ["qa"]},
    ]
    assert {request.headers["authorization"] for request in script.seen} == {f"token {TOKEN}"}


def test_labels_and_reviewers_that_fail_are_warnings(forge: GitHubForge, script: Script) -> None:
    unknown = Reply(422, {"message": "Reviews may only be requested from collaborators."})
    script.replies = [Reply(201, pull()), *[DROP] * 7, unknown]
    opened = forge.open(PROPOSAL)
    assert opened.url is not None
    assert [warning.partition(" (")[0] for warning in opened.warnings] == [
        "GitHub cannot be reached; run again later",
        "GitHub did not let the bot ask for reviews",
    ]


LABELS = Reply(data=[{"name": "one"}, {"name": "Two"}, {}])
ASKED = Reply(data={"users": [{"login": "Ada"}], "teams": [{"slug": "qa"}]})


@pytest.mark.parametrize("seen", [True, False], ids=["took effect", "did not"])
def test_labels_and_reviewers_of_unknown_fate_are_looked_for_before_they_are_sent_again(
    seen: bool, forge: GitHubForge, script: Script
) -> None:
    empty = (Reply(data=[]), Reply(data=[]))
    labels = [DROP, LABELS] if seen else [DROP, empty[0], Reply()]
    reviewers = [DROP, ASKED] if seen else [DROP, empty[1], Reply(201)]
    script.replies = [Reply(201, pull()), *labels, *reviewers]
    assert forge.open(PROPOSAL).warnings == ()
    asked_of = [line.split()[0] for line in asked(script)[1:]]
    assert asked_of == (["POST", "GET"] * 2 if seen else ["POST", "GET", "POST"] * 2)


def test_a_workflow_is_started_once_at_most(forge: GitHubForge, script: Script) -> None:
    script.replies = [DROP]
    assert forge.start_checks("guard.yml", WEEKLY, "main") == ()
    assert asked(script) == [f"POST /repos/{REPOSITORY}/actions/workflows/guard.yml/dispatches"]
    assert script.seen[0].said == {"ref": WEEKLY, "inputs": {"base": "main"}}


REFUSALS = {
    "actions may not": (
        Reply(403, NOT_PERMITTED),
        "Allow GitHub Actions to create and approve pull requests "
        "(https://github.com/acme/app/settings/actions)",
    ),
    "permission missing": (
        Reply(
            403,
            {"message": "Resource not accessible by integration"},
            {"X-Accepted-GitHub-Permissions": "pull_requests=write"},
        ),
        "give the workflow's job this permission: `pull-requests: write`",
    ),
    "silence": (Reply(409, ""), "(409: status 409); run again"),
    "not found": (Reply(404, {"message": "Not Found"}), "`pull-requests: write`"),
    "wrong token": (
        Reply(401, {"message": "Bad credentials"}),
        "GITHUB_TOKEN is wrong or has expired",
    ),
    "no commits": (
        Reply(422, {"message": "Validation Failed", "errors": [{"message": "No commits between"}]}),
        "Validation Failed No commits between",
    ),
    "no JSON": (Reply(404, "<html>"), "an answer that is no JSON"),
}


@pytest.mark.parametrize(("reply", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refused_pull_request_says_what_to_do(
    reply: Reply, words: str, forge: GitHubForge, script: Script
) -> None:
    script.replies = [reply]
    with pytest.raises(PublicationRefused) as caught:
        forge.open(PROPOSAL)
    assert caught.value.exit_code == 4
    assert words in str(caught.value)
    link = (
        "https://github.com/acme/app/compare/main...calibration/weekly"
        "?expand=1&title=a+title+%26+more&body=the+body%0A"
    )
    assert link in str(caught.value)
    assert asked(script) == [f"POST {PULLS}"]


def test_the_compare_link_stays_short_enough(forge: GitHubForge, script: Script) -> None:
    script.replies = [Reply(403, NOT_PERMITTED)]
    with pytest.raises(PublicationRefused) as caught:
        forge.open(replace(PROPOSAL, body="x" * 8000))
    assert "title=a+title" in str(caught.value)
    assert "body=" not in str(caught.value)


@pytest.mark.parametrize(
    "first", [DROP, Reply(502, "<html>"), Reply(200, "<html>")], ids=["dropped", "502", "HTML"]
)
def test_a_create_of_unknown_fate_is_looked_for_before_it_is_sent_again(
    first: Reply | str, forge: GitHubForge, script: Script
) -> None:
    script.replies = [first, Reply(data=[pull()])]
    assert forge.open(PLAIN).url is not None
    assert asked(script) == [f"POST {PULLS}", BRANCH_LIST]
    script.seen.clear()
    script.replies = [first, Reply(data=[pull(state="closed")]), Reply(201, pull())]
    assert forge.open(PLAIN).url is not None
    assert asked(script) == [f"POST {PULLS}", BRANCH_LIST, f"POST {PULLS}"]


EXISTS = Reply(
    422,
    {
        "message": "Validation Failed",
        "errors": [{"message": "A pull request already exists for acme:x."}],
    },
)


@pytest.mark.slow
def test_a_pull_request_another_run_opened_just_before_counts(
    forge: GitHubForge, script: Script
) -> None:
    script.replies = [EXISTS, Reply(data=[pull()])]
    assert forge.open(PROPOSAL).url == f"https://github.com/{REPOSITORY}/pull/7"


def test_one_that_says_something_else_is_left_alone(forge: GitHubForge, script: Script) -> None:
    script.replies = [EXISTS, Reply(data=[pull(body="other")])]
    with pytest.raises(BotError, match="another run opened #7 meanwhile; run again"):
        forge.open(PROPOSAL)


def test_one_that_exists_but_is_not_shown_yet_is_waited_for(
    forge: GitHubForge, script: Script, waits: list[float]
) -> None:
    script.replies = [EXISTS, Reply(data=[]), Reply(data=[]), Reply(data=[pull()])]
    assert forge.open(PLAIN).url == f"https://github.com/{REPOSITORY}/pull/7"
    assert (len(script.seen), waits) == (4, [1.0, 2.0])


def test_one_that_exists_but_is_never_shown_is_a_refusal(
    forge: GitHubForge, script: Script
) -> None:
    script.replies = [EXISTS, *[Reply(data=[])] * 6]
    with pytest.raises(PublicationRefused, match="already exists"):
        forge.open(PROPOSAL)


def test_a_github_that_never_answers_leaves_a_link(forge: GitHubForge, script: Script) -> None:
    script.replies = [DROP] * 30
    with pytest.raises(PublicationRefused, match=r"cannot be reached.*Open it by hand"):
        forge.open(PROPOSAL)


def test_branches_go_over_git(forge: GitHubForge, work: Workshop, remote: Workshop) -> None:
    sha = work.sha("main")
    forge.push(WEEKLY, sha, None)
    assert remote.sha(WEEKLY) == sha
    forge.delete_branch(WEEKLY, sha)
    assert remote.git("branch", "--list", WEEKLY) == ""


# ------------------------------------------------------ editing and commenting


def test_editing_leaves_the_title_alone_unless_told(forge: GitHubForge, script: Script) -> None:
    script.replies = [
        *(Reply(data=pull()), Reply(data=pull())),
        *(Reply(data=pull()), Reply(data=pull(merged_at="x"))),
    ]
    assert forge.edit(7, new, None) == Edited(State.OPEN)
    assert forge.edit(7, new, "title") == Edited(State.MERGED)
    assert [request.said for request in script.seen if request.verb == "PATCH"] == [
        {"body": "new after the body"},
        {"body": "new after the body", "title": "title"},
    ]


def new(now: PullRequest) -> str:
    """A body made from what is there."""
    return f"new after {now.body.strip()}"


def test_closing_is_one_write(forge: GitHubForge, script: Script) -> None:
    script.replies = [Reply(data=pull()), Reply(data=pull(state="closed"))]
    assert forge.close(7, new) == Edited(State.CLOSED)
    assert [(r.verb, r.said) for r in script.seen] == [
        ("GET", None),
        ("PATCH", {"state": "closed", "body": "new after the body"}),
    ]


@pytest.mark.parametrize("write", ["edit", "close"])
def test_what_changed_meanwhile_is_not_written_over(
    write: str, forge: GitHubForge, script: Script
) -> None:
    script.replies = [Reply(data=pull(state="closed"))]
    more = (None,) if write == "edit" else ()
    done = getattr(forge, write)(7, lambda now: None, *more)
    assert done == Edited(State.CLOSED, written=False)
    assert [request.verb for request in script.seen] == ["GET"]


@pytest.mark.parametrize("write", ["edit", "close", "comment_once"])
def test_a_refused_edit_is_an_error(write: str, forge: GitHubForge, script: Script) -> None:
    looked = Reply(data=[] if write == "comment_once" else pull())
    script.replies = [looked, Reply(403, {"message": "no"})]
    arguments = {
        "edit": (7, new, None),
        "close": (7, new),
        "comment_once": (7, "text", "tag", "ada"),
    }
    with pytest.raises(BotError, match="GitHub did not let the bot"):
        getattr(forge, write)(*arguments[write])


def test_a_comment_is_said_once(forge: GitHubForge, script: Script) -> None:
    script.replies = [Reply(data=[{"body": None}]), Reply(201, {})]
    forge.comment_once(7, "text <tag>", "<tag>", "Bot")
    script.replies = [Reply(data=[{"body": "text <tag>", "user": {"login": "bot"}}])]
    forge.comment_once(7, "text <tag>", "<tag>", "Bot")
    assert [request.verb for request in script.seen] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("user", [{"login": "mallory"}, None, {}, "bot"], ids=str)
def test_a_tag_in_somebody_elses_comment_silences_nobody(
    forge: GitHubForge, script: Script, user: object
) -> None:
    script.replies = [Reply(data=[{"body": "<tag>", "user": user}]), Reply(201, {})]
    forge.comment_once(7, "text <tag>", "<tag>", "bot")
    assert [request.verb for request in script.seen] == ["GET", "POST"]


def test_a_comment_of_unknown_fate_is_not_repeated(forge: GitHubForge, script: Script) -> None:
    posted = {"body": "<tag>", "user": {"login": "bot"}}
    script.replies = [Reply(data=[]), DROP, Reply(data=[posted])]
    forge.comment_once(7, "text <tag>", "<tag>", "bot")
    assert [request.verb for request in script.seen] == ["GET", "POST", "GET"]


# ------------------------------------------------------------------- patience

TRIES = {
    "502": ([Reply(502, "<html>")] * 2, [1.0, 2.0]),
    "dropped": ([DROP], [1.0]),
    "HTML with status 200": ([Reply(200, "<html>")], [1.0]),
    "429 without a word": ([Reply(429, {})], [1.0]),
    "429 with Retry-After": ([Reply(429, {}, {"Retry-After": "7"})], [7.0]),
    "secondary limit": (
        [Reply(403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "3"})],
        [3.0],
    ),
}


@pytest.mark.parametrize(("trouble", "expected"), TRIES.values(), ids=TRIES)
@pytest.mark.parametrize("verb", ["GET", "PATCH"])
def test_trouble_that_passes_is_waited_for(
    trouble, expected, verb: str, forge: GitHubForge, script: Script, waits: list[float]
) -> None:
    looked = [] if verb == "GET" else [Reply(data=pull())]
    script.replies = [*looked, *trouble, Reply(data=[] if verb == "GET" else pull())]
    if verb == "GET":
        assert forge.observe(WEEKLY).pull_requests == ()
    else:
        assert forge.edit(7, new, None) == Edited(State.OPEN)
    assert waits == expected


def test_patience_ends(forge: GitHubForge, script: Script, waits: list[float]) -> None:
    script.replies = [DROP] * 20
    with pytest.raises(BotError, match="GitHub cannot be reached; run again later"):
        forge.observe(WEEKLY)
    assert (len(script.seen), sum(waits) <= 60) == (6, True)


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "3600"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}],
    ids=["Retry-After", "primary limit"],
)
def test_an_hour_is_not_waited_for(
    headers, forge: GitHubForge, script: Script, waits: list[float]
) -> None:
    script.replies = [Reply(403, {"message": "API rate limit exceeded"}, headers)]
    with pytest.raises(BotError, match="run again later"):
        forge.observe(WEEKLY)
    assert waits == []


def test_a_put_off_create_is_sent_again_without_looking(
    forge: GitHubForge, script: Script, waits: list[float]
) -> None:
    script.replies = [Reply(429, {}, {"Retry-After": "2"}), Reply(201, pull())]
    assert forge.open(PLAIN).url is not None
    assert (asked(script), waits) == ([f"POST {PULLS}"] * 2, [2.0])


def test_the_token_appears_in_no_error_and_no_log(
    forge: GitHubForge, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.replies = [Reply(403, {"message": f"bad {TOKEN}"})]
    with pytest.raises(BotError) as caught:
        forge.observe(WEEKLY)
    assert TOKEN not in repr(caught.value) + repr(caught.value.__cause__)
    assert TOKEN not in caplog.text + repr(vars(forge)["_settings"])
