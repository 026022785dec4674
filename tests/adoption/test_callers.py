"""The workflows that `init` writes: ten lines each, and nothing for a linter to say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.adoption import callers
from bot.adoption.callers import CALLERS, WorkflowSource, installed_source, read_source
from bot.errors import UsageError
from tests.adoption.conftest import SOURCE, NewUser
from tests.support.programs import program
from tests.support.repositories import new_repository

ROOT = Path(__file__).parents[2]
COMMIT = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"
PINNED = WorkflowSource("acme/calibration-bot", COMMIT)
each_caller = pytest.mark.parametrize("path", CALLERS)
LINTERS = (
    ("zizmor", "--offline", "--pedantic", "--quiet", ".github"),
    ("jactionlint",),
    ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *CALLERS),
)


@pytest.mark.slow
@pytest.mark.parametrize("ref", [COMMIT, "v1.2.0", "main"], ids=["commit", "tag", "branch"])
def test_no_linter_has_anything_to_say(new_user: Callable[..., NewUser], ref: str) -> None:
    user = new_user({})
    user.init("--source", f"acme/calibration-bot@{ref}")
    for name, *arguments in LINTERS:
        done = subprocess.run(
            [program(name), *arguments],
            cwd=user.work.path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@each_caller
def test_a_caller_is_some_ten_lines(path: str) -> None:
    lines = [line for line in PINNED.caller(path).splitlines() if not line.startswith("#")]
    assert len(lines) <= 12


@each_caller
def test_a_caller_grants_what_the_called_jobs_ask_for_and_no_more(path: str) -> None:
    called = YAML(typ="safe").load(ROOT / path)
    asked: dict[str, str] = {}
    for job in called["jobs"].values():
        for name, level in job["permissions"].items():
            asked[name] = "write" if "write" in (level, asked.get(name)) else level
    document = YAML(typ="safe").load(PINNED.caller(path))
    (job,) = document["jobs"].values()
    assert (document["permissions"], job["permissions"]) == ({}, asked)


@each_caller
def test_a_caller_calls_the_workflow_of_its_name_with_inputs_that_it_has(path: str) -> None:
    (job,) = YAML(typ="safe").load(PINNED.caller(path))["jobs"].values()
    assert job["uses"] == f"acme/calibration-bot/{path}@{COMMIT}"
    inputs = YAML(typ="safe").load(ROOT / path)["on"]["workflow_call"]["inputs"]
    assert set(job.get("with", {})) <= set(inputs)


@each_caller
def test_the_readme_shows_the_caller(path: str) -> None:
    source = WorkflowSource("OWNER/calibration-bot", "0" * 40)
    lines = [line for line in source.caller(path).splitlines() if not line.startswith("#")]
    shown = "".join(f"   {line}\n" for line in lines).replace("0" * 40, "COMMIT")
    assert f"   ```yaml\n{shown}   ```\n" in (ROOT / "README.md").read_text("utf-8")


def test_the_guard_of_a_caller_can_be_started_as_the_bot_starts_it() -> None:
    triggers = YAML(typ="safe").load(PINNED.caller(CALLERS[1]))["on"]
    ours = YAML(typ="safe").load(ROOT / CALLERS[1])["on"]
    assert set(triggers["workflow_dispatch"]["inputs"]) == {"base"}
    assert triggers["pull_request_target"] == ours["pull_request_target"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "acme", "acme/bot", "acme/bot@", "@v1", "acme/bot@v1 ", "a/b/c@v1", "acme/bot@a..b"),
        *(
            "acme/bot@-x",
            "acme/bot@v1\n  x: y",
            "acme/bot@{0}",
            "acme/bot@$(x)",
            "acme/bot@é",
            "a b/c@d",
        ),
        *("acme/bot@x/", "acme/bot@x.lock", "https://github.com/acme/bot@v1", "acme/bot@a@b"),
    ],
)
def test_what_is_no_source_is_wrong_usage(new_user: Callable[..., NewUser], text: str) -> None:
    with pytest.raises(UsageError):
        read_source(text)
    assert new_user({})("init", f"--source={text}").code == 2


class Installed(Distribution):
    """A package with this metadata."""

    def __init__(self, urls: str, direct: str | None) -> None:
        self._texts = {"METADATA": f"Name: calibration-bot\nVersion: 1.4.0\n{urls}\n"}
        self._texts |= {} if direct is None else {"direct_url.json": direct}

    def read_text(self, filename: str) -> str | None:
        return self._texts.get(filename)

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


OURS = "Project-URL: Repository, https://github.com/acme/calibration-bot"
FROM_GIT = (
    '{"url": "https://github.com/fork/calibration-bot.git", "vcs_info": {"vcs": "git",'
    f' "commit_id": "{COMMIT}"}}}}'
)


@pytest.mark.parametrize(
    ("urls", "direct", "found"),
    [
        (OURS, None, "acme/calibration-bot@v1.4.0"),
        ("Project-URL: Source Code, https://github.com/acme/bot.git/", None, "acme/bot@v1.4.0"),
        (OURS, FROM_GIT, f"fork/calibration-bot@{COMMIT}"),
        (
            OURS,
            '{"url": "file:///src", "dir_info": {"editable": true}}',
            "acme/calibration-bot@v1.4.0",
        ),
        ("Project-URL: Documentation, https://github.com/acme/docs", None, None),
        ("Project-URL: Repository, https://example.org/", None, None),
        ("", None, None),
    ],
    ids=[
        "release",
        "another label",
        "from git",
        "editable",
        "no repository",
        "no owner",
        "nothing",
    ],
)
def test_without_a_source_it_is_what_the_package_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, urls: str, direct: str | None, found: str | None
) -> None:
    monkeypatch.setattr(callers, "distribution", lambda name: Installed(urls, direct))
    assert installed_source() == (None if found is None else read_source(found))


@pytest.mark.parametrize(
    ("origin", "pushed", "found"),
    [
        ("https://github.com/acme/calibration-bot.git", True, "acme/calibration-bot"),
        ("https://user:secret@github.com/acme/bot", True, "acme/bot"),
        ("git@github.com:acme/bot.git", True, "acme/bot"),
        ("ssh://git@github.com/acme/bot.git", True, "acme/bot"),
        ("https://github.com/acme/bot.git", False, None),
        ("/srv/git/bot.git", True, None),
    ],
    ids=["https", "with a token", "ssh", "ssh url", "a commit nobody has", "no forge"],
)
def test_installed_from_a_clone_it_is_the_clones_origin_at_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, pushed: bool, found: str | None
) -> None:
    """As README says to install it: `pip install .`."""
    clone = new_repository(tmp_path / "a clone")
    commit = clone.commit({"pyproject.toml": ""})
    clone.git("remote", "add", "origin", origin)
    if pushed:
        clone.git("update-ref", "refs/remotes/origin/main", commit)
    direct = json.dumps({"url": clone.path.as_uri(), "dir_info": {}})
    monkeypatch.setattr(callers, "distribution", lambda name: Installed("", direct))
    source = installed_source()
    assert source == (None if found is None else WorkflowSource(found, commit))


def test_where_nobody_says_a_source_all_but_the_workflows_is_written(
    new_user: Callable[..., NewUser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "distribution", lambda name: Installed("", None))
    user = new_user({})
    said = user("init")
    assert (said.code, said.err) == (0, "")
    assert "note: no workflows: " in said.out
    assert not (user.work.path / ".github/workflows").exists()
    assert "  create    .github/workflows/guard.yml\n" in user.init("--source", SOURCE).out
    assert "no workflows" not in user("init").out


def test_a_ref_that_can_be_moved_is_said(new_user: Callable[..., NewUser]) -> None:
    user = new_user({})
    assert (
        "v1 is no commit: whoever may write in acme/bot" in user.init("--source", "acme/bot@v1").out
    )
    assert "is no commit" not in user.init().out


def test_run_from_a_checkout_nobody_says_where_the_workflows_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(callers, "distribution", missing)
    assert installed_source() is None
