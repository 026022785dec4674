"""`validate`: everything wrong with policy, table and logs of the work tree, in one go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from tests.support.commands import Bot, Said
from tests.support.repositories import snapshot
from tests.support.teams import (
    CONFIGURATION,
    EXAMPLE,
    LOGS,
    POLICY,
    REWORK,
    TABLE,
    TOKENS,
    Files,
    lines,
    policy,
    table,
    token,
)

BAD_LOG = {TOKENS: '{"sd": "A"}\n'}
BAD_TABLE = {TABLE: table().replace('DOCMON = "haiku"', 'DOCMON = "haiku-9"', 1)}


def checked(bot: Bot, top: Path, files: Files) -> Said:
    for path, content in files.items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    before = snapshot(top)
    said = bot("validate", None, "--repo", str(top))
    assert snapshot(top) == before
    return said


def places(said: Said) -> set[str]:
    """`file:line` of each problem."""
    assert (said.code, said.out) == (1, "")
    return {line.removeprefix("error: ").split(": ")[0] for line in said.err.splitlines()}


def test_what_is_valid_is_counted(bot: Bot, tmp_path: Path):
    said = checked(bot, tmp_path, {**CONFIGURATION, **EXAMPLE})
    assert (said.code, said.err) == (0, "")
    assert said.out == "43 assignments, 5 gates, 2 log files: all valid\n"


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({POLICY: policy(bar="0")}, f"{POLICY}:"),
        ({POLICY: policy(tokens="7")}, f"{POLICY}:"),
        ({POLICY: policy() + '\n[[gates]]\nphase = "NOPE"\nagent = "API"\n'}, f"{POLICY}:"),
        ({POLICY: policy() + "\nunheard = 1\n"}, f"{POLICY}:"),
    ],
    ids=["promotion", "logs", "gates", "unknown-key"],
)
def test_a_bad_policy_does_not_hide_bad_logs(bot: Bot, tmp_path: Path, broken: Files, where: str):
    found = places(checked(bot, tmp_path, {**CONFIGURATION, **BAD_LOG, **broken}))
    assert f"{TOKENS}:1" in found
    assert any(place.startswith(where) for place in found)


def test_every_file_is_checked_in_one_go(bot: Bot, tmp_path: Path):
    files = {**CONFIGURATION, **BAD_LOG, **BAD_TABLE, REWORK: "[]", POLICY: policy(bar="0")}
    found = places(checked(bot, tmp_path, files))
    assert {place.partition(":")[0] for place in found} == {POLICY, TABLE, TOKENS, REWORK}
    assert all(place.partition(":")[2].isdigit() for place in found)


def test_without_phases_or_ladder_the_rest_waits(bot: Bot, tmp_path: Path):
    """What a table or a log may say hangs on both: nothing is guessed."""
    files = {**CONFIGURATION, **BAD_LOG, **BAD_TABLE, POLICY: policy(phases="[]")}
    assert {place.partition(":")[0] for place in places(checked(bot, tmp_path, files))} == {POLICY}


def test_a_ladder_with_a_wrong_cost_still_lets_the_table_be_checked(bot: Bot, tmp_path: Path):
    wrong = policy().replace('relative_cost = "1/3"', "relative_cost = 0")
    found = places(checked(bot, tmp_path, {**CONFIGURATION, **BAD_TABLE, **BAD_LOG, POLICY: wrong}))
    assert {place.partition(":")[0] for place in found} == {POLICY, TABLE}


def test_a_policy_that_is_no_toml_is_said_once(bot: Bot, tmp_path: Path):
    files = {**CONFIGURATION, **BAD_LOG, POLICY: "phases = ["}
    assert places(checked(bot, tmp_path, files)) == {f"{POLICY}:1"}


def test_both_missing_files_are_named(bot: Bot, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert places(checked(bot, tmp_path / "empty", {})) == {POLICY, TABLE}


@pytest.mark.parametrize("path", [POLICY, TABLE])
@pytest.mark.parametrize("content", ["", "\n", "# nothing yet\n", "\ufeff"])
def test_an_empty_file_is_wrong_and_said_to_be(bot: Bot, tmp_path: Path, path: str, content: str):
    said = checked(bot, tmp_path, {**CONFIGURATION, path: content})
    assert places(said) == {path}
    code, told = document(bot, tmp_path, {path: content})
    assert (code, told["valid"]) == (1, False)
    assert told["problems"]


def test_a_gate_below_its_floor_is_an_error_on_its_line(bot: Bot, tmp_path: Path):
    low = table().replace('SECURITY = "opus" ', 'SECURITY = "haiku"', 1)
    said = checked(bot, tmp_path, {**CONFIGURATION, TABLE: low})
    line = low[: low.index('SECURITY = "haiku"')].count("\n") + 1
    assert said.code == 1
    assert said.err == (
        f"error: {TABLE}:{line}: LEAD.SECURITY: SECURITY/LEAD is declared haiku, below its floor opus; "
        "raise it to opus\n"
    )


@pytest.mark.parametrize("default", ["haiku", "sonnet"])
@pytest.mark.parametrize("agent", ["SECURITY", "VALIDATION"])
def test_a_gate_that_falls_to_a_low_default_is_told_to_get_an_entry(
    bot: Bot, tmp_path: Path, agent: str, default: str
):
    """Not to raise the default, which every other cell would follow (issue 9, item 23)."""
    text = table().replace('default = "sonnet"', f'default = "{default}"')
    lines_ = [line for line in text.splitlines() if not line.startswith(agent)]
    said = checked(bot, tmp_path, {**CONFIGURATION, TABLE: "\n".join(lines_)})
    assert said.code == 1
    phases = ["LEAD", "PLAN", "EXEC"] if agent == "SECURITY" else ["PLAN", "EXEC"]
    assert said.err == "".join(
        f"error: {TABLE}:{lines_.index(f'[{phase}]') + 1}: {phase}: {agent}/{phase} is declared "
        f"{default} by the default, below its floor opus; "
        f'add {agent} = "opus" to [{phase}]\n'
        for phase in phases
    )


def test_logs_that_cannot_be_read_are_listed_with_the_rest(bot: Bot, tmp_path: Path):
    (tmp_path / LOGS).mkdir(parents=True)
    for name in ("tokens-x", "rework-x"):
        (tmp_path / LOGS / f"{name}.jsonl").symlink_to("nowhere")
    found = places(checked(bot, tmp_path, {**CONFIGURATION, **BAD_TABLE}))
    assert {f"{LOGS}/tokens-x.jsonl", f"{LOGS}/rework-x.jsonl"} < found
    assert any(place.startswith(f"{TABLE}:") for place in found)


@pytest.mark.parametrize("days", [-2000, -8, 0, 8, 400, 100_000], ids=lambda days: f"{days} days")
def test_rows_of_whatever_week_are_checked(bot: Bot, tmp_path: Path, days: int):
    """Beyond this week too: no bad line is valid for being of another week (issue 9, item 21)."""
    at = datetime.now(UTC) + timedelta(days=days, seconds=-1)
    row = token("A", ts=at.strftime("%Y-%m-%dT%H:%M:%SZ"), tokens=-1)
    assert places(checked(bot, tmp_path, {**CONFIGURATION, TOKENS: lines([row])})) == {
        f"{TOKENS}:1"
    }


SCHEMA = json.loads(files("bot.reports").joinpath("validation.schema.json").read_text("utf-8"))


def document(bot: Bot, top: Path, broken: Files) -> tuple[int, dict[str, object]]:
    """Exit code and document of `validate --format json`, which says nothing else."""
    checked(bot, top, {**CONFIGURATION, **EXAMPLE, **broken})
    said = bot("validate", None, "--repo", str(top), "--format", "json")
    assert said.err == ""
    found = json.loads(said.out)
    jsonschema.validate(found, SCHEMA)
    return said.code, found


def test_json_counts_what_is_valid(bot: Bot, tmp_path: Path):
    counts = {"assignments": 43, "gates": 5, "log_files": 2}
    nothing = {"warehouse": [], "problems": [], "warnings": []}
    expected = {"schema_version": 1, "valid": True, **counts, **nothing}
    assert document(bot, tmp_path, {}) == (0, expected)


def test_json_has_every_problem_with_place_key_and_what_to_do(bot: Bot, tmp_path: Path):
    code, found = document(bot, tmp_path, {POLICY: policy(bar="0"), **BAD_TABLE, **BAD_LOG})
    assert (code, found["valid"], found["assignments"]) == (1, False, None)
    problems = found["problems"]
    assert isinstance(problems, list)
    said = bot("validate", None, "--repo", str(tmp_path))
    lines = [
        f"error: {':'.join(str(p[k]) for k in ('file', 'line') if p[k])}: "
        f"{p['key'] + ': ' if p['key'] else ''}{p['message']}"
        for p in problems
    ]
    assert said.err.splitlines() == lines
    assert {problem["file"] for problem in problems} == {POLICY, TABLE, TOKENS}
    assert {problem["key"] for problem in problems} >= {"promotion.bar", "LEAD.DOCMON", "ts"}
    assert all(problem["message"].endswith(problem["what_to_do"]) for problem in problems)


def test_json_of_a_missing_file_says_what_to_do(bot: Bot, tmp_path: Path):
    (tmp_path / ".git").mkdir()
    said = bot("validate", None, "--repo", str(tmp_path), "--format", "json")
    problem = json.loads(said.out)["problems"][0]
    assert (problem["file"], problem["line"], problem["key"]) == (POLICY, None, None)
    assert problem["what_to_do"] == "create or restore it"


def test_json_lets_no_hostile_name_reach_the_terminal_or_the_runner(bot: Bot, tmp_path: Path):
    hostile = table().replace("DOCMON =", '"\\u202e##[warning]\\u009b31m" =', 1)
    document(bot, tmp_path, {TABLE: hostile})
    said = bot("validate", None, "--repo", str(tmp_path), "--format", "json")
    assert said.out.isascii()
    assert "##[" not in said.out


def test_json_is_all_of_stdout_in_a_workflow_which_is_told_beside_it(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    checked(bot, tmp_path, {**CONFIGURATION, **BAD_TABLE})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = bot("validate", None, "--repo", str(tmp_path), "--format", "json")
    assert json.loads(said.out)["valid"] is False
    assert said.err.startswith(f"::error title=calibration-bot,file={TABLE},line=")
