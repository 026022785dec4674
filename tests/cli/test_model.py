"""`model` and `table`: what an executor and a reader are told, from the work tree, without writing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Bot, script
from tests.support.repositories import snapshot
from tests.support.teams import CONFIG, POLICY, TABLE


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the shipped configuration; git is not needed for a lookup."""
    (tmp_path / "config").mkdir()
    for path in (POLICY, TABLE):
        (tmp_path / path).write_bytes((CONFIG / Path(path).name).read_bytes())
    return tmp_path


def model(bot: Bot, desk: Path, *args: str) -> tuple[int, str, str]:
    before = snapshot(desk)
    said = bot("model", None, "--repo", str(desk), *args)
    assert snapshot(desk) == before
    return said.code, said.out, said.err


@pytest.mark.parametrize(
    ("agent", "phase", "resolved"),
    [
        ("TESTING", "EXEC", "opus"),
        ("testing-agent", "exec", "opus"),
        ("Testing_Agent", "Plan", "sonnet"),
        ("GITHUB", "LEAD", "haiku"),
        ("RETRO", "PLAN", "sonnet"),
        ("SECURITY", "EXEC", "opus"),
        ("security-agent", "DEPLOY", "opus"),
        ("SECURITY", "any context at all", "opus"),
    ],
    ids=lambda value: value,
)
def test_the_resolved_model_is_all_that_is_printed(
    bot: Bot, desk: Path, agent: str, phase: str, resolved: str
):
    assert model(bot, desk, agent, phase) == (0, f"{resolved}\n", "")


def test_an_unknown_agent_gets_the_default_with_a_warning(bot: Bot, desk: Path):
    warning = "warning: MIGRATION is not in the table; using the default\n"
    assert model(bot, desk, "migration", "EXEC") == (0, "sonnet\n", warning)


def test_an_unknown_phase_names_the_known_ones(bot: Bot, desk: Path):
    code, out, err = model(bot, desk, "TESTING", "DEPLOY")
    assert (code, out) == (1, "")
    assert err == "error: 'DEPLOY' is no phase of the policy; known are LEAD, PLAN, EXEC\n"


@pytest.mark.parametrize("agent", ["", "two words", "1ST", "default", "\x1b[31m"])
def test_what_is_no_name_is_an_error(bot: Bot, desk: Path, agent: str):
    code, out, err = model(bot, desk, agent, "EXEC")
    assert (code, out) == (1, "")
    assert "is no agent name; use letters, digits, _ and -" in err
    assert "\x1b" not in err


def test_a_gate_resolves_to_its_floor_even_where_it_is_declared_lower(bot: Bot, desk: Path):
    table = desk / TABLE
    table.write_text(table.read_text().replace('SECURITY = "opus"', 'SECURITY = "haiku"'))
    assert model(bot, desk, "SECURITY", "PLAN")[1] == "opus\n"


@pytest.mark.parametrize("path", [POLICY, TABLE])
def test_a_missing_file_is_named(bot: Bot, desk: Path, path: str):
    (desk / path).unlink()
    code, out, err = model(bot, desk, "TESTING", "EXEC")
    assert (code, out) == (1, "")
    assert (
        err == f"error: {path}: cannot be read: No such file or directory; create or restore it\n"
    )


def test_a_lookup_works_from_any_folder_of_the_repository(desk: Path, bot: Bot):
    (desk / ".git").mkdir()
    deep = desk / "src" / "deep"
    deep.mkdir(parents=True)
    assert script("model", "TESTING", "EXEC", cwd=deep).out == "opus\n"
    said = bot("model", None, "TESTING", "EXEC", "--repo", str(desk / "nowhere"))
    assert said.code == 1
    assert "nowhere: no such folder; --repo takes one in the repository" in said.err


@pytest.mark.parametrize(
    ("form", "start"),
    [("text", "AGENT"), ("markdown", "| Agent | `LEAD` | `PLAN` | `EXEC` |\n"), ("json", "{\n")],
)
def test_the_table_is_shown_whole(bot: Bot, desk: Path, form: str, start: str):
    said = bot("table", None, "--repo", str(desk), "--format", form)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(start)
    assert said.out.count("TESTING") == (3 if form == "json" else 1)


def test_the_table_as_json_agrees_with_every_lookup(bot: Bot, desk: Path):
    said = bot("table", None, "--repo", str(desk), "--format", "json")
    cells = json.loads(said.out)["cells"]
    assert len(cells) == 45
    for cell in cells:
        assert model(bot, desk, cell["agent"], cell["phase"])[1] == f"{cell['model']}\n"
