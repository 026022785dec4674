"""The summary of a GitHub Actions job, as GitHub Markdown: of a review in every outcome, and of an error.

In: a `Report`, or what went wrong. Out: the text for `$GITHUB_STEP_SUMMARY`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.calibration.findings import Change, Review
from bot.git.history import Pusher
from bot.proposal.report import Action, PullRequestReport, Report
from bot.reports.next_steps import link, next_step
from bot.wording import proposed, sections
from bot.wording.body import Extras, findings, folds, preview_note, why
from bot.wording.commit_messages import plan_command
from bot.wording.escape import markdown, prose
from bot.wording.figures import plural
from bot.wording.fitting_parts import fitting, join, size
from bot.wording.on_top import not_on_top
from bot.wording.sections import Lines

MOST_SUMMARY_BYTES = 1_000_000
"""Under GitHub's limit of 1 MiB for the summary of a step."""
_MOST_PUSHERS = 50


def job_summary(report: Report) -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a `plan` or `run`, in every outcome."""
    review = report.review
    extras = Extras((), report.rejected, tuple(not_on_top(report.warnings, review)))
    changes = tuple(commit.change for commit in report.commits)
    first = join(
        [f"## Calibration {review.week}"],
        preview_note(review),
        sections.weighing(review),
        _stopped(report),
        _came_to(review, changes),
        _published(report),
        [f"**Next**: {next_step(report)}"],
    )
    rows = proposed.plain_rows(review, changes)
    opening = join([first], rows, [proposed.LEGEND] if rows else [])
    blocks = [why(review, changes), *findings(review, extras), *folds(review, changes)]
    pushed = join(_pushed(report))
    middle = fitting(blocks, MOST_SUMMARY_BYTES - size(opening) - size(pushed))
    return (
        join(
            [opening],
            middle,
            [pushed] if pushed else [],
            [f"Reproduce it: `{plan_command(review)}`"],
        )
        + "\n"
    )


def no_pull_request(report: Report) -> str:
    """What there is to say in place of a pull request's text where there is none to open. Markdown."""
    return join(_came_to(report.review, ()), _published(report)) + "\n"


def error_summary(problems: Sequence[str], then: str, what: str = "Calibration") -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a run that ends in an error: why and what to do next on top.

    Every problem follows, one a line. `then` is the next step, Markdown; `what` was to be done.
    """
    reason = ["> [!CAUTION]", f"> {markdown(problems[0], 400)}"] if problems else []
    more = problems if len(problems) > 1 else ()
    lines = sections.capped(more, lambda text: f"- {markdown(text, 400)}", 200, "problem")
    return join([f"## {what} stopped"], reason, [f"**Next**: {then}"], lines) + "\n"


def _stopped(report: Report) -> Lines:
    """Why a review came to nothing, or not to its pull request, above all else; empty where it did."""
    request = report.pull_request
    if request is not None and request.action in (Action.REFUSED, Action.HANDS_OFF):
        return ["> [!CAUTION]", f"> {_reason(request)}."]
    return []


def _reason(request: PullRequestReport) -> str:
    """Why, as a sentence; the address at its end is the next step's to link."""
    said, *_ = request.reason.split(" Open it by hand: " if request.by_hand else "\0")
    return prose(_sentence(said)).rstrip(".")


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]


def _came_to(review: Review, changes: Sequence[Change]) -> Lines:
    """The line that decides."""
    return (
        [_nothing_logged(review)] if review.nothing_logged else proposed.headline(review, changes)
    )


def _nothing_logged(review: Review) -> str:
    return f"Nothing to decide: the logs hold no row for week {review.week}. Nothing was touched."


def _pushed(report: Report) -> Lines:
    """Who has moved the branch of the logs: whoever writes logs moves models."""

    def row(pusher: Pusher) -> str:
        who = markdown(f"{pusher.who.name} <{pusher.who.email}>", 120)
        return f"- {who}: {plural(pusher.commits, 'commit')}"

    if not report.pushers:
        return []
    said = "Commits on the branch of the logs since the week began, by whom they name:"
    return [said, "", *sections.capped(report.pushers, row, _MOST_PUSHERS, "name")]


def _published(report: Report) -> Lines:
    request = report.pull_request
    if request is None or request.action in (Action.REFUSED, Action.HANDS_OFF):
        return []
    where = f"branch {markdown(request.branch)}" if request.url is None else link(request.url)
    told = f"Pull request ({request.action}): {where}. {_reason(request)}."
    return [f"{told} {pushed}" if (pushed := _pushed_here(report, request)) else told]


def _pushed_here(report: Report, request: PullRequestReport) -> str:
    """What this run pushed, or that it wrote nothing."""
    if report.rehearsed:
        return "Nothing was written: this only looked."
    if request.pushed is None:
        return ""
    branch, sha = markdown(request.branch), markdown(request.pushed[:12])
    return f"Pushed: {branch} at {sha}, {plural(len(report.commits), 'commit')}."
