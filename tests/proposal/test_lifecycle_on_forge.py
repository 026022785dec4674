"""Every row of SPEC § 10's table, by whole runs against real git and a stateful GitHub.

Each test looks at the remote's refs, at the forge's state, and at every write request the run sent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.forge import faults
from tests.support.forge.faults import calls
from tests.support.forge.host import Host, Shape
from tests.support.forge.wire import Channel
from tests.support.scene import BETTER, FIRST, SAME, SECOND_WEEK, later
from tests.support.teams import LOGS, TABLE, WEEKLY, cell, cells, table
from tests.support.ways import Way
from tests.support.weekly import GUARD, Weekly, edited, weekly

CREATED = [
    f"push {WEEKLY}",
    "POST /pulls",
    "POST /issues/1/labels",
    "POST /pulls/1/requested_reviewers",
]
"""What the first run of a proposal writes."""
MORE = later(cell(3, 5, "API"))
"""API/EXEC needs rework too, one week later."""
both_shapes = pytest.mark.parametrize(
    "host",
    [Shape.ENTERPRISE, pytest.param(Shape.ROOT, marks=pytest.mark.slow)],
    indirect=True,
    ids=lambda shape: shape.name,
)
"""The API below `/api/v3`, and at the root; the second half is left out of the quick loop."""


# ------------------------------------------------------------------ the first run


@both_shapes
def test_a_first_run_pushes_one_branch_and_opens_one_pull_request(bot: Weekly) -> None:
    main = bot.heads["main"]
    done = bot()
    assert (done.code, done.action, done.writes) == (0, "create", CREATED)
    assert bot.pulls == [f"1 open main {WEEKLY}"]
    assert bot.branches == [WEEKLY, "main"]
    assert bot.heads["main"] == main
    assert bot.assigned() == {**bot.assigned("main"), "TESTING": "opus"}
    assert (bot.marker().head, bot.proposed()) == (bot.heads[WEEKLY], ["TESTING/EXEC"])
    pull = bot.pull()
    assert pull["user"]["login"] == bot.login
    assert [label["name"] for label in pull["labels"]] == ["calibration"]
    assert [who["login"] for who in pull["requested_reviewers"]] == ["reviewer"]
    assert done.document["pull_request"]["url"] == pull["html_url"]


@pytest.mark.slow
@both_shapes
def test_a_first_run_asks_the_api_at_most_six_things(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels, reviewers and the guard's start included."""
    bot = weekly(host, tmp_path / "clone", monkeypatch, capsys, [GUARD])
    bot.log(FIRST)
    done = bot()
    assert done.writes == [*CREATED, "POST /actions/workflows/guard.yml/dispatches"]
    assert (done.requests(Channel.API), done.code) == (5, 0)


def test_a_plain_first_run_asks_at_most_six_things_in_all(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git's four requests included; no labels, no reviewers, no guard, in a clone that has base already."""
    plain = {"labels": "[]", "reviewers": "[]"}
    bot = weekly(host, tmp_path / "clone", monkeypatch, capsys, **plain)
    bot.log(FIRST)
    bot.freshen()
    done = bot()
    assert (done.writes, done.requests()) == (CREATED[:2], 6)


@both_shapes
def test_the_same_inputs_again_write_nothing(proposed: Weekly, way: Way) -> None:
    """At most three requests in all, git's included, in a clone that has base already.

    An App looks for its installation first, and commits that GitHub made are fetched: nobody can build them.
    """
    proposed.freshen()
    before = (proposed.heads, proposed.pull())
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert (proposed.heads, proposed.pull()) == before
    assert done.requests() <= 3 + way.is_app + 2 * way.signed


# ---------------------------------------------------------------------- updates


@pytest.mark.slow
@both_shapes
def test_other_figures_only_change_the_body(proposed: Weekly) -> None:
    before, head = proposed.pull(), proposed.heads[WEEKLY]
    proposed.log(SAME)
    done = proposed.again()
    assert (done.code, done.action, done.writes) == (0, "update", ["PATCH /pulls/1"])
    assert proposed.heads[WEEKLY] == head
    assert proposed.pull()["title"] == before["title"]
    assert (proposed.marker().week, proposed.marker().head) == (SECOND_WEEK, head)


@pytest.mark.slow
@both_shapes
def test_other_changes_move_the_branch_by_a_lease_on_what_was_seen(proposed: Weekly) -> None:
    old = proposed.heads[WEEKLY]
    proposed.log(MORE)
    done = proposed.again()
    assert (done.code, done.action) == (0, "update")
    assert done.writes == [f"push {WEEKLY}", "PATCH /pulls/1"]
    (update,) = next(each.request.pushes for each in done.exchanges if each.request.pushes)
    assert (update.old, update.new) == (old, proposed.heads[WEEKLY])
    assert proposed.pulls == [f"1 open main {WEEKLY}"]
    assert proposed.proposed() == ["API/EXEC", "TESTING/EXEC"]
    assert proposed.marker().head == proposed.heads[WEEKLY] == proposed.pull()["head"]["sha"]
    assert proposed.pull()["title"] == f"calibration: 2 assignments upgraded ({SECOND_WEEK})"


@pytest.mark.slow
def test_a_base_that_moved_without_conflict_leaves_all_as_it_is(proposed: Weekly) -> None:
    head = proposed.heads[WEEKLY]
    proposed.commit({"README.md": "more words\n"})
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert proposed.heads[WEEKLY] == head


@pytest.mark.slow
@both_shapes
def test_a_base_that_conflicts_gets_the_branch_rebuilt(proposed: Weekly) -> None:
    here = proposed.host.repository.text("main", TABLE)
    proposed.commit({TABLE: edited(here, new='TESTING = "sonnet" # ours\n#')})
    assert proposed.pull()["mergeable"] is False
    done = proposed()
    assert (done.code, done.action) == (0, "update")
    assert done.writes == [f"push {WEEKLY}", "PATCH /pulls/1"]
    assert proposed.pull()["mergeable"] is True
    assert 'TESTING = "opus" # ours' in proposed.host.repository.text(WEEKLY, TABLE)
    assert proposed.pulls == [f"1 open main {WEEKLY}"]


@pytest.mark.slow
@both_shapes
def test_a_base_that_holds_the_change_already_closes_it_with_a_reason(proposed: Weekly) -> None:
    proposed.commit({TABLE: edited(table())})
    done = proposed()
    assert (done.code, done.action) == (0, "close")
    assert done.writes == ["PATCH /pulls/1", f"delete {WEEKLY}"]
    assert (proposed.pulls, proposed.branches) == ([f"1 closed main {WEEKLY}"], ["main"])
    assert (
        "**Closed by calibration-bot:** main already holds what it proposed"
        in proposed.pull()["body"]
    )


@pytest.mark.slow
@both_shapes
def test_nothing_left_to_propose_closes_it_with_a_reason(proposed: Weekly) -> None:
    proposed.log(BETTER)
    done = proposed.again()
    assert (done.code, done.action) == (0, "close")
    assert done.writes == ["PATCH /pulls/1", f"delete {WEEKLY}"]
    assert (proposed.pulls, proposed.branches) == ([f"1 closed main {WEEKLY}"], ["main"])
    assert proposed.marker().closed_by_bot
    assert "no longer asks for it" in proposed.pull()["body"]
    assert proposed.again().writes == []


# -------------------------------------------------------------------- people


@pytest.mark.slow
@both_shapes
def test_somebodys_commits_mean_hands_off_said_once(proposed: Weekly) -> None:
    theirs = proposed.push({"NOTES.md": "please keep\n"})
    proposed.log(MORE)
    body = proposed.pull()["body"]
    done = proposed.again()
    assert (done.code, done.action) == (0, "hands-off")
    assert done.writes == ["POST /issues/1/comments"]
    assert proposed.again().writes == []
    assert (proposed.heads[WEEKLY], proposed.pull()["body"]) == (theirs, body)
    (comment,) = proposed.comments()
    assert "keeps its hands off" in comment
    assert "run --take-over" in comment


@pytest.mark.slow
def test_nothing_left_to_propose_does_not_close_what_somebody_pushed_to(proposed: Weekly) -> None:
    theirs = proposed.push({"NOTES.md": "please keep\n"})
    proposed.log(BETTER)
    done = proposed.again()
    assert (done.action, done.writes) == ("hands-off", ["POST /issues/1/comments"])
    assert (proposed.heads[WEEKLY], proposed.pulls) == (theirs, [f"1 open main {WEEKLY}"])


@pytest.mark.slow
@both_shapes
def test_what_a_person_closed_is_not_proposed_again_and_is_linked(proposed: Weekly) -> None:
    proposed.host.people.close(1)
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    proposed.log(MORE)
    done = proposed.again()
    assert (done.code, done.action) == (0, "create")
    assert done.writes == [line.replace("/1/", "/2/") for line in CREATED]
    assert proposed.pulls == [f"1 closed main {WEEKLY}", f"2 open main {WEEKLY}"]
    assert proposed.proposed(2) == ["API/EXEC"]
    assert "#1" in proposed.pull(2)["body"]
    assert proposed.assigned()["TESTING"] == "sonnet"


@pytest.mark.slow
def test_what_a_person_closed_is_proposed_again_once_a_fresh_tally_reaches_the_bar(
    proposed: Weekly,
) -> None:
    proposed.host.people.close(1)
    proposed.log(later(cell(3, 3)))
    done = proposed.again()
    assert (done.action, proposed.proposed(2)) == ("create", ["TESTING/EXEC"])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_change_that_was_dropped_before_the_merge_is_remembered(method: str, bot: Weekly) -> None:
    bot.log(cells(cell(3, 5), cell(3, 5, "API")))
    bot()
    assert bot.proposed() == ["API/EXEC", "TESTING/EXEC"]
    here = bot.host.repository.text(WEEKLY, TABLE)
    bot.push({TABLE: edited(here, 'TESTING = "opus"', 'TESTING = "sonnet"')})
    bot.host.people.merge(1, method)
    bot.host.people.delete_branch(WEEKLY)
    assert (bot.assigned("main")["API"], bot.assigned("main")["TESTING"]) == ("opus", "sonnet")
    bot.log(later(cell(1, 5)))
    done = bot.again()
    assert (done.code, done.writes, bot.branches) == (0, [], ["main"])
    assert "was turned down when #1 was merged without it" in done.err


@pytest.mark.slow
@both_shapes
def test_after_a_merge_there_is_nothing_to_do(proposed: Weekly) -> None:
    proposed.host.people.merge(1)
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert proposed.pulls == [f"1 merged main {WEEKLY}"]


@pytest.mark.slow
def test_what_a_person_changed_on_the_pull_request_is_never_put_back(proposed: Weekly) -> None:
    people = proposed.host.people
    people.edit(1, title="Let TESTING think harder")
    people.api("DELETE", "/repos/acme/widget/issues/1/labels/calibration")
    people.api(
        "DELETE", "/repos/acme/widget/pulls/1/requested_reviewers", {"reviewers": ["reviewer"]}
    )
    people.convert_to_draft(1)
    proposed.log(MORE)
    assert proposed.again().writes == [f"push {WEEKLY}", "PATCH /pulls/1"]
    pull = proposed.pull()
    assert (pull["title"], pull["draft"]) == ("Let TESTING think harder", True)
    assert (pull["labels"], pull["requested_reviewers"]) == ([], [])


# ------------------------------------------------------------------- trouble


@pytest.mark.slow
@both_shapes
def test_a_refused_pull_request_ends_with_4_and_is_healed_by_the_next_run(bot: Weekly) -> None:
    bot.host.faults.when(calls("POST", "/pulls"), faults.actions_may_not_open_pull_requests())
    done = bot()
    assert (done.code, done.action) == (4, "refused")
    assert done.writes == [f"push {WEEKLY}", "POST /pulls"]
    assert (bot.pulls, bot.branches) == ([], [WEEKLY, "main"])
    reason = done.document["pull_request"]["reason"]
    assert "Allow GitHub Actions to create and approve pull requests" in reason
    assert f"{bot.host.url}/acme/widget/settings/actions" in reason
    assert f"{bot.host.url}/acme/widget/compare/main...calibration/weekly?expand=1&title=" in reason
    healed = bot()
    assert (healed.code, healed.action, healed.writes) == (0, "create", CREATED[1:])
    assert bot.pulls == [f"1 open main {WEEKLY}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({f"{LOGS}/tokens-bad.jsonl": '{"ts": "2025-12-02T10:00:00Z"'}, 1),
        ({f"{LOGS}/tokens.jsonl": None, f"{LOGS}/rework.jsonl": None}, 0),
    ],
    ids=["bad line", "no row"],
)
def test_missing_or_bad_data_touches_no_pull_request(files, code: int, proposed: Weekly) -> None:
    proposed.host.people.commit("main", files)
    before = (proposed.heads, proposed.pull())
    done = proposed()
    assert (done.code, done.writes) == (code, [])
    assert (proposed.heads, proposed.pull()) == before


@pytest.mark.slow
def test_labels_and_reviewers_that_fail_are_warnings(bot: Weekly, way: Way) -> None:
    bot.host.faults.when(calls("POST", "/labels"), faults.forbidden("issues=write"))
    bot.host.faults.when(calls("POST", "/requested_reviewers"), faults.unprocessable())
    done = bot()
    assert (done.code, done.action, done.writes) == (0, "create", CREATED)
    assert done.err.count("warning:") == 2
    assert ("Issues: Read and write" if way.is_app else "`issues: write`") in done.err
    assert bot().writes == []


@pytest.mark.slow
def test_an_older_week_than_the_open_pull_requests_is_plan_only(proposed: Weekly) -> None:
    proposed.log(MORE)
    proposed.again()
    before = (proposed.heads, proposed.pull())
    done = proposed()
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert (proposed.heads, proposed.pull()) == before


@pytest.mark.slow
def test_a_change_that_another_calibration_proposes_is_linked_and_not_repeated(
    proposed: Weekly,
) -> None:
    done = proposed("--agent", "TESTING")
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert "is already proposed in #1" in done.err
    assert proposed.branches == [WEEKLY, "main"]


@pytest.mark.slow
def test_an_adhoc_review_has_a_branch_and_a_pull_request_of_its_own(bot: Weekly) -> None:
    done = bot("--agent", "testing-agent", "--phase", "exec")
    branch = "calibration/adhoc-testing.exec"
    assert done.writes[:2] == [f"push {branch}", "POST /pulls"]
    assert bot.pulls == [f"1 open main {branch}"]
    assert bot().writes == []


@pytest.mark.parametrize("command", ["dry run", "plan"])
def test_looking_writes_nothing(command: str, bot: Weekly) -> None:
    done = bot("--dry-run") if command == "dry run" else bot(command="plan")
    assert (done.code, done.action, done.writes) == (0, "create", [])
    assert (bot.pulls, bot.branches) == ([], ["main"])
