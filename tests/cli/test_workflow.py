"""Inside GitHub Actions: annotations, the job summary and the step's outputs, in every outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import workflow as actions
from tests.support.commands import Bot, outputs
from tests.support.teams import (
    EXAMPLE,
    POLICY,
    REWORK,
    TOKENS,
    WEEK,
    WEEKLY,
    Team,
    cell,
    cells,
    policy,
)

MakeTeam = Callable[..., Team]


class Job:
    """What a step told its workflow."""

    def __init__(self, folder: Path) -> None:
        self.files = {
            name: folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
        }

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text("utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        return dict(outputs(self.files["GITHUB_OUTPUT"].read_text("utf-8")))


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Job:
    made = Job(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name, file in made.files.items():
        monkeypatch.setenv(name, str(file))
    return made


def test_a_promotion_is_in_summary_and_outputs(make_team: MakeTeam, bot: Bot, job: Job):
    said = bot.run(make_team(EXAMPLE))
    assert said.code == 0
    assert "::" not in said.out
    assert job.outputs == {
        "week": WEEK,
        "promotions": "1",
        "action": "local",
        "branch": WEEKLY,
        "pull-request-url": "",
        "missing": "",
    }
    assert job.summary.startswith("## Calibration 2025-W49\n\n**1 promotion: + ")
    assert "`TESTING/EXEC`" in job.summary


def test_nothing_to_promote_says_so(make_team: MakeTeam, bot: Bot, job: Job):
    assert bot.run(make_team(cells(cell(0, 5)))).code == 0
    assert job.outputs["promotions"] == "0"
    assert job.outputs["action"] == "none"
    assert "no assignment changes" in job.summary


def test_a_week_without_rows_says_so(make_team: MakeTeam, bot: Bot, job: Job):
    assert bot.run(make_team()).code == 0
    assert job.outputs == {
        "week": WEEK,
        "promotions": "0",
        "action": "none",
        "branch": "",
        "pull-request-url": "",
        "missing": "rows",
    }
    assert f"Nothing to decide: the logs hold no row for week {WEEK}" in job.summary


def test_every_bad_line_is_annotated_where_it_stands(make_team: MakeTeam, bot: Bot, job: Job):
    said = bot.run(make_team({TOKENS: '{"sd": 1}\n{', REWORK: "[]\n"}))
    assert said.code == 1
    annotations = [line for line in said.err.splitlines() if line.startswith("::")]
    assert f"::error title=calibration-bot,file={REWORK},line=1::is not an object" in annotations[0]
    starts = {annotation.split("::")[1] for annotation in annotations}
    assert f"error title=calibration-bot,file={TOKENS},line=2" in starts
    assert job.outputs == {"action": "failed"}
    assert job.summary.startswith("## Calibration stopped\n\n> [!CAUTION]\n> ")
    assert f"{TOKENS}:2: is not valid JSON" in job.summary


def test_a_line_that_is_not_used_is_annotated_where_it_stands(
    make_team: MakeTeam, bot: Bot, job: Job
):
    bad = {POLICY: policy(on_bad_line='"quarantine"'), REWORK: "[]\n"}
    said = bot.run(make_team({**EXAMPLE, **bad}))
    assert said.code == 0
    place = f"::warning title=calibration-bot,file={REWORK},line=1::is not an object"
    assert [line for line in said.err.splitlines() if line.startswith(place)]


def test_an_error_without_a_place_is_annotated_too(bot: Bot, job: Job, tmp_path: Path):
    said = bot("run", None, "--repo", str(tmp_path))
    assert said.code == 1
    assert "\n::error title=calibration-bot::" in said.err
    assert "is in no git repository" in job.summary


def test_warnings_are_annotations(make_team: MakeTeam, bot: Bot, job: Job):
    team = make_team(cells(cell(0, 5)))
    team.work.write({TOKENS.replace("tokens", "tokens-new"): "{}"})
    said = bot.run(team)
    assert "::warning" not in said.out
    assert said.err.startswith(
        "::warning title=calibration-bot::.calibration/logs/2025-W49/tokens-new.jsonl holds rows"
    )
    assert "holds rows that are not on the branch" in job.summary


HOSTILE_NAMES = ("@org/team `x` | y", "Closes #1 </details><img src=x>", "::error::x\u202e")


def test_the_summary_names_who_wrote_to_the_branch_of_the_logs(
    make_team: MakeTeam, bot: Bot, job: Job
):
    team = make_team(EXAMPLE)
    tree = team.work.git("mktree", feed=b"")
    tip = None
    for at, name in enumerate(("Old", "Ada", "Ada", *HOSTILE_NAMES)):
        date = "2025-11-30T23:59:59Z" if name == "Old" else f"2025-12-0{at + 1}T00:00:00Z"
        who = {"GIT_AUTHOR_NAME": name, "GIT_COMMITTER_NAME": "Cy", "GIT_COMMITTER_DATE": date}
        parents = ("-p", tip) if tip else ()
        tip = team.work.git("commit-tree", "-m", "x", *parents, tree, **who)
    team.work.git("push", "--quiet", "origin", f"{tip}:refs/heads/calibration/logs")
    assert bot.run(team).code == 0
    said = job.summary.partition("Commits on the branch of the logs since the week began")[2]
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert lines[:2] == [
        "- `Cy ‹ada@ example.org›`: 5 commits",
        "- `Ada ‹ada@ example.org›`: 2 commits",
    ]
    assert len(lines) == 5
    assert "Old" not in said
    for raw in ("@org", "Closes #1", "<img", "\u202e"):
        assert raw not in said


def test_a_gate_that_stops_the_run_is_in_the_summary(make_team: MakeTeam, bot: Bot, job: Job):
    gated = '[[gates]]\nphase = "EXEC"\nagent = "TESTING"\n'
    said = bot.run(make_team({POLICY: f"{policy()}\n{gated}", **EXAMPLE}))
    assert said.code == 3
    assert "TESTING/EXEC is declared sonnet, below its floor opus" in job.summary
    assert job.outputs == {"action": "failed"}


@pytest.mark.parametrize("kind", ["a folder", "in no folder", "a full disk"])
def test_a_summary_that_cannot_be_written_is_a_warning_as_the_work_is_done(
    kind: str, make_team: MakeTeam, bot: Bot, job: Job, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(unwritable(kind, job)))
    said = bot.run(make_team(EXAMPLE))
    assert (said.code, job.outputs["promotions"]) == (0, "1")
    assert "warning: the job summary cannot be written: " in said.err
    assert "::warning title=calibration-bot::the job summary cannot be written: " in said.err


@pytest.mark.parametrize("kind", ["a folder", "in no folder", "a full disk"])
def test_outputs_that_cannot_be_written_fail_the_step_with_the_reason(
    kind: str, make_team: MakeTeam, bot: Bot, job: Job, monkeypatch: pytest.MonkeyPatch
):
    """The next step acts on them; it must not take their absence for nothing to do."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(unwritable(kind, job)))
    said = bot.run(make_team(EXAMPLE))
    assert said.code == 1
    assert "all is done, but the outputs of the step cannot be written: " in said.err
    assert "## Calibration stopped" in job.summary


def unwritable(kind: str, job: Job) -> Path:
    folder = job.files["GITHUB_OUTPUT"].parent
    return {
        "a folder": folder,
        "in no folder": folder / "none" / "file",
        "a full disk": Path("/dev/full"),
    }[kind]


def test_outside_of_a_workflow_nothing_is_told(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert not actions.in_workflow()
    said = bot.run(make_team({TOKENS: "{"}))
    assert said.out == ""


@pytest.mark.parametrize(
    ("changed", "link"),
    [
        ({}, "https://github.example/acme/widget/actions"),
        ({"GITHUB_ACTIONS": "false"}, None),
        ({"CALIBRATION_PAGE": ""}, None),
        ({"GITHUB_SERVER_URL": "javascript:alert(1)"}, None),
        ({"GITHUB_REPOSITORY": "acme/widget)[x"}, None),
    ],
    ids=["kept", "no workflow", "not kept", "odd server", "odd repository"],
)
def test_the_pull_request_links_the_page_where_the_job_keeps_one_the_same_every_run(
    changed: dict[str, str],
    link: str | None,
    make_team: MakeTeam,
    bot: Bot,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
):
    said = {
        "CALIBRATION_PAGE": "/tmp/page.html",  # noqa: S108 (never written)
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "acme/widget",
        "GITHUB_RUN_ID": "1",
    }
    for name, value in {**said, **changed}.items():
        monkeypatch.setenv(name, value)
    assert actions.page_link() == link
    body = bot.json(make_team(EXAMPLE), "--forge", "local").document["pull_request"]["body"]
    where = "the artifact `calibration-page` of the newest calibration"
    line = f"- **See everything**: {where} under [Actions]({link})."
    assert (line in body.split("\n")) == (link is not None)
    assert ("calibration-page" in body) == (link is not None)
