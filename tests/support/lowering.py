"""A team whose branch `evil` lowers one entry that no floor holds, for attacks on how guard finds base."""

from __future__ import annotations

from pathlib import Path

from bot.cli import main
from tests.support.attacks import base, entry, on_table
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"


def table(name: str, model: str) -> bytes:
    """The table with one entry on another model."""
    where = cell(name)
    return on_table(entry(where, f'{where.agent} = "{model}"'))(base()).table


LOW, OTHER = table("VALIDATION/LEAD", "haiku"), table("VALIDATION/LEAD", "opus")
FILES = {POLICY: base().policy, TABLE: base().table, "README.md": b"hello\n"}


def lowered(folder: Path) -> Workshop:
    """The two files on `main` and on the remote's; `evil`, checked out, lowers VALIDATION/LEAD.

    No floor holds that cell: judged against itself the change would pass.
    """
    workshop = new_repository(folder / "team")
    workshop.commit(FILES)
    workshop.git("remote", "add", "origin", str(folder / "nowhere"))
    workshop.git("update-ref", "refs/remotes/origin/main", "main")
    workshop.git("checkout", "--quiet", "-b", "evil")
    workshop.commit({TABLE: LOW})
    return workshop


def guard(workshop: Workshop, base_ref: str, head: str = "evil", *args: str) -> int:
    where = ("--repo", str(workshop.path), "--base", base_ref, "--head", head)
    return main(["guard", *where, *args])
