"""The token: to the right server only, and nowhere else."""

from __future__ import annotations

import base64
import logging
import os
import shutil
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.forge.sign_in import github_settings
from bot.git.credentials import Credentials, redacted
from bot.git.repository import Repository
from tests.support.repositories import Workshop, new_repository, snapshot
from tests.support.scripted import Reply, scripted

TOKEN = "ghs_canary"
ENCODED = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


def test_a_token_is_not_shown_by_its_value() -> None:
    assert TOKEN not in repr(Credentials("https://github.com", TOKEN))


def test_texts_lose_secrets_and_user_parts_of_urls() -> None:
    said = f"{TOKEN} {ENCODED} https://ada:pw@host/x ssh://git@host/y"
    assert redacted(said, Credentials("https://h", TOKEN).secrets) == (
        "*** *** https://***@host/x ssh://***@host/y"
    )


SETTINGS = {"GITHUB_REPOSITORY": "acme/app", "GITHUB_TOKEN": TOKEN}


def test_settings_come_from_the_workflows_environment() -> None:
    plain = github_settings(SETTINGS)
    assert plain is not None
    assert (plain.server_url, plain.api_url) == ("https://github.com", "https://api.github.com")
    enterprise = github_settings(
        {
            **SETTINGS,
            "GITHUB_SERVER_URL": "https://ghe.example/",
            "GITHUB_API_URL": "https://ghe.example/api/v3/",
            "GITHUB_TOKEN": f" {TOKEN}\n",
        }
    )
    assert enterprise is not None
    assert enterprise.credentials == Credentials("https://ghe.example", TOKEN)
    assert (enterprise.api_url, enterprise.owner) == ("https://ghe.example/api/v3", "acme")


@pytest.mark.parametrize("missing", SETTINGS)
def test_without_repository_or_token_there_is_no_github(missing: str) -> None:
    assert github_settings({**SETTINGS, missing: ""}) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GITHUB_REPOSITORY", "app", "must be owner/name"),
        ("GITHUB_REPOSITORY", "acme/app/../../x", "must be owner/name"),
        ("GITHUB_TOKEN", "a b", "is no token"),
        ("GITHUB_TOKEN", "a\r\nX: y", "is no token"),
        ("GITHUB_TOKEN", "ä", "is no token"),
    ],
)
def test_impossible_settings_are_refused_without_showing_them(
    name: str, value: str, words: str
) -> None:
    with pytest.raises(BotError, match=words) as caught:
        github_settings({**SETTINGS, name: value})
    assert value not in str(caught.value) or value == "app"


def _ask(work: Workshop, server: str, url: str) -> str:
    work.git("remote", "set-url", "origin", url)
    with Repository.open(work.path, Credentials(server, TOKEN)) as repository:
        with pytest.raises(BotError) as caught:
            repository.base()
        return str(caught.value)


def test_git_gets_the_token_once_and_only_for_its_server(work: Workshop) -> None:
    with scripted() as here, scripted() as there:
        work.git("config", f"http.{here.url}/.extraheader", "Authorization: basic other")
        before = snapshot(work.path)
        here.replies = [Reply(404, "")]
        there.replies = [Reply(404, "")]
        _ask(work, here.url, f"{here.url}/acme/app.git")
        _ask(work, here.url, f"{there.url}/acme/app.git")
        assert [request.headers.get("authorization") for request in here.seen] == [
            f"basic {ENCODED}"
        ]
        assert [request.headers.get("authorization") for request in there.seen] == [None]
    work.git("remote", "set-url", "origin", f"{here.url}/acme/app.git")
    del before[str(work.path / ".git/config")]
    assert before.items() <= snapshot(work.path).items()
    assert TOKEN not in (work.path / ".git/config").read_text()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, "", {"WWW-Authenticate": "Basic"}), "does not let us in; check the token"),
        (Reply(403, "no"), "does not let us in; check the token"),
        (Reply(502, "no"), "cannot be reached; check its URL and the network"),
    ],
    ids=["401", "403", "502"],
)
def test_no_access_and_no_answer_are_told_apart(reply: Reply, words: str, work: Workshop) -> None:
    with scripted() as server:
        server.replies = [reply] * 2
        assert words in _ask(work, server.url, f"{server.url}/acme/app.git")


def test_the_token_is_in_no_command_line_and_no_log(
    work: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    wrapper, log = tmp_path / "bin/git", tmp_path / "argv"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    with scripted() as server:
        server.replies = [Reply(404, TOKEN)]
        said = _ask(work, server.url, f"{server.url}/acme/app.git")
    assert server.seen[0].headers["authorization"] == f"basic {ENCODED}"
    shown = said + caplog.text + log.read_text()
    assert "ls-remote" in log.read_text()
    assert TOKEN not in shown
    assert ENCODED not in shown


def test_a_password_in_the_remotes_url_is_not_repeated(work: Workshop) -> None:
    said = _ask(work, "https://github.com", "http://ada:hunter2@127.0.0.1:9/x.git")
    assert "hunter2" not in said


def test_several_configurations_in_the_environment_add_up(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = new_repository(tmp_path / "w")
    work.commit({"a": "1"})
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "calibration.test")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "kept")
    with Repository.open(work.path) as repository:
        assert repository.check("config", "calibration.test").text == "kept"
        assert repository.check("config", "gc.auto").text == "0"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "many")
    with Repository.open(tmp_path / "w") as repository:
        assert repository.check("config", "gc.auto").text == "0"
