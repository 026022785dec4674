"""Every sort of credential, by whole runs: who signs in how, who is expected, what is missing and where."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.forge import faults, tokens
from tests.support.forge.faults import calls
from tests.support.forge.host import Host, Shape
from tests.support.forge.tokens import Token, TokenKind
from tests.support.forge.wire import Channel
from tests.support.scene import FIRST, later
from tests.support.teams import WEEKLY, cell
from tests.support.weekly import APP, GUARD, Weekly, weekly

pytestmark = pytest.mark.slow  # many seconds in all; the quick loop has the main rows

CREATED = [
    f"push {WEEKLY}",
    "POST /pulls",
    "POST /issues/1/labels",
    "POST /pulls/1/requested_reviewers",
]
DISPATCH = "POST /actions/workflows/guard.yml/dispatches"
NOTE = "GitHub starts no checks by itself"
MORE = later(cell(3, 5, "API"))
Make = Callable[..., Weekly]


@pytest.fixture
def make(
    host: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Make:
    """Makes the repository, the first week logged: `make(author="calibrator")`, with the guard's workflow."""

    def build(author: str = "github-actions[bot]", files: tuple[str, ...] = (GUARD,)) -> Weekly:
        found = weekly(host, tmp_path / "clone", monkeypatch, capsys, files, author=f'"{author}"')
        found.log(FIRST)
        return found

    return build


both_shapes = pytest.mark.parametrize(
    "host",
    [Shape.ENTERPRISE, pytest.param(Shape.ROOT, marks=pytest.mark.slow)],
    indirect=True,
    ids=lambda shape: shape.name,
)
"""The API below `/api/v3`, and at the root; the second half is left out of the quick loop."""


# ------------------------------------------------------------------ GITHUB_TOKEN


@both_shapes
def test_a_workflows_own_token_starts_the_guard_and_says_so(make: Make) -> None:
    bot = make()
    assert bot().writes == [*CREATED, DISPATCH]
    assert bot.host.api.dispatches == [
        {"workflow": "guard.yml", "ref": WEEKLY, "inputs": {"base": "main"}}
    ]
    assert NOTE in bot.pull()["body"]
    assert bot().writes == []
    bot.log(MORE)
    assert bot.again().writes == [f"push {WEEKLY}", "PATCH /pulls/1", DISPATCH]
    assert NOTE in bot.pull()["body"]


def test_a_repository_without_the_guard_is_not_asked_to_start_it(make: Make) -> None:
    assert make(files=())().writes == CREATED


def test_a_guard_that_cannot_be_started_is_a_warning(make: Make) -> None:
    bot = make()
    bot.host.faults.when(calls("POST", "/dispatches"), faults.forbidden("actions=write"))
    done = bot()
    assert (done.code, done.action) == (0, "create")
    assert "did not let the bot start guard.yml" in done.err
    assert "this permission: `actions: write`" in done.err
    assert bot().writes == []


def test_a_read_only_token_of_a_workflow_writes_nothing(make: Make) -> None:
    bot = make()
    bot.use(tokens.ACTIONS_READ_ONLY)
    done = bot()
    assert (done.code, bot.branches, bot.pulls) == (1, ["main"], [])
    assert "contents: write" in done.err
    assert bot("--dry-run").code == 0


def test_a_token_that_may_push_but_not_open_names_the_permission(make: Make) -> None:
    bot = make()
    half = {**tokens.ACTIONS.permissions, "pull_requests": "read"}
    bot.use(
        bot.host.add_token(Token("ghs_half", tokens.ACTIONS.login, TokenKind.ACTIONS, (), half))
    )
    done = bot()
    assert (done.code, done.writes) == (4, [f"push {WEEKLY}", "POST /pulls"])
    assert "`pull-requests: write`" in done.document["pull_request"]["reason"]
    bot.use(tokens.ACTIONS)
    assert bot().writes == [*CREATED[1:], DISPATCH]


def test_a_wrong_token_is_told_at_once(make: Make) -> None:
    bot = make()
    bot.use(tokens.WRONG)
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert "check the token" in done.err
    assert tokens.WRONG not in done.out + done.err


def test_a_token_that_turns_out_to_be_somebody_elses_is_a_warning(make: Make) -> None:
    """Only the pull request shows whose token it is; the next run would not know it for its own."""
    bot = make("other-app[bot]")
    done = bot()
    assert (done.code, done.writes) == (0, CREATED)
    assert "#1: the token acts as github-actions[bot]" in done.err
    assert 'set pull_request.author = "github-actions[bot]"' in done.err
    assert NOTE not in bot.pull()["body"]
    again = bot()
    assert (again.code, again.action, again.writes) == (0, "hands-off", [])


# -------------------------------------------------------------------- personal


@both_shapes
@pytest.mark.parametrize(
    "token", [tokens.PAT, tokens.FINE_GRAINED], ids=["classic", "fine-grained"]
)
def test_a_personal_token_opens_as_its_owner(token: Token, make: Make) -> None:
    """No note and no dispatch: GitHub starts the checks itself."""
    bot = make("calibrator")
    bot.use(token)
    done = bot()
    assert (done.code, done.writes) == (0, CREATED)
    assert done.requests(Channel.API) <= 6
    assert bot.pull()["user"]["login"] == "calibrator"
    assert NOTE not in bot.pull()["body"]
    assert bot().writes == []


def test_a_personal_token_of_somebody_unexpected_stops_before_anything_is_written(
    make: Make,
) -> None:
    bot = make()
    bot.use(tokens.PAT)
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert 'set pull_request.author = "calibrator" in the policy' in done.err


@both_shapes
def test_a_classic_token_without_the_scope_is_told_before_the_push(make: Make) -> None:
    bot = make("calibrator")
    bot.use(tokens.PAT_WITHOUT_SCOPES)
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert "has only gist: give it the scope `repo`" in done.err
    assert f"{bot.host.url}/settings/tokens" in done.err


def test_a_fine_grained_token_that_may_only_read_is_told(make: Make) -> None:
    bot = make("calibrator")
    bot.use(tokens.FINE_GRAINED_READ_ONLY)
    done = bot()
    assert (done.code, bot.branches) == (1, ["main"])
    assert "check the token" in done.err


def test_single_sign_on_names_the_page(make: Make) -> None:
    bot = make("calibrator")
    bot.use(tokens.PAT)
    bot.host.faults.when(calls("GET", "/pulls"), faults.single_sign_on_required())
    done = bot()
    assert done.code == 1
    assert "single sign-on: https://github.com/orgs/acme/sso" in done.err


# ------------------------------------------------------------------ GitHub App


@both_shapes
def test_an_app_finds_its_installation_and_opens_as_its_bot(make: Make) -> None:
    """Its id and key win over the token that a workflow has in any case."""
    bot = make(APP)
    bot.use_app()
    done = bot()
    assert (done.code, done.writes) == (0, CREATED)
    assert done.requests(Channel.API) <= 6
    assert bot.pull()["user"]["login"] == APP
    assert NOTE not in bot.pull()["body"]
    again = bot()
    assert (again.action, again.writes) == ("none", [])


def test_a_key_in_one_line_will_do(make: Make) -> None:
    bot = make(APP)
    bot.use_app(bot.host.app_private_key.replace("\n", "\\n"))
    assert bot().code == 0


def test_an_app_that_the_policy_does_not_expect_stops_before_anything_is_written(
    make: Make,
) -> None:
    bot = make()
    bot.use_app()
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert f'set pull_request.author = "{APP}" in the policy' in done.err


@pytest.mark.parametrize(
    "granted", [{"contents": "write", "pull_requests": "read"}, {"contents": "write"}], ids=str
)
def test_an_app_without_a_permission_is_told_before_the_push(
    granted: dict[str, str], make: Make
) -> None:
    bot = make(APP)
    bot.host.api.app_permissions = {**dict.fromkeys(("contents", "metadata"), "read"), **granted}
    bot.use_app()
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert "give the App the repository permission Pull requests: Read and write" in done.err
    assert bot("--dry-run").code == (0 if "pull_requests" in granted else 1)


def test_an_app_that_is_not_installed_is_told(make: Make) -> None:
    bot = make(APP)
    bot.use_app()
    bot.host.faults.when(calls("GET", "/installation"), faults.not_found())
    done = bot()
    assert (done.code, done.writes) == (1, [])
    assert "the App is not installed on acme/widget" in done.err


def test_a_key_of_another_app_is_told(make: Make, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "genrsa", "-traditional", "-out", str(key), "2048"],
        check=True,
        capture_output=True,
    )
    bot = make(APP)
    bot.use_app(key.read_text())
    done = bot()
    assert done.code == 1
    assert "CALIBRATION_APP_ID and CALIBRATION_APP_PRIVATE_KEY belong together" in done.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"CALIBRATION_APP_ID": ""}, "CALIBRATION_APP_ID is not; a GitHub App needs both"),
        ({"CALIBRATION_APP_PRIVATE_KEY": ""}, "CALIBRATION_APP_PRIVATE_KEY is not"),
        ({"CALIBRATION_APP_ID": "my app"}, "must be the App's id or client id"),
        ({"CALIBRATION_APP_PRIVATE_KEY": "hunter2"}, "is no private key"),
    ],
    ids=["no id", "no key", "odd id", "no PEM"],
)
def test_half_an_app_is_an_error(change: dict[str, str], words: str, make: Make) -> None:
    bot = make(APP)
    bot.use_app()
    bot.environment |= change
    done = bot()
    assert (done.code, done.exchanges) == (1, ())
    assert words in done.err
    assert "hunter2" not in done.out + done.err
