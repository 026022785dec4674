"""What GitHub Actions wants to hear: annotations, the job summary and outputs. Silent elsewhere.

Annotations go to stderr: a runner reads both streams, and stdout may be a document that a program reads.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem, UsageError
from bot.wording.escape import ADDRESS, output_value, terminal, workflow_data, workflow_property

_MOST_SHOWN = 10
"""Annotations of a kind that GitHub shows of a step."""


def in_workflow() -> bool:
    """Whether a GitHub Actions job runs us."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def page_link() -> str | None:
    """Where people find the page that this job keeps: of every run the same, so that no text changes for it.

    None where no job keeps one. The action says so, as it makes the page after us.
    """
    if not in_workflow() or not os.environ.get("CALIBRATION_PAGE"):
        return None
    address = _actions()
    return address if ADDRESS.fullmatch(address) else None


def run_link() -> str:
    """The page of the run that this job belongs to; empty outside of one."""
    number = os.environ.get("GITHUB_RUN_ID", "")
    address = f"{_actions()}/runs/{number}"
    return address if number and ADDRESS.fullmatch(address) else ""


def _actions() -> str:
    """The page of the repository's runs, as the environment has it."""
    server, repository = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY")
    )
    return f"{server}/{repository}/actions"


def add_summary(markdown: str) -> None:
    """Append to the job summary, where there is one; where it cannot be written that is a warning.

    What it tells is done: a command keeps its exit code.
    """
    try:
        _append("GITHUB_STEP_SUMMARY", markdown)
    except OSError as err:
        said = f"the job summary cannot be written: {err.strerror or err}"
        print(f"warning: {terminal(said)}", file=sys.stderr)
        warn(said)


def set_outputs(values: Mapping[str, str]) -> None:
    """Set outputs of the step, where there are any. Raises BotError where they cannot be written.

    Later steps act on them (they start the guard on the branch), so nothing may look as if it was well.
    """
    lines = (f"{name}={output_value(value)}\n" for name, value in values.items())
    try:
        _append("GITHUB_OUTPUT", "".join(lines))
    except OSError as err:
        said = err.strerror or str(err)
        raise BotError(
            f"all is done, but the outputs of the step cannot be written: {said}; run again"
        ) from err


def warn(message: str) -> None:
    """A warning annotation, in a workflow."""
    _annotate("warning", Problem("", message))


def warn_of(problems: Sequence[Problem]) -> None:
    """A warning annotation a problem that stopped nothing, on its file and line: as many as GitHub shows."""
    for problem in problems[:_MOST_SHOWN]:
        _annotate("warning", problem)


def fail(message: str) -> None:
    """An error annotation of a command that did its work but for one thing."""
    _annotate("error", Problem("", message))


def report_error(err: BotError, args: argparse.Namespace) -> None:
    """An error annotation a problem, on its file and line; of some commands a job summary too."""
    lines = [Problem("", line) for line in str(err).splitlines()]
    _report(err.problems if isinstance(err, InvalidInput) else lines, err, args)


def report_bug(message: str, err: Exception, args: argparse.Namespace) -> None:
    """The same for a bug in the bot itself."""
    _report((Problem("", message),), err, args)


def report_usage(message: str, stops: str | None) -> None:
    """The same for a command line that cannot be read; `stops` is what it was to do, if that is known."""
    _report((Problem("", message),), UsageError(message), argparse.Namespace(stops=stops))


def report_stop(number: int, args: argparse.Namespace) -> None:
    """A job summary of some commands that a signal stopped, as it does where a job is cancelled."""
    from bot.reports.next_steps import AFTER_STOP

    stops = getattr(args, "stops", None)
    if in_workflow() and stops is not None:
        said = f"stopped from outside ({signal.Signals(number).name}): cancelled, or out of time"
        _summarise_failure((Problem("", said),), AFTER_STOP, stops)


def _report(problems: Sequence[Problem], err: Exception, args: argparse.Namespace) -> None:
    if not in_workflow():
        return
    for problem in problems:
        _annotate("error", problem)
    stops = getattr(args, "stops", None)  # what the command was to do, of those that have a summary
    if stops is not None:
        from bot.reports.next_steps import after_error

        _summarise_failure(problems, after_error(err), stops)


def _summarise_failure(problems: Sequence[Problem], then: str, stops: str) -> None:
    from bot.reports.summary import error_summary

    with suppress(BotError):  # said on stderr already, and an error here would hide the first one
        said = [str(problem).removeprefix(": ") for problem in problems]
        add_summary(error_summary(said, then, stops))
        set_outputs({"action": "failed"})


def _annotate(kind: str, problem: Problem) -> None:
    if in_workflow():
        said = f"::{kind} {_place(problem)}::{workflow_data(_message(problem))}"
        print(said, file=sys.stderr)


def _message(problem: Problem) -> str:
    return problem.message if problem.key is None else f"{problem.key}: {problem.message}"


def _place(problem: Problem) -> str:
    parts = {"title": "calibration-bot"}
    if problem.file:
        parts["file"] = problem.file
    if problem.line is not None:
        parts["line"] = str(problem.line)
    return ",".join(f"{name}={workflow_property(value)}" for name, value in parts.items())


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
