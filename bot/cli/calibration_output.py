"""A report to whoever reads it: stdout in the format asked for, a file, and the workflow that runs us."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import workflow as actions
from bot.errors import BotError, PublicationRefused, UsageError
from bot.paths import is_folder

if TYPE_CHECKING:
    from bot.proposal.report import ExplanationReport, Report

_NARROWEST = 20
"""Columns that a report needs."""


def show(report: Report, args: argparse.Namespace) -> None:
    """Print the report in the format asked for; warnings also go to stderr and the workflow."""
    from bot.wording.escape import terminal

    for warning in report.warnings:
        if args.format != "text":
            print(f"warning: {terminal(warning)}", file=sys.stderr)
        actions.warn(warning)
    actions.warn_of(report.rejected)
    if exit_code(report) and report.pull_request is not None:
        actions.fail(report.pull_request.reason)
    _print(report, args)
    if args.output:
        _write(args.output, _to_keep(report))


def show_explanation(report: ExplanationReport, args: argparse.Namespace) -> None:
    """Print one cell's calculation in the format asked for."""
    from bot.reports import explanation_report

    shown = {
        "json": explanation_report.explanation_json,
        "markdown": explanation_report.explanation_markdown,
        "text": explanation_report.explanation_text,
    }
    print(shown[args.format](report), end="")


def check_output(file: str) -> None:
    """Raise UsageError where the pull request's text could not be written, before anything is done."""
    path = Path(file)
    if is_folder(path) or not is_folder(path.parent):
        raise UsageError(f"--output {file}: no file can be written there; name one in a folder")


def _to_keep(report: Report) -> str:
    """The pull request's text, or that there is none: a file never keeps what an earlier run wrote."""
    if report.pull_request is not None and report.pull_request.body:
        return report.pull_request.body
    from bot.reports.summary import no_pull_request

    return no_pull_request(report)


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8", newline="")
    except OSError as err:
        said = err.strerror or str(err)
        raise BotError(f"all is done, but {file} cannot be written: {said}") from err


def _print(report: Report, args: argparse.Namespace) -> None:
    if args.format == "json":
        from bot.reports.document import dumps

        print(dumps(report), end="")
    elif args.format == "markdown":
        from bot.reports.summary import job_summary

        print(job_summary(report), end="")
    elif args.quiet:
        print(_brief(report), end="")
    else:
        print_report(report, details=args.verbose > 0)
        if not args.output and not args.verbose:
            print(_proposal(report), end="")
        print(f"\n{_written(report)}")


def print_report(report: Report, *, details: bool = False) -> None:
    """Print the report for a person, as wide as the terminal is; in a pipe no line is broken."""
    from bot.cli.printing import UNBROKEN, print_styled
    from bot.reports.text import report_text

    print_styled(report_text(report, details=details), piped=UNBROKEN, narrowest=_NARROWEST)


def _brief(report: Report) -> str:
    """What changes and where it is proposed, a line each; nothing where nothing is proposed."""
    from bot.wording.escape import terminal
    from bot.wording.remarks import still_open

    request = report.pull_request
    if request is None:
        return ""
    review = report.review
    lines = [still_open(review.week, review.preview)] if review.preview is not None else []
    lines += [commit.message.partition("\n")[0] for commit in report.commits]
    lines.append(f"{request.url or request.branch} ({request.action}): {request.reason}")
    return "".join(f"{terminal(line)}\n" for line in lines)


def _proposal(report: Report) -> str:
    """The pull request's Markdown, where there is no forge to show it: for whoever opens it by hand."""
    from bot.proposal.report import Action
    from bot.wording.body import MOST_BYTES
    from bot.wording.escape import terminal

    request = report.pull_request
    if request is None or request.action is not Action.LOCAL:
        return ""
    lines = request.body.splitlines()
    return "\n" + "".join(f"{terminal(line, MOST_BYTES)}\n" for line in lines)


def _written(report: Report) -> str:
    from bot.reports.written import what_was_written
    from bot.wording.escape import terminal

    return terminal(what_was_written(report))


def tell_workflow(report: Report) -> None:
    """The job summary and the step's outputs, where a workflow runs us."""
    from bot.reports.summary import job_summary

    actions.add_summary(job_summary(report))
    request = report.pull_request
    actions.set_outputs(
        {
            "week": report.review.week,
            "promotions": str(len(report.commits)),
            "action": request.action if request else "none",
            "branch": request.branch if request else "",
            "pull-request-url": (request.url if request else None) or "",
            "missing": _missing(report),
        }
    )


def _missing(report: Report) -> str:
    """What nobody logged for the week: `rows`, `outcomes`, or empty; the alarm goes by it."""
    if report.review.nothing_logged:
        return "rows"
    return "outcomes" if report.review.no_outcomes else ""


def exit_code(report: Report) -> int:
    """0, or 4 where the branch is pushed but the forge would not open the pull request."""
    from bot.proposal.report import Action

    refused = report.pull_request is not None and report.pull_request.action is Action.REFUSED
    return PublicationRefused.exit_code if refused else 0
