"""Git's children work in the repository they were told, and see no secret they have no use for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import BotError
from bot.git import environment
from bot.git.credentials import Credentials
from bot.git.history import Identity
from bot.git.repository import Repository
from tests.support.repositories import Workshop, new_repository, snapshot, with_remote

TABLE = "config/overrides.toml"
BOT = Identity("bot", "bot@example.org")
SECRET = "CANARY-0123456789"
SECRETS = (
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_PAT",
    "CALIBRATION_APP_PRIVATE_KEY",
    "CALIBRATION_APP_ID",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "INPUT_PRIVATE-KEY",
    "MY_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "PGPASSWORD",
    "DBPASSWORD",
    "AZURE_STORAGE_KEY",
    "ANTHROPIC_API_KEY",
    "SPARK_CONNECT_AUTHENTICATE_TOKEN",
    "SMTP_PASS",
)
OF_THE_FORGE = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PAT", "gh_enterprise_token")


def surrounding(other: Workshop) -> dict[str, str]:
    """Everything git tells the hooks of another repository."""
    git = other.path / ".git"
    return {
        "GIT_DIR": str(git),
        "GIT_COMMON_DIR": str(git),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(git / "index"),
        "GIT_OBJECT_DIRECTORY": str(git / "objects"),
        "GIT_PREFIX": "config/",
        "GIT_CONFIG_PARAMETERS": "'core.bare'='true'",
        "GIT_GLOB_PATHSPECS": "1",
        "GIT_NAMESPACE": "other",
    }


def test_the_repository_asked_for_is_read_whatever_surrounds_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, _ = with_remote(tmp_path, {TABLE: "ours"})
    other = new_repository(tmp_path / "other")
    other.commit({TABLE: "theirs"})
    tree, before = work.sha("main^{tree}"), snapshot(other.path)
    monkeypatch.chdir(other.path)
    for name, value in surrounding(other).items():
        monkeypatch.setenv(name, value)
    with (
        environment.cleaned() as around,
        Repository.open(work.path, around=around) as repository,
    ):
        base = repository.base()
        assert repository.root == work.path
        assert repository.read(base.commit, TABLE) == b"ours"
        assert repository.staged() == tree
        made = repository.commit(base.commit, {TABLE: b"new"}, "change\n", BOT, 1_764_547_200)
        repository.push(base, "made", made, None)
    assert snapshot(other.path) == before


@pytest.mark.parametrize("name", surrounding(Workshop(Path("/x"))))
def test_as_a_library_a_surrounding_git_is_an_error_and_nothing_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, other = new_repository(tmp_path / "work"), new_repository(tmp_path / "other")
    monkeypatch.setenv(name, surrounding(other)[name])
    with pytest.raises(BotError, match=rf"^{name}: set for another git around us; unset"):
        Repository.open(work.path)


def test_the_command_line_cleans_its_environment_and_puts_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other")
    for name, value in {**surrounding(other), **dict.fromkeys(SECRETS, SECRET)}.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with environment.cleaned() as around:
        assert not {*surrounding(other), *SECRETS} & os.environ.keys()
        assert os.environ["PATH"] == before["PATH"]
        assert around == before
        assert SECRET not in f"{around} {around!r}"
    assert dict(os.environ) == before
    assert main(["validate", "--repo", str(other.path)]) == 1
    assert dict(os.environ) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "alone",
    ["all", *(pytest.param(n, marks=pytest.mark.slow) for n in surrounding(Workshop(Path("/x"))))],
)
def test_demo_started_from_a_hook_leaves_the_users_repository_alone(
    alone: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if alone not in ("GIT_INDEX_FILE", "GIT_DIR", "all"):
        alone = alone + "+GIT_DIR"
    other = new_repository(tmp_path / "other")
    other.commit({TABLE: "theirs"})
    before = snapshot(other.path)
    monkeypatch.chdir(other.path)
    for name, value in surrounding(other).items():
        if alone == "all" or name in alone.split("+"):
            monkeypatch.setenv(name, value)
    assert main(["demo"]) == 0, capsys.readouterr().err
    assert snapshot(other.path) == before


@pytest.mark.slow
def test_demo_takes_no_hook_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = tmp_path / "template/hooks/pre-commit"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\necho hooked >&2\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))
    assert main(["demo"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("place", ["main", "linked", "elsewhere"])
def test_a_hook_sees_the_index_of_its_own_commit_only(place: str, tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit({TABLE: "1", "other": "1"})
    work.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    here = Workshop(tmp_path / "linked") if place == "linked" else work
    asked = tmp_path / "linked" if place == "elsewhere" else here.path
    script = (
        "from pathlib import Path; from bot.git.repository import Repository\n"
        "from bot.git.environment import cleaned\n"
        f"with cleaned() as it, Repository.open(Path({str(asked)!r}), around=it) as repository:\n"
        "    print(repository.read(repository.staged(), 'other').decode())\n"
    )
    (tmp_path / "ask.py").write_text(script)
    hook = work.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    root = Path(__file__).parents[2]
    hook.write_text(
        f"#!/bin/sh\nPYTHONPATH={root} {sys.executable} {tmp_path}/ask.py > {tmp_path}/seen\n"
    )
    hook.chmod(0o755)
    for args, seen in ((("--all",), "2"), (("--", TABLE), "2"), (("--", "other"), "3")):
        here.write({TABLE: f"{args}", "other": seen})
        here.git("commit", "--quiet", "-m", "change", *args)
        expected = "1" if place == "elsewhere" else seen
        assert (tmp_path / "seen").read_text() == f"{expected}\n", args


def recording(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `git` first on PATH that keeps every child's environment; the folder with one file a child."""
    seen, fake = folder / "seen", folder / "fake/git"
    seen.mkdir()
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nenv > {seen}/$1.$$\nexec {shutil.which("git")} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    return seen


def test_secrets_reach_only_the_child_that_talks_to_the_remote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, remote = with_remote(tmp_path, {TABLE: "1", ".gitattributes": "* filter=spy\n"})
    spied = tmp_path / "spied"
    work.git("config", "filter.spy.clean", f"env >> {spied}; cat")
    work.write({TABLE: "2", "config/new": "3"})
    seen = recording(tmp_path, monkeypatch)
    for name in SECRETS:
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraHeader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"Authorization: {SECRET}")
    credentials = Credentials("https://github.com", "ghs_OURS")
    with (
        environment.cleaned() as around,
        Repository.open(work.path, credentials, around=around) as repository,
    ):
        base = repository.base()
        repository.uncommitted("**", base.commit)
        repository.versions(base.commit, TABLE)
        repository.staged()
        made = repository.commit(base.commit, {TABLE: b"new"}, "change\n", BOT, 1_764_547_200)
        repository.push(base, "made", made, None)
    children = [(file.name.partition(".")[0], file.read_text()) for file in seen.iterdir()]
    assert remote.sha("made") == made
    header = credentials.header.rpartition(" ")[2]
    assert {name for name, said in children if header in said} == {"ls-remote", "push"}
    silent = [said for name, said in children if name not in ("ls-remote", "push")]
    assert len(silent) > 5
    assert not [said for said in silent if SECRET in said]
    for name, said in children:
        for secret in SECRETS:
            assert f"\n{secret}=" not in f"\n{said}", name
    assert spied.exists()  # or this shows nothing
    assert SECRET not in spied.read_text()
    assert header not in spied.read_text()


def test_as_a_library_no_secret_reaches_a_child_that_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = new_repository(tmp_path / "work")
    work.commit({TABLE: "1"})
    seen = recording(tmp_path, monkeypatch)
    for name in SECRETS:
        monkeypatch.setenv(name, SECRET)
    before = dict(os.environ)
    with Repository.open(work.path) as repository:
        assert repository.read(repository.base().commit, TABLE) == b"1"
    assert dict(os.environ) == before
    children = [file.read_text() for file in seen.iterdir()]
    assert len(children) > 3
    assert not [said for said in children if SECRET in said]


def test_a_credential_helper_keeps_its_token_where_we_have_none() -> None:
    ours = {"GITHUB_TOKEN": "a", "CALIBRATION_APP_ID": "b", "GIT_SSH_COMMAND": "c", "HOME": "d"}
    kept = {"GIT_SSH_COMMAND": "c", "HOME": "d", "GIT_CONFIG_COUNT": "0"}
    assert environment.network(ours, signed_in=False) == {**kept, "GITHUB_TOKEN": "a"}
    assert environment.network(ours, signed_in=True) == kept
    assert environment.local(ours) == kept


@pytest.mark.parametrize("name", ["PATH", "GIT_ASKPASS", "SSH_AUTH_SOCK", "PWD", "PGPASSFILE"])
def test_what_is_no_secret_reaches_every_child(name: str) -> None:
    one = {name: "x"}
    told = (environment.local(one), environment.network(one, signed_in=True))
    assert all(found[name] == "x" for found in (*told, environment.alone(one)))


def test_where_the_user_signs_in_any_variable_may_be_the_helpers() -> None:
    own = {"GITLAB_TOKEN": "a", "GITHUB_PAT": "b", "AWS_SECRET_ACCESS_KEY": "c", "PGPASSWORD": "d"}
    assert environment.network(own, signed_in=False) == {**own, "GIT_CONFIG_COUNT": "0"}
    assert environment.network(own, signed_in=True) == {"GIT_CONFIG_COUNT": "0"}


@pytest.mark.parametrize("inside", [True, False], ids=["command line", "library"])
def test_who_is_handed_the_environment_over_gets_no_secret_of_the_bot_or_a_forge(
    inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library may start a child of its own, as pyspark does the JVM."""
    needed = ("PGPASSWORD", "SPARK_CONNECT_AUTHENTICATE_TOKEN", "AWS_SECRET_ACCESS_KEY")
    for name in (*SECRETS, *OF_THE_FORGE):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraHeader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", SECRET)
    before = dict(os.environ)
    with environment.cleaned() if inside else nullcontext():
        kept = dict(os.environ)
        with environment.handed_over():
            script = "import json, os; print(json.dumps(dict(os.environ)))"
            child = json.loads(subprocess.check_output([sys.executable, "-c", script]))
        assert dict(os.environ) == kept
    assert dict(os.environ) == before
    theirs = {name for name, value in child.items() if value == SECRET}
    others = {"MY_API_KEY", "DBPASSWORD", "AZURE_STORAGE_KEY", "ANTHROPIC_API_KEY", "SMTP_PASS"}
    assert theirs == {*needed, *others}


def test_every_variable_git_calls_a_repositorys_own_is_dropped(tmp_path: Path) -> None:
    names = Workshop(tmp_path).git("rev-parse", "--local-env-vars").split("\n")
    assert len(names) > 10
    for clean in (environment.local, environment.alone):
        assert set(clean(dict.fromkeys(names, "x"))) <= {"GIT_CONFIG_COUNT"}
    found = environment.network(dict.fromkeys(names, "x"), signed_in=False)
    assert found == {"GIT_CONFIG_COUNT": "0"}
