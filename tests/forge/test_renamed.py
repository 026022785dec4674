"""Issue 9, item 18: a repository that was renamed, or given away, is worked on under its new name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.forge import tokens
from tests.support.forge.faults import Fault, calls
from tests.support.forge.host import Host
from tests.support.forge.wire import error_answer
from tests.support.scene import FIRST, later
from tests.support.teams import WEEKLY, cell
from tests.support.weekly import Weekly, weekly

OLD = "ancient/gadget"
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(
    host: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Weekly:
    """A first week logged; remote and environment still say the old name."""
    found = weekly(host, tmp_path / "clone", monkeypatch, capsys)
    found.log(FIRST)
    clone = str(found.clone)
    host.repository.git("-C", clone, "remote", "set-url", "origin", f"{host.url}/{OLD}.git")
    found.environment["GITHUB_REPOSITORY"] = OLD
    return found


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renamed_repository_gets_its_one_pull_request(bot: Weekly, status: int) -> None:
    bot.host.old_name = OLD, status
    done = bot()
    assert (done.code, done.action) == (0, "create"), done.err
    assert f"{OLD} is called acme/widget now" in done.err
    assert bot.pulls == [f"1 open main {WEEKLY}"]
    assert done.document["pull_request"]["url"] == bot.pull()["html_url"]
    assert bot().writes == []
    bot.log(later(cell(3, 5, "API")))
    assert bot.again().writes == [f"push {WEEKLY}", "PATCH /pulls/1"]
    bot.host.people.close(1)
    assert (
        "turned down when #1 was closed" in bot.again().err
    )  # closed ones are seen: the query survives


def test_only_the_forge_has_the_new_name(bot: Weekly) -> None:
    """The remote was put right, the variable was not."""
    bot.host.old_name = OLD, 301
    git = bot.host.repository.git
    git("-C", str(bot.clone), "remote", "set-url", "origin", bot.host.clone_url)
    assert bot().action == "create"
    assert bot().writes == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/api/v3/repositories/1/pulls",
        "//evil.example/x",
        "http://127.0.0.1:1/api/v3/x",
    ],
)
def test_another_server_is_never_sent_the_token(bot: Weekly, status: int, location: str) -> None:
    bot.environment["GITHUB_REPOSITORY"] = "acme/widget"
    bot.host.repository.git("-C", str(bot.clone), "remote", "set-url", "origin", bot.host.clone_url)
    answer = error_answer(status, "Moved", {"Location": location})
    bot.host.faults.when(calls("GET", "/pulls"), Fault("moved", answer), None)
    done = bot()
    assert (done.code, done.writes, bot.branches) == (1, [], ["main"])
    assert "another server; correct GITHUB_API_URL" in done.err
    assert tokens.ACTIONS.value not in done.err


def test_a_redirect_in_a_circle_ends(bot: Weekly) -> None:
    bot.environment["GITHUB_REPOSITORY"] = "acme/widget"
    git = bot.host.repository.git
    git("-C", str(bot.clone), "remote", "set-url", "origin", bot.host.clone_url)
    answer = error_answer(301, "Moved", {"Location": f"{bot.host.api_url}/repos/acme/widget/pulls"})
    bot.host.faults.when(calls("GET", "/pulls"), Fault("moved", answer), None)
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert "redirects without end" in done.err
    assert done.requests() < 12
