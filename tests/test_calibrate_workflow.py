"""`calibrate.yml` itself, run by act against the test bed: what it publishes, tells and ends with.

Only what GitHub's own actions do has a stand-in: `actions/checkout` clones the host's repository, and copies
this one as the bot's; `actions/upload-artifact` keeps a file.
The action installs the locked releases and the bot into a virtual environment of its own, from this
machine's disk, except in the one test that installs them from the registry.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.act import WorkflowRun
from tests.support.calibrating import Workflow
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.scene import SECOND_WEEK, WORSE, label, later
from tests.support.teams import MONDAY, WEEK, WEEKLY, cell

SUBJECT = "calibration: testing-agent exec upgraded to opus (edge case detection)"
WEEKS_AGO = int((time.time() - MONDAY.timestamp()) // (7 * 86_400)) - 1
"""From the first week of the story to the last complete one."""
pytestmark = pytest.mark.slow


@pytest.fixture
def workflow(host: Host, tmp_path: Path, our_dependencies: dict[str, str]) -> Workflow:
    return Workflow(host, tmp_path, our_dependencies)


def _proposed(workflow: Workflow, run: WorkflowRun, branch: str, week: str) -> None:
    """The run opened pull request 1 from a branch, and said so everywhere."""
    (pull,) = workflow.scene.state()["pulls"]
    assert (pull["state"], pull["branch"], pull["title"]) == ("open", branch, SUBJECT)
    url = f"{workflow.scene.host.url}/acme/widget/pull/1"
    told = dict(run.outputs["calibrate"])
    told.pop("page", None)
    assert told == {
        "week": week,
        "promotions": "1",
        "action": "create",
        "branch": branch,
        "pull-request-url": url,
        "missing": "",
        "exit-code": "0",
    }
    assert (run.status, set(run.jobs.values())) == (0, {"success"}), run.log
    assert url in run.summary
    assert "TESTING" in run.summary
    _shown(workflow, run, week)


def _shown(workflow: Workflow, run: WorkflowRun, week: str) -> None:
    """The page is kept, the summary links it, and the pull request says where it is."""
    page = (workflow.kept / "calibration-page.html").read_text("utf-8")
    assert f"<h1>Calibration {week}</h1>" in page
    assert "[Everything as one page](https://example.org/artifacts/1)" in run.summary
    host = workflow.scene.host
    body = host.pull(1)["body"]
    assert (
        f"`calibration-page` of the newest calibration under [Actions]({host.url}/acme/widget/actions)"
        in body
    )


def test_the_schedule_reviews_the_last_complete_week(workflow: Workflow) -> None:
    workflow.scene.log(later(cell(3, 5), weeks=WEEKS_AGO))
    run = workflow.run("schedule")
    _proposed(workflow, run, WEEKLY, label(WEEKS_AGO))
    assert list(run.jobs) == ["scope", "collect", "calibrate", "alarm"]
    assert run.summary.startswith("Nothing was collected: the policy has no `[[collect]]` rules.\n")


@pytest.mark.stress
def test_a_person_names_the_week(workflow: Workflow) -> None:
    _proposed(workflow, workflow.run(inputs={"week": WEEK}), WEEKLY, WEEK)


def test_a_person_names_agent_and_phase(workflow: Workflow) -> None:
    inputs = {"week": WEEK, "agent": "testing-agent", "phase": "exec"}
    inputs |= {"policy": "config/policy.toml", "runs-on": '["ubuntu-24.04"]'}
    run = workflow.run(inputs=inputs)
    _proposed(workflow, run, "calibration/adhoc-testing.exec", WEEK)


@pytest.mark.stress
def test_a_person_names_the_agent_only(workflow: Workflow) -> None:
    run = workflow.run(inputs={"week": WEEK, "agent": "TESTING"})
    _proposed(workflow, run, "calibration/adhoc-testing", WEEK)


@pytest.mark.parametrize(
    "agent", ["TESTNIG", pytest.param("testing agent", marks=pytest.mark.stress)]
)
def test_a_typing_error_is_a_red_job_whose_summary_says_so(workflow: Workflow, agent: str) -> None:
    run = workflow.run(inputs={"week": WEEK, "agent": agent})
    assert run.jobs == {"scope": "success", "calibrate": "failure"}
    assert run.outputs["calibrate"]["exit-code"] == "2"
    assert agent.split()[0] in run.summary
    assert [*workflow.kept.iterdir()] == []
    assert workflow.scene.state()["pulls"] == []


def test_a_person_takes_the_branch_over(workflow: Workflow) -> None:
    workflow.scene.run(WEEK)
    theirs = workflow.scene.host.people.commit(WEEKLY, {"NOTES.md": "keep\n"})
    workflow.scene.log(WORSE)
    run = workflow.run(inputs={"week": SECOND_WEEK, "take-over": "true"})
    assert run.outputs["calibrate"]["action"] == "update"
    heads = workflow.scene.host.repository.heads()
    assert heads[f"calibration/backup/weekly-{theirs[:12]}"] == theirs
    assert "its old head" in run.summary


@pytest.mark.stress
def test_a_dry_run_reports_and_writes_nothing(workflow: Workflow) -> None:
    run = workflow.run(inputs={"week": WEEK, "dry-run": "true", "collect": "true"})
    assert (run.status, run.jobs) == (0, {"scope": "success", "calibrate": "success"}), run.log
    assert (run.outputs["calibrate"]["promotions"], run.outputs["calibrate"]["exit-code"]) == (
        "1",
        "0",
    )
    assert "TESTING" in run.summary
    assert (workflow.scene.host.writes(), workflow.scene.state()["pulls"]) == ([], [])


@pytest.mark.parametrize(
    ("token", "said"),
    [
        pytest.param(
            *(tokens.WRONG, "remote origin does not let us in"),
            marks=pytest.mark.stress,
            id="wrong token",
        ),
        pytest.param(tokens.ACTIONS_READ_ONLY.value, "permission", id="read-only token"),
    ],
)
def test_a_token_that_may_not_write_fails_the_job_and_says_why(
    workflow: Workflow, token: str, said: str
) -> None:
    run = workflow.run(inputs={"week": WEEK}, token=token)
    assert (run.status, run.jobs) == (1, {"scope": "success", "calibrate": "failure"})
    assert run.outputs["calibrate"]["action"] == "failed"
    assert run.outputs["calibrate"]["exit-code"] == "1"
    assert said in run.summary
    assert [words for kind, words in run.annotations if kind == "error" and said in words]
    assert workflow.scene.state()["pulls"] == []
    assert list(workflow.scene.host.repository.heads()) == ["main"]


@pytest.mark.stress
def test_dependencies_come_from_the_registry(host: Host, tmp_path: Path) -> None:
    """As on a runner: the action's virtual environment is complete by itself."""
    cache = subprocess.run(
        [sys.executable, "-m", "pip", "cache", "dir"], check=True, capture_output=True, text=True
    )
    workflow = Workflow(host, tmp_path, {"PIP_CACHE_DIR": cache.stdout.strip()})
    _proposed(workflow, workflow.run(inputs={"week": WEEK}), WEEKLY, WEEK)
