"""What `init` says: the files, what was found and passed over, what comes next. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from bot.adoption.callers import CALLERS
from bot.adoption.first_configuration import FirstConfiguration
from bot.adoption.first_policy import POLICY_FILE, SCHEMA_FILE
from bot.adoption.scaffold import FileStep, Planned, Scaffold
from bot.allocation.names import NO_PHASES
from bot.git.diff import unified
from bot.wording.escape import terminal
from bot.wording.figures import plural

_WORDS = {
    FileStep.CREATE: "create",
    FileStep.REPLACE: "replace",
    FileStep.APPEND: "add to",
    FileStep.SAME: "as it is",
    FileStep.KEEP: "keep",
}
_MOST_NAMED = 20
"""Files passed over that are named; of more their number is told."""


def plan_text(planned: Scaffold, top: Path, *, dry_run: bool) -> str:
    """What will be written where, and the commands that come next."""
    return "".join(f"{line}\n" for line in _lines(planned, top, dry_run=dry_run))


def diffs_text(planned: Scaffold) -> str:
    """Every line of every file that changes, as unified diffs; but for the schema, which code has written."""
    shown = (file for file in planned.changed if file.path != SCHEMA_FILE)
    diffs = (unified(file.before or b"", file.after, file.path) for file in shown)
    return "".join(
        f"{terminal(line)}\n" for diff in diffs for line in diff.removesuffix("\n").split("\n")
    )


def _lines(planned: Scaffold, top: Path, *, dry_run: bool) -> Iterator[str]:
    doing = "Nothing to write" if not planned.changed else "Would write" if dry_run else "Writing"
    yield terminal(f"{doing} in {top}")
    yield ""
    yield from (f"  {_WORDS[file.step]:<9} {_told(file)}" for file in planned.files)
    yield ""
    yield from _found(planned.configuration)
    yield from (terminal(f"note: {remark}") for remark in planned.remarks)
    yield from _next(planned)


def _told(file: Planned) -> str:
    if file.step is FileStep.KEEP:
        return f"{file.path} (is there already; --force replaces it)"
    lines = file.after.count(b"\n") - (file.before or b"").count(b"\n")
    return f"{file.path} ({lines} lines)" if file.step is FileStep.APPEND else file.path


def _found(configuration: FirstConfiguration) -> Iterator[str]:
    files, rules = configuration.agents, configuration.rules
    harnesses = list(dict.fromkeys(file.harness.name for file in files))
    none = rules.phases == (NO_PHASES,)
    phases = "no phases" if none else f"phases {', '.join(rules.phases)}"
    where = f" of {', '.join(harnesses)}" if harnesses else ""
    yield (
        f"{plural(len(files), 'agent file')}{where}: {plural(len({f.agent for f in files}), 'agent')}; "
        f"{phases}; ladder {' < '.join(rules.ladder.names)}; "
        f"default {configuration.table.default}"
    )
    for path, reason in configuration.passed_over[:_MOST_NAMED]:
        yield terminal(f"passed over: {path}: {reason}")
    more = len(configuration.passed_over) - _MOST_NAMED
    if more > 0:
        yield f"passed over: {more} more"
    if configuration.unused_sections:
        yield f"{POLICY_FILE} stays and binds no agent file; these sections would:"
        lines = "\n".join(configuration.unused_sections).splitlines()
        yield from (terminal(f"  {line}") for line in lines)


def _next(planned: Scaffold) -> Iterator[str]:
    if planned.changed:
        yield ""
        yield "Next:"
        paths = shlex.join(file.path for file in planned.changed)
        yield f"  git add {paths} && git commit -m 'Adopt calibration-bot'"
        yield "  git push    # where there is a remote; or open a pull request"
        yield "  calibration-bot validate && calibration-bot plan"
    if any(file.path in CALLERS for file in planned.changed):
        yield "On GitHub: Settings → Actions → General, allow Actions to create pull requests;"
        yield 'Settings → Rules, require the check "Guard / Guard" and review from code owners.'
