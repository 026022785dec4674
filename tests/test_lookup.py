"""`from bot import model_for`: the table for executors in Python (issue 13, item 3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import timeit
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot import model_for
from bot.cli import main
from bot.errors import InvalidInput, UsageError
from bot.lookup import UnlistedAgent
from tests.support.repositories import Workshop, new_repository
from tests.support.teams import CONFIGURATION, POLICY, TABLE, policy, table

ONE_PHASE = {
    POLICY: policy(phases='["ALL"]'),
    TABLE: 'default = "haiku"\n[ALL]\nTESTING = "sonnet"\nSECURITY = "haiku"\n',
}
"""Also one whose gate is declared below its floor, which a lookup resolves."""


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    found = new_repository(tmp_path / "team")
    found.write(CONFIGURATION)
    return found


def settle(team: Workshop) -> None:
    """Let the files be as old as files are that nobody is writing."""
    for path in (POLICY, TABLE):
        os.utime(team.path / path, (1_700_000_000, 1_700_000_000))


def cells(team: Workshop, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, str, str]]:
    capsys.readouterr()
    assert main(["table", "--format", "json", "--repo", str(team.path)]) == 0
    for cell in json.loads(capsys.readouterr().out)["cells"]:
        yield cell["agent"], cell["phase"], cell["model"]


@pytest.mark.parametrize("files", [CONFIGURATION, ONE_PHASE], ids=["shipped", "one-phase"])
def test_json_python_and_model_agree_on_every_cell(
    team: Workshop, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    team.write(files)
    found = list(cells(team, capsys))
    assert len(found) >= 2
    for agent, phase, model in found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnlistedAgent)  # VALIDATION is a gate, listed or not
            assert model_for(agent, phase, repo=team.path) == model
        assert main(["model", agent, phase, "--repo", str(team.path)]) == 0
        assert capsys.readouterr().out == f"{model}\n"


def test_names_come_in_any_spelling_and_the_only_phase_needs_none(team: Workshop) -> None:
    assert model_for("testing-agent", "exec", repo=str(team.path)) == "sonnet"
    team.write(ONE_PHASE)
    assert model_for("Testing", repo=str(team.path)) == "sonnet"


def test_the_next_call_sees_a_change_of_either_file(team: Workshop) -> None:
    for model in ("sonnet", "haiku", "opus") * 5:  # as fast as it goes: no clock is that fine
        team.write({TABLE: f'default = "{model}"\n'})
        with pytest.warns(UnlistedAgent):
            assert model_for("API", "EXEC", repo=team.path) == model
    settle(team)
    with pytest.warns(UnlistedAgent):
        assert model_for("STORIES", "PLAN", repo=team.path) == "opus"
    team.write({TABLE: 'default = "sonnet"\n'})
    gate = '\n[[gates]]\nphase = "PLAN"\nagent = "STORIES"\n'
    for text, model in ((policy() + gate, "opus"), (policy(), "sonnet")):
        team.write({POLICY: text})
        with pytest.warns(UnlistedAgent):
            assert model_for("STORIES", "PLAN", repo=team.path) == model


def test_another_working_directory_is_another_repository(
    team: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other")
    other.write(
        {POLICY: policy(), TABLE: table().replace('TESTING = "sonnet"  ', 'TESTING = "haiku"  ')}
    )
    (team.path / "src/deep").mkdir(parents=True)
    settle(team)
    settle(other)
    for folder, model in (
        (team.path, "sonnet"),
        (other.path, "haiku"),
        (team.path / "src/deep", "sonnet"),
    ):
        monkeypatch.chdir(folder)
        assert model_for("TESTING", "EXEC") == model


def test_a_warm_look_up_costs_at_most_three_stats(team: Workshop) -> None:
    settle(team)
    repo, file = str(team.path), str(team.path / TABLE)
    model_for("TESTING", "EXEC", repo=repo)
    ratios = []
    for _ in range(40):  # the quietest of many short looks: others share this machine
        asked = min(
            timeit.repeat(lambda: model_for("TESTING", "EXEC", repo=repo), number=500, repeat=5)
        )
        stat = min(timeit.repeat(lambda: os.stat(file), number=500, repeat=5))  # noqa: PTH116
        ratios.append(asked / stat)
        if asked <= 3 * stat:
            break
    assert min(ratios) <= 3, ratios


def test_an_agent_that_no_phase_lists_gets_the_default_and_a_warning(team: Workshop) -> None:
    with pytest.warns(
        UnlistedAgent, match="NEWCOMER is not in the table; using the default"
    ) as seen:
        assert model_for("newcomer", "EXEC", repo=team.path) == "sonnet"
    assert seen[0].filename == __file__


def test_security_has_its_floor_in_every_context(team: Workshop) -> None:
    assert model_for("security", "anywhere", repo=team.path) == "opus"


@pytest.mark.parametrize(
    ("agent", "phase", "said"),
    [
        ("ö", "EXEC", "'ö' is no agent name"),
        ("API", "SHIP", "'SHIP' is no phase of the policy; known are LEAD, PLAN, EXEC"),
        ("API", None, "PHASE is missing; known are LEAD, PLAN, EXEC"),
    ],
)
def test_a_wrong_name_is_told(team: Workshop, agent: str, phase: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        model_for(agent, phase, repo=team.path)


def test_a_wrong_table_is_told_with_every_problem_and_heals(team: Workshop) -> None:
    settle(team)
    assert model_for("API", "EXEC", repo=team.path) == "sonnet"
    team.write({TABLE: 'default = "x"\n[EXEC]\nAPI = "y"\n'})
    with pytest.raises(InvalidInput) as caught:
        model_for("API", "EXEC", repo=team.path)
    assert len(caught.value.problems) == 2
    (team.path / TABLE).unlink()
    with pytest.raises(InvalidInput, match="cannot be read"):
        model_for("API", "EXEC", repo=team.path)
    team.write({TABLE: table()})
    assert model_for("API", "EXEC", repo=team.path) == "sonnet"


def test_it_writes_nothing_into_the_work_tree(team: Workshop) -> None:
    before = team.git("status", "--porcelain", "--ignored")
    model_for("API", "EXEC", repo=team.path)
    assert team.git("status", "--porcelain", "--ignored") == before


def test_nothing_heavy_is_imported(team: Workshop) -> None:
    model_for("API", "EXEC", repo=team.path)  # what it read is kept for others
    script = (
        "import sys; from bot import model_for; print(model_for('API', 'EXEC'));"
        "print(sorted({'duckdb', 'git', 'github', 'tomlkit', 'rich', 'msgspec'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=team.path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "sonnet\n[]\n"


def test_the_package_says_what_it_offers() -> None:
    assert set(bot.__all__) == {"__version__", "model_for"}
    with pytest.raises(AttributeError, match="no attribute 'model_of'"):
        bot.model_of  # noqa: B018


def test_python_m_bot_is_the_command_line(team: Workshop) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "model", "TESTING", "EXEC"],
        cwd=team.path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(bot.__file__).parents[1])},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "sonnet\n", "")
    wrong = subprocess.run(
        [sys.executable, "-m", "bot", "no-such"],
        cwd=team.path,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(bot.__file__).parents[1])},
    )
    assert wrong.returncode == 2
