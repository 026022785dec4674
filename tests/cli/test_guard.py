"""`calibration-bot guard` as a person or a workflow runs it: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.attacks import base, entry, on_table
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
SECURITY = cell("SECURITY/EXEC")
LOW = on_table(entry(SECURITY, 'SECURITY = "haiku"'))(base()).table


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """The files on `main`; `good` promotes an ordinary agent, `bad` lowers SECURITY/EXEC."""
    workshop = new_repository(tmp_path / "team")
    workshop.commit({POLICY: base().policy, TABLE: base().table})
    for branch, model in (("good", None), ("bad", LOW)):
        workshop.git("checkout", "--quiet", "-b", branch, "main")
        raised = on_table(entry(cell("API/EXEC"), 'API = "opus"'))(base()).table
        workshop.commit({TABLE: model or raised})
    return workshop


def guard(workshop: Workshop, *args: str) -> int:
    return main(["guard", "--repo", str(workshop.path), *args])


def test_a_good_change_ends_with_0(team: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert guard(team, "--base", "main", "--head", "good") == 0
    out, err = capsys.readouterr()
    good, main_ = team.sha("good")[:12], team.sha("main")[:12]
    assert (out, err) == (f"guard: no gate gets weaker in {good} against base {main_}\n", "")


def test_a_bad_change_ends_with_3_and_says_where(
    team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard(team, "--base", "main", "--head", "bad") == 3
    out, err = capsys.readouterr()
    line = base().table.decode().split("[EXEC]")[0].count("\n") + 12
    assert out.splitlines()[0] == (
        f"config/overrides.toml:{line}: entry-lowered: "
        "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it"
    )
    assert LOW.decode().splitlines()[line - 1].startswith('SECURITY = "haiku"')
    assert err == ""


def test_head_is_what_is_checked_out_unless_named(
    team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard(team, "--base", "main") == 3
    team.git("checkout", "--quiet", "good")
    assert guard(team, "--base", "main") == 0


def test_an_unreadable_file_ends_with_3(team: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    team.commit({POLICY: b"\xff"})
    assert guard(team, "--base", "main") == 3
    assert "config/policy.toml:1: file-not-text:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(("--base", "nowhere"), "nowhere names no commit here", id="unknown-base"),
        pytest.param(("--base", "main", "--head", "nowhere"), "nowhere names no commit", id="head"),
        pytest.param(("--base=--all",), "--all names no commit here", id="option-as-name"),
        pytest.param(("--base", "good", "--head", "bad"), "without conflicts", id="conflict"),
        pytest.param(("--staged", "--base", "nowhere"), "nowhere names no commit", id="staged"),
    ],
)
def test_what_cannot_be_judged_ends_with_1(
    team: Workshop, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    if "good" in args:
        team.git("checkout", "--quiet", "good")
        team.commit({TABLE: on_table(entry(SECURITY, 'SECURITY = "sonnet"'))(base()).table})
    assert guard(team, *args) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err


def test_what_makes_no_sense_ends_with_2(
    team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard(team) == 2
    assert "guard needs --base REF" in capsys.readouterr().err
    assert guard(team, "--base", "main", "--policy", "../x.toml") == 2
    with pytest.raises(SystemExit, match="2"):
        guard(team, "--base", "main", "--head", "bad", "--staged")
    with pytest.raises(SystemExit, match="2"):
        guard(team, "--base", "main", "--format", "xml")


def test_what_is_staged_is_judged_against_head_by_default(
    team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    team.git("checkout", "--quiet", "main")
    assert guard(team, "--staged") == 0
    team.write({TABLE: LOW})
    assert guard(team, "--staged") == 0
    team.git("add", TABLE)
    assert guard(team, "--staged") == 3
    assert "guard: index is refused for 1 reason" in capsys.readouterr().out
    assert guard(team, "--staged", "--base", "bad") == 3  # base itself is below its floor


def test_machines_get_json_and_sarif(team: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert guard(team, "--base", "main", "--head", "bad", "--format", "json") == 3
    report = json.loads(capsys.readouterr().out)
    assert [v["reason"] for v in report["violations"]] == ["entry-lowered"]
    assert report["base"] == team.sha("main")
    assert guard(team, "--base", "main", "--head", "bad", "--format", "sarif") == 3
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"


def test_github_gets_annotations_and_a_summary(
    team: Workshop,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert guard(team, "--base", "main", "--head", "bad", "--format", "github") == 3
    out = capsys.readouterr().out
    assert out.startswith("::error file=config/overrides.toml,line=")
    assert "SECURITY/EXEC is lowered" in (tmp_path / "summary.md").read_text("utf-8")


@pytest.mark.slow
def test_a_local_commit_is_refused_by_the_hook(team: Workshop) -> None:
    team.git("checkout", "--quiet", "main")
    hook = team.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    command = f'exec "{sys.executable}" -c "from bot.cli import main; raise SystemExit(main())"'
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={Path.cwd()} {command} guard --staged\n")
    hook.chmod(0o755)
    before = team.sha("HEAD")
    team.write({TABLE: LOW})
    for args in (("--all",), ("--", TABLE)):  # the second gives the hook an index of its own
        done = subprocess.run(
            ["git", "commit", "-m", "lower it", *args],
            cwd=team.path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "entry-lowered" in done.stdout + done.stderr
        assert team.sha("HEAD") == before
    team.write({TABLE: base().table + b"# checked\n"})
    team.git("commit", "--quiet", "--all", "-m", "comment")
    assert team.sha("HEAD~1") == before
