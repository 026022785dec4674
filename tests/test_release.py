"""What a release must be, before anything is published (issue 13, item 6)."""

from __future__ import annotations

import re
import runpy
import shutil
import tarfile
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot import __version__

ROOT = Path(__file__).parents[1]
CHECK = ROOT / ".ci" / "check_release.py"
WHERE = "https://github.com/somebody/calibration-bot"
TAG = f"v{__version__}"
METADATA = f"""Metadata-Version: 2.4
Name: calibration-bot
Version: {__version__}
Summary: What it is.
Keywords: git
Author: Somebody
License-Expression: MIT
Classifier: Typing :: Typed
Description-Content-Type: text/markdown
Project-URL: Repository, {WHERE}

# What it is
"""
CHANGELOG = f"""# Changelog

## Unreleased

- not yet

## {__version__} (2026-12-01)

- this

## 0.0.1

- that
"""


def checked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    wheel: str = METADATA,
    sdist: str | None = None,
    tag: str = TAG,
    changelog: str = CHANGELOG,
) -> tuple[int, str, str]:
    """Exit code, notes and complaints about a release with these metadata."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECK, tmp_path / ".ci")
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    name = f"calibration_bot-{__version__}"
    dist = tmp_path / "dist"
    dist.mkdir()
    with zipfile.ZipFile(dist / f"{name}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.dist-info/METADATA", wheel)
    with tarfile.open(dist / f"{name}.tar.gz", "w:gz") as packed:
        text = (sdist or wheel).encode()
        file = tarfile.TarInfo(f"{name}/PKG-INFO")
        file.size = len(text)
        packed.addfile(file, BytesIO(text))
    main = runpy.run_path(str(tmp_path / ".ci" / CHECK.name))["main"]
    code = main(str(dist), tag, WHERE)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_whole_release_passes_and_its_notes_are_its_section_of_the_changelog(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(tmp_path, capsys) == (0, "- this\n", "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tag": "v9.9.9"}, "tag v9.9.9 is not v"),
        ({"tag": "v9.9.9"}, "CHANGELOG.md has nothing under '## 9.9.9'"),
        (
            {"changelog": "# Changelog\n\n## Unreleased\n\n- this\n"},
            "CHANGELOG.md has nothing under",
        ),
        ({"wheel": METADATA.replace("somebody", "OWNER")}, "names https://github.com/OWNER/"),
        ({"wheel": METADATA.replace("Repository", "Home")}, "names no Repository"),
        ({"sdist": METADATA.replace("What it is.", "More.")}, "sdist and wheel differ"),
        ({"wheel": METADATA.replace("Summary: What it is.\n", "")}, "the metadata has no summary"),
        ({"wheel": METADATA.replace("text/markdown", "text/plain")}, "not said to be Markdown"),
        ({"wheel": METADATA.replace("License-Expression: MIT", "Licence: MIT")}, "licence"),
    ],
    ids=["tag", "notes", "unreleased", "owner", "urls", "differ", "summary", "markdown", "field"],
)
def test_a_release_that_is_not_whole_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: dict[str, str], said: str
) -> None:
    code, notes, complaints = checked(tmp_path, capsys, **wrong)
    assert (code, notes) == (1, "")
    assert said in complaints


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "does not hold one sdist and one wheel"),
        ({}, "does not hold one sdist and one wheel"),
        ({"a.whl": b"", "old.whl": b"", "a.tar.gz": b""}, "does not hold one sdist and one wheel"),
        ({"a.whl": b"half", "a.tar.gz": b""}, "holds an archive that cannot be read"),
    ],
    ids=["no folder", "empty", "an older one too", "half written"],
)
def test_a_folder_that_holds_no_release_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes] | None, said: str
) -> None:
    for name, content in (files or {}).items():
        (tmp_path / "dist").mkdir(exist_ok=True)
        (tmp_path / "dist" / name).write_bytes(content)
    if files == {}:
        (tmp_path / "dist").mkdir()
    assert runpy.run_path(str(CHECK))["main"](str(tmp_path / "dist"), TAG, WHERE) == 1
    assert said in capsys.readouterr().err


def test_the_changelog_begins_with_what_is_to_come_or_what_this_is() -> None:
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heads[0] in {"Unreleased", __version__}


def workflow() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "release.yml")
    return document


def test_only_a_version_tag_releases() -> None:
    assert workflow()["on"] == {"push": {"tags": ["v*"]}}


def test_each_job_may_do_what_it_is_for_and_no_more() -> None:
    allowed = {name: job["permissions"] for name, job in workflow()["jobs"].items()}
    assert allowed == {
        "build": {"contents": "read"},
        "publish": {"id-token": "write", "attestations": "write"},
        "announce": {"contents": "write"},
    }


def test_only_the_job_that_people_must_approve_publishes_and_it_runs_nothing_of_ours() -> None:
    jobs = workflow()["jobs"]
    assert [name for name, job in jobs.items() if "environment" in job] == ["publish"]
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == [
        "actions/download-artifact",
        "actions/attest-build-provenance",
        "pypa/gh-action-pypi-publish",
    ]


def test_what_is_published_was_built_once_and_checked_before() -> None:
    jobs = workflow()["jobs"]
    assert (jobs["publish"]["needs"], jobs["announce"]["needs"]) == ("build", ["build", "publish"])
    scripts = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    (build,) = (at for at, script in enumerate(scripts) if ".ci/build dist" in script)
    (check,) = (at for at, script in enumerate(scripts) if ".ci/check_release.py dist" in script)
    uses = [step.get("uses", "") for step in jobs["build"]["steps"]]
    kept = [at for at, name in enumerate(uses) if name.startswith("actions/upload-artifact")]
    assert build < check < kept[0]
    assert '"$GITHUB_REF_NAME" "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"' in scripts[check]


def test_nobody_can_release_while_the_project_names_no_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who owns it says so in one place, `[project.urls]`, where `init` reads it of what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    urls = "".join(f"Project-URL: {name}, {url}\n" for name, url in project["urls"].items())
    metadata = METADATA.replace(f"Project-URL: Repository, {WHERE}\n", urls)
    code, _, complaints = checked(tmp_path, capsys, wheel=metadata)
    assert code == 1
    assert f"and this is {WHERE}: set it to where releases are made" in complaints


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_what_people_are_pointed_to_is_there(page: str) -> None:
    text = (ROOT / ".github" / page).read_text("utf-8")
    named = re.findall(r"`((?:\.ci|bot|config|tests)/[\w/.-]+)`", text)
    linked = [f".github/{target}" for target in re.findall(r"\]\(([\w./-]+)", text)]
    assert linked
    assert [path for path in (*named, *linked) if not (ROOT / path).exists()] == []
    assert f"[{page.split('.')[0].title()}](.github/{page})" in (ROOT / "README.md").read_text()
