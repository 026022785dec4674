"""`model` and `table`: what an executor and a reader are told, from the work tree, without writing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.commands import Bot, script
from tests.support.repositories import new_repository, snapshot
from tests.support.teams import CONFIG, POLICY, TABLE, cells
from tests.support.teams import cell as team_cell


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


@pytest.mark.parametrize(
    ("agent", "phase", "default", "said"),
    [
        ("SECURITY", "EXEC", "haiku", ("opus", "its floor, as it is a gate")),
        ("security-agent", "DEPLOY", "sonnet", ("opus", "its floor, as it is a gate")),
        ("VALIDATION", "PLAN", "sonnet", ("opus", "its floor, as it is a gate")),
        ("VALIDATION", "LEAD", "sonnet", ("sonnet", "the default")),
        ("SECURITY", "EXEC", "opus", ("opus", "the default")),
    ],
)
def test_the_warning_for_an_unlisted_agent_says_what_is_printed(
    bot: Bot, desk: Path, agent: str, phase: str, default: str, said: tuple[str, str]
):
    """A gate that no phase lists gets its floor, and is not told of a default (issue 9, item 21)."""
    table = desk / TABLE
    kept = [line for line in table.read_text().splitlines() if "gate: " not in line]
    text = "\n".join(line for line in kept if not line.startswith("VALIDATION"))
    table.write_text(text.replace('default = "sonnet"', f'default = "{default}"'))
    name = agent.upper().removesuffix("-AGENT")
    warning = f"warning: {name} is not in the table; using {said[1]}\n"
    assert model(bot, desk, agent, phase) == (0, f"{said[0]}\n", warning)


def test_an_unknown_phase_names_the_known_ones(bot: Bot, desk: Path):
    code, out, err = model(bot, desk, "TESTING", "DEPLOY")
    assert (code, out) == (2, "")
    assert err == "error: 'DEPLOY' is no phase of the policy; known are LEAD, PLAN, EXEC\n"


@pytest.mark.parametrize("agent", ["", "two words", "1ST", "default", "\x1b[31m"])
def test_what_is_no_name_is_an_error(bot: Bot, desk: Path, agent: str):
    code, out, err = model(bot, desk, agent, "EXEC")
    assert (code, out) == (2, "")
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


@pytest.mark.parametrize("command", ["model", "table"])
@pytest.mark.parametrize("in_git", [True, False], ids=["in-git", "in-no-git"])
def test_a_policy_that_is_wrong_anywhere_answers_nothing_and_says_all(
    bot: Bot, desk: Path, command: str, in_git: bool
):
    """Lookups need little of it; but a wrong policy is one whose author meant something else."""
    if in_git:
        new_repository(desk / "team")
        (desk / "config").rename(desk / "team/config")
    top = desk / "team" if in_git else desk
    text = (top / POLICY).read_text("utf-8")
    wrong = text.replace("bar = 2 ", "bra = 2 ").replace("yellow = 70", 'yellow = "70"')
    args = ("--repo", str(top), *(("TESTING", "EXEC") if command == "model" else ()))
    assert bot(command, None, *args).code == 0
    (top / POLICY).write_text(wrong.replace("cap = 2 ", "cap = -2 "), "utf-8")
    said = bot(command, None, *args)
    assert (said.code, said.out) == (1, "")
    assert [word in said.err for word in ("promotion.bra", "promotion.cap", "budget.yellow")] == [
        True
    ] * 3
    (top / POLICY).write_text(text, "utf-8")
    assert bot(command, None, *args).code == 0


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
    listed = json.loads(said.out)["cells"]
    assert len(listed) == 45
    for cell in listed:
        assert model(bot, desk, cell["agent"], cell["phase"])[1] == f"{cell['model']}\n"


def spend(desk: Path, tokens: int) -> None:
    """Log tokens that the current week has used."""
    row = {"ts": datetime.now(UTC).isoformat(), "sd": "SD-1", "phase": "PLAN", "tokens": tokens}
    folder = desk / ".calibration" / "logs" / "any"
    folder.mkdir(parents=True)
    (folder / "tokens.jsonl").write_text(json.dumps(row) + "\n")


@pytest.mark.parametrize(
    "cell", [("SECURITY", "LEAD"), ("TESTING", "EXEC"), ("SECURITY", "DEPLOY")]
)
def test_a_gate_in_a_red_week_is_deferred_and_never_lowered(bot: Bot, desk: Path, cell):
    spend(desk, 475_000)
    code, out, err = model(bot, desk, *cell)
    assert (code, out) == (75, "opus\n")
    assert "defer this SD to next week" in err


def test_a_job_that_is_to_defer_says_so_in_its_summary(
    bot: Bot, desk: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    summary = tmp_path_factory.mktemp("job") / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    spend(desk, 475_000)
    assert model(bot, desk, "TESTING", "EXEC")[0] == 75
    said = summary.read_text("utf-8")
    assert said.startswith(
        "## Deferred\n\n> [!WARNING]\n> The week's budget zone is RED, and `TESTING/EXEC`"
    )
    assert "\n**Next**: start this SD again next week" in said


def test_a_red_week_defers_no_other_cell(bot: Bot, desk: Path):
    spend(desk, 475_000)
    assert model(bot, desk, "DESIGN", "EXEC") == (0, "sonnet\n", "")


def test_just_below_red_a_gate_is_not_deferred(bot: Bot, desk: Path):
    spend(desk, 474_999)
    assert model(bot, desk, "SECURITY", "EXEC") == (0, "opus\n", "")


TWIN = {"ts": datetime.now(UTC).isoformat(), "sd": "SD-1", "phase": "PLAN", "id": "a"}
UNCOUNTED = {
    "one id, two contents": "".join(json.dumps({**TWIN, "tokens": n}) + "\n" for n in (1, 475_000)),
    "a bad line": '{"tokens": "475000"}\n',
}


@pytest.mark.parametrize("text", UNCOUNTED.values(), ids=UNCOUNTED)
def test_what_may_hide_a_red_week_is_said(bot: Bot, desk: Path, text: str):
    spend(desk, 1)
    (desk / ".calibration/logs/any/tokens-2.jsonl").write_text(text)
    code, out, err = model(bot, desk, "SECURITY", "EXEC")
    assert (code, out) == (0, "opus\n")
    assert err.startswith(
        "warning: 1 bad line of the token log not counted: the zone may be higher"
    )


def test_an_sd_keeps_the_model_it_started_with(bot: Bot, make_team):
    """The first SD ran before DESIGN was promoted by hand; a new one starts with today's table."""
    team = make_team(cells(team_cell(0, 1, "DESIGN")))
    text = (team.work.path / TABLE).read_text()
    before, found, after = text.rpartition('DESIGN = "sonnet"')
    assert found
    team.push({TABLE: f'{before}DESIGN = "opus"{after}'}, "Promote DESIGN by hand")
    asked = ("design", "exec", "--repo", team.path)
    assert bot("model", None, *asked).out == "opus\n"
    assert bot("model", None, *asked, "--sd", "DESIGN-EXEC-0").out == "sonnet\n"
    assert bot("model", None, *asked, "--sd", "SD-NEW").out == "opus\n"
