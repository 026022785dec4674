"""What `init` would write, decided before anything is written.

In: a work tree and what the user says. Out: a `Scaffold`, whose files pass what `validate` and `guard` ask.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.adoption import own_lines
from bot.adoption.agent_files import AgentFile, PassedOver, agent_files
from bot.adoption.callers import CALLERS, WorkflowSource
from bot.adoption.first_bindings import first_bindings
from bot.adoption.first_policy import (
    POLICY_FILE,
    SCHEMA_FILE,
    TABLE_FILE,
    RungChoice,
    Team,
    first_policy,
    shipped,
)
from bot.adoption.first_table import first_table
from bot.adoption.how_work_lands import NOTHING_KNOWN, Landing, how_work_lands
from bot.adoption.placing import first_there, held, write_all
from bot.allocation.names import NO_PHASES
from bot.allocation.rules import Rules, located, read_rules
from bot.allocation.table import Table, read_table
from bot.allocation.toml import decode
from bot.binding.bound_source import WorkTreeFiles
from bot.errors import InvalidInput
from bot.gates.floors import World, below_floor, declared_at
from bot.git.repository import Repository
from bot.policy import Policy, read_policy

_OURS = (POLICY_FILE, TABLE_FILE, SCHEMA_FILE)
_SHARED = (".gitattributes", ".gitignore")


class FileStep(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    REPLACE = "replace"
    APPEND = "append"
    SAME = "same"
    KEEP = "keep"


@dataclass(frozen=True)
class Wish:
    """What the user says of it."""

    phases: tuple[str, ...] | None = None
    """Canonical names; None where nothing is said."""
    ladder: tuple[RungChoice, ...] = ()
    """Lowest first; empty where nothing is said."""
    source: WorkflowSource | None = None
    """Whose workflows to call; None for none."""
    owners: tuple[str, ...] = ()
    """For CODEOWNERS."""
    force: bool = False
    """Whether files that are there already are replaced."""


@dataclass(frozen=True)
class Planned:
    """One file."""

    path: str
    step: FileStep
    before: bytes | None
    """None where there is no such file."""
    after: bytes
    """What it holds afterwards."""


@dataclass(frozen=True)
class Scaffold:
    """Everything `init` does."""

    files: tuple[Planned, ...]
    rules: Rules
    """Of the policy as it will be."""
    table: Table
    """As it will be."""
    agents: tuple[AgentFile, ...]
    passed_over: tuple[PassedOver, ...]
    remarks: tuple[str, ...] = field(default=())
    """What else a person should know. May quote hostile names."""

    sections: tuple[str, ...] = ()
    """Bindings for a policy that stays as it is and has none."""

    @property
    def changed(self) -> tuple[Planned, ...]:
        """The files that are written."""
        return tuple(file for file in self.files if file.step not in (FileStep.SAME, FileStep.KEEP))

    def write(self, top: Path) -> None:
        """Write them, all or none. Raises BotError."""
        write_all(
            top,
            {file.path: file.after for file in self.changed},
            {file.path: file.before for file in self.changed},
        )


def scaffold(repository: Repository, wish: Wish) -> Scaffold:
    """What to write. Raises InvalidInput with every problem of what is there already."""
    top = repository.root
    callers = CALLERS if wish.source else ()
    owners_file = first_there(top, own_lines.CODEOWNERS)
    there = held(top, (*_OURS, *callers, *_SHARED, owners_file))
    kept = dict.fromkeys(there) if wish.force else there
    known = _kept_rules(kept[POLICY_FILE]) or read_rules(first_policy(_team(wish)), POLICY_FILE)
    source = WorkTreeFiles(str(top))
    agents, passed_over = agent_files(source, known.ladder)
    new = kept[POLICY_FILE] is None and kept[TABLE_FILE] is None
    example = new and not agents and _as_shipped(known)
    team = _team(wish, how_work_lands(repository), extra_gates=example)
    rules = _kept_rules(kept[POLICY_FILE]) or read_rules(first_policy(team), POLICY_FILE)
    table_text = shipped("overrides.toml") if example else first_table(rules, agents)
    table = read_table(_text(kept[TABLE_FILE], TABLE_FILE) or table_text, TABLE_FILE, rules)
    bindings = first_bindings(source, agents, rules, table)
    texts = {
        POLICY_FILE: first_policy(team, bindings.sections),
        TABLE_FILE: table_text,
        SCHEMA_FILE: shipped("policy.schema.json"),
        **{path: wish.source.caller(path) for path in callers if wish.source},
    }
    ours = [_own(path, text, there[path], wish.force) for path, text in texts.items()]
    _check(*(file.after.decode("utf-8") for file in ours[:2]))
    files = (*ours, *_shared(there, owners_file, wish.owners))
    stays = ours[0].step is FileStep.KEEP and not _policy(ours[0].after).apply
    return Scaffold(
        files,
        rules,
        table,
        agents,
        (*passed_over, *bindings.apart),
        tuple(_remarks(repository, files, wish)),
        bindings.sections if stays else (),
    )


def _team(wish: Wish, landing: Landing = NOTHING_KNOWN, *, extra_gates: bool = False) -> Team:
    return Team(wish.phases or (NO_PHASES,), wish.ladder, landing, extra_gates)


def _as_shipped(rules: Rules) -> bool:
    """Whether the shipped table is one for these phases and this ladder."""
    example = read_rules(shipped("policy.toml"), POLICY_FILE)
    return (rules.phases, rules.ladder.names) == (example.phases, example.ladder.names)


def _kept_rules(data: bytes | None) -> Rules | None:
    return None if data is None else _policy(data).rules


def _policy(data: bytes) -> Policy:
    return read_policy(decode(data, POLICY_FILE), POLICY_FILE)


def _text(data: bytes | None, path: str) -> str | None:
    return None if data is None else decode(data, path)


def _own(path: str, text: str, before: bytes | None, force: bool) -> Planned:
    after = text.encode()
    if before is None or before == after:
        return Planned(path, FileStep.CREATE if before is None else FileStep.SAME, before, after)
    return (
        Planned(path, FileStep.REPLACE, before, after)
        if force
        else Planned(path, FileStep.KEEP, before, before)
    )


def _shared(
    there: Mapping[str, bytes | None], owners_file: str, owners: Sequence[str]
) -> Iterator[Planned]:
    """The files that others have a say in: lines are added to them, whatever is forced."""
    wanted = {
        ".gitattributes": own_lines.ATTRIBUTES,
        ".gitignore": own_lines.IGNORED,
        owners_file: own_lines.owned(there[owners_file] or b"", owners),
    }
    for path, lines in wanted.items():
        before = there[path]
        after = lines.added_to(before or b"")
        step = (
            FileStep.CREATE
            if before is None
            else FileStep.SAME
            if after == before
            else FileStep.APPEND
        )
        yield Planned(path, step, before, after)


def _check(policy: str, table: str) -> None:
    """Raises InvalidInput for what `validate` and `guard` would not let pass."""
    rules = read_policy(policy, POLICY_FILE).rules
    world = World(read_table(table, TABLE_FILE, rules), rules)
    wrong = [(declared_at(world, found.cell), found.message) for found in below_floor(world)]
    if wrong:
        raise InvalidInput(located(wrong, table, TABLE_FILE))


def _remarks(repository: Repository, files: Sequence[Planned], wish: Wish) -> Iterator[str]:
    if wish.source is None and not all(map(os.path.exists, (repository.root / p for p in CALLERS))):
        yield (
            "no workflows: the installed package does not say where its own are; "
            "run init again with --source OWNER/NAME@COMMIT"
        )
    if wish.source and not wish.source.pinned:
        yield f"{wish.source.ref} is no commit: whoever may write in {wish.source.repository} can move it"
    if (wish.phases or wish.ladder) and any(
        (f.path, f.step) == (POLICY_FILE, FileStep.KEEP) for f in files
    ):
        yield f"{POLICY_FILE} stays, so --phases and --ladder decide nothing; --force replaces it"
    paths = b"".join(file.path.encode() + b"\0" for file in files)
    ignored = repository.run("check-ignore", "-z", "--stdin", feed=paths).out.decode(
        "utf-8", "replace"
    )
    for path in ignored.split("\0")[:-1]:
        yield f"{path} is ignored by git; commit it with `git add --force`"
