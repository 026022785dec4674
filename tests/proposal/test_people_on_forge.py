"""Issue 9, items 15, 16, 18: what people do to the bot's branch, pull request and base, by whole runs."""

from __future__ import annotations

import pytest

from tests.support.forge import faults
from tests.support.forge.bare import Signature
from tests.support.forge.faults import calls
from tests.support.scene import BETTER, SAME, later
from tests.support.teams import CONFIGURED, TABLE, WEEKLY, cell
from tests.support.weekly import Weekly, edited

pytestmark = pytest.mark.slow  # many seconds in all; the table of decisions is quick

MORE = later(cell(3, 5, "API"))
"""API/EXEC needs rework too, one week later."""
NOTES = {
    "a line": "\n\nPlease wait for Ada.\n",
    "a browser's line ends": "\r\n\r\nPlease wait\r\nfor Ada.\r\n\r\n- [ ] asked",
    "nearly no room": "\n\n" + "Please wait. " * 4_700,
}


def with_note(bot: Weekly, note: str) -> None:
    """Somebody writes below the marker, in a browser where the note says so."""
    body = bot.pull()["body"].rstrip("\n") + note
    bot.host.people.edit(
        1, body=body.replace("\r\n", "\n").replace("\n", "\r\n") if "\r" in note else body
    )


# ------------------------------------------------------------------------ notes


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_a_note_below_the_marker_stays_when_figures_or_changes_are_new(
    proposed: Weekly, note: str
) -> None:
    with_note(proposed, note)
    assert proposed().writes == []
    proposed.log(SAME)
    assert proposed.again().writes == ["PATCH /pulls/1"]
    body = proposed.pull()["body"]
    assert body.endswith(f" -->{note}")
    assert len(body) <= 65_536
    assert proposed.marker().head == proposed.heads[WEEKLY]
    assert proposed.again().writes == []


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_a_note_below_the_marker_stays_when_the_bot_closes_it(proposed: Weekly, note: str) -> None:
    with_note(proposed, note)
    proposed.log(BETTER)
    assert proposed.again().writes == ["PATCH /pulls/1", f"delete {WEEKLY}"]
    body = proposed.pull()["body"]
    assert body.endswith(f" -->{note}")
    assert body.startswith("> **Closed by calibration-bot:**")
    assert proposed.marker().closed_by_bot


def test_a_note_that_leaves_no_room_is_said_and_nothing_is_overwritten(proposed: Weekly) -> None:
    marker = proposed.pull()["body"].rstrip().rpartition("\n")[2]
    proposed.host.people.edit(1, body=f"{marker}\n{'x' * 64_800}")
    proposed.log(MORE)
    before = (proposed.heads, proposed.pull()["body"])
    done = proposed.again()
    assert (done.code, done.action, done.writes) == (0, "hands-off", ["POST /issues/1/comments"])
    assert (proposed.heads, proposed.pull()["body"]) == before
    assert "shorten it" in proposed.comments()[0]


# ---------------------------------------------------------------------- locked


@pytest.mark.parametrize(
    "fault",
    [
        faults.locked(),
        faults.forbidden("issues=write"),
        faults.not_found(),
        faults.unprocessable(),
    ],
    ids=lambda fault: fault.name,
)
def test_hands_off_in_a_locked_conversation_is_hands_off(proposed: Weekly, fault) -> None:
    proposed.push({"NOTES.md": "please keep\n"})
    proposed.log(MORE)
    proposed.host.faults.when(calls("POST", "/comments"), fault)
    done = proposed.again()
    assert (done.code, done.action) == (0, "hands-off")
    assert "warning: GitHub did not let the bot comment on #1" in done.err
    assert proposed.again().writes == ["POST /issues/1/comments"]  # unlocked by now


# ------------------------------------------------------- somebody's pull request


def test_a_persons_pull_request_from_the_bots_branch_to_another_base_freezes_nothing(
    proposed: Weekly,
) -> None:
    people = proposed.host.people
    people.commit("develop", {"x": "x"}, start="main")
    assert people.open_pull(WEEKLY, base="develop") == 2
    done = proposed()
    assert (done.action, done.writes) == ("none", [])
    assert "#2 proposes the same branch for develop" in done.err
    proposed.log(MORE)
    assert proposed.again().writes == [f"push {WEEKLY}", "PATCH /pulls/1"]
    proposed.log(later(cell(0, 9), cell(0, 9, "API"), weeks=2))
    done = proposed(week="2025-W51")
    assert (done.action, done.writes) == ("close", ["PATCH /pulls/1"])
    assert proposed.pulls == [f"1 closed main {WEEKLY}", f"2 open develop {WEEKLY}"]
    assert proposed(week="2025-W51").writes == []
    people.close(2)
    assert proposed(week="2025-W51").writes == [f"delete {WEEKLY}"]


# --------------------------------------------------------------------- markers


@pytest.mark.parametrize("week", ["2099-W01", "2999-W53", "2020-W01"])
def test_a_marker_edited_to_a_week_that_the_bot_did_not_review_is_put_right(
    proposed: Weekly, week: str
) -> None:
    honest = proposed.pull()["body"]
    forged = honest.replace("2025\\u002dW49", week.replace("-", "\\u002d"))
    assert forged != honest
    proposed.host.people.edit(1, body=forged)
    assert proposed().writes == ["PATCH /pulls/1"]
    assert proposed.pull()["body"] == honest


def test_a_forged_memory_of_a_week_that_is_not_over_turns_nothing_down(proposed: Weekly) -> None:
    body = proposed.pull()["body"]
    proposed.host.people.edit(1, body=body.replace("2025\\u002dW49", "2099\\u002dW01"))
    proposed.host.people.close(1)
    assert proposed().action == "create"


# ------------------------------------------------------------- foreign commits


def forged(bot: Weekly, files: dict[str, str | None], inputs: str = "ab" * 32) -> str:
    """Somebody commits to the bot's branch under its name, with its trailers."""
    policy = bot.host.repository.text("main", "config/policy.toml")
    assert 'name = "calibration-bot"' in policy
    email = next(
        line.split('"')[1]
        for line in policy.partition("[pull_request.commits]")[2].split("\n")
        if line.startswith("email")
    )
    who = Signature("calibration-bot", email, f"{bot.time} +0000")
    trailers = (
        "Calibration-Week: 2025-W49\nCalibration-Change: EXEC/API sonnet -> opus\n"
        f"Calibration-Inputs: {inputs}\n"
    )
    return bot.host.repository.commit(WEEKLY, files, f"calibration: x\n\n{trailers}", who)


@pytest.mark.parametrize(
    "files",
    [
        {"bot.py": "evil\n"},
        {TABLE: edited('[EXEC]\nSECURITY = "opus"\n', "opus", "haiku")},
        {TABLE: None},
        {".github/workflows/x.yml": "on: push\n"},
    ],
    ids=["a file", "another table", "no table", "a workflow"],
)
def test_a_foreign_commit_under_the_bots_name_is_not_adopted(
    proposed: Weekly, files: dict[str, str | None]
) -> None:
    theirs = forged(proposed, files)
    proposed.log(MORE)
    done = proposed.again()
    assert (done.code, done.action, done.writes) == (0, "hands-off", ["POST /issues/1/comments"])
    assert proposed.heads[WEEKLY] == theirs


def test_a_foreign_commit_is_not_adopted_where_the_marker_names_it(proposed: Weekly) -> None:
    head = proposed.heads[WEEKLY]
    theirs = forged(proposed, {"bot.py": "evil\n"})
    proposed.host.people.edit(1, body=proposed.pull()["body"].replace(head, theirs))
    proposed.log(BETTER)
    done = proposed.again()
    assert (done.action, done.writes) == ("hands-off", ["POST /issues/1/comments"])
    assert (proposed.heads[WEEKLY], proposed.pulls) == (theirs, [f"1 open main {WEEKLY}"])


def test_a_foreign_commit_on_a_closed_pull_requests_branch_is_not_deleted(proposed: Weekly) -> None:
    head = proposed.heads[WEEKLY]
    theirs = forged(proposed, {"bot.py": "evil\n"})
    body = proposed.pull()["body"].replace(head, theirs)
    proposed.host.people.edit(1, body=body.replace("false", "true"))
    proposed.host.people.close(1)
    proposed.log(BETTER)
    done = proposed.again()
    assert (done.action, done.writes, proposed.heads[WEEKLY]) == ("none", [], theirs)


# -------------------------------------------------------------- a rewritten base


@pytest.mark.parametrize("related", [True, False], ids=["one commit dropped", "all of it new"])
def test_a_rewritten_base_gets_the_branch_rebuilt(proposed: Weekly, related: bool) -> None:
    """Its commits stand on what base holds no more; what was there is kept all the same."""
    repository, old = proposed.host.repository, proposed.heads[WEEKLY]
    names = repository.git("ls-tree", "-r", "--name-only", "main").split("\n")
    files = {name: repository.text("main", name) for name in names}
    who = Signature("Ada", "ada@example.org", f"{CONFIGURED} +0000")
    again = repository.commit("again", files, "Again", who, "main~1" if related else None)
    proposed.host.people.force_branch("main", again)
    proposed.host.people.delete_branch("again")
    done = proposed()
    kept = f"calibration/backup/weekly-{old[:12]}"
    assert (done.code, done.action) == (0, "update")
    assert done.writes == [
        f"push {kept}",
        f"push {WEEKLY}",
        "PATCH /pulls/1",
        "POST /issues/1/comments",
    ]
    assert proposed.heads[kept] == old
    assert repository.git("rev-parse", f"{WEEKLY}~1") == proposed.heads["main"]
    assert proposed.marker().head == proposed.heads[WEEKLY]
    assert proposed().writes == []
