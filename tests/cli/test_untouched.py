"""No command changes the user's repository: work tree, index, refs, configuration and hooks, byte by byte.

What a command is for is written down below: `run` makes its branch, `log sync` follows the branch of the
logs as a fetch would; both add objects. Nothing else may differ, whatever repository it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.repositories import Workshop, clone, new_repository, snapshot
from tests.support.teams import EXAMPLE, TABLE, WEEK, Team, Template

MakeTeam = Callable[..., Team]
OBJECTS = r"objects/.*"
COMMANDS: Mapping[tuple[str, ...], str] = {
    ("plan", "--week", WEEK): "nothing",
    ("run", "--week", WEEK, "--dry-run"): "nothing",
    ("guard", "--base", "main", "--head", "HEAD"): "nothing",
    ("guard", "--staged"): "nothing",
    ("run", "--week", WEEK, "--forge", "local"): (
        rf"(logs/)?refs/heads/calibration(/weekly)?|{OBJECTS}"
    ),
    ("log", "sync"): rf"(logs/)?refs/remotes/origin/calibration(/logs)?|{OBJECTS}",
    ("collect", "git"): r"\.calibration(/logs(/[^/]+(/rework-collect-[0-9a-f]+\.jsonl)?)?)?",
}
"""Each command, and what of the git folder it may add to."""


NO_POLICY = {("log", "sync"): 1, ("collect", "git"): 1}
"""They read the policy of the work tree, which has none."""


@dataclass(frozen=True)
class Place:
    """Where a command is called, and what belongs to the user."""

    repo: Path
    users: tuple[Path, ...]
    """Folders compared byte by byte."""
    codes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Exit codes other than 0, by the first two words of a command."""


def _plain(team: Team) -> Place:
    return Place(team.work.path, (team.work.path,))


def _linked_work_tree(team: Team) -> Place:
    linked = team.work.path.parent / "linked"
    team.work.git("worktree", "add", "--quiet", "-b", "side", str(linked))
    Workshop(linked).write({"staged.txt": "x", TABLE: "not even TOML"})
    Workshop(linked).git("add", "staged.txt")
    return Place(linked, (team.work.path, linked))


def _submodule(team: Team) -> Place:
    above = new_repository(team.work.path.parent / "above")
    source = team.work.path.as_uri()
    above.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", source, "below")
    above.commit({"x": "y"})
    below = Workshop(above.path / "below")
    below.git("remote", "set-url", "origin", team.remote.path.as_uri())
    below.git("fetch", "--quiet")
    return Place(below.path, (above.path,))


def _with_submodules(team: Team) -> Place:
    other = new_repository(team.work.path.parent / "other")
    other.commit({"x": "y"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.path.as_uri())
    team.work.git(*add, "kept")
    team.work.git(*add, "config/also")
    team.push({"note": "x"})
    Workshop(team.work.path / "kept").write({"x": "changed", "new": "z"})
    for setting in ("push.recurseSubmodules=check", "fetch.recurseSubmodules=true"):
        team.work.git("config", *setting.split("="))
    return _plain(team)


def _sparse(team: Team) -> Place:
    team.push({"far/away/file": "x"})
    team.work.git("sparse-checkout", "set", "--cone", "config")
    return _plain(team)


def _sparse_index(team: Team) -> Place:
    team.push({"far/away/file": "x", "near/file": "x"})
    team.work.git("sparse-checkout", "set", "--cone", "--sparse-index", "near")
    return Place(team.work.path, (team.work.path,), NO_POLICY)


def _sparse_patterns(team: Team) -> Place:
    team.work.git("sparse-checkout", "set", "--no-cone", "/*", "!/config/", "!*.jsonl")
    return Place(team.work.path, (team.work.path,), NO_POLICY)


def _partial(left_out: str, *more: str) -> Callable[[Team], Place]:
    def make(team: Team) -> Place:
        for what in ("allowFilter", "allowAnySHA1InWant"):
            team.remote.git("config", f"uploadpack.{what}", "true")
        part = clone(team.remote, team.work.path.parent / "part", f"--filter={left_out}", *more)
        codes = {**NO_POLICY, ("guard", "--staged"): 3} if more else {}
        return Place(part.path, (part.path,), codes)

    return make


def _hooks(team: Team) -> Place:
    names = ["pre-commit", "post-commit", "commit-msg", "pre-push", "reference-transaction"]
    names += ["post-index-change", "post-checkout", "pre-auto-gc", "fsmonitor", "post-merge"]
    names += ["pre-merge-commit", "prepare-commit-msg", "push-to-checkout", "post-rewrite"]
    for name in names:
        hook = team.work.path / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> {team.work.path}/hooked\nexit 1\n")
        hook.chmod(0o755)
    team.work.git("config", "core.fsmonitor", str(team.work.path / ".git/hooks/fsmonitor"))
    return _plain(team)


def _signing(team: Team) -> Place:
    signer = team.work.path / ".git/signer"
    signer.write_text(f"#!/bin/sh\necho signed >> {team.work.path}/signed\nexit 1\n")
    signer.chmod(0o755)
    settings = ("commit.gpgSign", "tag.gpgSign", "push.gpgSign", "log.showSignature")
    for name in settings:
        team.work.git("config", name, "true")
    for name in ("gpg.program", "gpg.ssh.program", "gpg.x509.program"):
        team.work.git("config", name, str(signer))
    return _plain(team)


def _autocrlf(team: Team) -> Place:
    team.push({".gitattributes": "* text=auto\n*.jsonl text eol=crlf\n", "w.bat": "a\r\nb\n"})
    for setting in ("core.autocrlf=true", "core.eol=crlf", "core.safecrlf=warn"):
        team.work.git("config", *setting.split("="))
    for file in (team.work.path / "config").iterdir():
        file.unlink()
    team.work.git("checkout", "--", "config")
    assert b"\r\n" in (team.work.path / TABLE).read_bytes()
    return _plain(team)


def _filters(team: Team) -> Place:
    team.push({".gitattributes": "*.jsonl filter=spy diff=spy merge=spy ident\n"})
    spy = f"echo spied >> {team.work.path}/spied; cat"
    team.work.git("config", "filter.spy.clean", "cat")  # what any `git status` runs
    for setting in ("filter.spy.smudge", "diff.spy.textconv", "diff.external"):
        team.work.git("config", setting, spy)
    team.work.git("config", "merge.spy.driver", f"echo merged >> {team.work.path}/spied; false")
    return _plain(team)


def _alternates(team: Team) -> Place:
    shared = team.work.path.parent / "shared"
    team.work.git("clone", "--quiet", "--shared", team.path, str(shared))
    Workshop(shared).git("remote", "set-url", "origin", team.remote.path.as_uri())
    return Place(shared, (shared, team.work.path))


def _separate_git_folder(team: Team) -> Place:
    team.work.git("init", "--quiet", f"--separate-git-dir={team.work.path.parent}/aside")
    return Place(team.work.path, (team.work.path, team.work.path.parent / "aside"))


def _odd_index(team: Team) -> Place:
    for option in ("--split-index", "--untracked-cache", "--index-version=4"):
        team.work.git("update-index", option)
    team.work.git("config", "feature.manyFiles", "true")
    team.work.git("update-index", "--assume-unchanged", TABLE)
    return _plain(team)


def _in_a_merge(team: Team) -> Place:
    team.work.git("switch", "--quiet", "-c", "side", "HEAD~1")
    team.work.commit({"README": "theirs"})
    team.work.git("switch", "--quiet", "main")
    team.push({"README": "ours"})
    team.work.git("merge", "--no-commit", "-s", "ours", "side")
    team.work.git("stash", "list")
    return _plain(team)


def _packed(team: Team) -> Place:
    team.work.git("tag", "-m", "x", "v1")
    team.work.git("pack-refs", "--all")
    tidying = (("maintenance.auto", "true"), ("gc.auto", "1"), ("gc.autoDetach", "false"))
    for name, value in (*tidying, ("fetch.prune", "true")):
        team.work.git("config", name, value)
    team.work.git("update-ref", "refs/remotes/origin/gone", "HEAD")
    team.work.git("replace", "HEAD", "HEAD~1")
    return _plain(team)


def _foreign(trusted: bool) -> Callable[[Team, pytest.MonkeyPatch], Place]:
    def make(team: Team, monkeypatch: pytest.MonkeyPatch) -> Place:
        settings = team.work.path.parent / "gitconfig"
        where = team.path if trusted else "/elsewhere"
        settings.write_text(f"[safe]\n directory = {where}\n directory = {team.remote.path}\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        codes = {} if trusted else {(name, first): 1 for name, first, *_ in COMMANDS}
        return Place(team.work.path, (team.work.path,), codes)

    return make


PLACES: Mapping[str, Callable[[Team], Place]] = {
    "plain": _plain,
    "linked-work-tree": _linked_work_tree,
    "in-a-submodule": _submodule,
    "with-submodules": _with_submodules,
    "sparse": _sparse,
    "sparse-index": _sparse_index,
    "sparse-patterns": _sparse_patterns,
    "blobless": _partial("blob:none"),
    "treeless": _partial("tree:0"),
    "treeless-no-checkout": _partial("tree:0", "--no-checkout"),
    "hooks": _hooks,
    "signing": _signing,
    "autocrlf": _autocrlf,
    "filters": _filters,
    "alternates": _alternates,
    "separate-git-folder": _separate_git_folder,
    "odd-index": _odd_index,
    "in-a-merge": _in_a_merge,
    "packed": _packed,
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where our own temporary folders go; nothing of them is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


IN_QUICK_LOOP = ("plain", "linked-work-tree", "hooks", "packed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [
        pytest.param(make, id=name, marks=[] if name in IN_QUICK_LOOP else pytest.mark.slow)
        for name, make in PLACES.items()
    ],
)
def test_no_command_changes_the_users_repository(
    place: Callable[[Team], Place], make_team: MakeTeam, bot: Bot
) -> None:
    check(place(make_team(EXAMPLE)), bot)


def test_a_repository_of_sha256_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bot: Bot
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    team = Template(tmp_path / "template").build().copy(tmp_path / "team", EXAMPLE)
    monkeypatch.delenv("GIT_DEFAULT_HASH")
    assert len(team.work.sha("HEAD")) == 64
    check(_plain(team), bot)


@pytest.mark.slow
@pytest.mark.parametrize("trusted", [True, False])
def test_a_repository_of_somebody_else_is_read_only_where_git_trusts_it(
    trusted: bool, make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _foreign(trusted)(make_team(EXAMPLE), monkeypatch)
    check(place, bot)
    if not trusted:
        said = bot("plan", None, "--repo", str(place.repo), "--week", WEEK)
        assert "safe.directory" in said.err


def check(place: Place, bot: Bot) -> None:
    """Run every command; nothing but what it is for may differ after it."""
    for (name, *rest), allowed in COMMANDS.items():
        before = snapshot(*place.users)
        said = bot(*([name, None, *rest, "--repo", str(place.repo)]))
        assert said.code == place.codes.get((name, rest[0]), 0), (name, rest, said.err)
        after = snapshot(*place.users)
        for path in _different(before, after):
            added = path not in before and re.search(rf"/({allowed})$", path)
            assert added, (name, rest, path)


def _different(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    every = sorted({*before, *after})
    return [path for path in every if before.get(path) != after.get(path)]
