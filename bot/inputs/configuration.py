"""Policy and table of a work tree, as the last command read the same texts: for those that start at once.

In: the texts of both files. Out: what they say. Their one reader reads them, once; what it said is kept in
the git folder with the texts themselves, and believed for these texts and this version of the bot alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

from bot import __version__
from bot.allocation.rules import Rules, rules_of
from bot.allocation.table import Table, read_table, table_of, table_path
from bot.git.folder import common_folder
from bot.git.kept import Kept

if TYPE_CHECKING:  # loads what knows of weeks
    from bot.allocation.essentials import Essentials

_FORM = 2
"""Changes whenever what is kept means something else."""


class Configuration:
    """Where the policy of a work tree is, and what is kept of its text."""

    def __init__(self, top: str, path: str, text: str) -> None:
        common = common_folder(top)
        self._kept = None if common is None else Kept.inside(common)
        named = f"{top}\0{path}".encode("utf-8", "surrogateescape")
        self._name = f"policy-{crc32(named):08x}"
        self._path, self._text = path, text
        self._of = [__version__, _FORM, text]

    def essentials(self) -> Essentials:
        """What lookups and log entries need. Raises InvalidInput with every problem of the policy."""
        from bot.allocation.essentials import essentials_of

        said = self._said()
        if said is not None:
            return essentials_of(said["essentials"])
        found = self._read()
        self._keep(found, None)
        return found

    def allocation(self, table_text: str) -> tuple[Table, Rules]:
        """Table and rules. Raises InvalidInput with every problem of the policy, else of the table."""
        said = self._said()
        if said is not None and said["table"] and said["table"][0] == table_text:
            return table_of(said["table"][1]), rules_of(said["essentials"][0])
        found = self._read()
        table = read_table(table_text, table_path(self._path), found.rules)
        self._keep(found, [table_text, table.plain()])
        return table, found.rules

    def _said(self) -> dict[str, Any] | None:
        data = None if self._kept is None else self._kept.read(self._name)
        said = None if data is None else json.loads(data)
        return said if said and said.get("of") == self._of else None

    def _read(self) -> Essentials:
        from bot.policy import read_policy

        return read_policy(self._text, self._path).essentials

    def _keep(self, found: Essentials, table: list[Any] | None) -> None:
        if self._kept is not None:
            said = {"of": self._of, "essentials": found.plain(), "table": table}
            self._kept.write(self._name, json.dumps(said).encode())
