"""Attacks on the life of a pull request, by whole runs: forged texts, odd commits, races, odd answers.

Whatever is done, main does not move, nobody's commit is lost, there is one open pull request of the bot, and
the next run comes to rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.forge import faults
from tests.support.forge.bare import Signature
from tests.support.forge.faults import Fault, calls
from tests.support.forge.wire import Request, json_answer
from tests.support.scene import BETTER, SAME, later
from tests.support.teams import POLICY, TABLE, WEEKLY, Files, cell, policy
from tests.support.weekly import Weekly, edited

pytestmark = pytest.mark.slow  # many seconds in all

MORE = later(cell(3, 5, "API"))
"""API/EXEC needs rework too, one week later."""
Act = Callable[[Weekly], object]
PATCHED, COMMENTED, MOVED = ["PATCH /pulls/1"], ["POST /issues/1/comments"], [f"push {WEEKLY}"]


def line(bot: Weekly) -> str:
    """The marker's line in the pull request."""
    lines = bot.pull()["body"].split("\n")
    return next(text for text in lines if text.startswith("<!-- calibration-bot:"))


def says(change: Callable[[str, str], str]) -> Act:
    """Somebody edits the body: from (body, marker's line) to another body."""
    return lambda bot: bot.host.people.edit(1, body=change(bot.pull()["body"], line(bot)))


def forges(old: str, new: str) -> Act:
    """Somebody edits the marker."""

    def act(bot: Weekly) -> None:
        text = bot.pull()["body"]
        assert old in text
        bot.host.people.edit(1, body=text.replace(old, new))

    return act


def just_before(method: str, ending: str, act: Act) -> Act:
    """Somebody acts once, right before the host looks at such a request."""

    def order(bot: Weekly) -> None:
        fits, waiting = calls(method, ending), [act]

        def hook(request: Request) -> None:
            if waiting and fits(request):
                waiting.pop()(bot)

        bot.host.before.append(hook)

    return order


def lists(change: Callable[[Any], Any]) -> Act:
    """The first list of pull requests shows the only one otherwise."""

    def order(bot: Weekly) -> None:
        def hook(request: Request) -> None:
            if waiting and request.method == "GET" and request.path.endswith("/pulls"):
                answer = json_answer(200, waiting.pop()(bot.host.pulls("all")[0]))
                bot.host.faults.at(request.index, Fault("another list", answer))

        waiting = [change]
        bot.host.before.append(hook)

    return order


def orphan(bot: Weekly) -> None:
    sha = bot.host.repository.commit("o", {"x": "x"}, "Mine", Signature("Ada", "ada@example.org"))
    bot.host.people.force_branch(WEEKLY, sha)


def update_button(bot: Weekly) -> None:
    """Main is merged into the branch, as GitHub's button does."""
    bot.commit({"README.md": "new\n"})
    repository, heads = bot.host.repository, bot.heads
    tree = repository.merged_tree("main", WEEKLY)
    by = Signature("reviewer", "reviewer@example.com")
    parents = [heads[WEEKLY], heads["main"]]
    bot.host.people.force_branch(
        WEEKLY, repository.commit_tree(tree, parents, "Merge branch 'main'", by)
    )


def rebased(bot: Weekly) -> None:
    bot.commit({"README.md": "new\n"})
    by = Signature("reviewer", "reviewer@example.com")
    repository, heads = bot.host.repository, bot.heads
    bot.host.people.force_branch(WEEKLY, repository.rebased(heads["main"], heads[WEEKLY], by))


def reverted_as_the_bot(bot: Weekly) -> None:
    """Back to the old model, under the bot's name, with the very message of its own commit."""
    git = bot.host.repository.git
    name, email = git("log", "-1", "--format=%cn%x00%ce", WEEKLY).split("\0")
    table = bot.host.repository.text(WEEKLY, TABLE)
    lowered = {TABLE: edited(table, 'TESTING = "opus"', 'TESTING = "sonnet"')}
    message = git("log", "-1", "--format=%B", WEEKLY)
    who = Signature(name, email, f"{bot.time} +0000")
    bot.host.repository.commit(WEEKLY, dict(lowered), message, who)


def reopened(bot: Weekly) -> None:
    bot.host.people.close(1)
    bot.host.people.reopen(1)


def deleted_and_restored(bot: Weekly) -> None:
    head = bot.heads[WEEKLY]
    bot.host.people.delete_branch(WEEKLY)
    bot.host.repository.set_head(WEEKLY, head)
    bot.host.people.reopen(1)


def there_and_back(bot: Weekly) -> None:
    retargeted(bot)
    bot.host.people.retarget(1, "main")


def retargeted(bot: Weekly) -> None:
    bot.host.people.commit("develop", {"x": "x"}, start="main")
    bot.host.people.retarget(1, "develop")


def noted(bot: Weekly) -> None:
    bot.host.people.edit(1, body=bot.pull()["body"] + "\nJust written.")


def pushed(bot: Weekly) -> None:
    bot.push({"NOTES.md": "keep\n"})


def tag_forged(bot: Weekly) -> None:
    pushed(bot)
    bot.host.people.comment(1, "<!-- calibration-bot-hands-off -->")


def renamed_bot(bot: Weekly) -> None:
    text = policy(reviewers='["reviewer"]')
    bot.commit({POLICY: text.replace('name = "calibration-bot"', 'name = "other-bot"')})


def unreadable_comments(bot: Weekly) -> None:
    pushed(bot)
    bot.host.faults.when(calls("GET", "/comments"), faults.not_found(), None)


def another(shown: Any, **more: Any) -> Any:
    return {**shown, **more}


QUOTED = says(lambda body, marker: f"{body}\n> {marker}\n")
ATTACKS: dict[str, tuple[Act, Files, str, list[str]]] = {
    # ---------------------------------------------------------------- forged texts
    "the marker quoted in a note": (QUOTED, MORE, "update", [*MOVED, *PATCHED]),
    "the marker pasted in a note": (
        *(says(lambda body, marker: f"{body}\n{marker}\n"), MORE),
        *("hands-off", COMMENTED),
    ),
    "the marker moved to the top": (
        *(says(lambda body, marker: f"{marker}\n" + body.replace(marker, "")), SAME),
        *("update", PATCHED),
    ),
    "another marker above": (
        *(says(lambda body, marker: f"{marker.replace('opus', 'haiku')}\n{body}"), BETTER),
        *("hands-off", COMMENTED),
    ),
    "an empty body": (says(lambda body, marker: ""), BETTER, "hands-off", COMMENTED),
    "only the marker": (says(lambda body, marker: marker), SAME, "update", PATCHED),
    "a browser's line ends": (
        *(says(lambda body, marker: body.replace("\n", "\r\n")), MORE),
        *("update", [*MOVED, *PATCHED]),
    ),
    "another scope in the marker": (
        *(forges('"scope":[null,null]', '"scope":["API","EXEC"]'), SAME),
        *("update", PATCHED),
    ),
    "no change in the marker": (
        *(forges('[["EXEC","TESTING","sonnet","opus"]]', "[]"), MORE),
        *("update", [*MOVED, *PATCHED]),
    ),
    "another change in the marker": (
        *(forges('"TESTING","sonnet"', '"API","sonnet"'), BETTER),
        *("close", [*PATCHED, f"delete {WEEKLY}"]),
    ),
    "a tag that says it was said already": (tag_forged, MORE, "hands-off", COMMENTED),
    # --------------------------------------------------------- branches at odd commits
    "a history of its own": (orphan, MORE, "hands-off", COMMENTED),
    "the update button": (update_button, SAME, "hands-off", COMMENTED),
    "rebased by a person": (rebased, MORE, "hands-off", COMMENTED),
    "reverted under the bot's name": (reverted_as_the_bot, BETTER, "hands-off", COMMENTED),
    "the bot got another name": (renamed_bot, MORE, "hands-off", COMMENTED),
    # -------------------------------------------------- closed, reopened, retargeted, moved
    "closed and reopened": (reopened, SAME, "update", PATCHED),
    "branch deleted, restored, reopened": (
        deleted_and_restored,
        MORE,
        "update",
        [*MOVED, *PATCHED],
    ),
    "retargeted and back": (there_and_back, BETTER, "close", [*PATCHED, f"delete {WEEKLY}"]),
    "comments that cannot be read": (unreadable_comments, MORE, "hands-off", []),
    # ----------------------------------------------------------------------- races
    "a note written just before the update": (
        *(just_before("POST", "/git-receive-pack", noted), MORE),
        *("update", [*MOVED, *PATCHED]),
    ),
    "a note written just before it is closed": (
        *(just_before("GET", "/pulls/1", noted), BETTER),
        *("close", [*PATCHED, f"delete {WEEKLY}"]),
    ),
    "retargeted just before the update": (
        *(just_before("GET", "/pulls/1", retargeted), SAME),
        *("update", []),
    ),
    "retargeted just before it is closed": (
        *(just_before("GET", "/pulls/1", retargeted), BETTER),
        *("close", []),
    ),
    "closed just before the update": (
        *(just_before("GET", "/pulls/1", lambda bot: bot.host.people.close(1)), SAME),
        *("update", []),
    ),
    "retitled just before the update": (
        *(just_before("GET", "/pulls/1", lambda bot: bot.host.people.edit(1, title="Mine")), SAME),
        *("update", PATCHED),
    ),
    "pushed just before the update": (
        *(just_before("GET", "/pulls/1", pushed), SAME),
        *("update", PATCHED),
    ),
    # ------------------------------------------------- answers that contradict each other
    "listed open and closed": (
        *(lists(lambda shown: [another(shown, state="closed"), shown]), SAME),
        *("update", PATCHED),
    ),
    "listed as open, and merged": (
        *(lists(lambda shown: [another(shown, merged_at="2025-12-01T00:00:00Z")]), SAME),
        *("none", []),
    ),
    "listed with another head than git's": (
        *(lists(lambda shown: [another(shown, head={**shown["head"], "sha": "f" * 40})]), SAME),
        *("update", PATCHED),
    ),
    "listed without an author": (lists(lambda s: [another(s, user=None)]), SAME, "hands-off", []),
    "listed in a state nobody knows": (lists(lambda s: [another(s, state="x")]), SAME, "", []),
    "listed without a base": (lists(lambda s: [another(s, base={})]), MORE, "", []),
    "a list of anything": (lists(lambda s: [None, "x", s]), MORE, "", []),
    "a body that is no text": (lists(lambda s: [another(s, body=5)]), MORE, "hands-off", COMMENTED),
}


@pytest.mark.parametrize(("act", "then", "action", "writes"), ATTACKS.values(), ids=ATTACKS)
def test_no_attack_loses_anything(
    proposed: Weekly, act: Act, then: Files, action: str, writes: list[str]
) -> None:
    act(proposed)
    proposed.log(then)
    before, main = proposed.heads.get(WEEKLY), proposed.heads["main"]
    done = proposed.again()
    assert (done.code, done.writes) == (int(not action), writes), done.err
    assert not action or done.action == action
    assert proposed.heads["main"] == main
    if action == "hands-off":
        assert proposed.heads.get(WEEKLY) == before
    body = proposed.pull()["body"]
    proposed.again()
    assert proposed.again().writes == []
    assert sum(" open main " in pull for pull in proposed.pulls) <= 1
    if "Just written." in body:
        assert proposed.pull()["body"].endswith(" -->\n\nJust written.")


@pytest.mark.parametrize("then", [MORE, BETTER], ids=["update", "close"])
def test_a_note_written_while_the_bot_works_is_not_lost(proposed: Weekly, then: Files) -> None:
    just_before("GET", "/pulls/1", noted)(proposed)
    proposed.log(then)
    proposed.again()
    assert proposed.pull()["body"].endswith(" -->\n\nJust written.")


def test_a_pull_request_retargeted_while_it_is_closed_keeps_its_branch(proposed: Weekly) -> None:
    just_before("GET", "/pulls/1", retargeted)(proposed)
    proposed.log(BETTER)
    done = proposed.again()
    assert "#1 was changed while it was updated" in done.err
    assert proposed.pulls == [f"1 open develop {WEEKLY}"]
    assert WEEKLY in proposed.branches
