"""Boxes by whole runs against real git and a stateful GitHub: unticked, ticked again, all, and in a race."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.forge.faults import calls
from tests.support.forge.wire import Request
from tests.support.scene import later
from tests.support.teams import WEEKLY, cell
from tests.support.ways import Way
from tests.support.weekly import Weekly

pytestmark = pytest.mark.slow  # many seconds in all; the table of decisions is quick

MORE = later(cell(3, 5, "API"))
"""API/EXEC needs rework too, one week later."""
WRITES = [f"push {WEEKLY}", "PATCH /pulls/1"]
AGENTS = ("API", "TESTING")


@pytest.fixture
def both(proposed: Weekly) -> Weekly:
    """A pull request of the second week that proposes API/EXEC and TESTING/EXEC."""
    proposed.log(MORE)
    assert proposed.again().writes == WRITES
    return proposed


def tick(bot: Weekly, agent: str, *, on: bool) -> None:
    """Somebody clicks a box."""
    before, after = ("[ ]", "[x]") if on else ("[x]", "[ ]")
    row = f"- {before} `{agent}/EXEC`"
    body = bot.pull()["body"]
    assert body.count(row) == 1
    bot.host.people.edit(1, body=body.replace(row, f"- {after} `{agent}/EXEC`"))


def raised(bot: Weekly) -> list[str]:
    """Whom the branch raises."""
    return [agent for agent in AGENTS if bot.assigned()[agent] == "opus"]


def boxes(bot: Weekly) -> list[str]:
    """The boxes in the text, a word each."""
    lines = bot.pull()["body"].split("\n")
    return [line[3] + " " + line.split("`")[1] for line in lines if line.startswith("- [")]


def test_an_unticked_promotion_is_taken_out_and_ticking_it_brings_it_back(
    both: Weekly, way: Way
) -> None:
    """The same commits as before, but for the date that GitHub gives those it signs."""
    before, head = both.pull(), both.heads[WEEKLY]
    tick(both, "API", on=False)
    done = both.again()
    assert (done.code, done.action, done.writes) == (0, "update", WRITES)
    assert (raised(both), both.proposed()) == (["TESTING"], ["TESTING/EXEC"])
    assert boxes(both) == ["  API/EXEC", "x TESTING/EXEC"]
    assert both.again().writes == []  # what the bot's own edit starts writes nothing
    tick(both, "API", on=True)
    assert both.again().writes == WRITES
    now = both.heads[WEEKLY]
    assert (now == head) is not way.signed
    assert raised(both) == ["API", "TESTING"]
    assert both.pull()["body"].replace(now, head) == before["body"]


def test_what_was_unticked_is_remembered_in_later_weeks_and_pull_requests(both: Weekly) -> None:
    tick(both, "API", on=False)
    both.again()
    both.log(later(cell(1, 5, "DESIGN"), weeks=2))
    done = both(week="2025-W51")
    assert (done.code, raised(both), len(boxes(both))) == (0, ["TESTING"], 2)
    both.host.people.merge(1)
    done = both(week="2025-W51")
    assert (done.code, done.action, done.writes) == (0, "none", [])
    assert "API/EXEC to opus was turned down by its box in #1" in done.err


def test_without_a_ticked_box_it_is_closed_until_one_is_ticked_and_it_is_reopened(
    both: Weekly,
) -> None:
    for agent in AGENTS:
        tick(both, agent, on=False)
    done = both.again()
    assert (done.code, done.action, done.writes) == (0, "close", ["PATCH /pulls/1"])
    assert both.pulls == [f"1 closed main {WEEKLY}"]
    assert WEEKLY in both.branches  # without it nobody could reopen
    assert both.again().writes == []
    both.host.people.reopen(1)
    tick(both, "TESTING", on=True)
    assert both.again().writes == WRITES
    assert (both.pulls, raised(both)) == ([f"1 open main {WEEKLY}"], ["TESTING"])
    assert not both.pull()["body"].startswith(">")
    assert both.again().writes == []


def test_boxes_are_not_obeyed_while_hands_are_off_and_the_comment_says_so(both: Weekly) -> None:
    pushed = both.push({"theirs.txt": "x"})
    tick(both, "API", on=False)
    done = both.again()
    assert (done.code, done.action) == (0, "hands-off")
    assert (both.heads[WEEKLY], both.proposed()) == (pushed, ["API/EXEC", "TESTING/EXEC"])
    (said,) = both.comments()
    assert "Its boxes are not obeyed either." in said


def just_before_the_edit(bot: Weekly, act: Callable[[], object]) -> None:
    """Somebody acts once, right before the bot looks at the pull request once more."""
    left = [act]

    def hook(request: Request) -> None:
        if calls("GET", "/pulls/1")(request) and left:
            left.pop()()

    bot.host.before.append(hook)


@pytest.mark.parametrize("agent", AGENTS)
def test_a_box_clicked_while_the_bot_is_at_work_is_obeyed_by_the_next_run(
    both: Weekly, agent: str
) -> None:
    """The other one unticked, or the same one ticked again: the branch is pushed already by then."""
    tick(both, "API", on=False)
    just_before_the_edit(both, lambda: tick(both, agent, on=agent == "API"))
    done = both.again()
    assert (done.code, done.writes) == (0, [f"push {WEEKLY}"])
    assert "#1 was changed while it was updated; the next run starts afresh" in done.err
    after = both.again()
    if agent == "API":
        assert (after.writes, raised(both)) == (WRITES, [*AGENTS])
        assert both.proposed() == ["API/EXEC", "TESTING/EXEC"]
    else:
        assert (after.action, after.writes) == ("close", ["PATCH /pulls/1"])
    assert both.again().writes == []


def test_a_run_that_ended_between_its_push_and_its_edit_is_finished_by_the_next(
    both: Weekly,
) -> None:
    head = both.heads[WEEKLY]
    tick(both, "API", on=False)
    tick_back = both.pull()["body"]
    assert both.again().writes == WRITES
    assert both.heads[WEEKLY] != head
    both.host.people.edit(1, body=tick_back)  # as if the edit had never been
    assert both.again().writes == ["PATCH /pulls/1"]
    assert (raised(both), both.proposed()) == (["TESTING"], ["TESTING/EXEC"])


def test_a_box_that_says_nothing_is_mentioned_and_drops_nothing(both: Weekly) -> None:
    body = both.pull()["body"]
    rows = [line for line in body.split("\n") if line.startswith("- [x] `API/EXEC`")]
    both.host.people.edit(1, body=body.replace(rows[0], f"{rows[0]}\n{rows[0]}"))
    done = both.again()
    assert (done.code, done.writes, raised(both)) == (0, [], [*AGENTS])
    assert "the box of API/EXEC is there more than once" in done.err


def test_an_older_week_s_run_leaves_the_boxes_to_the_marker_s_week(both: Weekly) -> None:
    tick(both, "API", on=False)
    assert both().writes == []
    assert both.again().writes == WRITES
