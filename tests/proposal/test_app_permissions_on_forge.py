"""Issue 13, item 4: the App's token asks only for the permissions it uses, as PUBLISHING.md lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.forge.host import Host
from tests.support.scene import FIRST
from tests.support.teams import WEEK, WEEKLY
from tests.support.ways import WAYS
from tests.support.weekly import Weekly, weekly

GUIDE = (Path(__file__).parents[2] / ".github/PUBLISHING.md").read_text("utf-8")
WORDS = {
    "plan --explain": ["TESTING", "EXEC", f"--week={WEEK}"],
    "replay": [f"--from={WEEK}", f"--to={WEEK}"],
    "report": [f"--week={WEEK}", "--html=page.html"],
    "history": [],
    "log sync": [],
    "export": ["--parquet=lake"],
    "collect git": [],
    "collect github": [],
    "alarm": ['--jobs={"calibrate": {"result": "failure"}}'],
}
"""What a command needs beside its name; the week where there is nothing here."""


def listed() -> dict[str, dict[str, str]]:
    """Permissions by command, as the guide's table has them."""
    _, _, table = GUIDE.partition("| command | an App's token asks for |\n|---|---|\n")
    rows = [re.findall(r"`([^`]+)`", line) for line in table.partition("\n\n")[0].split("\n")]
    return {
        name: {
            key.replace("-", "_"): level
            for key, level in (one.split(": ") for one in row if ": " in one)
        }
        for row in rows
        for name in (word.removeprefix("calibration-bot ") for word in row)
        if ": " not in name
    }


@pytest.fixture
def bot(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Weekly:
    """The repository, the first week logged; an App that was given more than it needs acts."""
    way = WAYS[-1]
    found = weekly(host, tmp_path / "clone", monkeypatch, capsys, **way.settings)
    way.sign_in(found)
    found.log(FIRST)
    monkeypatch.chdir(found.clone)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    more = ("actions", "administration", "checks", "issues", "statuses", "workflows")
    own = {"contents": "write", "pull_requests": "write", "metadata": "read"}
    host.api.app_permissions = {**dict.fromkeys(more, "write"), **own}
    return found


@pytest.mark.slow
def test_a_command_asks_for_what_it_uses_and_can_do_its_work_with_that(
    bot: Weekly, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    """The bed refuses whatever a token is not for. The work of `run`, which comes last, is the signed one."""
    commands = [*listed().items()]
    for command, permissions in commands[1:] + commands[:1]:
        with subtests.test(command=command):
            known = {*bot.host.api.tokens}
            assert main([*command.split(), *WORDS.get(command, [f"--week={WEEK}"])]) == 0
            issued = [one for value, one in bot.host.api.tokens.items() if value not in known]
            assert [token.permissions for token in issued] == [permissions]
            assert "did not let the bot" not in capsys.readouterr().err
    assert WEEKLY in bot.branches


def test_every_command_that_signs_in_is_listed() -> None:
    assert {*listed()} == {*WORDS, "run", "run --dry-run", "plan"}
