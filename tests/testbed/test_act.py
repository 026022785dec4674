"""A workflow file really runs, and what it leaves behind can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.act import Event, run_workflow, stand_in
from tests.support.forge import tokens
from tests.support.forge.host import Host

_WORKFLOW = """
name: tiny
on:
  schedule: [{cron: "17 5 * * 1"}]
  pull_request_target:
  workflow_dispatch:
    inputs:
      week: {type: string, default: ""}
permissions: {}
jobs:
  tell:
    runs-on: ubuntu-24.04
    permissions: {contents: read, pull-requests: read}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: {persist-credentials: false}
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
      - id: ask
        env: {TOKEN: "${{ secrets.GITHUB_TOKEN }}", WEEK: "${{ inputs.week }}"}
        run: |
          status=$(curl -s -o pulls.json -w '%{http_code}' -H "Authorization: Bearer $TOKEN" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls")
          echo "status=$status" >> "$GITHUB_OUTPUT"
          echo "event $GITHUB_EVENT_NAME, week ${WEEK:-none}, file $(cat from-base.txt)" \\
            >> "$GITHUB_STEP_SUMMARY"
          echo "::notice::asked for pull requests"
          test "$status" = 200
"""


@pytest.mark.parametrize(
    ("event", "inputs", "token", "status"),
    [
        pytest.param("schedule", {}, tokens.ACTIONS.value, 0, id="schedule"),
        pytest.param("workflow_dispatch", {"week": "2025-W49"}, tokens.PAT.value, 0, id="dispatch"),
        pytest.param("pull_request_target", {}, tokens.ACTIONS.value, 0, id="pull-request-target"),
        pytest.param("schedule", {}, tokens.WRONG, 1, id="wrong-token"),
    ],
)
def test_a_run_tells_status_summary_outputs_and_log(
    host: Host, tmp_path: Path, event: Event, inputs: dict[str, str], token: str, status: int
) -> None:
    """Event, inputs, secret, environment and stand-in reach the steps; results come back."""
    host.seed({"from-base.txt": "here\n", ".github/workflows/tiny.yml": _WORKFLOW})
    run = run_workflow(
        host.clone(tmp_path / "work"),
        "tiny.yml",
        event,
        home=tmp_path / "home",
        inputs=inputs,
        secrets={"GITHUB_TOKEN": token},
        environment=host.environment(),
        stand_ins={"actions/setup-python": stand_in(tmp_path / "python", "echo python stands in")},
    )

    assert run.status == status, run.log
    assert run.jobs == {"tell": "success" if status == 0 else "failure"}
    assert run.summary == f"event {event}, week {inputs.get('week', 'none')}, file here\n"
    assert run.outputs == {"ask": {"status": "200" if status == 0 else "401"}}
    assert ("notice", "asked for pull requests") in run.annotations
    assert "python stands in" in run.log
    assert token not in run.log
    assert [str(entry) for entry in host.log] == [
        f"0: GET /repos/acme/widget/pulls → {200 if status == 0 else 401}"
    ]
