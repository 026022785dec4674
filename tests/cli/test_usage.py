"""Wrong usage is told before anything is read or asked, and a file has one name in every command."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import SCRIPT, Bot, unchanged
from tests.support.repositories import snapshot
from tests.support.teams import EXAMPLE, POLICY, WEEK, Team, cell, cells, policy

MakeTeam = Callable[..., Team]
WEEKLY_COMMANDS = (("plan",), ("run",), ("budget",), ("log", "show"))
NO_WEEKS = ("nonsense", "2025-49", "2025-w49", "2025-W54", "3000-W01", "W49-2025", "２０２５-W49")
NO_NAMES = ("two words", "9TH", "default", "EXEC\n", "\x1b[31m", "ЕXEC")


@pytest.fixture
def silent(make_team: MakeTeam) -> Team:
    """A team whose remote leaves a file `asked` beside the clone when anybody talks to it."""
    team = make_team(EXAMPLE)
    asked = team.work.path.parent / "asked"
    team.work.git("config", "remote.origin.uploadpack", f"touch '{asked}'; false")
    return team


def asked(team: Team) -> bool:
    return (team.work.path.parent / "asked").exists()


def test_the_remote_of_these_tests_tells_when_it_is_asked(silent: Team, bot: Bot):
    assert bot("plan", silent, "--week", WEEK).code == 1
    assert asked(silent)


# ------------------------------------------------------------- what is malformed, by its spelling


@pytest.mark.parametrize("command", WEEKLY_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("week", NO_WEEKS)
def test_a_week_that_is_none_is_told_without_reading_anything(
    bot: Bot, tmp_path: Path, command: tuple[str, ...], week: str
):
    said = bot(command[0], None, *command[1:], "--repo", str(tmp_path / "nowhere"), "--week", week)
    assert (said.code, said.out) == (2, "")
    assert "write an ISO week such as 2025-W49" in said.err


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("option", ["--agent", "--phase"])
def test_a_scope_that_is_no_name_is_told_without_reading_anything(
    bot: Bot, tmp_path: Path, command: str, option: str, name: str
):
    scope = ("--agent", "TESTING", option, name)
    said = bot(command, None, "--repo", str(tmp_path / "nowhere"), *scope)
    assert (said.code, said.out) == (2, "")
    assert f"error: {option} " in said.err
    assert "use letters, digits, _ and -" in said.err


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("place", ["agent", "phase"])
def test_a_cell_that_is_no_name_is_told_without_reading_anything(
    bot: Bot, tmp_path: Path, place: str, name: str
):
    named = (name, "EXEC") if place == "agent" else ("TESTING", name)
    said = bot("model", None, *named, "--repo", str(tmp_path / "nowhere"))
    assert (said.code, said.out) == (2, "")
    assert f"is no {place} name; use letters, digits, _ and -" in said.err


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("phase", ["EXEC", "NOPE", "two words"])
def test_a_phase_without_an_agent_is_told_without_reading_anything(
    bot: Bot, tmp_path: Path, command: str, phase: str
):
    said = bot(command, None, "--repo", str(tmp_path / "nowhere"), "--phase", phase)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: --phase goes with --agent")


# ------------------------------------------------------------- what no policy knows


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize(
    "args",
    [
        ("--week", "nonsense"),
        ("--phase", "EXEC"),
        ("--agent", "TESTING", "--phase", "DEPLOY"),
        ("--agent", "TESTING", "--phase", "DEPLOY", "--forge", "github"),
        ("--agent", "two words"),
        ("--policy", "../policy.toml"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_without_a_network(
    silent: Team, bot: Bot, command: str, args: tuple[str, ...]
):
    with unchanged(silent):
        said = bot(command, silent, *args)
    assert (said.code, said.out) == (2, "")
    assert not asked(silent)


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("here", ["not toml [", None], ids=["policy broken here", "no policy here"])
def test_a_phase_that_only_base_can_judge_is_told_before_the_logs_are_read(
    make_team: MakeTeam, bot: Bot, command: str, here: str | None
):
    team = make_team(cells(cell(0, 5)) | {".calibration/logs/2025-W49/tokens-bad.jsonl": "{\n"})
    (team.work.path / POLICY).unlink()
    if here is not None:
        team.work.write({POLICY: here})
    said = bot(command, team, "--week", WEEK, "--agent", "TESTING", "--phase", "DEPLOY")
    assert (said.code, said.out) == (2, "")
    assert (
        said.err
        == "error: --phase 'DEPLOY' is no phase of the policy; known are LEAD, PLAN, EXEC\n"
    )


@pytest.mark.parametrize(
    "args",
    [
        ("model", "TESTING", "DEPLOY"),
        ("log", "tokens", "--sd", "SD-1", "--tokens", "1", "--phase", "DEPLOY"),
        ("log", "rework", "--sd", "SD-1", "--agent", "TESTING", "--phase", "DEPLOY"),
        ("log", "import", "claude-code", ".", "--phase", "DEPLOY"),
    ],
    ids=lambda args: " ".join(args[:2]),
)
def test_an_unknown_phase_ends_with_2_and_names_the_known_ones(
    make_team: MakeTeam, bot: Bot, args: tuple[str, ...]
):
    team = make_team()
    before = snapshot(team.work.path)
    said = bot(args[0], None, *args[1:], "--repo", team.path)
    assert (said.code, said.out) == (2, "")
    assert "'DEPLOY' is no phase of the policy; known are LEAD, PLAN, EXEC" in said.err
    assert snapshot(team.work.path) == before


# ------------------------------------------------------------- one file, one name


COMMANDS: dict[str, tuple[str, ...]] = {
    "plan": ("plan", "--week", WEEK, "--format", "json"),
    "run": ("run", "--week", WEEK, "--dry-run", "--format", "json"),
    "guard": ("guard", "--base", "main", "--format", "json"),
    "model": ("model", "TESTING", "EXEC"),
    "model --sd": ("model", "TESTING", "EXEC", "--sd", "SD-1"),
    "table": ("table",),
    "budget": ("budget", "--week", WEEK, "--format", "json"),
    "log show": ("log", "show", "--week", WEEK),
    "validate": ("validate",),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_every_spelling_of_the_policys_path_is_the_same_file(
    make_team: MakeTeam, bot: Bot, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    team = make_team(EXAMPLE)
    link = tmp_path / "link"
    link.symlink_to(team.work.path)
    command, *args = COMMANDS[name]
    monkeypatch.setattr("time.time", lambda: 1_765_200_000.0)  # the week's end: no figure moves
    expected = bot(command, None, *args, "--repo", team.path)
    assert expected.code == 0, expected.err
    spellings = ("./config/policy.toml", "config//policy.toml", ".//config/./policy.toml")
    for path in (*spellings, f"{team.path}/{POLICY}", f"{link}/{POLICY}"):
        assert bot(command, None, *args, "--repo", team.path, "--policy", path) == expected


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("path", ["", ".", "../policy.toml", "config/../x.toml", "/etc/x.toml"])
def test_a_policy_outside_of_the_repository_is_wrong_usage(
    silent: Team, bot: Bot, name: str, path: str
):
    command, *args = COMMANDS[name]
    said = bot(command, None, *args, "--repo", silent.path, "--policy", path)
    assert (said.code, said.out) == (2, "")
    assert "must be a path inside the repository" in said.err
    assert not asked(silent)


# ------------------------------------------------------------- in a workflow


@pytest.fixture
def summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The job summary of a workflow that runs us."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    return file


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_document_is_all_of_stdout_in_a_workflow_too(
    make_team: MakeTeam, bot: Bot, summary: Path, command: str
):
    team = make_team(EXAMPLE)
    team.work.write({".calibration/logs/2025-W49/tokens-new.jsonl": "{}"})
    said = bot(command, team, "--week", WEEK, "--format", "json")
    assert said.code == 0
    assert json.loads(said.out)["week"]
    assert "::warning title=calibration-bot::" in said.err
    assert summary.exists() is (command == "run")


@pytest.mark.parametrize(
    "args",
    [
        ("model", "TESTING", "DEPLOY"),
        ("model", "two words", "EXEC"),
        ("validate",),
        ("table",),
        ("budget", "--week", "nonsense"),
        ("log", "show", "--week", "nonsense"),
        ("guard", "--base", "no-such-branch"),
    ],
    ids=" ".join,
)
def test_a_failing_command_that_calibrates_nothing_stops_no_calibration(
    make_team: MakeTeam, bot: Bot, summary: Path, args: tuple[str, ...]
):
    team = make_team()
    if args[0] in ("validate", "table"):
        team.work.write({POLICY: policy().replace("phases", "fazes")})
    said = bot(args[0], None, *args[1:], "--repo", team.path)
    assert said.code in (1, 2)
    assert said.out == ""
    assert "::error title=calibration-bot" in said.err
    assert not summary.exists()
    assert not summary.with_name("output").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("run", "--week", "nonsense"), "nonsense"),
        (("run", "--week", "2025-W99"), "has no week 99"),
        (("plan", "--forge", "gitlab"), "invalid choice: 'gitlab'"),
        (("run", "--bogus"), "unrecognized arguments: --bogus"),
        (("run", "--week"), "expected one argument"),
        (("collect", "git", "--bogus"), "unrecognized arguments: --bogus"),
        (("collect", "git", "--sync", "--dry-run"), "not allowed with argument"),
        (("rnu",), "invalid choice: 'rnu'"),
        ((), "COMMAND"),
        (("run", "x\n::error::@org <img src=x> \x1b[31m"), "unrecognized arguments"),
    ],
    ids=lambda value: ascii(" ".join(value)) if isinstance(value, tuple) else None,
)
def test_a_command_line_that_makes_no_sense_leaves_reason_and_next_step(
    make_team: MakeTeam, summary: Path, args: tuple[str, ...], said: str
):
    """Of what calibrates or collects, and of what is no command at all: nobody opens a log on a phone."""
    team = make_team()
    done = subprocess.run(
        [str(SCRIPT), *args], cwd=team.path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    annotations = re.findall(r"(?m)^::error title=calibration-bot::", done.stderr)
    assert len(annotations) == 1
    assert not re.search(r"(?m)^::error::|\x1b", done.stderr)
    told = summary.read_text("utf-8")
    assert re.match(
        r"## (Calibration|Collecting|calibration-bot) stopped\n\n> \[!CAUTION\]\n> `", told
    )
    assert said in told
    assert (
        "\n**Next**: correct what the run was started with (its inputs), and start it again.\n"
        in told
    )
    assert summary.with_name("output").read_text("utf-8").startswith("action")
