"""What the guard says: the value it judges to, and its wording for people, for GitHub and for machines. Pure.

In: a `GuardReport`. Out: text, workflow annotations, SARIF 2.1.0 or JSON, each ending in a line break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot import __version__
from bot.binding.bound_files import BoundPlace
from bot.gates.guard import GuardReport
from bot.gates.refusals import Refusal, Weakening
from bot.wording.escape import json_text, markdown, terminal, workflow_data, workflow_property

_SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_REASONS: Mapping[Weakening, str] = {
    Weakening.BELOW_FLOOR: "A gate is declared below its floor",
    Weakening.ENTRY_LOWERED: "The entry of a gate is lowered",
    Weakening.ENTRY_REMOVED: "The entry of a gate is removed",
    Weakening.DEFAULT_LOWERED: "The default is lowered under a gate without an entry",
    Weakening.GATE_REMOVED: "A gate is removed while its entry falls",
    Weakening.PHASE_REMOVED: "A phase is removed with its gates",
    Weakening.PHASE_WITHOUT_GATE: "A phase is added without its gates",
    Weakening.LADDER_SHORTENED: "The ladder loses a rung",
    Weakening.LADDER_REORDERED: "The order of the ladder changes",
    Weakening.LADDER_COST: "A cheaper rung is put above a gate's floor",
    Weakening.GATE_RUNG_LOWERED: "The rung of all gates is lowered",
    Weakening.ALIAS_REDEFINED: "A model is moved to a higher rung",
    Weakening.UNKNOWN_MODEL: "An assignment names no rung of the ladder",
    Weakening.UNKNOWN_PHASE: "The table names a phase that the policy does not have",
    Weakening.BAD_NAME: "A key is no name of a phase or agent",
    Weakening.DUPLICATE_KEY: "A key is there twice",
    Weakening.BAD_TABLE: "The table is not valid",
    Weakening.BAD_POLICY: "The policy is not valid",
    Weakening.FILE_MISSING: "A file is missing",
    Weakening.FILE_MOVED: "A file is moved",
    Weakening.FILE_SHADOWED: "Another file differs from this one in its spelling only",
    Weakening.FILE_ATTRIBUTES: "Git attributes make a file another one when checked out",
    Weakening.FILE_EMPTIED: "A file is empty",
    Weakening.FILE_LINK: "A file is replaced by a symbolic link",
    Weakening.FILE_SUBMODULE: "A file is replaced by a submodule",
    Weakening.FILE_DIRECTORY: "A file is replaced by a folder",
    Weakening.FILE_TOO_LARGE: "A file is too large",
    Weakening.FILE_NOT_TEXT: "A file is not UTF-8 text",
    Weakening.FILE_UNREADABLE: "A file is not valid TOML",
    Weakening.TREE_DAMAGED: "A folder is one that no git writes",
    Weakening.BOUND_BELOW_FLOOR: "An agent's file is below its gate's floor",
    Weakening.BOUND_REMOVED: "An agent's file no longer says its gate's model",
    Weakening.BOUND_UNREADABLE: "What a gate's agent's file says cannot be told",
    Weakening.BOUND_APART: "A file says something else than the table that binds it",
}


def as_text(report: GuardReport) -> str:
    """One line a refusal, `file:line: reason: sentence`, one a place that is told, and one that sums up."""
    lines = [f"{_place(r)}: {r.reason}: {r.message}" for r in report.refusals]
    return _lines(*lines, *map(_told, report.apart), _summary(report))


def as_github(report: GuardReport) -> str:
    """A workflow command a refusal, which GitHub shows on its file and line, and one line that sums up."""
    commands = (_annotation(refusal) for refusal in report.refusals)
    warnings = (_warning(place) for place in report.apart)
    return "".join(f"{command}\n" for command in (*commands, *warnings)) + _lines(_summary(report))


def as_summary(report: GuardReport) -> str:
    """GitHub Markdown for the summary of the job."""
    listed = (f"- {markdown(_place(r))} {markdown(r.message, 400)}" for r in report.refusals)
    heading = "refused" if report.refusals else "no gate gets weaker"
    told = (f"- {markdown(_told(place), 400)}" for place in report.apart)
    return "\n".join((f"### calibration-bot guard: {heading}", "", *listed, *told, ""))


def as_json(report: GuardReport) -> str:
    """The whole report: `{"schema_version": 1, "passed", "base", "head", "violations", "apart"}`."""
    document = {
        "schema_version": 1,
        "passed": not report.refusals,
        "base": report.base or None,
        "head": report.head,
        "violations": [_violation(refusal) for refusal in report.refusals],
        "apart": [_apart(place) for place in report.apart],
    }
    return json_text(document)


def as_sarif(report: GuardReport) -> str:
    """A SARIF 2.1.0 log, as code scanning takes it."""
    apart = {Weakening.BOUND_APART} if report.apart else set()
    used = sorted({refusal.reason for refusal in report.refusals} | apart)
    driver = {
        "name": "calibration-bot guard",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [{"id": r.value, "shortDescription": {"text": _REASONS[r]}} for r in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            *(
                _located(refusal.reason, used, refusal.file, refusal.line, refusal.message)
                for refusal in report.refusals
            ),
            *(
                _located(
                    Weakening.BOUND_APART, used, place.path, place.line, place.sentence(), "warning"
                )
                for place in report.apart
            ),
        ],
    }
    document = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document)


FORMATS: Mapping[str, Callable[[GuardReport], str]] = {
    "text": as_text,
    "github": as_github,
    "sarif": as_sarif,
    "json": as_json,
}
"""By the name `--format` takes."""


def _lines(*lines: str) -> str:
    return "".join(f"{terminal(line)}\n" for line in lines)


def _summary(report: GuardReport) -> str:
    count = len(report.refusals)
    against = f" against base {report.base[:12]}" if report.base else ", with no base"
    if not count:
        return f"guard: no gate gets weaker in {report.head[:12]}{against}"
    reasons = "1 reason" if count == 1 else f"{count} reasons"
    return f"guard: {report.head[:12]} is refused for {reasons}{against}"


def _place(refusal: Refusal) -> str:
    return refusal.file if refusal.line is None else f"{refusal.file}:{refusal.line}"


def _told(place: BoundPlace) -> str:
    return f"{place.path}:{place.line}: {place.sentence()}; `calibration-bot apply` writes it"


def _warning(place: BoundPlace) -> str:
    title = f"{_REASONS[Weakening.BOUND_APART]} ({Weakening.BOUND_APART})"
    return _command("warning", place.path, place.line, title, place.sentence())


def _apart(place: BoundPlace) -> dict[str, Any]:
    return {
        "file": place.path,
        "line": place.line,
        "key": place.key,
        "is": None if place.says is None else terminal(place.says),
        "should": place.should,
    }


def _annotation(refusal: Refusal) -> str:
    title = f"{_REASONS[refusal.reason]} ({refusal.reason})"
    return _command("error", refusal.file, refusal.line, title, refusal.message)


def _command(level: str, file: str, line: int | None, title: str, message: str) -> str:
    properties = {"file": file, "line": str(line or 1), "title": title}
    shown = ",".join(f"{key}={workflow_property(value)}" for key, value in properties.items())
    return f"::{level} {shown}::{workflow_data(message)}"


def _violation(refusal: Refusal) -> dict[str, Any]:
    cell = refusal.cell
    return {
        "reason": refusal.reason.value,
        "phase": None if cell is None else cell.phase,
        "agent": None if cell is None else cell.agent,
        "from": refusal.before,
        "to": refusal.after,
        "file": refusal.file,
        "line": refusal.line,
        "message": terminal(refusal.message),
    }


def _located(
    reason: Weakening,
    used: Sequence[Weakening],
    file: str,
    line: int | None,
    message: str,
    level: str = "error",
) -> dict[str, Any]:
    """One result of a SARIF run."""
    location = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line or 1}}
    return {
        "ruleId": reason.value,
        "ruleIndex": used.index(reason),
        "level": level,
        "message": {"text": terminal(message)},
        "locations": [{"physicalLocation": location}],
    }
