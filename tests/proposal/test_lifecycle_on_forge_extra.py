"""What else happens to a pull request: people between two requests, names, forks, forgeries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.forge import faults
from tests.support.forge.faults import Fault, calls
from tests.support.forge.wire import Request
from tests.support.scene import BETTER, later
from tests.support.teams import POLICY, WEEKLY, cell, policy
from tests.support.ways import Way
from tests.support.weekly import Weekly

pytestmark = pytest.mark.slow  # many seconds in all; the quick loop has the main rows

MORE = later(cell(3, 5, "API"))
"""API/EXEC needs rework too, one week later."""
UPDATED = [f"push {WEEKLY}", "PATCH /pulls/1"]
CREATED = [
    f"push {WEEKLY}",
    "POST /pulls",
    "POST /issues/1/labels",
    "POST /pulls/1/requested_reviewers",
]


def just_before(bot: Weekly, method: str, ending: str, act: Callable[[], object]) -> None:
    """Let somebody act once, right before the host looks at such a request."""
    fits, waiting = calls(method, ending), [act]

    def hook(request: Request) -> None:
        if waiting and fits(request):
            waiting.pop()()

    bot.host.before.append(hook)


# ------------------------------------------------------------ between two requests


@pytest.mark.parametrize("ending", ["/git-receive-pack", "/pulls/1"], ids=["push", "edit"])
def test_merged_while_it_was_updated_keeps_the_text_that_was_merged(
    ending: str, proposed: Weekly
) -> None:
    """Its marker is the memory of what the person saw; the next run proposes what is not merged."""
    body = proposed.pull()["body"]
    proposed.log(MORE)
    method = "PATCH" if ending == "/pulls/1" else "POST"
    just_before(proposed, method, ending, lambda: proposed.host.people.merge(1))
    done = proposed.again()
    undone = [*UPDATED, "PATCH /pulls/1"]
    assert (done.code, done.writes) == (0, undone if method == "PATCH" else UPDATED[:1])
    assert "#1 was merged while it was updated; the next run starts afresh" in done.err
    assert proposed.pull()["body"] == body
    merged = proposed.assigned("main")["API"]
    proposed.again()
    rest = [] if merged == "opus" else [f"2 open main {WEEKLY}"]
    assert proposed.pulls == [f"1 merged main {WEEKLY}", *rest]
    assert proposed.again().writes == []


def test_merged_and_deleted_before_the_push_overwrites_nothing(proposed: Weekly) -> None:
    people = proposed.host.people
    proposed.log(MORE)

    def merge() -> None:
        people.merge(1)
        people.delete_branch(WEEKLY)

    just_before(proposed, "POST", "/git-receive-pack", merge)
    done = proposed.again()
    assert (done.code, done.writes) == (1, [f"push {WEEKLY}"])
    assert "moved meanwhile" in done.err
    assert (proposed.branches, proposed.pulls) == (["main"], [f"1 merged main {WEEKLY}"])
    assert proposed.again().writes[:2] == [f"push {WEEKLY}", "POST /pulls"]
    assert proposed.proposed(2) == ["API/EXEC"]


def test_closed_by_a_person_while_it_was_updated_keeps_what_that_person_saw(
    proposed: Weekly,
) -> None:
    proposed.log(MORE)
    just_before(proposed, "PATCH", "/pulls/1", lambda: proposed.host.people.close(1))
    assert proposed.again().writes == [*UPDATED, "PATCH /pulls/1"]
    assert proposed.proposed() == ["TESTING/EXEC"]
    proposed.again()
    assert proposed.proposed(2) == ["API/EXEC"]


def test_merged_while_it_was_closed_is_not_said_to_be_closed(proposed: Weekly) -> None:
    body = proposed.pull()["body"]
    proposed.log(BETTER)
    just_before(proposed, "PATCH", "/pulls/1", lambda: proposed.host.people.merge(1))
    done = proposed.again()
    assert (done.code, proposed.pull()["body"]) == (0, body)
    assert proposed.pulls == [f"1 merged main {WEEKLY}"]


def test_a_push_of_somebody_between_looking_and_pushing_is_not_overwritten(
    proposed: Weekly,
) -> None:
    proposed.log(MORE)
    just_before(
        proposed, "POST", "/git-receive-pack", lambda: proposed.push({"NOTES.md": "mine\n"})
    )
    done = proposed.again()
    assert (done.code, done.writes) == (1, [f"push {WEEKLY}"])
    assert proposed.host.repository.text(WEEKLY, "NOTES.md") == "mine\n"
    assert proposed.again().action == "hands-off"


@pytest.mark.parametrize("reads", [1, 2], ids=["first look", "second look too"])
def test_stale_lists_right_after_a_create_make_no_second_pull_request(
    reads: int, bot: Weekly, way: Way
) -> None:
    """An App asks for its installation before it looks."""
    last = "/requested_reviewers"
    just_before(bot, "POST", last, lambda: bot.host.stale.after_next_write(reads + way.is_app))
    bot()
    head = bot.heads[WEEKLY]
    done = bot()
    assert (done.code, bot.pulls, bot.heads[WEEKLY]) == (0, [f"1 open main {WEEKLY}"], head)
    assert done.writes == CREATED[1:]
    assert bot().writes == []


def test_a_create_that_was_cut_off_and_is_not_shown_yet_makes_one_pull_request(
    bot: Weekly,
) -> None:
    bot.host.faults.when(calls("POST", "/pulls"), faults.dropped().after())
    just_before(bot, "POST", "/pulls", lambda: bot.host.stale.after_next_write(1))
    done = bot()
    assert (done.code, bot.pulls) == (0, [f"1 open main {WEEKLY}"])
    assert done.writes == [CREATED[0], "POST /pulls", *CREATED[1:]]


# ------------------------------------------------------------------------ branches


def test_a_branch_deleted_by_a_person_counts_as_closed(proposed: Weekly) -> None:
    """GitHub closes the pull request then; its change is remembered."""
    proposed.host.people.delete_branch(WEEKLY)
    assert proposed.pulls == [f"1 closed main {WEEKLY}"]
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert "was turned down when #1 was closed" in done.err
    assert proposed.branches == ["main"]


def test_a_renamed_base_is_followed(proposed: Weekly) -> None:
    proposed.host.people.rename_branch("main", "trunk")
    assert proposed.pulls == [f"1 open trunk {WEEKLY}"]
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])


def test_a_base_that_the_policy_names_and_that_is_gone_is_an_error(proposed: Weekly) -> None:
    proposed.commit({POLICY: policy().replace('# base = "main"', 'base = "main" #')})
    proposed.host.people.rename_branch("main", "trunk")
    done = proposed()
    assert (done.code, done.writes) == (1, [])
    assert "no branch main; correct pull_request.base in the policy" in done.err


def test_a_protected_base_is_no_obstacle(bot: Weekly) -> None:
    bot.host.people.protect("main")
    assert bot().writes == CREATED


def test_a_protected_branch_of_the_bot_is_an_error_in_the_servers_words(bot: Weekly) -> None:
    bot.host.people.protect(WEEKLY)
    done = bot()
    assert (done.code, done.writes) == (1, [f"push {WEEKLY}"])
    assert "Protected branch update failed" in done.err
    assert (bot.pulls, bot.branches) == ([], ["main"])


@pytest.mark.parametrize("name", ["calibration", f"{WEEKLY}/old"], ids=["above", "below"])
def test_a_branch_whose_name_leaves_no_room_is_named(name: str, bot: Weekly) -> None:
    bot.host.people.commit(name, {"x": "x"}, start="main")
    done = bot()
    assert (done.code, done.writes, bot.pulls) == (1, [], [])
    assert f"branch {WEEKLY} cannot exist beside branch {name}; rename that one" in done.err


# ----------------------------------------------------------- changed by people


def test_a_retargeted_pull_request_is_left_alone(proposed: Weekly) -> None:
    proposed.host.people.commit("develop", {"x": "x"}, start="main")
    proposed.host.people.retarget(1, "develop")
    proposed.log(MORE)
    done = proposed.again()
    assert (done.code, done.action) == (0, "hands-off")
    assert done.writes == ["POST /issues/1/comments"]
    assert proposed.again().writes == []
    assert proposed.pulls == [f"1 open develop {WEEKLY}"]


def test_a_draft_is_updated_and_stays_a_draft(proposed: Weekly) -> None:
    proposed.host.people.convert_to_draft(1)
    assert proposed().writes == []
    proposed.log(MORE)
    assert proposed.again().writes == UPDATED
    assert proposed.pull()["draft"] is True


def test_a_pull_request_whose_marker_somebody_broke_is_left_alone(proposed: Weekly) -> None:
    body = proposed.pull()["body"].replace("calibration-bot:", "calibration-bot: ")
    proposed.host.people.edit(1, body=body)
    proposed.log(MORE)
    done = proposed.again()
    assert (done.code, done.action) == (0, "hands-off")
    assert done.writes == ["POST /issues/1/comments"]
    assert proposed.again().writes == []
    assert "lost its hidden marker" in done.document["pull_request"]["reason"]


# ---------------------------------------------------------------------- strangers


def test_a_forks_branch_of_the_same_name_is_not_the_bots(bot: Weekly) -> None:
    number = bot.host.people.open_pull_from_fork(WEEKLY)
    done = bot()
    assert (done.code, done.action) == (0, "create")
    assert done.writes == [line.replace("/1/", "/2/") for line in CREATED]
    assert (number, bot.pulls[1]) == (1, f"2 open main {WEEKLY}")
    assert bot().writes == []


def test_a_forged_marker_of_a_fork_is_not_believed(proposed: Weekly) -> None:
    """Closed, it would be the memory of a change that people turned down."""
    body = proposed.pull()["body"]
    proposed.host.people.merge(1)
    people = proposed.host.people
    forged = body.replace("TESTING", "API")
    people.close(people.open_pull_from_fork("calibration/adhoc-api", body=forged))
    proposed.log(MORE)
    assert proposed.again().action == "create"
    assert proposed.proposed(3) == ["API/EXEC"]


def test_a_forged_marker_of_a_colleague_is_not_believed(proposed: Weekly) -> None:
    body = proposed.pull()["body"].replace("TESTING", "API")
    people = proposed.host.people
    people.merge(1)
    people.commit("calibration/adhoc-api", {"x": "x"}, start="main")
    people.close(people.open_pull("calibration/adhoc-api", body=body))
    proposed.log(MORE)
    assert proposed.again().action == "create"


def test_a_marker_that_names_somebodys_commit_does_not_make_it_the_bots(proposed: Weekly) -> None:
    head = proposed.heads[WEEKLY]
    theirs = proposed.push({"NOTES.md": "keep\n"})
    body = proposed.pull()["body"].replace(head, theirs)
    proposed.host.people.edit(1, body=body)
    proposed.log(MORE)
    done = proposed.again()
    assert (done.action, done.writes) == ("hands-off", ["POST /issues/1/comments"])
    assert proposed.heads[WEEKLY] == theirs


def test_a_pull_request_that_a_person_opened_from_the_bots_branch_is_left_alone(
    bot: Weekly,
) -> None:
    bot.host.faults.when(calls("POST", "/pulls"), faults.actions_may_not_open_pull_requests())
    bot()
    bot.host.people.open_pull(WEEKLY)
    done = bot()
    assert (done.code, done.action, done.writes) == (0, "hands-off", [])
    assert "opened by somebody else" in done.document["pull_request"]["reason"]
    assert bot.pull()["user"]["login"] != bot.login


# --------------------------------------------------------------------- retries


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        faults.too_many_requests(),
        faults.too_many_requests(1),
        faults.secondary_limit(1),
        faults.server_error(502),
        faults.dropped().after(),
        faults.html_page(),
    ],
    ids=lambda fault: fault.name,
)
def test_an_edit_that_fails_for_a_moment_is_sent_again(fault: Fault, proposed: Weekly) -> None:
    proposed.log(MORE)
    proposed.host.faults.when(calls("PATCH", "/pulls/1"), fault)
    done = proposed.again()
    assert (done.code, done.writes) == (0, [*UPDATED, "PATCH /pulls/1"])
    assert proposed.marker().head == proposed.heads[WEEKLY]


def test_an_hours_wait_is_not_waited_for(proposed: Weekly) -> None:
    proposed.log(MORE)
    proposed.host.faults.when(calls("GET", "/pulls"), faults.primary_limit())
    done = proposed.again()
    assert (done.code, done.writes) == (1, [])
    assert "run again later" in done.err
