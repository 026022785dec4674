"""Where a push goes, and what of a remote's URL may be shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.git.credentials import redacted
from bot.git.history import Identity
from bot.git.remote import find_remote, repository_name, web_address
from bot.git.repository import Repository
from tests.support.repositories import Workshop, clone, new_repository, snapshot, with_remote

TABLE = "config/overrides.toml"
BOT = Identity("bot", "bot@example.org")
TIME = 1_764_547_200


def _mirrors(folder: Path, remote: Workshop, count: int) -> list[Workshop]:
    return [clone(remote, folder / f"push-{number}.git", "--bare") for number in range(count)]


@pytest.mark.parametrize("count", [1, 2])
def test_pushes_go_to_every_pushurl_and_reads_to_the_url(count: int, tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, {TABLE: "1"})
    mirrors = _mirrors(tmp_path, remote, count)
    for mirror in mirrors:
        work.git("config", "--add", "remote.origin.pushurl", str(mirror.path))
    before = snapshot(remote.path, work.path)
    with Repository.open(work.path) as repository:
        base = repository.base()
        made = repository.commit(base.commit, {TABLE: b"new"}, "change\n", BOT, TIME)
        repository.push(base, "made", made, None)
        assert [mirror.sha("made") for mirror in mirrors] == [made] * count
        repository.delete_branch(base, "made", made)
    for mirror in mirrors:
        assert mirror.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert snapshot(remote.path, work.path) == before


def test_pushes_go_to_every_url_where_no_pushurl_is_set(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, {TABLE: "1"})
    (mirror,) = _mirrors(tmp_path, remote, 1)
    work.git("remote", "set-url", "--add", "origin", str(mirror.path))
    with Repository.open(work.path) as repository:
        base = repository.base()
        made = repository.commit(base.commit, {TABLE: b"new"}, "change\n", BOT, TIME)
        repository.push(base, "made", made, None)
    assert (remote.sha("made"), mirror.sha("made")) == (made, made)


def test_a_remote_in_a_folder_whose_name_is_no_utf8_is_reached(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, {TABLE: "1"})
    odd = tmp_path / os.fsdecode(b"caf\xe9.git")
    remote.path.rename(odd)
    work.git("remote", "set-url", "origin", str(odd))
    with Repository.open(work.path) as repository:
        base = repository.base()
        repository.push(base, "made", base.commit, None)
    assert Workshop(odd).sha("made") == work.sha("main")


def test_a_pushurl_that_is_unreachable_is_an_error_and_not_shown(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, {TABLE: "1"})
    work.git(
        "config", "remote.origin.pushurl", "http://ada:hunter2@127.0.0.1:9/x.git?token=hunter3"
    )
    with Repository.open(work.path) as repository:
        base = repository.base()
        with pytest.raises(BotError) as caught:
            repository.push(base, "made", base.commit, None)
    assert "cannot be reached" in str(caught.value)
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://ada:hunter2@127.0.0.1:9/x.git",
        "http://hunter2@127.0.0.1:9/x.git",
        "http://ada:pa@hunter2@127.0.0.1:9/x.git",
        "http://127.0.0.1:9/x.git?token=hunter2",
        "http://127.0.0.1:9/x.git?a=b&private_token=hunter2",
        "http://127.0.0.1:9/x.git?X-Amz-Signature=hunter2;sig=hunter2",
        "http://127.0.0.1:9/x.git?hunter2",
        "http://127.0.0.1:9/x.git?token=https://hunter2/hunter2",
    ],
)
def test_no_secret_of_a_remotes_url_is_shown(url: str, tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, {TABLE: "1"})
    work.git("remote", "set-url", "origin", url)
    with Repository.open(work.path) as repository, pytest.raises(BotError) as caught:
        repository.base()
    assert "127.0.0.1:9/x.git" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "unable to access 'https://h/x.git/info/refs?service=git-upload-pack': no",
            "unable to access 'https://h/x.git/info/refs?service=git-upload-pack': no",
        ),
        ("'https://h/x?token=abc' and ada@h?", "'https://h/x?token=***' and ada@h?"),
        ("https://h/x?q=a@b&t=c#part d=e", "https://h/x?q=***&t=***#part d=e"),
        ("ssh://git@h/x git@h:x", "ssh://***@h/x git@h:x"),
        ("is it there? yes&no", "is it there? yes&no"),
    ],
)
def test_what_is_no_secret_stays(said: str, shown: str) -> None:
    assert redacted(said) == shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/ada/login.git", "ada/login"),
        ("https://github.com/ada/login/", "ada/login"),
        ("git@github.com:ada/login.git", "ada/login"),
        ("ssh://git@github.com:22/ada/login", "ada/login"),
        ("gh:ada/login", "ada/login"),
        ("file:///srv/git/ada/login.git", "ada/login"),
        ("https://x-access-token:SECRET@github.com/ada/login.git", "ada/login"),
        ("https://SECRET:x@ada.example", "ada.example"),
        ("https://a:b@SECRET@host/login", "host/login"),
        ("SECRET@host:login", "host/login"),
    ],
)
def test_a_repository_has_one_name_however_a_clone_spells_its_address(
    tmp_path: Path, url: str, expected: str
) -> None:
    work = new_repository(tmp_path / "r")
    work.commit({"a": "a"})
    work.git("remote", "add", "origin", url)
    with Repository.open(work.path) as repository:
        found = repository_name(repository, find_remote(repository))
    assert found.endswith(expected)
    assert "SECRET" not in found
    with Repository.open(work.path) as repository:
        assert repository_name(repository, None) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/ada/login.git", "https://github.com/ada/login"),
        ("https://github.com/ada/login/", "https://github.com/ada/login"),
        ("http://127.0.0.1:8080/ada/login.git", "http://127.0.0.1:8080/ada/login"),
        ("https://x:SECRET@github.com/ada_corp/log.in.git", "https://github.com/ada_corp/log.in"),
        ("git@github.com:ada/login.git", "https://github.com/ada/login"),
        ("ssh://git@git.example.org:2222/ada/login", "https://git.example.org/ada/login"),
        ("ssh://git@ssh.github.com:443/ada/login.git", "https://github.com/ada/login"),
        ("git@altssh.gitlab.com:ada/login.git", "https://gitlab.com/ada/login"),
        ("https://github.com:443/ada/login", "https://github.com/ada/login"),
        ("https://git.example.org:8443/ada/login", "https://git.example.org:8443/ada/login"),
        ("https://github.com/ada/..", None),
        ("https://github.com/ada/.git", None),
        ("gh:ada/login", None),
        ("/srv/git/ada/login.git", None),
        ("../ada/login.git", None),
        ("file:///srv/git/ada/login.git", None),
        ("https://github.com/a/b/c", None),
        ("https://github.com/a/b](https:x", None),
        ("https://github.com/a/b?c", None),
        ("https://a:b@SECRET@host/x/login", "https://host/x/login"),
    ],
)
def test_the_web_shows_a_repository_where_its_forge_is(
    tmp_path: Path, url: str, expected: str | None
) -> None:
    work = new_repository(tmp_path / "r")
    work.commit({"a": "a"})
    work.git("remote", "add", "origin", url)
    with Repository.open(work.path) as repository:
        assert web_address(repository, find_remote(repository)) == expected
        assert web_address(repository, None) is None


@pytest.mark.parametrize(
    ("url", "short", "expected"),
    [
        ("gh:ada/login", ("git@github.com:", "gh:"), "https://github.com/ada/login"),
        ("gh:ada/login", ("https://x:SECRET@host/", "gh:"), "https://host/ada/login"),
        ("gh:ada/login", ("javascript:", "gh:"), None),
        ("gh:ada/login", ("https://host/x](y", "gh:ada"), None),
        ("https://host/a/b", ("/srv/mirror/", "https://host/"), "https://host/a/b"),
    ],
)
def test_an_address_that_git_rewrites_is_looked_at_where_it_leads(
    tmp_path: Path, url: str, short: tuple[str, str], expected: str | None
) -> None:
    work = new_repository(tmp_path / "r")
    work.commit({"a": "a"})
    work.git("remote", "add", "origin", url)
    work.git("config", f"url.{short[0]}.insteadOf", short[1])
    with Repository.open(work.path) as repository:
        assert web_address(repository, find_remote(repository)) == expected
