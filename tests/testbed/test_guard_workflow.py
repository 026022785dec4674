"""`guard.yml` really runs: green on a good pull request, red on a bad one, whatever that tampers with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.act import Event, WorkflowRun, run_workflow
from tests.support.attacks import entry
from tests.support.repositories import Workshop, with_remote
from tests.support.tables import cell

ROOT = Path(__file__).parents[2]
TABLE = "config/overrides.toml"
SHIPPED = (ROOT / TABLE).read_text("utf-8")
LOW = entry(cell("SECURITY/EXEC"), 'SECURITY = "haiku"')(SHIPPED)
LOW_LINE = next(
    n
    for n, (a, b) in enumerate(zip(SHIPPED.split("\n"), LOW.split("\n"), strict=True), 1)
    if a != b
)
RAISED = entry(cell("API/EXEC"), 'API = "opus"')(SHIPPED)

BAD = {
    TABLE: LOW,
    # None of this is used: the bot and the workflow that judge come from base.
    "bot/cli/guard.py": "raise SystemExit(0)\n",
    "bot/allocation/gates.py": "",
    ".github/workflows/guard.yml": "on: pull_request_target\njobs: {}\n",
    "pyproject.toml": "",
    "config/policy.toml": (ROOT / "config/policy.toml").read_text("utf-8") + "# \n",
}

pytestmark = pytest.mark.slow  # installs the bot with pip, as the workflow does


@pytest.fixture
def project(tmp_path: Path) -> Workshop:
    """A clone of this project with two branches, `good` and `bad`, and `main` checked out."""
    names = (".ci", "bot", "config", ".github", "pyproject.toml", "README.md", "LICENSE")
    files = {
        str(path.relative_to(ROOT)): path.read_bytes()
        for name in names
        for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    work, _ = with_remote(tmp_path, files)
    for number, (branch, changes) in enumerate({"good": {TABLE: RAISED}, "bad": BAD}.items(), 1):
        work.git("checkout", "--quiet", "-b", branch, "main")
        work.commit(changes)
        # As GitHub does for a fork: no branch, only the reference of the pull request.
        work.git("push", "--quiet", "origin", f"HEAD:refs/pull/{number}/head")
    work.git("checkout", "--quiet", "main")
    return work


CHECKOUT = """\
set -euo pipefail
git init --quiet "$FOLDER"
cd "$FOLDER"
git remote add origin "$ORIGIN"
git fetch --quiet origin "$REF"
git checkout --quiet --detach FETCH_HEAD
"""


def checkout(folder: Path, origin: str) -> Path:
    """Stands for actions/checkout, which cannot be fetched: the asked-for ref of the remote."""
    folder.mkdir(exist_ok=True)
    environment = {
        "REF": "${{ inputs.ref }}",
        "FOLDER": "${{ inputs.path }}",
        "ORIGIN": origin,
    }
    step = {"shell": "bash", "run": CHECKOUT, "env": environment}
    names = ("ref", "path", "repository", "fetch-depth", "persist-credentials")
    inputs = {name: {"required": False} for name in names}
    runs = {"using": "composite", "steps": [step]}
    action = {"name": "checkout", "inputs": inputs, "runs": runs}
    (folder / "action.yml").write_text(json.dumps(action), encoding="utf-8")  # JSON is YAML
    return folder


def run(
    project: Workshop,
    tmp_path: Path,
    pip: dict[str, str],
    event: Event,
    payload: dict[str, Any],
) -> WorkflowRun:
    """The workflow of what is checked out, installing the bot from this machine's disk."""
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    return run_workflow(
        project.path,
        "guard.yml",
        event,
        home=tmp_path / "home",
        secrets={"GITHUB_TOKEN": "not-needed-for-a-file"},
        environment=pip,
        stand_ins={
            "actions/checkout": checkout(
                tmp_path / "checkout", project.git("remote", "get-url", "origin")
            )
        },
        payload={"repository": {"default_branch": "main"}, **payload},
    )


def pull_request(project: Workshop, branch: str, number: int) -> dict[str, Any]:
    """What GitHub tells the workflow of a pull request."""
    head = {"ref": branch, "sha": project.sha(branch)}
    base = {"ref": "main", "sha": project.sha("main")}
    return {"pull_request": {"number": number, "head": head, "base": base}}


def test_a_good_pull_request_is_green(
    project: Workshop, tmp_path: Path, locked_wheels: dict[str, str]
) -> None:
    """Everything is installed anew, as it is everywhere else but here."""
    payload = pull_request(project, "good", 1)
    project.git("branch", "-D", "good")
    done = run(project, tmp_path, locked_wheels, "pull_request_target", payload)
    assert done.jobs == {"guard": "success"}, done.log
    assert done.status == 0
    assert [kind for kind, _ in done.annotations] == []
    assert "calibration-bot guard: no gate gets weaker" in done.summary


def test_a_bad_pull_request_is_red_on_the_line_whatever_it_tampers_with(
    project: Workshop, tmp_path: Path, our_dependencies: dict[str, str]
) -> None:
    payload = pull_request(project, "bad", 2)
    project.git("branch", "-D", "bad")
    done = run(project, tmp_path, our_dependencies, "pull_request_target", payload)
    assert done.jobs == {"guard": "failure"}, done.log
    assert done.status != 0
    assert (
        "error",
        "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it",
    ) in done.annotations
    assert f"::error file={TABLE},line={LOW_LINE}," in done.log
    assert f"{TABLE}:{LOW_LINE}" in done.summary
    assert "not-needed-for-a-file" not in done.log


def test_a_bad_branch_of_the_bot_is_red_when_dispatched(
    project: Workshop, tmp_path: Path, our_dependencies: dict[str, str]
) -> None:
    project.git("checkout", "--quiet", "-b", "calibration/weekly", "main")
    project.commit({TABLE: LOW})
    project.git("push", "--quiet", "origin", "calibration/weekly")
    done = run(project, tmp_path, our_dependencies, "workflow_dispatch", {"inputs": {"base": ""}})
    assert done.jobs == {"guard": "failure"}, done.log
    assert f"::error file={TABLE},line={LOW_LINE}," in done.log


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("evil", "Guard against refs/heads/evil"),
        pytest.param("main", "Guard", marks=pytest.mark.stress),
        pytest.param("MAIN", "Guard", marks=pytest.mark.stress),
    ],
    ids=["another-base", "default", "default-in-another-case"],
)
def test_a_judgement_against_another_base_is_not_called_guard(
    project: Workshop, tmp_path: Path, our_dependencies: dict[str, str], base: str, name: str
) -> None:
    """Evil judged against evil may look harmless; a check of the required name would let it in."""
    for branch in ("evil", "MAIN", "calibration/weekly"):
        project.git("checkout", "--quiet", "-b", branch, "main")
        project.commit({TABLE: LOW})
        project.git("push", "--quiet", "origin", branch)
    done = run(project, tmp_path, our_dependencies, "workflow_dispatch", {"inputs": {"base": base}})
    assert done.jobs == {"guard": "failure"}, done.log
    assert done.names == {"guard": name}
