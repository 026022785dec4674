"""Which warehouse the policy names, and what is said when it fails.

In: the policy's `[logs]`. Out: `Warehouse`, where to connect and what to read there. Who connects says so by
the environment alone: nothing here holds a password.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.errors import BotError
from bot.policy import Logs

POSTGRES, CONNECT, MASTER = "postgresql", "sc", "spark"
"""Kinds of warehouses, as their addresses begin."""
_PARTS = re.compile(
    r"(?P<kind>[a-z]+)://(?:(?P<host>\[[^]]*\]|[^:/,]*)(?::(?P<port>[0-9]+))?)(?:/(?P<rest>.*))?"
)
_PORTS = {POSTGRES: 5432, CONNECT: 15002, MASTER: 7077}
_LONGEST = 300


class Warehouse(NamedTuple):
    """Where the rows are."""

    address: str
    """As the policy has it."""
    kind: str
    host: str
    """Empty where the environment says it."""
    port: int | None
    """None for the usual one, or what the environment says."""
    database: str
    """Empty for Spark."""
    tokens: str
    """The table of the token log, dotted."""
    rework: str
    """The table of the rework log."""
    time_limit: int
    """Seconds."""

    @property
    def usual_port(self) -> int:
        """The port to ask."""
        return self.port or _PORTS[self.kind]


class WarehouseFailed(BotError):
    """The warehouse gave no answer: nothing was decided."""

    def __init__(self, warehouse: Warehouse, what: object, remedy: str) -> None:
        said = " ".join(str(what).split())
        said = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
        super().__init__(f"{warehouse.address}: {said.rstrip('.')}; {remedy}")


class Unreachable(WarehouseFailed):
    """There was no connection to begin with."""


def warehouse_of(logs: Logs) -> Warehouse | None:
    """The warehouse of a policy; None where the logs are files."""
    found = _PARTS.match(logs.source or "")
    if found is None:
        return None
    return Warehouse(
        address=found[0] if found["kind"] != MASTER else logs.source or "",
        kind=found["kind"],
        host=found["host"].strip("[]"),
        port=int(found["port"]) if found["port"] else None,
        database=(found["rest"] or "") if found["kind"] == POSTGRES else "",
        tokens=logs.token_table,
        rework=logs.rework_table,
        time_limit=logs.time_limit,
    )
