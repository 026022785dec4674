"""Publishing on real git: what moves, what stays, what is reported. The forge's half is a recording one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.allocation.edit import edit
from bot.allocation.table import read_table
from bot.errors import BotError, PublicationRefused
from bot.forge.local import LocalForge
from bot.forge.protocol import (
    Edited,
    Forge,
    Observed,
    Opened,
    Proposal,
    PullRequest,
    Rehearsal,
    Rewrite,
    State,
)
from bot.git.repository import Repository
from bot.policy import PullRequestPolicy
from bot.proposal.comments import HANDS_OFF_TAG
from bot.proposal.decision import Wanted
from bot.proposal.publishing import Published, publish
from bot.proposal.report import Action
from bot.wording.commit_messages import change_label
from tests.support.proposals import (
    BOT,
    CHANGE,
    IDENTITY,
    OLD_INPUTS,
    OTHER,
    WEEKLY,
    body,
    marker,
    nothing_wanted,
    pull,
    wanted,
)
from tests.support.repositories import Workshop, clone, new_repository, snapshot
from tests.support.tables import RULES
from tests.support.team_fixtures import FILES

TABLE = "config/overrides.toml"
TIME = 1_765_152_000
NEW, NEWER = (
    edit(FILES[TABLE], read_table(FILES[TABLE], TABLE, RULES), {of.cell: of.new}, TABLE).encode()
    for of in (CHANGE, OTHER)
)
"""The table as two calibrations would leave it."""
EXTRAS = PullRequestPolicy(labels=["calibration"], reviewers=["ada"], draft=True)


@dataclass
class Recorder:
    """Branches for real, pull requests in a list of what was asked: a forge to watch, not the test bed."""

    local: LocalForge
    pulls: tuple[PullRequest, ...] = ()
    refuse: bool = False
    after: State = State.OPEN
    unready: str = ""
    asked: list[tuple[str, object]] = field(default_factory=list)

    def observe(self, branch: str) -> Observed:
        seen = self.local.observe(branch)
        return replace(seen, repository="acme/app", pull_requests=self.pulls)

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        self.asked.append(("push", sha))
        self.local.push(branch, sha, expected)

    def delete_branch(self, branch: str, expected: str) -> None:
        self.asked.append(("delete", expected))
        self.local.delete_branch(branch, expected)

    def open(self, proposal: Proposal) -> Opened:
        self.asked.append(("open", proposal))
        if self.refuse:
            raise PublicationRefused("enable the setting")
        return Opened("https://forge/7", ("no label",))

    def edit(self, number: int, rewrite: Rewrite, title: str | None) -> Edited:
        (now,) = (pull for pull in self.pulls if pull.number == number)
        self.asked.append(("edit", (number, rewrite(now), title)))
        return Edited(self.after)

    def close(self, number: int, rewrite: Rewrite) -> Edited:
        self.asked.append(("close", number))
        return Edited(State.CLOSED if self.after is State.OPEN else self.after)

    def ready(self, author: str, *, opening: bool) -> None:
        if self.unready:
            raise BotError(self.unready)

    def start_checks(self, workflow: str, branch: str, base: str) -> tuple[str, ...]:
        self.asked.append(("checks", (workflow, branch, base)))
        return ("no checks",)

    def comment_once(self, number: int, text: str, tag: str, author: str) -> None:
        self.asked.append(("comment", (number, tag)))

    def steps(self) -> list[str]:
        return [step for step, _ in self.asked]


@dataclass
class Scene:
    """One opened repository and all a run passes around."""

    repository: Repository
    forge: Forge

    def want(self, content: bytes = NEW, inputs: str = "ab" * 32, **more: object) -> Wanted:
        base = self.repository.base()
        old = self.repository.read(base.commit, TABLE)
        label = change_label(OTHER if content == NEWER else CHANGE)
        trailers = f"Calibration-Change: {label}\nCalibration-Inputs: {inputs}\n"
        message = f"subject\n\nCalibration-Week: 2025-W49\n{trailers}"
        head = self.repository.commit(base.commit, {TABLE: content}, message, IDENTITY, TIME)
        plain = wanted(head=head, inputs=inputs, table=content, base_table=old)
        return replace(plain, **more)

    def publish(self, want: Wanted) -> Published:
        seen = self.forge.observe(want.branch)
        return publish(self.forge, self.repository, self.repository.base(), want, seen, EXTRAS)


def local(repository: Repository) -> LocalForge:
    return LocalForge(repository, repository.base())


def test_a_first_run_pushes_then_opens(work: Workshop, remote: Workshop) -> None:
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository))
        want = Scene(repository, forge).want()
        outcome = Scene(repository, forge).publish(want)
    assert remote.sha(WEEKLY) == want.head
    assert forge.steps() == ["push", "open"]
    assert forge.asked[1][1] == Proposal(
        WEEKLY,
        "main",
        want.title,
        body(marker(head=want.head)),
        True,
        ("calibration",),
        ("ada",),
        BOT,
    )
    assert outcome.warnings == ("no label",)
    report = outcome.report
    assert (report.action, report.url, report.branch) == (Action.CREATE, "https://forge/7", WEEKLY)


def test_a_refused_pull_request_leaves_the_branch_for_the_next_run(
    work: Workshop, remote: Workshop
) -> None:
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), refuse=True)
        scene = Scene(repository, forge)
        outcome = scene.publish(scene.want())
    assert (outcome.report.action, outcome.report.reason) == (Action.REFUSED, "enable the setting")
    assert outcome.report.url is None
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository))
        healed = Scene(repository, forge).publish(Scene(repository, forge).want())
    assert forge.steps() == ["open"]
    assert healed.report.action is Action.CREATE


def published(work: Workshop, content: bytes = NEW) -> str:
    """The branch as a run before left it."""
    with Repository.open(work.path) as repository:
        scene = Scene(repository, local(repository))
        want = scene.want(content)
        repository.push(repository.base(), WEEKLY, want.head or "", None)
        return want.head or ""


def open_pull(head: str, **more: object) -> PullRequest:
    return pull(says=marker(head=head, **more))


def test_the_same_inputs_write_nothing(work: Workshop, remote: Workshop) -> None:
    head = published(work)
    before = snapshot(remote.path, work.path)
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        outcome = Scene(repository, forge).publish(Scene(repository, forge).want())
    assert forge.asked == []
    assert snapshot(remote.path, work.path) == before
    assert (outcome.report.action, outcome.report.url) == (Action.NONE, pull().url)


def test_a_base_that_moved_elsewhere_leaves_the_branch_and_its_approvals(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    head = published(work)
    other = clone(remote, tmp_path / "other")
    other.commit({"README.md": "moved\n"})
    other.git("push", "--quiet", "origin", "main")
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        Scene(repository, forge).publish(Scene(repository, forge).want())
    assert forge.asked == []
    assert remote.sha(WEEKLY) == head


def test_other_figures_only_edit_the_body(work: Workshop, remote: Workshop) -> None:
    head = published(work)
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),), after=State.MERGED)
        outcome = Scene(repository, forge).publish(Scene(repository, forge).want(inputs="cd" * 32))
    assert forge.asked == [
        ("edit", (7, body(marker(head=head, inputs=OLD_INPUTS)), None)),
        ("edit", (7, pull(says=marker(head=head)).body, None)),
    ]
    assert remote.sha(WEEKLY) == head
    assert outcome.warnings == ("#7 was merged while it was updated; the next run starts afresh",)


def test_a_base_that_conflicts_gets_a_rebuilt_branch(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    head = published(work)
    other = clone(remote, tmp_path / "other")
    other.commit({TABLE: "another\n"})
    other.git("push", "--quiet", "origin", "main")
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        want = Scene(repository, forge).want(b"rebuilt")
        Scene(repository, forge).publish(want)
    assert forge.asked == [
        ("push", want.head),
        ("edit", (7, body(marker(head=want.head)), None)),
    ]
    assert remote.sha(WEEKLY) == want.head


def test_somebody_elses_commits_stay_and_a_comment_says_so(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    head = published(work)
    other = clone(remote, tmp_path / "other", f"--branch={WEEKLY}")
    theirs = other.commit({TABLE: "theirs"})
    other.git("push", "--quiet", "origin", WEEKLY)
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        outcome = Scene(repository, forge).publish(Scene(repository, forge).want(NEWER))
    assert forge.asked == [("comment", (7, HANDS_OFF_TAG))]
    assert remote.sha(WEEKLY) == theirs
    assert outcome.report.action is Action.HANDS_OFF


def test_nothing_left_closes_before_it_deletes(work: Workshop, remote: Workshop) -> None:
    head = published(work)
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        want = nothing_wanted(base_table=FILES[TABLE].encode())
        outcome = Scene(repository, forge).publish(want)
    assert forge.asked == [("close", 7), ("delete", head)]
    assert remote.git("branch", "--list", WEEKLY) == ""
    assert outcome.report.action is Action.CLOSE
    assert "Closed by calibration-bot" in outcome.report.body


def test_a_branch_whose_table_became_a_link_is_somebody_elses(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    head = published(work)
    other = clone(remote, tmp_path / "other", f"--branch={WEEKLY}")
    (other.path / TABLE).unlink()
    (other.path / TABLE).symlink_to("policy.toml")
    other.commit({}, "nothing")
    other.git("commit", "--quiet", "-am", "link")
    other.git("push", "--quiet", "origin", WEEKLY)
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), (open_pull(head),))
        outcome = Scene(repository, forge).publish(Scene(repository, forge).want())
    assert outcome.report.action is Action.HANDS_OFF


def test_a_name_that_is_taken_stops_before_anything_is_written(
    work: Workshop, remote: Workshop
) -> None:
    work.git("push", "--quiet", "origin", "main:refs/heads/calibration")
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository))
        scene = Scene(repository, forge)
        with pytest.raises(BotError, match="cannot exist beside branch calibration"):
            scene.publish(scene.want())
    assert forge.asked == []


def test_a_rehearsal_looks_and_writes_nothing(work: Workshop, remote: Workshop) -> None:
    head = published(work)
    before = snapshot(remote.path, work.path)
    with Repository.open(work.path) as repository:
        recorder = Recorder(local(repository), (open_pull(head),))
        scene = Scene(repository, Rehearsal(recorder))
        actions = [scene.publish(scene.want(NEWER)).report.action]
        actions.append(
            scene.publish(nothing_wanted(base_table=FILES[TABLE].encode())).report.action
        )
        recorder.pulls = (pull(base="develop"),)
        actions.append(scene.publish(scene.want()).report.action)
        recorder.pulls = ()
        created = scene.publish(scene.want(NEWER)).report
    assert actions == [Action.UPDATE, Action.CLOSE, Action.HANDS_OFF]
    assert (created.action, created.url) == (Action.CREATE, None)
    assert recorder.asked == []
    assert snapshot(remote.path, work.path) == before


# ------------------------------------------------------------------ no forge


def run_local(work: Workshop, content: bytes | None = NEW) -> Published:
    with Repository.open(work.path) as repository:
        scene = Scene(repository, local(repository))
        none = nothing_wanted(base_table=FILES[TABLE].encode())
        return scene.publish(none if content is None else scene.want(content))


def test_without_remote_the_branch_lives_in_the_repository(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    assert run_local(work).report.action is Action.LOCAL
    assert work.file(WEEKLY, TABLE) == NEW
    before = snapshot(work.path)
    assert run_local(work).report.action is Action.NONE
    assert snapshot(work.path) == before
    assert run_local(work, NEWER).report.action is Action.LOCAL
    assert work.file(WEEKLY, TABLE) == NEWER
    assert run_local(work, None).report.action is Action.CLOSE
    assert work.git("branch", "--list", WEEKLY) == ""


def test_with_a_remote_both_branches_follow(work: Workshop, remote: Workshop) -> None:
    run_local(work)
    assert work.sha(WEEKLY) == remote.sha(WEEKLY)
    run_local(work, NEWER)
    assert work.sha(WEEKLY) == remote.sha(WEEKLY)
    assert work.git("symbolic-ref", "HEAD") == "refs/heads/main"
    run_local(work, None)
    assert work.git("branch", "--list", WEEKLY) + remote.git("branch", "--list", WEEKLY) == ""


def test_a_local_branch_somebody_works_on_stays(work: Workshop, remote: Workshop) -> None:
    work.git("switch", "--quiet", "-c", WEEKLY)
    theirs = work.commit({TABLE: "theirs"})
    run_local(work)
    assert work.sha(WEEKLY) == theirs
    assert remote.file(WEEKLY, TABLE) == NEW
    run_local(work, None)
    assert work.sha(WEEKLY) == theirs
    assert remote.git("branch", "--list", WEEKLY) == ""


def test_a_checked_out_local_branch_stays(work: Workshop, remote: Workshop) -> None:
    run_local(work)
    work.git("switch", "--quiet", WEEKLY)
    head = work.sha(WEEKLY)
    run_local(work, NEWER)
    assert (work.sha(WEEKLY), remote.file(WEEKLY, TABLE)) == (head, NEWER)


def test_without_remote_a_take_over_keeps_the_old_head_here(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    run_local(work)
    work.git("switch", "--quiet", WEEKLY)
    theirs = work.commit({"NOTES.md": "keep\n"})
    work.git("switch", "--quiet", "main")
    with Repository.open(work.path) as repository:
        scene = Scene(repository, local(repository))
        outcome = scene.publish(scene.want(NEWER, take_over=True))
    assert outcome.report.action is Action.LOCAL
    assert work.sha(f"calibration/backup/weekly-{theirs[:12]}") == theirs
    assert work.file(WEEKLY, TABLE) == NEWER
    assert "loses 1 commit that is not the bot's" in outcome.warnings[0]


# -------------------------------------------------------------------- checks

GUARD = ".github/workflows/guard.yml"


@pytest.mark.parametrize(
    ("guard", "workflow_token", "author", "started"),
    [
        (True, True, BOT, True),
        (False, True, BOT, False),
        (True, False, BOT, False),
        (True, True, "my-app[bot]", False),
    ],
    ids=["as it should be", "no guard", "personal token", "an App signed in elsewhere"],
)
def test_the_guard_is_started_where_nobody_else_would(
    work: Workshop, guard: bool, workflow_token: bool, author: str, started: bool
) -> None:
    if guard:
        work.commit({GUARD: "on: workflow_dispatch\n"})
        work.git("push", "--quiet", "origin", "main")
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository))
        scene = Scene(repository, forge)
        want = scene.want(author=author)
        seen = replace(forge.observe(want.branch), workflow_token=workflow_token)
        outcome = publish(forge, repository, repository.base(), want, seen, EXTRAS)
    assert (forge.steps()[2:] == ["checks"]) is started
    assert ("no checks" in outcome.warnings) is started


def test_what_is_known_to_fail_stops_before_anything_is_written(work: Workshop) -> None:
    with Repository.open(work.path) as repository:
        forge = Recorder(local(repository), unready="give the token a scope")
        scene = Scene(repository, forge)
        with pytest.raises(BotError, match="give the token a scope"):
            scene.publish(scene.want())
    assert forge.asked == []
