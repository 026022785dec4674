"""What an export came to, as text and as JSON.

In: an `Export`, the folder. Out: lines, or a document. Every text that a log holds passes `escape` first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.evidence.lake import FILE, Export, ExportedLog
from bot.wording.escape import json_text, terminal
from bot.wording.figures import plural


def export_text(done: Export, folder: str) -> Iterator[str]:
    """A line for each log, for each file that was removed and each bad line that was set aside."""
    for name, log in (("tokens", done.tokens), ("rework", done.rework)):
        said = f"{len(log.written)} written, {len(log.unchanged)} unchanged"
        removed = f", {len(log.removed)} removed" if log.removed else ""
        weeks = plural(len(log.written) + len(log.unchanged), "week")
        yield f"{terminal(folder)}/{name}: {plural(log.rows, 'row')} in {weeks} ({said}{removed})"
        for week in log.removed:
            yield f"removed: {terminal(f'{folder}/{name}/week={week}/{FILE}')}"
    for problem in done.rejected:
        yield f"set aside: {terminal(str(problem))}"


def export_json(done: Export, folder: str, warnings: tuple[str, ...]) -> str:
    """The document of `export --format json`."""
    document = {
        "schema_version": 1,
        "folder": folder,
        "tokens": _log(done.tokens),
        "rework": _log(done.rework),
        "rejected": [
            {"file": p.file, "line": p.line, "key": p.key, "message": p.message}
            for p in done.rejected
        ],
        "warnings": list(warnings),
    }
    return json_text(document)


def _log(log: ExportedLog) -> dict[str, Any]:
    return {
        "rows": log.rows,
        "written": list(log.written),
        "unchanged": list(log.unchanged),
        "removed": list(log.removed),
    }
