"""`guard` and the files that the table binds: gates stay at their floor, files apart are told (SPEC § 9a)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.commands import SCRIPT, Bot, Said, script
from tests.support.teams import POLICY, TABLE, WEEKLY, Team, policy, table

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
SECTION = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
SECURITY, TESTING = ".claude/agents/security.md", ".claude/agents/testing.md"


JSON = "models.json"
IN_JSON = f'\n[[apply]]\njson = "{JSON}"\n'


def agent(name: str, model: str | None) -> str:
    said = "" if model is None else f"model: {model}\n"
    return f"---\nname: {name}\n{said}---\nYou are {name}.\n"


BOUND = {
    POLICY: policy() + SECTION,
    SECURITY: agent("security", "opus"),
    TESTING: agent("testing", "sonnet"),
}


@pytest.fixture
def team(make_team: Callable[..., Team]) -> Team:
    return make_team(BOUND)


@pytest.fixture
def judge(bot: Bot, team: Team) -> Callable[..., Said]:
    def judged(files: dict[str, str | bytes | None], branch: str = "change", *more: str) -> Said:
        team.work.git("checkout", "--quiet", "-b", branch)
        gone = [path for path, content in files.items() if content is None]
        if gone:
            team.work.git("rm", "--quiet", "--", *gone)
        team.work.commit({path: text for path, text in files.items() if text is not None})
        return bot("guard", team, "--base", "main", "--head", branch, *more)

    return judged


def test_what_leaves_files_and_table_together_passes(judge: Callable[..., Said]) -> None:
    raised = table().replace('TESTING = "sonnet"  ', 'TESTING = "opus"  ')
    said = judge({TABLE: raised, TESTING: agent("testing", "opus")})
    assert said.code == 0
    assert said.out.startswith("guard: no gate gets weaker")


def test_what_leaves_files_and_table_apart_is_told_and_not_refused(judge: Callable) -> None:
    said = judge({TESTING: agent("testing", "haiku")})
    assert said.code == 0
    assert said.out.splitlines()[0] == (
        f"{TESTING}:3: model is haiku, should be sonnet (TESTING/EXEC); `calibration-bot apply` writes it"
    )


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_machines_are_told_too(judge: Callable, form: str) -> None:
    said = judge({TESTING: agent("testing", "haiku")}, "change", "--format", form)
    assert said.code == 0
    if form == "json":
        (apart,) = said.document["apart"]
        assert apart == {
            "file": TESTING,
            "line": 3,
            "key": "model",
            "is": "haiku",
            "should": "sonnet",
        }
    elif form == "sarif":
        (result,) = said.document["runs"][0]["results"]
        assert (result["ruleId"], result["level"]) == ("bound-apart", "warning")
    else:
        assert said.out.startswith(f"::warning file={TESTING},line=3,title=A file says something")


def test_what_was_apart_before_is_no_news(judge: Callable, team: Team) -> None:
    team.push({TESTING: agent("testing", "haiku")})
    assert judge({"README.md": "x"}).out.count("\n") == 1


@pytest.mark.parametrize("branch", [WEEKLY, "calibration/adhoc-testing.exec"])
def test_on_the_bots_branch_files_apart_are_refused(judge: Callable, branch: str) -> None:
    said = judge({TESTING: agent("testing", "haiku")}, branch)
    assert said.code == 3
    assert said.out.startswith(f"{TESTING}:3: bound-apart: model is haiku, should be sonnet")


def test_a_workflow_that_judges_by_sha_knows_the_bots_branch(
    judge: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_HEAD_REF", WEEKLY)
    assert judge({TESTING: agent("testing", "haiku")}).code == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({SECURITY: agent("security", "haiku")}, "bound-below-floor: model of the gate SECURITY"),
        ({SECURITY: agent("security", "sonnet")}, "bound-below-floor: model of the gate SECURITY"),
        ({SECURITY: agent("security", "unknown")}, "bound-below-floor: model of the gate SECURITY"),
        ({SECURITY: agent("somebody", "haiku")}, "bound-below-floor: model of the gate SECURITY"),
        (
            {SECURITY: agent("security", None)},
            "bound-removed: model of the gate SECURITY/EXEC said",
        ),
        (
            {SECURITY: agent("security", "inherit")},
            "bound-removed: model of the gate SECURITY/EXEC",
        ),
        ({SECURITY: agent("security", "&a haiku")}, "bound-unreadable: the file of the gate SECUR"),
        ({SECURITY: agent("security", '"\\x68aiku"')}, "bound-unreadable: the file of the gate SE"),
        ({SECURITY: agent("security", "opus\nmodel: haiku")}, "bound-unreadable: the file of the"),
        ({SECURITY: "no front matter"}, "bound-unreadable: the file of the gate SECURITY/EXEC has"),
        ({SECURITY: b"---\nmodel: \xff\n---\n"}, "bound-unreadable: the file of the gate SECURITY"),
        ({".claude/agents/x.md": agent("security", "haiku")}, "bound-below-floor: model of the ga"),
        (
            {".claude/agents/security-agent.md": agent("a b", "haiku")},
            "bound-below-floor: model of",
        ),
        ({".claude/agents/security2.md": agent("security-writer", "haiku")}, ""),
        (
            {".claude/agents/.gitattributes": "security.md working-tree-encoding=UTF-16\n"},
            "file-attributes: .gitattributes gives .claude/agents/security.md working-tree-encoding",
        ),
        (
            {".gitattributes": "*.md filter=x\n"},
            "file-attributes: .gitattributes gives .claude/age",
        ),
        (
            {".claude/agents/Security.md": "---\nname: x\n---\n"},
            "file-shadowed: .claude/agents/Securi",
        ),
        ({".Claude": "x"}, "file-shadowed: .Claude is .claude on some file systems"),
        (
            {SECURITY: agent("security", "haiku"), POLICY: policy()},
            "bound-below-floor: model of the gate SECURITY/EXEC is haiku, below its floor opus",
        ),
        ({SECURITY: None}, ""),
        ({SECURITY: agent("security", "claude-opus-4-5")}, ""),
    ],
)
def test_a_gates_file_stays_at_its_floor(judge: Callable, change: dict, reason: str) -> None:
    said = judge(change)
    assert said.code == (3 if reason else 0), said.out
    if reason:
        assert reason in said.out.splitlines()[0]
        assert said.out.lower().startswith(".claude")


NEW = ".claude/agents/new.md"
HAIKU = 'models = { opus = "claude-haiku-4-5" }\n'
GEMINI = SECTION.replace(".claude", ".gemini")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({POLICY: policy() + SECTION + HAIKU}, "alias-redefined: apply[0].models says"),
        ({POLICY: policy() + SECTION + 'models = { opus = "haiku" }\n'}, "alias-redefined"),
        (
            {
                POLICY: policy() + SECTION + GEMINI + HAIKU,
                ".gemini/agents/security.md": agent("security", "claude-haiku-4-5"),
            },
            "bound-below-floor",
        ),
        (
            {POLICY: policy() + SECTION + 'agents = { security = "API" }\n'},
            "gate-removed: [[apply]] binds .claude/agents/security.md, the file of the gate SECURITY/EXEC",
        ),
        (
            {SECURITY: agent("testing", "opus"), TESTING: agent("security", "sonnet")},
            f"{TESTING}:3: bound-below-floor: model of the gate SECURITY/EXEC is sonnet",
        ),
        ({SECURITY: None, TESTING: agent("security", "sonnet")}, "bound-below-floor"),
        (
            {SECURITY: None, ".claude/agents/x/security.md": agent("security", "haiku")},
            "bound-removed: the file of the gate SECURITY/EXEC is moved here from",
        ),
        ({POLICY: policy() + SECTION + 'models = { opus = "best" }\n'}, ""),
        ({POLICY: policy() + SECTION + GEMINI}, ""),
        ({POLICY: policy()}, ""),
        ({SECURITY: agent("testing", "opus"), TESTING: agent("security", "opus")}, ""),
    ],
)
def test_no_section_and_no_new_name_lets_a_gate_go(
    judge: Callable, change: dict, reason: str
) -> None:
    said = judge(change)
    assert said.code == (3 if reason else 0), said.out
    assert reason in said.out


@pytest.mark.slow
@pytest.mark.parametrize(
    "matter",
    [
        "name: >-\n  security\nmodel: haiku",
        "name: |-\n  security\nmodel: haiku",
        'name: "secur\\x69ty"\nmodel: haiku',
        "name: &a security\nmodel: haiku",
        "name: !!str security\nmodel: haiku",
        "name: secur\n  ity\nmodel: haiku",
        "? name\n: security\nmodel: haiku",
        "{name: security, model: haiku}",
        'name: security\n"mod\\x65l": haiku',
    ],
)
def test_a_name_that_cannot_be_read_may_be_a_gates(
    judge: Callable, bot: Bot, team: Team, matter: str
) -> None:
    file = f"---\n{matter}\n---\nYou are security.\n"
    said = judge({NEW: file})
    assert (said.code, "bound-unreadable" in said.out) == (3, True), said.out
    assert bot("apply", team).code in (0, 1)
    assert team.work.path.joinpath(NEW).read_text() == file


def test_where_sections_clash_the_highest_floor_counts_and_nothing_is_written(
    bot: Bot, judge: Callable, team: Team
) -> None:
    file = ".claude/agents/validation.md"
    both = SECTION.replace("EXEC", "LEAD") + SECTION
    team.push({POLICY: policy() + both, file: agent("validation", "opus")})
    assert bot("apply", team).code == 1
    assert team.work.path.joinpath(file).read_text() == agent("validation", "opus")
    said = judge({file: agent("validation", "haiku")})
    assert (said.code, "of the gate VALIDATION/EXEC is haiku" in said.out) == (3, True), said.out


@pytest.mark.parametrize("to", [".claude/agents/security.md", JSON])
def test_a_new_link_where_a_gates_file_may_be_is_refused(bot: Bot, team: Team, to: str) -> None:
    team.push({POLICY: policy() + SECTION + IN_JSON, "low.md": agent("security", "haiku")})
    team.work.git("rm", "--quiet", SECURITY)
    team.work.git("commit", "--quiet", "--message", "No security")
    team.work.git("push", "--quiet", "origin", "main")
    team.work.git("checkout", "--quiet", "-b", "change")
    (team.work.path / to).symlink_to(
        os.path.relpath(team.work.path / "low.md", (team.work.path / to).parent)
    )
    team.work.git("add", "--all")
    team.work.commit({})
    said = bot("guard", team, "--base", "main", "--head", "change")
    assert (said.code, "is a symbolic link" in said.out) == (3, True), said.out


def test_a_gates_file_that_becomes_a_link_is_refused(bot: Bot, team: Team, tmp_path: Path) -> None:
    team.work.git("checkout", "--quiet", "-b", "change")
    (team.work.path / SECURITY).unlink()
    (team.work.path / SECURITY).symlink_to("testing.md")
    team.work.git("add", "--all")
    team.work.commit({})
    said = bot("guard", team, "--base", "main", "--head", "change")
    assert (said.code, "is a symbolic link" in said.out) == (3, True)


def test_what_the_change_does_not_touch_is_not_its_doing(judge: Callable, team: Team) -> None:
    team.push(
        {
            SECURITY: agent("security", "&a haiku"),
            TESTING: agent("validation", "haiku"),
            ".claude/agents/Testing.md": agent("security", "opus"),
            ".gitattributes": "*.md ident\n",
        }
    )
    assert judge({"README.md": "x"}).code == 0


def test_names_of_files_are_hostile(judge: Callable) -> None:
    name = ".claude/agents/a,b\n::error::\x1b[31m\u202e.md"
    for form in ("text", "github", "json", "sarif"):
        said = judge({name: agent("security", "haiku")}, f"change-{form}", "--format", form)
        assert said.code == 3
        assert not {"\x1b", "\u202e"} & set(said.out)
        assert "\n::error::" not in said.out.replace("\n::error file=", "\n")


def test_names_that_are_no_utf_8_are_judged(bot: Bot, team: Team) -> None:
    team.work.git("checkout", "--quiet", "-b", "change")
    path = team.work.path / os.fsdecode(b".claude/agents/\xff.md")
    path.write_text(agent("security", "haiku"))
    team.work.git("add", "--all")
    team.work.commit({})
    assert bot("guard", team, "--base", "main", "--head", "change").code == 3


def test_a_broken_policy_at_base_frees_no_file(judge: Callable, team: Team) -> None:
    team.push({POLICY: "x = [\n"})
    said = judge({POLICY: BOUND[POLICY], SECURITY: agent("security", "haiku")})
    assert (said.code, "bound-below-floor" in said.out) == (3, True)


def test_a_broken_policy_at_base_frees_no_file_of_the_sections_it_had(
    judge: Callable, team: Team
) -> None:
    team.push({POLICY: "x = [\n"})
    said = judge({POLICY: policy(), SECURITY: agent("security", "haiku")})
    assert (said.code, "bound-below-floor" in said.out) == (3, True)


SHADOWED = ".claude/agents/sec.md"
MAPPED = SECTION + 'agents = { sec = "SECURITY" }\n'


@pytest.mark.parametrize(
    ("model", "code"), [("haiku", 3), (None, 3), ("opus", 0)], ids=["weaker", "silent", "as it was"]
)
def test_a_new_file_of_the_old_name_is_the_gates_still(
    judge: Callable, team: Team, model: str | None, code: int
) -> None:
    """Harnesses know an agent by the name in its file, whatever the file is called."""
    team.push({POLICY: policy() + MAPPED, SHADOWED: agent("reviewer", "opus")})
    said = judge({SHADOWED: None, ".claude/agents/new.md": agent("reviewer", model)})
    assert said.code == code, said.out
    assert ("of the gate SECURITY/EXEC" in said.out) == bool(code)


def written_by_apply(bot: Bot, team: Team) -> str:
    assert bot("apply", team).code == 0
    return (team.work.path / JSON).read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '"model": "opus"',
            '"model": "haiku"',
            "bound-below-floor: the gate SECURITY/LEAD is haiku",
        ),
        ('"model": "opus"', '"model": "gpt"', "bound-below-floor: the gate SECURITY/LEAD is gpt"),
        ('"agent": "SECURITY"', '"agent": "SECURITE"', "bound-removed: the gate SECURITY/LEAD"),
        ('"cells"', '"sells"', "bound-unreadable: is no table"),
        ('"model": "opus"', '"model": "opus", "model": "haiku"', "bound-unreadable: is no table"),
        ('"model": "sonnet"', '"model": "haiku"', ""),
    ],
    ids=["weaker", "unknown", "gone", "no cells", "twice", "no gate"],
)
def test_a_gate_in_the_table_for_executors_is_not_lowered_by_hand(
    bot: Bot, judge: Callable, team: Team, old: str, new: str, reason: str
) -> None:
    team.push({POLICY: policy() + IN_JSON})
    text = written_by_apply(bot, team)
    team.push({JSON: text})
    said = judge({JSON: text.replace(old, new)})
    assert said.code == (3 if reason else 0), said.out
    assert said.out.startswith(f"{JSON}: {reason}" if reason else f"{JSON}:1: is not the table")


def test_a_table_for_executors_that_comes_with_the_section_answers_too(
    bot: Bot, judge: Callable, team: Team
) -> None:
    team.work.write({POLICY: policy() + IN_JSON})
    text = written_by_apply(bot, team)
    lowered = text.replace('"model": "opus"', '"model": "haiku"')
    said = judge({POLICY: policy() + IN_JSON, JSON: lowered})
    assert (said.code, "bound-below-floor" in said.out) == (3, True)


def test_a_damaged_folder_of_agents_is_refused(bot: Bot, team: Team) -> None:
    def tree(name: str) -> bytes:
        return subprocess.run(
            ["git", "cat-file", "tree", name], cwd=team.path, capture_output=True, check=True
        ).stdout

    def written(content: bytes) -> str:
        return team.work.git(
            "hash-object", "-w", "-t", "tree", "--literally", "--stdin", feed=content
        )

    agents = written(tree("main:.claude/agents") * 2)
    claude = written(b"40000 agents\0" + bytes.fromhex(agents))
    old = bytes.fromhex(team.work.sha("main:.claude"))
    top = written(tree("main^{tree}").replace(old, bytes.fromhex(claude)))
    commit = team.work.git("commit-tree", top, "-p", "main", "-m", "change")
    said = bot("guard", team, "--base", "main", "--head", commit)
    assert said.code == 3
    assert said.out.startswith(
        f"{POLICY}: tree-damaged: a folder of the repository is no folder to git: it lists 'security.md'"
    )


def test_the_first_change_that_binds_answers_to_its_own_policy(
    bot: Bot, make_team: Callable
) -> None:
    team = make_team()
    team.work.git("checkout", "--quiet", "-b", "change")
    team.work.commit({**BOUND, SECURITY: agent("security", "haiku")})
    said = bot("guard", team, "--base", "main", "--head", "change")
    assert (said.code, "bound-below-floor" in said.out) == (3, True)


def test_the_pre_commit_hook_checks_the_work_tree(team: Team) -> None:
    hooks = YAML(typ="safe").load(HOOKS.read_text("utf-8"))
    (entry,) = (hook["entry"] for hook in hooks if hook["id"] == "calibration-apply")
    name, *args = entry.split()
    assert name == SCRIPT.name
    assert script(*args, cwd=team.work.path).code == 0
    team.work.write({TESTING: agent("testing", "haiku")})
    said = script(*args, cwd=team.work.path)
    assert (said.code, "should be sonnet" in said.out) == (1, True)
