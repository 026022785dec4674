"""What `init` never touches, and that it writes everything or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adoption import placing
from bot.adoption.placing import held, write_all
from bot.errors import BotError
from bot.wording.escape import terminal
from tests.adoption.conftest import SOURCE, NewUser
from tests.support.agent_files import PLACES, agent_text
from tests.support.repositories import new_repository, snapshot

OURS = (
    "config/policy.toml",
    "config/overrides.toml",
    "config/policy.schema.json",
    ".github/workflows/calibrate.yml",
    ".github/workflows/guard.yml",
)


def test_a_dry_run_shows_every_line_and_writes_nothing(new_user: Callable[..., NewUser]) -> None:
    user = new_user({".gitignore": "/build/\n"})
    before = snapshot(user.work.path)
    said = user.init("--dry-run")
    assert snapshot(user.work.path) == before
    assert '+SECURITY = "opus"' in said.out
    assert "+++ b/.github/workflows/guard.yml" in said.out
    assert " /build/\n+\n+# calibration-bot" in said.out


def test_what_is_written_is_shown_first(new_user: Callable[..., NewUser]) -> None:
    user = new_user({".gitignore": "/build/\n"})
    out = user.init().out
    assert [path for path in OURS if f"  create    {path}\n" not in out] == []
    assert "  add to    .gitignore (3 lines)\n" in out


@pytest.mark.parametrize("path", OURS)
def test_a_file_that_is_there_stays_unless_forced(
    new_user: Callable[..., NewUser], path: str
) -> None:
    user = new_user({})
    user.init()
    theirs = (
        user.read(path).replace("{", "{ ", 1)
        if path.endswith("json")
        else user.read(path) + "# x\n"
    )
    user.work.write({path: theirs})
    assert f"  keep      {path} (is there already; --force replaces it)\n" in user.init().out
    assert user.read(path) == theirs
    assert f"  replace   {path}\n" in user.init("--force").out
    assert user.read(path) != theirs


def test_a_policy_that_is_there_decides_what_the_table_says(
    new_user: Callable[..., NewUser],
) -> None:
    policy = 'phases = ["PLAN"]\n[[ladder]]\nname = "small"\nrelative_cost = 1\n'
    policy += '[[ladder]]\nname = "large"\nrelative_cost = 4\n'
    user = new_user(
        {"config/policy.toml": policy, PLACES["Cursor"].format("ui"): agent_text("large")}
    )
    out = user.init("--phases", "LEAD,PLAN").out
    assert "--phases and --ladder decide nothing; --force replaces it" in out
    assert user.read("config/policy.toml") == policy
    table = user.read("config/overrides.toml")
    assert '\n[PLAN]\nSECURITY = "large"' in table
    assert '\nUI = "large"' in table


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("config/policy.toml", "phases = [", "config/policy.toml:1: is not valid TOML"),
        ("config/policy.toml", "phases = []\n", "config/policy.toml:1: phases: must be"),
        (
            "config/overrides.toml",
            'default = "huge"\n',
            "overrides.toml:1: default: 'huge' is no rung",
        ),
        (
            "config/overrides.toml",
            'default = "haiku"\n',
            "overrides.toml:1: default: SECURITY is declared haiku",
        ),
    ],
)
def test_what_is_there_and_wrong_is_said_with_its_line(
    new_user: Callable[..., NewUser], path: str, text: str, said: str
) -> None:
    user = new_user({path: text})
    before = snapshot(user.work.path)
    tried = user("init", "--source", SOURCE)
    assert (tried.code, tried.out) == (1, "")
    assert said in tried.err
    assert snapshot(user.work.path) == before


def _obstacle(kind: str, at: Path, outside: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    if kind == "file":
        at.write_text("theirs")
    elif kind == "folder":
        at.mkdir()
    else:
        outside.mkdir(exist_ok=True)
        at.symlink_to(outside if kind == "link" else outside / "nowhere")


@pytest.mark.parametrize(
    ("kind", "path", "said"),
    [
        ("file", "config", "config is a file where a folder must be; move it"),
        (
            "file",
            ".github/workflows",
            ".github/workflows is a file where a folder must be; move it",
        ),
        ("folder", "config/policy.toml", "config/policy.toml: is no file; move it"),
        ("folder", ".gitignore", ".gitignore: is no file; move it"),
        ("link", "config", "config is a link, and init follows none; make it a folder"),
        ("link", ".github", ".github is a link, and init follows none; make it a folder"),
        ("link", ".gitattributes", "is a link, and init follows none; make it a file"),
        ("broken", "config/overrides.toml", "is a link, and init follows none; make it a file"),
        ("broken", "config", "config is a link, and init follows none; make it a folder"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_is_written(
    new_user: Callable[..., NewUser], tmp_path: Path, kind: str, path: str, said: str
) -> None:
    user = new_user({"README.md": "theirs\n"})
    _obstacle(kind, user.work.path / path, tmp_path / "outside")
    before = snapshot(tmp_path)
    tried = user("init", "--force", "--source", SOURCE)
    assert (tried.code, tried.out) == (1, "")
    assert said in tried.err
    assert snapshot(tmp_path) == before


def test_a_table_that_is_there_says_which_phases_there_are(
    new_user: Callable[..., NewUser],
) -> None:
    user = new_user(
        {"config/overrides.toml": 'default = "opus"\n[LEAD]\n[exec]\nTESTING = "sonnet"\n'}
    )
    assert "phases LEAD, EXEC" in user.init().out
    assert user("validate").code == 0


def test_agents_are_read_wherever_their_tool_reads_them(new_user: Callable[..., NewUser]) -> None:
    """Claude Code looks into folders below its own; opencode has two names for its folder."""
    files = {
        ".claude/agents/review/docs.md": agent_text("haiku", name="docs"),
        ".opencode/agents/api.md": agent_text("anthropic/claude-opus-4-5"),
        ".opencode/agent/design.md": agent_text("anthropic/claude-haiku-4-5"),
    }
    user = new_user(files)
    assert "3 agent files of Claude Code, opencode: 3 agents" in user.init().out
    user.adopt()
    assert "of 3 places 3 as the table says" in user("apply", "--check").out
    assert user("validate").code == 0


def test_outside_of_a_work_tree_there_is_nothing_to_set_up(
    new_user: Callable[..., NewUser], tmp_path: Path
) -> None:
    bot = new_user({}).bot
    bare = new_repository(tmp_path / "bare.git", bare=True)
    (tmp_path / "plain").mkdir()
    for place, said in (
        (tmp_path / "plain", "is in no git repository"),
        (bare.path, "is a bare repository, which has no work tree; clone it"),
        (tmp_path / "gone", "is no folder"),
    ):
        tried = bot("init", None, "--repo", str(place), "--source", SOURCE)
        assert (tried.code, said in tried.err) == (1, True)


def test_a_folder_below_the_top_means_the_repository(new_user: Callable[..., NewUser]) -> None:
    user = new_user({"src/a.txt": "a\n"})
    said = user.bot("init", None, "--repo", str(user.work.path / "src"), "--source", SOURCE)
    assert said.code == 0
    assert (user.work.path / "config/policy.toml").is_file()
    assert [path.name for path in (user.work.path / "src").iterdir()] == ["a.txt"]


NASTY = {
    "a space.md": "its name is none of an agent",
    "$(touch pwned).md": "its name is none of an agent",
    "-rf.md": "its name is none of an agent",
    "default.md": "its name is none of an agent",
    "\u017fecurity.md": "its name is none of an agent",
    "a\nb.md": "its name is none of an agent",
    "\u202egnp.md": "its name is none of an agent",
    f"{'x' * 70}.md": "its name is none of an agent",
    "::error::x.md": "its name is none of an agent",
    'docs.\nSECURITY = "haiku" #.md': "its name is none of an agent",
    "docs.[x].md": "its name is none of an agent",
    "README.md": "has no front matter",
}


def test_a_hostile_name_is_passed_over_and_said_and_harmless(
    new_user: Callable[..., NewUser],
) -> None:
    files = {f".claude/agents/{name}": agent_text("opus", name="docs") for name in NASTY}
    files[".claude/agents/README.md"] = "# Our agents\n"
    files[".claude/agents/docs.md"] = agent_text("haiku")
    user = new_user(files)
    out = user.init().out
    lines = [line for line in out.splitlines() if line.startswith("passed over: ")]
    assert len(lines) == len(NASTY)
    for name, reason in NASTY.items():
        shown = terminal(f".claude/agents/{name}")
        assert [line for line in lines if shown in line and reason in line], name
    assert "\u202e" not in out
    table = user.read("config/overrides.toml")
    assert [line.split(" ")[0] for line in table.splitlines() if " = " in line] == [
        "default",
        "DOCS",
        "SECURITY",
    ]
    assert user("validate").code == 0


def test_an_agent_file_that_leads_out_or_is_no_text_is_passed_over(
    new_user: Callable[..., NewUser], tmp_path: Path
) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(agent_text("opus"))
    user = new_user({".claude/agents/latin.md": b"---\nmodel: opus\nname: \xe9\n---\n"})
    (user.work.path / ".claude/agents/away.md").symlink_to(outside)
    (user.work.path / ".claude/agents/folder.md").mkdir()  # nobody's agent
    out = user.init().out
    assert "passed over: .claude/agents/away.md: is a symbolic link" in out
    assert "passed over: .claude/agents/latin.md: is no UTF-8 text" in out


NEW = {f"new/deep/{n}.txt": b"new\n" for n in range(3)}
CHANGED = {"a.txt": b"newer\n", ".gitignore": b"x\ny\n"}


def _fails_at(
    monkeypatch: pytest.MonkeyPatch, step: str, number: int, error: BaseException
) -> None:
    """The step of that number, of writing beside or of moving into place, ends in an error."""
    place = placing if step == "written_beside" else Path
    real, count = getattr(place, step), iter(range(100))

    def failing(*arguments: object) -> object:
        if next(count) == number:
            raise error
        return real(*arguments)

    monkeypatch.setattr(place, step, failing)


@pytest.mark.parametrize("number", range(len(NEW) + len(CHANGED)))
@pytest.mark.parametrize("step", ["written_beside", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_where_one_file_cannot_be_written_all_are_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, error: BaseException
) -> None:
    work = new_repository(tmp_path / "theirs")
    work.commit({"a.txt": "old\n", ".gitignore": "x\n"})
    (work.path / "a.txt").chmod(0o600)
    before = snapshot(tmp_path)
    wanted = NEW | CHANGED
    _fails_at(monkeypatch, step, number, error)
    with pytest.raises((BotError, KeyboardInterrupt)) as raised:
        write_all(work.path, wanted, held(work.path, list(wanted)))
    if isinstance(error, OSError):
        path = list(wanted)[number]
        said = "cannot be written: No space left on device; nothing was changed"
        assert str(raised.value) == f"{path}: {said}"
    assert snapshot(tmp_path) == before
    assert (work.path / "a.txt").stat().st_mode & 0o777 == 0o600
    assert not list(work.path.glob("**/.*.part"))


def test_a_signal_right_after_a_file_was_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = new_repository(tmp_path / "theirs")
    real = placing.written_beside

    def stopped(path: str, content: bytes) -> str:
        real(path, content)
        raise KeyboardInterrupt

    monkeypatch.setattr(placing, "written_beside", stopped)
    before = snapshot(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_all(work.path, NEW, held(work.path, list(NEW)))
    assert snapshot(tmp_path) == before
    assert not (work.path / "new").exists()


def test_what_one_that_was_killed_left_behind_is_swept(tmp_path: Path) -> None:
    """`git add --all`, the next command of a new user, would take it along."""
    work = new_repository(tmp_path / "theirs")
    left = Path(placing.written_beside(str(work.path / "new/deep/0.txt"), b"half"))
    theirs = work.path / "new/deep/.0.txt.part-of-something"
    theirs.write_text("theirs")
    write_all(work.path, NEW, held(work.path, list(NEW)))
    assert not left.exists()
    assert theirs.exists()


def test_what_cannot_be_read_is_named(
    new_user: Callable[..., NewUser], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = new_user({".gitignore": "x", "config/policy.toml": "x"})

    def unreadable(file: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    tried = user("init", "--source", SOURCE)
    assert tried.code == 1
    assert "error: .gitignore: cannot be read: Permission denied\n" in tried.err
    assert "error: config/policy.toml: cannot be read: Permission denied\n" in tried.err


def test_what_git_ignores_is_said(new_user: Callable[..., NewUser]) -> None:
    user = new_user({".gitignore": "/config/*.json\n"})
    out = user.init().out
    assert "note: git ignores config/policy.schema.json; commit it with `git add --force`\n" in out


def test_of_many_files_passed_over_the_first_are_named(new_user: Callable[..., NewUser]) -> None:
    user = new_user({f".claude/agents/{number}.md": "theirs\n" for number in range(25)})
    out = user.init().out
    assert out.count("passed over: .claude/agents/") == 20
    assert "\npassed over: 5 more\n" in out
