"""`boxes.yml` itself, run by act against the test bed: whose edit starts a calibration, and what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.calibrating import Workflow
from tests.support.forge.host import Host
from tests.support.scene import SECOND_WEEK, later
from tests.support.teams import WEEK, WEEKLY, cell

pytestmark = pytest.mark.slow

REPOSITORY = "acme/widget"


def edited(
    body: str, head: str = WEEKLY, fork: str = REPOSITORY, what: str = "body"
) -> dict[str, Any]:
    """What GitHub says of a pull request whose text (or title) somebody edited."""
    return {
        "action": "edited",
        "repository": {"full_name": REPOSITORY},
        "changes": {what: {"from": "before"}},
        "pull_request": {
            "number": 1,
            "body": body,
            "head": {"ref": head, "repo": {"full_name": fork}},
            "base": {"ref": "main"},
        },
    }


def test_an_unticked_box_is_obeyed_at_once_and_the_bots_own_edit_starts_a_run_that_writes_nothing(
    host: Host, tmp_path: Path, our_dependencies: dict[str, str]
) -> None:
    workflow = Workflow(host, tmp_path, our_dependencies)
    workflow.scene.run(WEEK)
    workflow.scene.log(later(cell(3, 5, "API")))
    workflow.scene.run(SECOND_WEEK)
    body = host.pull(1)["body"]
    unticked = body.replace("- [x] `API/EXEC`", "- [ ] `API/EXEC`")
    assert unticked != body
    host.people.edit(1, body=unticked)

    run = workflow.run("pull_request", file="boxes.yml", payload=edited(unticked))
    assert run.status == 0, run.log
    assert set(run.jobs.values()) == {"success"}
    assert "collect" not in run.jobs
    assert run.outputs["which"] == {"week": SECOND_WEEK, "agent": "", "phase": ""}
    assert run.outputs["calibrate"]["action"] == "update"
    assert run.outputs["calibrate"]["promotions"] == "1"
    ours = host.pull(1)["body"]
    assert ours != unticked
    assert "- [ ] `API/EXEC`" in ours

    written = len(host.writes())
    again = workflow.run("pull_request", file="boxes.yml", payload=edited(ours))
    assert again.status == 0, again.log
    assert again.outputs["calibrate"]["action"] == "none"
    assert len(host.writes()) == written


NOT_OURS = {
    "a fork's": {"fork": "mallory/widget"},
    "another branch": {"head": "feature/x"},
    "the branch of the logs": {"head": "calibration/logs"},
    "the title only": {"what": "title"},
}


@pytest.mark.parametrize("more", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_no_edit_of_a_calibrations_text_starts_nothing(
    host: Host, tmp_path: Path, more: dict[str, str]
) -> None:
    workflow = Workflow(host, tmp_path, {})
    run = workflow.run("pull_request", file="boxes.yml", payload=edited("text", **more))
    assert (run.status, run.outputs, run.summary, host.writes()) == (0, {}, "", []), run.log
    assert set(run.jobs.values()) <= {"skipped"}


def test_a_text_without_a_marker_ends_without_a_week(host: Host, tmp_path: Path) -> None:
    run = Workflow(host, tmp_path, {}).run("pull_request", file="boxes.yml", payload=edited("text"))
    assert run.status == 0, run.log
    assert "No calibration to make again" in run.summary
    assert (run.outputs, host.writes()) == ({}, [])
