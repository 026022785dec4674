"""What `history` prints: every change of a declared value and what came of it, as text, Markdown and JSON.

Names of people, and models of former ladders, are whatever a commit said: they pass the escaper.
"""

from __future__ import annotations

from typing import Any

from bot.calibration.counts import Counts
from bot.git.history import Identity
from bot.inputs.past_calibrations import PastCalibrations, PastChange
from bot.reports.document import rise_document
from bot.wording import figures, results
from bot.wording.escape import json_text, markdown, prose, terminal
from bot.wording.fitting_parts import join
from bot.wording.on_top import left_out

_SHORT = 12
_NONE = "No declared value has changed since the table came to base."


def history_text(past: PastCalibrations) -> str:
    """A paragraph a change, oldest first; ends in a line break."""
    lines = [f"Past calibrations · {terminal(past.base.name)} at {past.base.commit[:_SHORT]}", ""]
    lines += [line for said in left_out(past.no_outcomes, past.shifted) for line in (said, "")]
    lines += [line for change in past.changes for line in _text(change)] or [_NONE, ""]
    lines.append(f"Counts are of the logs up to {past.week}.")
    return "\n".join(lines) + "\n"


def _text(change: PastChange) -> list[str]:
    models = f"{terminal(change.old, 80)} → {terminal(change.new, 80)}"
    lines = [
        f"{change.week}  {changed_cell(change)} {models}",
        f"    {terminal(who_words(change), 200)}, commit {change.commit[:_SHORT]}",
        f"    {terminal(result_words(change))}",
    ]
    cost = None if change.rise is None else results.cost_since(change.rise)
    lines += [] if cost is None else [f"    {cost}"]
    edit = None if change.rise is None else results.edit_back(change.rise)
    if change.rise is not None and edit is not None:
        lines.append(f"    to take it back: {terminal(edit)}")
        lines += [f"    or: git revert {' '.join(change.rise.revert)}"] * bool(change.rise.revert)
    return [*lines, ""]


def history_markdown(past: PastCalibrations) -> str:
    """A table; ends in a line break."""
    head = ["| Week | Cell | Model | Who | Commit | What came of it |", "|---|---|---|---|---|---|"]
    rows = [
        f"| {change.week} | {markdown(changed_cell(change), 140)} | {markdown(change.old)} → "
        f"{markdown(change.new)} | {markdown(who_words(change), 120)} | `{change.commit[:_SHORT]}` | "
        f"{prose(_told(change))} |"
        for change in past.changes
    ]
    base = f"Base {markdown(past.base.name)} at `{past.base.commit[:_SHORT]}`."
    said = f"{base} Counts are of the logs up to {past.week}."
    aside = ([line] for line in left_out(past.no_outcomes, past.shifted))
    table = [*head, *rows] if rows else [_NONE]
    return join(["## Past calibrations"], *aside, table, [said]) + "\n"


def history_json(past: PastCalibrations) -> str:
    r"""A document, as it is; ASCII, and `##[` with an escape, because a runner obeys it anywhere."""
    document = {
        "schema_version": 1,
        "week": past.week,
        "base": {"branch": past.base.name, "commit": past.base.commit},
        "changes": [_document(change) for change in past.changes],
        "no_outcomes": list(past.no_outcomes),
        "fleet_shifts": list(past.shifted),
        "warnings": list(past.warnings),
    }
    return json_text(document)


def _document(change: PastChange) -> dict[str, Any]:
    return {
        "week": change.week,
        "phase": None if change.cell is None else change.cell.phase,
        "agent": None if change.cell is None else change.cell.agent,
        "from": change.old,
        "to": change.new,
        "commit": change.commit,
        "committed": change.committed,
        "author": _person(change.author),
        "committer": _person(change.committer),
        "before": {"sds": change.before.sds, "rework": change.before.rework},
        "after": {"sds": change.after.sds, "rework": change.after.rework},
        "conclusion": None if change.rise is None else change.rise.conclusion.value,
        "afterwards": None if change.rise is None else rise_document(change.rise),
    }


def _person(who: Identity) -> dict[str, str]:
    return {"name": who.name, "email": who.email}


def changed_cell(change: PastChange) -> str:
    """The cell, or `default`."""
    return "default" if change.cell is None else str(change.cell)


def who_words(change: PastChange) -> str:
    """The author; and who let it in, where that is somebody else. Hostile."""
    author, committer = change.author.name, change.committer.name
    return author if author == committer else f"{author}, committed by {committer}"


def result_words(change: PastChange) -> str:
    """What came of a change, in a line without log text."""
    if change.rise is not None:
        return results.compared(change.rise)
    if change.cell is None:
        return "see the cells that follow the default"
    return f"{_counted(change.before)} before, {_counted(change.after)} after; not a rise"


def _told(change: PastChange) -> str:
    """The result with what it cost."""
    cost = None if change.rise is None else results.cost_since(change.rise)
    return result_words(change) if cost is None else f"{result_words(change)}; {cost}"


def _counted(counts: Counts) -> str:
    if not counts.sds:
        return "no SDs"
    return f"{figures.percent(counts.rework, counts.sds)} ({counts.rework} of {counts.sds})"
