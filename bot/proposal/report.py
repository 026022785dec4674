"""What a whole run did or would do: the value every output (text, JSON, Markdown, summary) is made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.calibration.explanation import Explanation
from bot.calibration.findings import Change, Preview, Review
from bot.calibration.overview import Overview
from bot.errors import Problem
from bot.git.history import Pusher
from bot.inputs.past_calibrations import PastCalibrations


class Action(StrEnum):
    """What happens, or would happen, to the pull request."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    CLOSE = "close"
    HANDS_OFF = "hands-off"
    REFUSED = "refused"
    LOCAL = "local"


@dataclass(frozen=True)
class CommitReport:
    """One commit of the calibration."""

    change: Change
    message: str
    """Whole message, subject first."""
    sha: str | None
    """Full SHA; the commit is in the repository only after `run`. None where GitHub is still to sign it."""


@dataclass(frozen=True)
class PullRequestReport:
    """The calibration pull request, as published or as it would be."""

    branch: str
    title: str
    body: str
    url: str | None
    action: Action
    reason: str
    """Why this action, in one plain sentence."""
    by_hand: str | None = None
    """Where the forge would not open it: address at which a person can."""
    pushed: str | None = None
    """Full SHA that the branch was moved to, or would be; None where it stays as it is."""


@dataclass(frozen=True)
class Report:
    """Everything one `plan` or `run` has to say."""

    review: Review
    base: str
    """Name of the base branch."""
    base_sha: str
    """Full SHA of base's newest commit."""
    inputs: str
    """SHA-256 (hex) of all the review derives from."""
    diff: str
    """Unified diff of the table; empty without changes."""
    commits: tuple[CommitReport, ...]
    pull_request: PullRequestReport | None
    """None where there is nothing to propose and nothing to close."""
    rejected: tuple[Problem, ...]
    """Quarantined log lines."""
    warnings: tuple[str, ...]
    """Plain sentences; may quote hostile text."""
    pushers: tuple[Pusher, ...] = ()
    """Whose commits the branch of the logs has got since the reviewed week began."""
    rehearsed: bool = False
    """Whether nothing was written, whatever was decided: `plan`, and `run --dry-run`."""


@dataclass(frozen=True)
class ExplanationReport:
    """Everything `plan --explain` has to say."""

    explanation: Explanation
    base: str
    """Name of the base branch."""
    base_sha: str
    """Full SHA of base's newest commit."""
    warnings: tuple[str, ...]
    """Plain sentences; may quote hostile text."""
    preview: Preview | None = None
    """Set where the week is not over."""


@dataclass(frozen=True)
class OverviewReport:
    """Everything the page of `report` has to say."""

    overview: Overview
    past: PastCalibrations
    rejected: tuple[Problem, ...]
    """Quarantined log lines."""
    warnings: tuple[str, ...]
    """Plain sentences; may quote hostile text."""
