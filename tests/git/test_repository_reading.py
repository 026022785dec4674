"""Reading the base commit: exact, complete, and without a trace in the user's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from bot.errors import BotError, InvalidInput
from bot.git.history import Identity
from bot.git.objects import Objects
from bot.git.process import Talk
from bot.git.repository import Repository
from tests.support.repositories import Workshop, clone, new_repository, snapshot
from tests.support.team_fixtures import FILES

TABLE = "config/overrides.toml"
GLOB = ".calibration/logs/*/tokens*.jsonl"


def table_at_base(path: Path) -> bytes | None:
    with Repository.open(path) as repository:
        return repository.read(repository.base().commit, TABLE)


def test_base_is_the_branch_the_remote_calls_its_head(work: Workshop, remote: Workshop) -> None:
    newest = work.sha("main")
    work.git("switch", "--quiet", "-c", "feature")
    work.commit({TABLE: "changed"})
    with Repository.open(work.path) as repository:
        base = repository.base()
    assert (base.name, base.commit, base.committed) == ("main", newest, work.time - 120)
    assert base.branches == {"main": newest}
    assert base.remote is not None
    assert base.remote.name == "origin"


def test_the_policys_base_wins_over_the_remotes_head(work: Workshop) -> None:
    work.git("switch", "--quiet", "-c", "stable")
    sha = work.commit({TABLE: "stable"})
    work.git("push", "--quiet", "origin", "stable")
    with Repository.open(work.path) as repository:
        assert repository.base("stable").commit == sha
        assert repository.read(sha, TABLE) == b"stable"


def test_without_remote_base_is_the_current_branch(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work", branch="trunk")
    sha = work.commit(FILES)
    with Repository.open(work.path) as repository:
        base = repository.base()
    assert (base.name, base.commit, base.remote) == ("trunk", sha, None)


def test_a_remote_that_is_not_named_origin_serves_if_it_is_the_only_one(work: Workshop) -> None:
    work.git("remote", "rename", "origin", "upstream")
    with Repository.open(work.path) as repository:
        base = repository.base()
    assert base.remote is not None
    assert base.remote.name == "upstream"


def test_a_newer_base_is_fetched_into_the_quarantine_and_leaves_no_trace(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    other = clone(remote, tmp_path / "other")
    newest = other.commit({TABLE: "newer\r\n\n", "later.txt": "x"})
    other.git("tag", "v1")
    other.git("push", "--quiet", "--tags", "origin", "main")
    work.git("config", "fetch.prune", "true")
    before = snapshot(work.path, remote.path)
    with Repository.open(work.path) as repository:
        base = repository.base()
        assert base.commit == newest
        assert repository.read(newest, TABLE) == b"newer\r\n\n"
        assert [item.commit for item in repository.versions(newest, TABLE)][-1] == newest
        assert snapshot(work.path, remote.path) == before
    assert snapshot(work.path, remote.path) == before
    assert not repository.folder.exists()


def _linked(work: Workshop, tmp_path: Path) -> Path:
    work.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    return tmp_path / "linked"


def _bare(work: Workshop, tmp_path: Path) -> Path:
    work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    return tmp_path / "bare.git"


def _borrowing(work: Workshop, tmp_path: Path) -> Path:
    work.git("clone", "--quiet", "--shared", ".", str(tmp_path / "shared"))
    return tmp_path / "shared"


def _borrowing_by_a_relative_path(work: Workshop, tmp_path: Path) -> Path:
    path = _borrowing(work, tmp_path)
    Path(path / ".git/objects/info/alternates").write_text("../../../work/.git/objects\n")
    return path


def _odd_name(work: Workshop, tmp_path: Path) -> Path:
    work.git("clone", "--quiet", ".", str(tmp_path / 'a "b": c;d é'))
    return tmp_path / 'a "b": c;d é'


PLACES = {
    "sub-directory": lambda work, _: work.path / "config",
    "linked worktree": _linked,
    "bare": _bare,
    "with alternates": _borrowing,
    "with relative alternates": _borrowing_by_a_relative_path,
    "separators in its path": _odd_name,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_every_kind_of_repository_is_read_and_built_in(
    place, work: Workshop, tmp_path: Path
) -> None:
    path = place(work, tmp_path)
    before = snapshot(path, work.path)
    with Repository.open(path) as repository:
        base = repository.base()
        assert repository.read(base.commit, TABLE) == FILES[TABLE].encode()
        sha = repository.commit(base.commit, {TABLE: b"new"}, "m", Identity("Bot", "b@x.org"), 1)
        assert repository.read(sha, TABLE) == b"new"
        assert repository.merge(base.commit, sha).clean
    assert snapshot(path, work.path) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"no end",
        b"end\n",
        b"a\r\nb\r\n",
        b"\xef\xbb\xbfbom\n",
        b"\x00\xff\xfe",
        b"\n\n\n",
    ],
    ids=[
        "empty",
        "newline",
        "no final newline",
        "final newline",
        "CRLF",
        "BOM",
        "binary",
        "newlines",
    ],
)
def test_files_are_read_to_the_byte(data: bytes, work: Workshop) -> None:
    work.commit({"some file": data})
    with Repository.open(work.path) as repository:
        assert repository.read("HEAD", "some file") == data


def test_a_missing_file_is_none(work: Workshop) -> None:
    with Repository.open(work.path) as repository:
        assert repository.read("HEAD", "config/none.toml") is None
        assert repository.read("HEAD", "none/none.toml") is None
        assert repository.read("HEAD", "README.md/none") is None


def _with_odd_entries(work: Workshop) -> None:
    (work.path / "link.toml").symlink_to("config/overrides.toml")
    (work.path / "linked").symlink_to("config")
    work.git("add", "link.toml", "linked")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.sha('HEAD')},module")
    work.commit({"big.toml": b"#" * (1024 * 1024 + 1)})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("link.toml", "link.toml: is a symbolic link"),
        ("linked/overrides.toml", "linked: is a symbolic link"),
        ("module", "module: is a submodule"),
        ("module/x", "module: is a submodule"),
        ("config", "config: is a folder"),
        ("big.toml", "big.toml: has 1,048,577 bytes"),
    ],
)
def test_only_regular_files_of_sensible_size_are_read(path: str, said: str, work: Workshop) -> None:
    _with_odd_entries(work)
    with Repository.open(work.path) as repository, pytest.raises(InvalidInput) as caught:
        repository.read("HEAD", path)
    assert str(caught.value).startswith(said)


def test_logs_are_laid_out_under_our_own_names_sorted_by_path(work: Workshop) -> None:
    hostile = ".calibration/logs/2025-W50/tokens-'; DROP\n[x]*.jsonl"
    work.commit({hostile: b"1\n", ".calibration/logs/2025-W48/tokens.jsonl": b""})
    with Repository.open(work.path) as repository:
        files = repository.logs("HEAD", GLOB)
        more = repository.logs("HEAD", ".calibration/logs/*/rework*.jsonl")
        assert [file.path for file in files] == [
            ".calibration/logs/2025-W48/tokens.jsonl",
            ".calibration/logs/2025-W49/tokens.jsonl",
            hostile,
        ]
        assert [file.content() for file in files] == [b"", b'{"tokens": 1}\n', b"1\n"]
        assert [file.content() for file in more] == [b'{"rework": true}']
        assert len({file.stored for file in (*files, *more)}) == 2  # small ones share a file
        assert all(file.stored.stem.isdigit() for file in (*files, *more))


def test_large_logs_are_copied_whole(work: Workshop) -> None:
    data = b"".join(b'{"tokens": %d}\n' % number for number in range(200_000))
    work.commit({".calibration/logs/2025-W50/tokens.jsonl": data})
    with Repository.open(work.path) as repository:
        assert repository.logs("HEAD", GLOB)[-1].content() == data
        assert repository.read("HEAD", TABLE) == FILES[TABLE].encode()


@pytest.mark.parametrize("small", range(4))
def test_small_and_large_logs_of_both_kinds_are_each_laid_out_in_a_place_of_their_own(
    work: Workshop, small: int
) -> None:
    large = b'{"tokens": 1}\n' * 100_000
    for kind in ("tokens", "rework"):  # small ones first, so that large ones stand further down
        names = [f".calibration/logs/2025-W50/{kind}-{number}.jsonl" for number in range(small + 3)]
        work.commit({name: b"1\n" if at < small else large for at, name in enumerate(names)})
    with Repository.open(work.path) as repository:
        for glob in (GLOB, GLOB.replace("tokens", "rework"), GLOB):
            found = [file.content() for file in repository.logs("HEAD", glob)][-small - 3 :]
            assert found == [b"1\n"] * small + [large] * 3


def test_no_logs_at_all_is_an_empty_answer(work: Workshop) -> None:
    with Repository.open(work.path) as repository:
        assert repository.logs("HEAD", "logs/*/tokens*.jsonl") == ()


def test_links_and_submodules_among_the_logs_are_all_named(work: Workshop) -> None:
    logs = work.path / ".calibration/logs"
    (logs / "2025-W49/tokens-link.jsonl").symlink_to("tokens.jsonl")
    (logs / "2025-W50").symlink_to("2025-W49")
    work.git("add", ".calibration")
    module = f"160000,{work.sha('HEAD')},.calibration/logs/2025-W51"
    work.git("update-index", "--add", "--cacheinfo", module)
    work.git("commit", "--quiet", "-m", "odd")
    with Repository.open(work.path) as repository, pytest.raises(InvalidInput) as caught:
        repository.logs("HEAD", GLOB)
    assert [problem.file for problem in caught.value.problems] == [
        ".calibration/logs/2025-W49/tokens-link.jsonl",
        ".calibration/logs/2025-W50",
        ".calibration/logs/2025-W51",
    ]


def test_versions_follow_the_first_parent_line_and_its_clock(work: Workshop) -> None:
    first = work.sha("HEAD")
    work.git("switch", "--quiet", "-c", "side")
    work.commit({TABLE: "side 1"})
    work.commit({TABLE: "side 2"})
    work.git("switch", "--quiet", "main")
    work.commit({"README.md": "unrelated\n"})
    merged_at = work.time
    work.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    merge = work.sha("HEAD")
    work.time += 60
    (work.path / TABLE).unlink()
    removed = work.commit({}, "nothing yet")
    work.git("rm", "--quiet", "--cached", TABLE)
    removed = work.commit({}, "removed")
    back = work.commit({TABLE: "back"})
    with Repository.open(work.path) as repository:
        found = repository.versions("HEAD", TABLE)
    assert [(item.commit, item.data) for item in found] == [
        (first, FILES[TABLE].encode()),
        (merge, b"side 2"),
        (removed, None),
        (back, b"back"),
    ]
    assert found[1].committed == merged_at


def test_uncommitted_logs_are_named_and_nothing_else(work: Workshop, remote: Workshop) -> None:
    base = work.sha("HEAD")
    work.commit({".calibration/logs/2025-W50/tokens-local.jsonl": "2\n"})
    work.write(
        {
            ".calibration/logs/2025-W49/tokens.jsonl": "changed\n",
            ".calibration/logs/2025-W50/tokens-new.jsonl": "1\n",
            ".calibration/logs/2025-W50/tokens-ignored.jsonl": "1\n",
            ".calibration/logs/2025-W50/notes.txt": "1\n",
            ".git/info/exclude": "*-ignored.jsonl\n",
        }
    )
    before = snapshot(work.path)
    with Repository.open(work.path / "config") as repository:
        assert repository.uncommitted(GLOB, base) == (
            ".calibration/logs/2025-W49/tokens.jsonl",
            ".calibration/logs/2025-W50/tokens-ignored.jsonl",
            ".calibration/logs/2025-W50/tokens-local.jsonl",
            ".calibration/logs/2025-W50/tokens-new.jsonl",
        )
    assert snapshot(work.path) == before


def test_a_work_tree_that_is_merely_behind_has_no_uncommitted_logs(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    other = clone(remote, tmp_path / "other")
    other.commit({".calibration/logs/2025-W49/tokens.jsonl": "more\n"})
    other.git("push", "--quiet", "origin", "main")
    with Repository.open(work.path) as repository:
        assert repository.uncommitted(GLOB, repository.base().commit) == ()


def test_a_bare_repository_has_no_uncommitted_logs(work: Workshop, tmp_path: Path) -> None:
    with Repository.open(_bare(work, tmp_path)) as repository:
        assert repository.uncommitted(GLOB, "HEAD") == ()


# ------------------------------------------------------------------- refusals


def _none(tmp_path: Path) -> tuple[Path, str | None]:
    (tmp_path / "plain").mkdir()
    return tmp_path / "plain", None


def _no_folder(tmp_path: Path) -> tuple[Path, str | None]:
    return tmp_path / "nowhere", None


def _no_commits(tmp_path: Path) -> tuple[Path, str | None]:
    return new_repository(tmp_path / "work").path, None


def _shallow(tmp_path: Path) -> tuple[Path, str | None]:
    origin = new_repository(tmp_path / "origin")
    origin.commit(FILES)
    origin.commit({"README.md": "2\n"})
    return clone(origin, tmp_path / "shallow", "--depth=1").path, None


def _detached(tmp_path: Path) -> tuple[Path, str | None]:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.git("switch", "--quiet", "--detach")
    return work.path, None


def _missing_base(tmp_path: Path) -> tuple[Path, str | None]:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    return work.path, "stable"


def _remote_gone(tmp_path: Path) -> tuple[Path, str | None]:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.git("remote", "add", "origin", (tmp_path / "gone.git").as_uri())
    return work.path, None


def _remote_empty(tmp_path: Path) -> tuple[Path, str | None]:
    new_repository(tmp_path / "empty.git", bare=True)
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.git("remote", "add", "origin", (tmp_path / "empty.git").as_uri())
    return work.path, None


def _two_remotes(tmp_path: Path) -> tuple[Path, str | None]:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.git("remote", "add", "one", "x")
    work.git("remote", "add", "two", "y")
    return work.path, None


REFUSALS = {
    "not a repository": (_none, "is in no git repository; pass --repo"),
    "no such folder": (_no_folder, "is no folder; pass --repo"),
    "no commits": (_no_commits, "this repository has no commits yet"),
    "shallow clone": (_shallow, "`fetch-depth: 0`"),
    "detached HEAD, no remote": (_detached, "HEAD is detached and there is no remote"),
    "missing base branch": (_missing_base, "has no branch stable; correct pull_request.base"),
    "remote gone": (_remote_gone, "remote origin cannot be reached; check its URL"),
    "remote without commits": (_remote_empty, "remote origin has no commits yet"),
    "several remotes": (_two_remotes, "several remotes (one, two) and none is named origin"),
}


@pytest.mark.parametrize(("arrange", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_read_says_what_to_do(arrange, said: str, tmp_path: Path) -> None:
    path, configured = arrange(tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(BotError) as caught, Repository.open(path) as repository:
        repository.base(configured)
    assert said in str(caught.value)
    assert caught.value.exit_code == 1
    assert snapshot(tmp_path) == before


def test_a_detached_head_with_a_remote_is_fine(work: Workshop) -> None:
    work.git("switch", "--quiet", "--detach")
    assert table_at_base(work.path) == FILES[TABLE].encode()


def test_a_detached_head_with_a_configured_base_is_fine(tmp_path: Path) -> None:
    path, _ = _detached(tmp_path)
    with Repository.open(path) as repository:
        assert repository.base("main").name == "main"


def test_another_branch_can_hold_the_logs(work: Workshop, remote: Workshop, tmp_path: Path) -> None:
    other = clone(remote, tmp_path / "other")
    other.git("switch", "--quiet", "--orphan", "logs")
    sha = other.commit({".calibration/logs/2025-W49/tokens.jsonl": "elsewhere"})
    other.git("push", "--quiet", "origin", "logs")
    with Repository.open(work.path) as repository:
        base = repository.base()
        assert repository.tip(base, "logs") == sha
        assert repository.logs(sha, GLOB)[0].content() == b"elsewhere"
        assert repository.tip(base, "none") is None


def test_logs_at_any_depth_are_found_once(work: Workshop) -> None:
    work.commit({"logs/a.jsonl": "1", "logs/x/a.jsonl": "2", "logs/x/y/a.jsonl": "3"})
    with Repository.open(work.path) as repository:
        for glob in ("logs/**/a.jsonl", "logs/**", "**/**/a.jsonl"):
            found = [file.path for file in repository.logs("HEAD", glob)]
            assert found == ["logs/a.jsonl", "logs/x/a.jsonl", "logs/x/y/a.jsonl"]
        assert repository.logs("HEAD", "./") == ()


@pytest.mark.parametrize(
    "path", ["link.toml", "linked/overrides.toml", "module", "config", "big.toml"]
)
def test_what_nobody_is_asked_to_put_right_is_passed_over(path: str, work: Workshop) -> None:
    _with_odd_entries(work)
    with Repository.open(work.path) as repository:
        assert repository.read_plain("HEAD", path) is None
        assert repository.read_plain("HEAD", TABLE) == FILES[TABLE].encode()


def test_a_version_that_cannot_be_read_is_none(work: Workshop) -> None:
    (work.path / TABLE).unlink()
    (work.path / TABLE).symlink_to("policy.toml")
    work.git("add", TABLE)
    sha = work.commit({}, "link")
    with Repository.open(work.path) as repository:
        assert [(v.commit, v.data) for v in repository.versions("HEAD", TABLE)][1:] == [(sha, None)]


def _unborn_head(work: Workshop, remote: Workshop) -> str:
    remote.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    return "names no default branch; set pull_request.base"


def _unborn_branch(work: Workshop, remote: Workshop) -> str:
    work.git("remote", "remove", "origin")
    work.git("switch", "--quiet", "--orphan", "trunk")
    return "has no commit on branch trunk; make one"


@pytest.mark.parametrize("arrange", [_unborn_head, _unborn_branch])
def test_a_base_that_nobody_names_says_what_to_do(
    arrange, work: Workshop, remote: Workshop
) -> None:
    said = arrange(work, remote)
    with Repository.open(work.path) as repository, pytest.raises(BotError) as caught:
        repository.base()
    assert said in str(caught.value)


def test_a_remote_that_lacks_its_own_objects_is_an_error(work: Workshop, remote: Workshop) -> None:
    (remote.path / "refs/heads/broken").write_text("1" * 40 + "\n")
    with Repository.open(work.path) as repository, pytest.raises(BotError, match="remote origin"):
        repository.base("broken")


def test_without_a_remote_there_is_nothing_to_push_to(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    sha = work.commit(FILES)
    with Repository.open(work.path) as repository, pytest.raises(BotError, match="has no remote"):
        repository.push(repository.base(), "x", sha, None)


def test_a_damaged_repository_is_an_error_with_a_remedy(work: Workshop) -> None:
    blob = work.sha(f"HEAD:{TABLE}")
    (work.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with Repository.open(work.path) as repository, pytest.raises(BotError, match="lacks objects"):
        repository.read("HEAD", TABLE)


@pytest.mark.parametrize(
    "ask",
    [
        lambda repository: repository.merge("none", "HEAD"),
        lambda repository: repository.commits_between("none", "HEAD"),
    ],
    ids=["merge", "commits_between"],
)
def test_an_unknown_commit_is_an_error_in_gits_words(ask, work: Workshop) -> None:
    with (
        Repository.open(work.path) as repository,
        pytest.raises(BotError, match=r"git .* failed: "),
    ):
        ask(repository)


def test_without_git_the_error_says_to_install_it(work: Workshop) -> None:
    script = (
        "from bot.errors import BotError\n"
        "try:\n    import bot.git.repository\n"
        "except BotError as err:\n    print(err)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("git was not found; install git 2.38 or newer")


def test_git_that_vanishes_while_we_run_is_an_error(
    work: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BotError, match="git could not be started"):
        Repository.open(work.path)


def test_a_damaged_git_folder_is_named_as_such(work: Workshop) -> None:
    (work.path / ".git/config").write_text("[core\n")
    with pytest.raises(BotError, match=r"cannot be opened as a git repository: .*bad config"):
        Repository.open(work.path)


def test_a_git_that_is_too_old_is_named_as_such(
    work: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(
        '#!/bin/sh\ncase " $* " in *" merge-tree "*) exit 129;; esac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    with (
        Repository.open(work.path) as repository,
        pytest.raises(BotError, match=r"git 2\.38 or newer is needed"),
    ):
        repository.merge("HEAD", "HEAD")


def test_a_reader_that_ends_within_an_object_is_an_error() -> None:
    sha = "a" * 40
    talk = Talk(BytesIO(), BytesIO(f"{sha} blob 10\nshort".encode()), lambda: "exit status 1")
    with pytest.raises(BotError, match="git stopped while an object was read"):
        Objects(talk).blob(sha)
