"""`calibrate.yml` with rules, run by act: reviews and checks come to a promotion (issue 11).

No row is typed: all there is are pull requests of the bed, which serves what GitHub's description says.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.calibrating import Workflow
from tests.support.forge.host import Host
from tests.support.forge.memory import sha_of
from tests.support.forge.tokens import ACTIONS
from tests.support.github_desk import PERMISSIONS
from tests.support.teams import POLICY, WEEK, policy

RULES = """
[[imports.branches]]
pattern = "(?P<sd>SD-[0-9]+).*"

[[collect]]
when = "changes-requested"
agent = "TESTING"
phase = "EXEC"
cause = "edge-case-detection"
always = true

[[collect]]
when = "check-failed"
match = "e2e*"
agent = "TESTING"
phase = "EXEC"
cause = "edge-case-detection"
always = true
"""
INPUTS = {"week": WEEK, "collect": "auto"}
BOTH = replace(
    ACTIONS,
    value="ghs_collectsAndCalibrates",
    permissions={**ACTIONS.permissions, "checks": "read", "statuses": "read"},
)
"""GITHUB_TOKEN with what both jobs ask for: act hands one to all."""
pytestmark = pytest.mark.slow


@pytest.fixture
def workflow(host: Host, tmp_path: Path, our_dependencies: dict[str, str]) -> Workflow:
    """A team with rules and without a log; of five pull requests two were sent back, one was red."""
    host.add_token(BOTH)
    host.memory.permissions |= PERMISSIONS
    pulls = [host.memory.pull(f"SD-{n}-x", number=100 + n) for n in range(1, 6)]
    for pull in pulls:
        host.memory.push(pull, sha_of(pull["headRefName"]))
    for pull in pulls[:2]:
        host.memory.review(pull)
    host.memory.check(sha_of("SD-3-x"), name="e2e (chrome)")
    return Workflow(host, tmp_path, our_dependencies, {POLICY: policy() + RULES})


def _logged(host: Host) -> list[dict[str, object]]:
    """Every row on the branch of the logs, cursors left out."""
    names = host.repository.git("ls-tree", "-r", "--name-only", "calibration/logs").splitlines()
    files = [name for name in names if name.endswith(".jsonl")]
    texts = [host.repository.text("calibration/logs", name) for name in files]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    return [row for row in rows if "cursor" not in row]


def test_from_pull_requests_to_a_promotion_whose_evidence_links_the_reviews(
    workflow: Workflow,
) -> None:
    host = workflow.scene.host
    run = workflow.run(inputs=INPUTS, token=BOTH.value)
    done = {"scope": "success", "collect": "success", "calibrate": "success"}
    assert (run.status, run.jobs) == (0, done), run.log
    assert "**5 new outcomes of 5 SDs: 3 rework, 0 issues, 2 passed**" in run.summary
    assert "Rework and issues by cause: `edge-case-detection` 3." in run.summary
    assert {row["source"] for row in _logged(host)} == {"github"}

    (pull,) = host.pulls()
    assert pull["title"] == "calibration: testing-agent exec upgraded to opus (edge case detection)"
    body, place = host.pull(pull["number"])["body"], f"{host.url}/acme/widget"
    reviews = [f"[review]({place}/pull/{n}#pullrequestreview-0)" for n in (101, 102)]
    check = f"[check]({place}/commit/{sha_of('SD-3-x')}/checks/0)"
    assert f": `SD-1` ({reviews[0]}), `SD-2` ({reviews[1]}), `SD-3` ({check})\n" in body
    passed = ", ".join(f"`SD-{n}` ([pull request]({place}/pull/10{n}))" for n in (4, 5))
    assert f"Passed, not in the token log: {passed}\n" in body

    refs = host.repository.refs()
    again = workflow.run(inputs=INPUTS, token=BOTH.value)
    assert (again.status, again.jobs) == (0, done), again.log
    assert again.outputs["calibrate"]["action"] == "none"
    assert host.repository.refs() == refs


def test_where_not_everything_can_be_collected_nothing_is_decided_nor_logged(
    workflow: Workflow,
) -> None:
    host = workflow.scene.host
    run = workflow.run(inputs=INPUTS)  # with a token that may not read checks
    assert run.status != 0
    assert "## Collected from git\n" in run.summary
    assert {name: how for name, how in run.jobs.items() if how != "skipped"} == {
        "scope": "success",
        "collect": "failure",
    }
    assert (
        "## Collecting stopped\n\n> [!CAUTION]\n> `GitHub did not let the bot read" in run.summary
    )
    assert "No decision, because not everything could be collected." in run.summary
    assert list(host.repository.heads()) == ["main"]
    assert host.pulls() == []
