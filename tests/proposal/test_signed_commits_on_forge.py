"""Issue 13, item 4: the lifecycle in signed and unsigned mode, with GITHUB_TOKEN, personal token and App.

Here one story a way; every row of the table in every way is the stress half of the lifecycle's own tests.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.forge.host import Host
from tests.support.scene import FIRST, later
from tests.support.teams import WEEKLY, cell
from tests.support.ways import WAYS, Way
from tests.support.weekly import Weekly, weekly

CREATED = [
    f"push {WEEKLY}",
    "POST /pulls",
    "POST /issues/1/labels",
    "POST /pulls/1/requested_reviewers",
]
MORE = later(cell(3, 5, "API"))
SIGNED = [way for way in WAYS if way.signed]
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
