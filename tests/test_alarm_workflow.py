"""The alarm of `calibrate.yml`, run by act as the schedule does (issue 13, item 5).

That a run by hand raises none: `test_a_typing_error_is_a_red_job_whose_summary_says_so`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.wording.alarm_text import ALARM_TITLE
from tests.support.calibrating import Workflow
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.scene import later
from tests.support.teams import cell
from tests.test_calibrate_workflow import WEEKS_AGO

NO_SUCH_BASE = {"pull_request": {"base": {"ref": "nowhere"}}}
"""Makes the checkout of `collect` fail, long before it would install the bot."""
pytestmark = pytest.mark.slow


@pytest.fixture
def workflow(host: Host, tmp_path: Path, our_dependencies: dict[str, str]) -> Workflow:
    return Workflow(host, tmp_path, our_dependencies)


def _issues(host: Host) -> list[Any]:
    place = f"/repos/{host.repository.full_name}/issues"
    every = host.people.api("GET", place, query="state=all").json
    only = [issue for issue in every if "pull_request" not in issue]
    return sorted(only, key=lambda issue: int(issue["number"]))


def test_it_is_raised_where_no_job_installed_the_bot_stands_for_a_week_without_rows_and_ends(
    workflow: Workflow,
) -> None:
    host = workflow.scene.host
    failed = workflow.run("schedule", payload=NO_SUCH_BASE)
    assert failed.status != 0
    assert failed.jobs["collect"] == "failure"
    assert failed.jobs["alarm"] == "success", failed.log
    (issue,) = _issues(host)
    assert (issue["title"], issue["user"]["login"]) == (ALARM_TITLE, tokens.ACTIONS.login)
    assert "- Job `collect` failed. **Next**: see its log: what failed is around" in issue["body"]
    assert f"({host.url}/acme/widget/actions/runs/" in issue["body"]
    assert f"The alarm is raised: {issue['html_url']}" in failed.summary

    quiet = workflow.run("schedule")
    assert (quiet.status, set(quiet.jobs.values())) == (0, {"success"}), quiet.log
    assert quiet.outputs["calibrate"]["missing"] == "rows"
    assert f"The alarm stands: {issue['html_url']}" in quiet.summary
    assert [one["comments"] for one in _issues(host)] == [0], "once a week"

    workflow.scene.log(later(cell(3, 5), weeks=WEEKS_AGO))
    well = workflow.run("schedule")
    assert (well.status, well.outputs["calibrate"]["missing"]) == (0, ""), well.log
    assert "The alarm is over: closed #1." in well.summary
    assert [(one["number"], one["state"]) for one in _issues(host)] == [(1, "closed")]
