"""What a refused change looks like: every way to weaken a gate has a name.

In: nothing. Out: `Refusal`, a value; whoever judges returns any number of them, whoever prints words them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.allocation.names import Cell
from bot.allocation.toml import Path


class Weakening(StrEnum):
    """How it came about: machine-readable, stable."""

    BELOW_FLOOR = "below-floor"
    ENTRY_LOWERED = "entry-lowered"
    ENTRY_REMOVED = "entry-removed"
    DEFAULT_LOWERED = "default-lowered"
    GATE_REMOVED = "gate-removed"
    PHASE_REMOVED = "phase-removed"
    PHASE_WITHOUT_GATE = "phase-without-gate"
    LADDER_SHORTENED = "ladder-shortened"
    LADDER_REORDERED = "ladder-reordered"
    LADDER_COST = "ladder-cost"
    GATE_RUNG_LOWERED = "gate-rung-lowered"
    ALIAS_REDEFINED = "alias-redefined"
    UNKNOWN_MODEL = "unknown-model"
    UNKNOWN_PHASE = "unknown-phase"
    BAD_NAME = "bad-name"
    DUPLICATE_KEY = "duplicate-key"
    BAD_TABLE = "bad-table"
    BAD_POLICY = "bad-policy"
    FILE_MISSING = "file-missing"
    FILE_MOVED = "file-moved"
    FILE_SHADOWED = "file-shadowed"
    FILE_ATTRIBUTES = "file-attributes"
    FILE_EMPTIED = "file-emptied"
    FILE_LINK = "file-link"
    FILE_SUBMODULE = "file-submodule"
    FILE_DIRECTORY = "file-directory"
    FILE_TOO_LARGE = "file-too-large"
    FILE_NOT_TEXT = "file-not-text"
    FILE_UNREADABLE = "file-unreadable"
    TREE_DAMAGED = "tree-damaged"
    BOUND_BELOW_FLOOR = "bound-below-floor"
    BOUND_REMOVED = "bound-removed"
    BOUND_UNREADABLE = "bound-unreadable"
    BOUND_APART = "bound-apart"


class Document(StrEnum):
    """Which file a person has to fix."""

    TABLE = "table"
    POLICY = "policy"
    BOUND = "bound"


@dataclass(frozen=True)
class Refusal:
    """One reason why a change may not be merged."""

    reason: Weakening
    message: str
    """One plain sentence. May quote hostile text: escape before printing."""
    cell: Cell | None = None
    """The assignment that gets weaker; None where it is every gate at once (a ladder, a whole file)."""
    before: str | None = None
    """Declared rung at base; for `alias-redefined`, the rung the id is on at base."""
    after: str | None = None
    """Declared rung in the result, None if nothing is declared there any more."""
    document: Document = Document.TABLE
    """The file to fix."""
    path: Path = ()
    """Key to fix, or its closest parent, in the result's version of that file."""
    file: str = ""
    """Path of that file in the result, relative to the repository."""
    line: int | None = None
    """1-based line of the key in that file, where there is one."""
