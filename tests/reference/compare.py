"""What the command says of a week beside what the reference says of it: every difference as one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.reference.evidence import SD
from tests.reference.verdicts import DOUBTS, HOLDS, Reviewed, Verdict

NOTES = (
    "model-drift",
    "escalation",
    "unknown-cause",
    "unlogged-sds",
    "assumed-runs",
    "budget-mismatch",
    "queued",
)
"""Notes that both sides tell."""
TOP = {"top-of-ladder", "gate"}


def differences(said: dict[str, Any], meant: Reviewed) -> Iterator[str]:
    """One line for each thing on which the document and the reference do not agree."""
    yield from _unless("nothing_logged", said["nothing_logged"], meant.nothing_logged)
    rejected = {(each["file"], each["line"]) for each in said["rejected_lines"]}
    yield from _unless("rejected_lines", rejected, meant.rejected)
    yield from _unless("budget.used", said["budget"]["used"], meant.tokens)
    if meant.nothing_logged:
        return
    verdicts = {(each["phase"], each["agent"]): each for each in said["verdicts"]}
    yield from _unless("cells", [*verdicts], [*meant.verdicts])
    for cell in verdicts.keys() & meant.verdicts.keys():
        for line in _of_cell(verdicts[cell], meant.verdicts[cell]):
            yield f"{cell[1]}/{cell[0]} {line}"
    changes = {((c["phase"], c["agent"]), c["from"], c["to"]) for c in said["changes"]}
    yield from _unless("changes", changes, {*meant.changes})


def _of_cell(said: dict[str, Any], meant: Verdict) -> Iterator[str]:
    yield from _unless("model", said["model"], meant.model)
    quiet = "no-outcomes" in {*said["reasons"], *said["notes"]}
    yield from _unless("no-outcomes", quiet, "no-outcomes" in meant.reasons)
    if not quiet:  # the SDs of such a week may be shown all the same; they are in no sum
        yield from _unless("week", _counts(said["week"]), meant.week)
    yield from _unless("window", _counts(said["window"]), meant.window)
    yield from _unless("tally", said["tally"], decimal(meant.tally))
    yield from _unless("issue_tally", said["issue_tally"], decimal(meant.issue_tally))
    yield from _unless("verdict", said["verdict"], meant.verdict)
    yield from _unless("proposed", said["proposed"], meant.proposed)
    causes = {each["cause"]: each["sds"] for each in said["causes"]}
    yield from _unless("causes", causes, meant.causes)
    told = _notes([*said["notes"], *said["reasons"]])
    yield from _unless("notes", told, (meant.notes | meant.reasons) & {*NOTES})
    yield from _reasons({*said["reasons"]}, meant)


def _notes(said: list[str]) -> set[str]:
    """What both sides tell as a note or a reason. `unknown-model` is a more exact `model-drift`."""
    return {"model-drift" if note == "unknown-model" else note for note in said} & {*NOTES}


def _reasons(said: set[str], meant: Verdict) -> Iterator[str]:
    """A hold or doubt is compared where it decides; of `top-of-ladder` and `gate` one suffices."""
    deciding = {*HOLDS, *DOUBTS}
    if "no-outcomes" in meant.reasons:
        return
    if meant.reasons & deciding:
        yield from _unless("reasons", said & deciding, meant.reasons & deciding)
    elif meant.reasons & TOP:
        if not said & meant.reasons:
            yield f"reasons: bot {sorted(said)}, reference {sorted(meant.reasons)}"
    elif not meant.reasons <= said:
        yield f"reasons: bot {sorted(said)}, reference {sorted(meant.reasons)}"


def _counts(said: dict[str, int]) -> tuple[int, int]:
    return said["sds"], said["rework"]


def decimal(tally: int) -> str:
    """1/200 SD as the document writes it."""
    hundredths = tally * 100 // SD
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


def _unless(what: str, said: Any, meant: Any) -> Iterator[str]:
    if said != meant:
        yield f"{what}: bot {_shown(said)}, reference {_shown(meant)}"


def _shown(value: Any) -> str:
    return str(sorted(value) if isinstance(value, set) else value)
