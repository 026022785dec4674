"""A secret the bot is given appears nowhere but in the requests it is for.

Looked at: the command line of every child and grandchild (a `git` on PATH that records, git's own trace, and
/proc at every request), both streams with -vv, every file of the clone's .git folder and of the temporary
folder, job summary and outputs, the addresses requested, the repository and the pull requests on the host.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.errors import BotError
from tests.support.forge import tokens
from tests.support.forge.emulator import APP_SLUG
from tests.support.forge.faults import Fault, Predicate, calls
from tests.support.forge.host import Host
from tests.support.forge.plugin import HostMaker
from tests.support.forge.tokens import Token
from tests.support.forge.wire import Answer, Request, error_answer
from tests.support.scene import FIRST, Scene, scene
from tests.support.teams import WEEK

CANARY = "canary0TheSecretThatMustNotBeSeen0"
RECORDING_GIT = """\
#!/bin/sh
printf '%s\\0' "$@" >> '{record}'
exec '{git}' "$@"
"""


@dataclass(frozen=True)
class Way:
    """A way to give the bot a credential."""

    name: str
    token: Token | None
    """None: a GitHub App signs in with its key."""
    author: str
    """Whose the pull requests are."""

    def sign_in(self, host: Host) -> Mapping[str, str]:
        """The environment variables; the host knows the credential then."""
        if self.token is not None:
            return {"GITHUB_TOKEN": host.add_token(self.token).value}
        key = host.app_private_key
        return {"CALIBRATION_APP_ID": str(host.app_id), "CALIBRATION_APP_PRIVATE_KEY": key}


WAYS = (
    Way(
        "GITHUB_TOKEN of a workflow",
        replace(tokens.ACTIONS, value=f"ghs_{CANARY}"),
        "github-actions[bot]",
    ),
    Way("classic personal token", replace(tokens.PAT, value=f"ghp_{CANARY}"), "calibrator"),
    Way(
        "fine-grained token",
        replace(tokens.FINE_GRAINED, value=f"github_pat_{CANARY}"),
        "calibrator",
    ),
    Way("GitHub App", None, f"{APP_SLUG}[bot]"),
)


@dataclass
class Watch:
    """Everything a secret could have got into, and every form it could have there."""

    scene: Scene
    folder: Path
    """For what is recorded; the run's temporary folder is in it."""
    command_lines: set[bytes] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """A workflow's, with a `git` that records and git's own trace."""
        return {
            "PATH": os.pathsep.join((str(self.folder / "bin"), os.environ["PATH"])),
            "TMPDIR": str(self.folder / "tmp"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_OUTPUT": str(self.folder / "outputs"),
            "GIT_TRACE": str(self.folder / "trace"),
            "GIT_TRACE_SETUP": str(self.folder / "trace"),
            "GIT_PYTHON_TRACE": "full",
        }

    def run(self, *arguments: str, **environment: str) -> int:
        """`run -vv` as a process of its own; its streams are kept as files. The exit code."""
        process = self.scene.start(
            "-vv", "--week", WEEK, *arguments, **{**self.environment, **environment}
        )
        for name, said in zip(("stdout", "stderr"), process.communicate(), strict=True):
            (self.folder / name).write_text(said, encoding="utf-8")
        return process.returncode

    def assert_clean(self, *said: str) -> None:
        """No secret in any place, nor in what is handed over here."""
        places = {f"said {number}": text.encode() for number, text in enumerate(said)}
        places |= dict(self._places())
        for form in self.secrets():
            assert [name for name, data in places.items() if form in data] == []

    def secrets(self) -> set[bytes]:
        """What was given and what was sent, plain and as it travels."""
        given = set(self.scene.credentials.values()) - {str(self.scene.host.app_id)}
        key_lines = {line for value in given for line in value.splitlines() if "-----" not in line}
        sent = {exchange.request.token or "" for exchange in self.scene.host.log}
        found = {text for text in key_lines | sent if len(text) > 16}
        assert found
        basic = {_base64(f"x-access-token:{text}") for text in found} | set(map(_base64, found))
        return {text.encode() for text in found | basic | {quote(t, safe="") for t in found}}

    def _places(self) -> Iterator[tuple[str, bytes]]:
        host = self.scene.host
        for folder in (self.folder, self.scene.clone / ".git", host.repository.path):
            for file in folder.rglob("*"):
                if file.is_file():
                    yield str(file), file.read_bytes()
        yield "command lines", b"\n".join(self.command_lines)
        yield "addresses", "\n".join(entry.request.url for entry in host.log).encode()
        yield "host", json.dumps(self.scene.state()).encode()
        log = host.repository.git("log", "--all", "--format=raw", "--patch")
        yield "commits", log.encode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _see_processes(seen: set[bytes]) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            seen.add((process / "cmdline").read_bytes())


WatchOver = Callable[[Way], Watch]
BUG = """
import bot.cli.workflow
bot.cli.workflow.set_outputs = lambda values: values["no such output"] if "week" in values else None
"""
"""A module that Python takes in before the bot's own."""


@pytest.fixture
def watch_over(make_host: HostMaker, tmp_path: Path) -> WatchOver:
    """Makes a repository with something to propose and a bot that signs in this way, both watched."""

    def over(way: Way) -> Watch:
        host = make_host()
        at = scene(host, tmp_path / "clone", author=json.dumps(way.author))
        at.log(FIRST)
        at.credentials = way.sign_in(host)
        watch = Watch(at, tmp_path / "watched")
        for part in ("bin", "tmp"):
            (watch.folder / part).mkdir(parents=True)
        program = watch.folder / "bin/git"
        record, git = str(watch.folder / "commands"), shutil.which("git")
        program.write_text(RECORDING_GIT.format(record=record, git=git))
        program.chmod(0o755)
        host.before.append(lambda request: _see_processes(watch.command_lines))
        return watch

    return over


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_run_shows_its_secret_nowhere(way: Way, watch_over: WatchOver) -> None:
    """First run, the same again, and a dry run, all with -vv."""
    watch = watch_over(way)
    for arguments in ((), ("--format", "json"), ("--dry-run",)):
        assert watch.run(*arguments) == 0, (watch.folder / "stderr").read_text()
        watch.assert_clean()
    assert len(watch.scene.state()["pulls"]) == 1
    recorded = (watch.folder / "commands").read_bytes()
    assert b"ls-remote" in recorded
    assert b"push" in recorded
    assert any(b"git-remote-http" in line for line in watch.command_lines)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_bug_of_the_bot_shows_no_secret(way: Way, watch_over: WatchOver, tmp_path: Path) -> None:
    """Its last step is broken, with all that it holds: exit code 70, with the stack because of -vv."""
    watch = watch_over(way)
    (tmp_path / "sitecustomize.py").write_text(BUG)
    assert watch.run(PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}") == 70
    assert "Traceback" in (watch.folder / "stderr").read_text()
    watch.assert_clean()


# ------------------------------------------------ a server that says what it was told


def _said(request: Request) -> str:
    token = request.token or ""
    basic = _base64(f"x-access-token:{token}")
    return f"you sent Authorization: Bearer {token} or basic {basic}, http://x:{token}@host/"


def _html(status: int) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        page = f"<html><body>{_said(request)}</body></html>".encode()
        return Answer(status, page, (("Content-Type", "text/html"),))

    return answer


def _plain(status: int) -> Callable[[Request], Answer]:
    """As git shows it: `remote: …`."""
    return lambda request: Answer(
        status, _said(request).encode(), (("Content-Type", "text/plain"),)
    )


def _json(status: int, **headers: str) -> Callable[[Request], Answer]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: error_answer(status, _said(request), named)


def _redirect(request: Request) -> Answer:
    """To where nobody listens."""
    return Answer(302, b"", (("Location", f"http://127.0.0.1:9/{request.token}"),))


ECHOES: dict[str, Callable[[Request], Answer]] = {
    "HTML 500": _html(500),
    "HTML 200": _html(200),
    "text 403": _plain(403),
    "JSON 401": _json(401),
    "JSON 403": _json(403),
    "JSON 422": _json(422),
    "JSON 429": _json(429),
    "primary limit": _json(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="9999999999"),
    "secondary limit": _json(403, Retry_After="1"),
    "redirect": _redirect,
}
POINTS: dict[str, Predicate] = {
    "signing in": lambda request: request.is_token_exchange,
    "looking at the branches": calls("GET", "/info/refs"),
    "looking at the pull requests": calls("GET", "/pulls"),
    "pushing": lambda request: bool(request.pushes),
    "opening": calls("POST", "/pulls"),
    "labelling": calls("POST", "/labels"),
}


ECHOED = [
    *((WAYS[0], echo) for echo in ECHOES),
    *((WAYS[-1], echo) for echo in ("HTML 500", "JSON 401", "redirect")),
    *(
        pytest.param(WAYS[-1], echo, marks=pytest.mark.stress)
        for echo in ECHOES
        if echo not in ("HTML 500", "JSON 401", "redirect")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("way", "echo"), ECHOED, ids=lambda part: getattr(part, "name", part))
def test_what_a_server_repeats_is_not_passed_on(
    way: Way, echo: str, watch_over: WatchOver, subtests: pytest.Subtests
) -> None:
    """Neither in errors, with all that caused them, nor in reports."""
    watch = watch_over(way)
    points = [name for name in POINTS if way.token is None or name != "signing in"]
    for point in points:
        with subtests.test(point=point):
            said = _run_with_echo(watch.scene, POINTS[point], ECHOES[echo])
            watch.assert_clean(*said)


@pytest.mark.parametrize(
    "point", ["looking at the branches", "looking at the pull requests", "opening"]
)
def test_a_redirect_takes_no_token_to_another_server(
    point: str, watch_over: WatchOver, make_host: HostMaker
) -> None:
    """Same machine, another port: whoever listens there is told nothing."""
    watch, other = watch_over(WAYS[0]), make_host()

    def elsewhere(request: Request) -> Answer:
        place = f"{other.url}{request.url}"
        return Answer(302, b"", (("Location", place),))

    _run_with_echo(watch.scene, POINTS[point], elsewhere)
    assert [
        entry
        for entry in other.log
        if entry.request.token or "authorization" in entry.request.headers
    ] == []


def _run_with_echo(
    at: Scene, wanted: Predicate, echo: Callable[[Request], Answer]
) -> tuple[str, ...]:
    """Run while every request of a kind is answered so; everything that was said."""
    host = at.host

    def order(request: Request) -> None:
        if wanted(request):
            host.faults.at(request.index, Fault("echo", echo(request)))

    host.before.append(order)
    try:
        return (repr(at.run(WEEK)),)
    except BotError as err:
        return tuple(_everything(err))
    finally:
        host.before.remove(order)
        host.faults.clear()


def _everything(err: BaseException | None) -> Iterator[str]:
    """An exception with the stack and all that led to it, said or kept silent."""
    if err is not None:
        yield from (str(err), repr(err), "".join(traceback.format_exception(err)))
        yield from _everything(err.__cause__)
        yield from _everything(err.__context__)
