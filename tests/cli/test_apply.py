"""`apply` and `apply --check`: the table is written where it binds, or told where it is not (SPEC § 9a)."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.paths import write_whole, written_beside
from tests.support.commands import Bot, Said
from tests.support.teams import POLICY, TABLE, Team, policy, table

AGENTS = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'


def agent(name: str, model: str | None, more: str = "") -> str:
    said = "" if model is None else f"model: {model}\n"
    return f"---\nname: {name}\n{said}{more}---\nYou are {name}.\n"


@pytest.fixture
def bound(make_team: Callable[..., Team]) -> Callable[..., Team]:
    def make(files: dict[str, str | bytes], sections: str = AGENTS) -> Team:
        team = make_team()
        team.work.write({POLICY: policy() + sections})
        team.work.write({f".claude/agents/{name}": text for name, text in files.items()})
        return team

    return make


def read(team: Team, name: str) -> str:
    return (team.work.path / ".claude/agents" / name).read_bytes().decode()


def check(bot: Bot, team: Team) -> Said:
    before = team.everything()
    said = bot("apply", team, "--check")
    assert team.everything() == before
    return said


def test_apply_writes_the_resolved_model_and_check_is_content(bot: Bot, bound: Callable) -> None:
    team = bound({"testing-agent.md": agent("testing-agent", "haiku # for now")})
    said = check(bot, team)
    where = ".claude/agents/testing-agent.md:3: model is haiku, should be sonnet (TESTING/EXEC)"
    assert (said.code, said.err) == (1, "")
    assert said.out == f"{where}\napply: of 1 place 0 as the table says, 1 differ\n"
    done = bot("apply", team)
    assert (done.code, done.out) == (
        0,
        f"{where}\napply: of 1 place 0 as the table says, 1 written\n",
    )
    assert read(team, "testing-agent.md") == agent("testing-agent", "sonnet # for now")
    assert check(bot, team).out == "apply: of 1 place 1 as the table says, 0 differ\n"
    assert bot("apply", team).code == 0


def test_without_sections_there_is_nothing_to_do(bot: Bot, make_team: Callable) -> None:
    said = bot("apply", make_team(), "--check")
    assert (said.code, said.out) == (0, "apply: of 0 places 0 as the table says, 0 differ\n")


def test_a_gate_is_written_at_its_floor(bot: Bot, bound: Callable) -> None:
    team = bound({"s.md": agent("security", "haiku")})
    assert bot("apply", team).code == 0
    assert "model: opus" in read(team, "s.md")


def test_of_several_phases_the_highest_model_counts(bot: Bot, bound: Callable) -> None:
    team = bound(
        {"v.md": agent("validation", "haiku")}, AGENTS.replace('"EXEC"', '["LEAD", "EXEC"]')
    )
    assert "should be opus (VALIDATION/LEAD, VALIDATION/EXEC)" in check(bot, team).out


def test_an_agent_that_the_table_does_not_list_gets_the_default(bot: Bot, bound: Callable) -> None:
    team = bound({"new.md": agent("newcomer", "opus")})
    assert "model is opus, should be sonnet (NEWCOMER/EXEC)" in check(bot, team).out


def test_sections_say_whose_file_it_is_and_what_is_written(bot: Bot, bound: Callable) -> None:
    names = 'agents = { code-reviewer = "SECURITY", Browser = "UAT" }\n'
    models = 'models = { opus = "claude-opus-4-5" }\n'
    files = {
        "code-reviewer.md": agent("whoever", "x"),
        "b.md": agent("Browser", "x"),
        "testing.agent.md": "---\nmodel: x\n---\n",
        "api.md": agent("An API Expert", "x"),
    }
    team = bound(files, AGENTS + names + models)
    assert bot("apply", team).code == 0
    assert [read(team, name).count("model: claude-opus-4-5") for name in files] == [1, 0, 0, 0]
    assert [read(team, name).count("model: sonnet") for name in files] == [0, 1, 1, 1]


def test_who_says_nothing_is_left_alone_unless_added(bot: Bot, bound: Callable) -> None:
    files = {"testing.md": agent("testing", None), "api.md": agent("api", "inherit")}
    team = bound(files)
    told = "apply: of 2 places 0 as the table says, 0 differ, 2 left as they say nothing"
    assert (check(bot, team).code, check(bot, team).out.startswith(told)) == (0, True)
    team.work.write({POLICY: policy() + AGENTS + "add = true\n"})
    assert bot("apply", team).code == 0
    assert [read(team, name) for name in files] == [
        agent("testing", "sonnet"),
        agent("api", "sonnet"),
    ]


def test_what_cannot_be_edited_is_told_and_the_others_go_on(bot: Bot, bound: Callable) -> None:
    files = {
        "api.md": agent("api", "&anchor haiku"),
        "design.md": agent("design", "haiku", "model: opus\n"),
        "risk.md": "No front matter here\n",
        "testing.md": agent("testing", "haiku"),
        "uat.md": b"---\nmodel: \xff\n---\n",
    }
    team = bound(files)
    said = bot("apply", team)
    assert said.code == 1
    assert said.err.splitlines() == [
        "error: .claude/agents/api.md:3: begins a value with &, an anchor; left alone",
        "error: .claude/agents/design.md:4: repeats the key model; left alone",
        "error: .claude/agents/risk.md:1: has no front matter: its first line must be ---; left alone",
        "error: .claude/agents/uat.md: is no UTF-8 text; left alone",
    ]
    assert read(team, "testing.md") == agent("testing", "sonnet")
    assert read(team, "api.md") == files["api.md"]


def test_what_is_nobodys_file_is_noted_and_no_failure(bot: Bot, bound: Callable) -> None:
    team = bound({"README.md": "About these agents\n", "ö.md": agent("ö", "haiku")})
    said = check(bot, team)
    assert said.code == 0
    assert said.err.splitlines() == [
        "note: .claude/agents/README.md:1: has no front matter: its first line must be ---; left alone",
        "note: .claude/agents/ö.md: is called 'ö', which is no agent's name; say whose it is in `agents`;"
        " left alone",
    ]


def test_links_and_what_lies_outside_are_refused(bot: Bot, bound: Callable, tmp_path: Path) -> None:
    text = agent("testing", "haiku")
    (tmp_path / "outside.md").write_text(text)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/api.md").write_text(text)
    team = bound({}, AGENTS + AGENTS.replace("agents/*", "agents/*/*"))
    agents = team.work.path / ".claude/agents"
    agents.mkdir(parents=True)
    (agents / "testing.md").symlink_to(tmp_path / "outside.md")
    (agents / "more").symlink_to(tmp_path / "folder")
    (agents / "nested/.git").mkdir(parents=True)
    (agents / "nested/uat.md").write_text(text)
    os.mkfifo(agents / "design.md")
    said = bot("apply", team)
    assert said.code == 1
    assert said.err.splitlines() == [
        "error: .claude/agents/design.md: is no regular file; left alone",
        "error: .claude/agents/testing.md: is a symbolic link; left alone",
        "error: .claude/agents/more/api.md: lies behind a symbolic link, perhaps outside of the"
        " repository; left alone",
        "error: .claude/agents/nested/uat.md: belongs to another repository; left alone",
    ]
    assert (tmp_path / "outside.md").read_text() == text
    assert (tmp_path / "folder/api.md").read_text() == text


def test_names_of_files_are_hostile(bot: Bot, bound: Callable) -> None:
    team = bound({"a\n::error::b\x1b[31m.md": agent("testing", "\u202ehaiku")})
    said = check(bot, team)
    assert "\x1b" not in said.out
    assert said.out.splitlines()[0].startswith(r".claude/agents/a\n::error::b\x1b[31m.md:3: ")
    assert r"is \u202ehaiku, should" in said.out


def test_two_sections_that_want_different_values_at_one_place_are_an_error(
    bot: Bot, bound: Callable
) -> None:
    team = bound(
        {"testing.md": agent("testing", "haiku")},
        AGENTS + AGENTS + AGENTS + 'models = { sonnet = "claude-sonnet-4-5" }\n',
    )
    line = policy().count("\n") + 10
    said = (
        f"error: {POLICY}:{line}: apply[2]: wants claude-sonnet-4-5 for model of "
        ".claude/agents/testing.md, an earlier section sonnet\n"
    )
    for command in (("validate",), ("apply",), ("apply", "--check")):
        told = bot(command[0], team, *command[1:])
        assert (told.code, told.err) == (1, said)
    assert read(team, "testing.md") == agent("testing", "haiku")


IN_JSON = '\n[[apply]]\njson = "config/models/all.json"\n'


def test_the_whole_table_can_be_a_json_file(bot: Bot, bound: Callable) -> None:
    team = bound({}, IN_JSON)
    assert check(bot, team).out.startswith("config/models/all.json:1: is not the table as it")
    assert bot("apply", team).code == 0
    written = (team.work.path / "config/models/all.json").read_text()
    assert written == bot("table", team, "--format", "json").out
    cells = {(c["phase"], c["agent"]): c["model"] for c in json.loads(written)["cells"]}
    for (phase, name), model in cells.items():
        assert bot("model", team, name, phase).out == f"{model}\n"
    assert check(bot, team).code == 0


def test_two_sections_may_want_the_same_of_one_place(bot: Bot, bound: Callable) -> None:
    team = bound({"testing.md": agent("testing", "sonnet")}, AGENTS + AGENTS + IN_JSON * 2)
    assert bot("apply", team).code == 0
    assert (bot("validate", team).code, check(bot, team).code) == (0, 0)


def test_a_file_cannot_be_the_table_and_an_agents_at_once(bot: Bot, bound: Callable) -> None:
    team = bound({}, AGENTS.replace("*.md", "*") + '[[apply]]\njson = ".claude/agents/api.json"\n')
    team.work.write({".claude/agents/api.json": agent("api", "haiku")})
    assert "wants to be all of .claude/agents/api.json" in bot("apply", team).err


def test_the_same_the_other_way_round(bot: Bot, bound: Callable) -> None:
    sections = '\n[[apply]]\njson = ".claude/agents/api.json"\n' + AGENTS.replace("*.md", "*")
    team = bound({"api.json": agent("api", "haiku")}, sections)
    assert "apply[1]: wants a part of .claude/agents/api.json" in bot("apply", team).err


def test_a_table_that_cannot_be_written_is_told(bot: Bot, bound: Callable, tmp_path: Path) -> None:
    team = bound({}, '\n[[apply]]\njson = "config/all.json"\n')
    (team.work.path / "config/all.json").symlink_to(tmp_path / "outside.json")
    said = bot("apply", team)
    assert (said.code, said.err) == (
        1,
        "error: config/all.json: is a symbolic link; left alone\n",
    )
    assert not (tmp_path / "outside.json").exists()


def test_a_file_over_1_mib_is_left_alone(bot: Bot, bound: Callable) -> None:
    team = bound({"testing.md": agent("testing", "haiku") + "x" * 2**20})
    assert "testing.md: is over 1 MiB; left alone" in bot("apply", team).err


def test_one_file_can_follow_in_two_keys(bot: Bot, bound: Callable) -> None:
    effort = AGENTS + 'key = "effort"\nmodels = { sonnet = "medium" }\n'
    team = bound({"testing.md": agent("testing", "haiku", "effort: low\n")}, AGENTS + effort)
    assert bot("apply", team).code == 0
    assert read(team, "testing.md") == agent("testing", "sonnet", "effort: medium\n")


def test_a_section_that_binds_no_file_is_noted(bot: Bot, bound: Callable) -> None:
    team = bound({"testing.md": agent("testing", "haiku")}, AGENTS.replace(".claude", ".claud"))
    said = bot("validate", team)
    assert said.code == 0
    assert "warning: apply[0]: no file is .claud/agents/*.md; correct the pattern" in said.err


def test_a_wrong_policy_or_table_is_told_and_nothing_written(bot: Bot, bound: Callable) -> None:
    team = bound({"testing.md": agent("testing", "haiku")})
    team.work.write({TABLE: table().replace('"opus"', '"opera"', 1)})
    assert bot("apply", team).code == 1
    assert read(team, "testing.md") == agent("testing", "haiku")


def test_wrong_usage_ends_with_2(bot: Bot, bound: Callable) -> None:
    assert bot("apply", bound({}), "--force").code == 2


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.md"
    path.write_text("before")
    path.chmod(0o640)
    write_whole(str(path), b"after")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o640)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(str(path), b"more")
    assert path.read_text() == "after"
    assert [file.name for file in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_file_that_cannot_be_replaced_is_told_with_those_written_before_it(
    at: int, bot: Bot, bound: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is mounted by itself, say, which is no fault of the machine's."""
    names = ["api.md", "design.md", "testing.md"]
    team = bound({name: agent(name.removesuffix(".md"), "fable") for name in names})
    before, replace = team.work.git("status", "--porcelain", "-uall"), os.replace

    def mounted(part: str, path: str) -> None:
        if path.endswith(names[at]):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), part)
        replace(part, path)

    monkeypatch.setattr(os, "replace", mounted)
    said = bot("apply", team)
    earlier = ", ".join(f".claude/agents/{name}" for name in names[:at])
    told = f"written before it: {earlier}" if at else "nothing was written before it"
    assert (said.code, said.err) == (
        1,
        f"error: .claude/agents/{names[at]}: cannot be written: Device or resource busy; {told}; "
        "see to it and run apply again\n",
    )
    assert ["fable" in read(team, name) for name in names] == [n >= at for n in range(3)]
    assert team.work.git("status", "--porcelain", "-uall") == before  # no part of a file is left


def test_what_one_that_was_killed_left_beside_a_file_goes_once_it_is_old(tmp_path: Path) -> None:
    """A young one may be another's that is about to be moved."""
    path = tmp_path / "a.md"
    old, young = (Path(written_beside(str(path), b"half")) for _ in range(2))
    os.utime(old, (0, 0))
    write_whole(str(path), b"after")
    assert sorted(tmp_path.iterdir()) == sorted([path, young])
