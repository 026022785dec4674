"""What `init` would write, decided before anything is written.

In: a work tree and what the user wishes. Out: a `Scaffold`: every file with what happens to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.adoption import own_lines
from bot.adoption.callers import CALLERS
from bot.adoption.first_configuration import (
    FirstConfiguration,
    KeptFiles,
    Wish,
    first_configuration,
)
from bot.adoption.first_policy import POLICY_FILE, SCHEMA_FILE, TABLE_FILE, shipped
from bot.adoption.how_work_lands import how_work_lands
from bot.adoption.placing import first_there, held, write_all
from bot.binding.bound_source import WorkTreeFiles
from bot.git.repository import Repository

_SHARED = (".gitattributes", ".gitignore")


class FileStep(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    REPLACE = "replace"
    APPEND = "append"
    SAME = "same"
    KEEP = "keep"


@dataclass(frozen=True)
class Planned:
    """One file."""

    path: str
    step: FileStep
    before: bytes | None
    """None where there is no such file."""
    after: bytes
    """What it holds afterwards."""

    @property
    def changes(self) -> bool:
        """Whether it is written."""
        return self.step not in (FileStep.SAME, FileStep.KEEP)


@dataclass(frozen=True)
class Scaffold:
    """Everything `init` does."""

    files: tuple[Planned, ...]
    configuration: FirstConfiguration
    remarks: tuple[str, ...]
    """What else a person should know."""

    @property
    def changed(self) -> tuple[Planned, ...]:
        """The files that are written."""
        return tuple(file for file in self.files if file.changes)

    def write(self, top: Path) -> None:
        """Write them, all or none. Raises BotError."""
        before = {file.path: file.before for file in self.changed}
        write_all(top, {file.path: file.after for file in self.changed}, before)


def scaffold(repository: Repository, wish: Wish) -> Scaffold:
    """What to write. Raises InvalidInput with every problem of what is there already."""
    top = repository.root
    callers = {path: wish.source.caller(path) for path in CALLERS} if wish.source else {}
    owners_file = first_there(top, own_lines.CODEOWNERS)
    there = held(top, (POLICY_FILE, TABLE_FILE, SCHEMA_FILE, *callers, *_SHARED, owners_file))
    kept = KeptFiles(None, None) if wish.force else KeptFiles(there[POLICY_FILE], there[TABLE_FILE])
    decided = first_configuration(kept, wish, how_work_lands(repository), WorkTreeFiles(str(top)))
    ours = {
        POLICY_FILE: decided.policy_text,
        TABLE_FILE: decided.table_text,
        SCHEMA_FILE: shipped("policy.schema.json"),
        **callers,
    }
    shared = {
        ".gitattributes": own_lines.ATTRIBUTES,
        ".gitignore": own_lines.IGNORED,
        owners_file: own_lines.owned(there[owners_file] or b"", wish.owners),
    }
    files = (
        *(_own(path, text.encode(), there, force=wish.force) for path, text in ours.items()),
        *(_added(path, lines, there) for path, lines in shared.items()),
    )
    return Scaffold(files, decided, (*_remarks(repository, files, wish), *_upside_down(decided)))


def _upside_down(decided: FirstConfiguration) -> Iterator[str]:
    if decided.cheaper:
        yield (
            f"{', '.join(decided.cheaper)} costs less than the rung below it; "
            "the ladder has the weakest first, as a promotion goes up, and a gate keeps to what is above it"
        )


def _own(path: str, after: bytes, there: Mapping[str, bytes | None], *, force: bool) -> Planned:
    """A file that is ours alone."""
    before = there[path]
    if before is None:
        return Planned(path, FileStep.CREATE, before, after)
    if before == after:
        return Planned(path, FileStep.SAME, before, after)
    if force:
        return Planned(path, FileStep.REPLACE, before, after)
    return Planned(path, FileStep.KEEP, before, before)


def _added(path: str, lines: own_lines.OwnLines, there: Mapping[str, bytes | None]) -> Planned:
    """A file that others have a say in: lines are added to it, whatever is forced."""
    before = there[path]
    after = lines.added_to(before or b"")
    if before is None:
        return Planned(path, FileStep.CREATE, before, after)
    return Planned(path, FileStep.SAME if after == before else FileStep.APPEND, before, after)


def _remarks(repository: Repository, files: tuple[Planned, ...], wish: Wish) -> Iterator[str]:
    if wish.source is None and not all((repository.root / path).exists() for path in CALLERS):
        yield (
            "no workflows: the installed package does not say where its own are; "
            "run init again with --source OWNER/NAME@COMMIT"
        )
    if wish.source and not wish.source.pinned:
        yield f"{wish.source.ref} is no commit: whoever may write in {wish.source.repository} can move it"
    if (wish.phases or wish.ladder) and files[0].step is FileStep.KEEP:
        yield f"{POLICY_FILE} stays, so --phases and --ladder decide nothing; --force replaces it"
    paths = b"".join(file.path.encode() + b"\0" for file in files)
    by_pattern = {"GIT_LITERAL_PATHSPECS": "0"}  # which this command refuses to hear of
    ignored = repository.run("check-ignore", "-z", "--stdin", feed=paths, extra=by_pattern)
    for path in ignored.out.decode().split("\0")[:-1]:
        yield f"git ignores {path}; commit it with `git add --force`"
