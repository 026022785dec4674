"""One hash over everything a review derives from: whether two runs had the same inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.calibration.findings import Scope
from bot.evidence.records import Evidence


def digest(
    policy: str,
    table: str,
    week: str,
    scope: Scope,
    evidence: Evidence,
    turned_down: Sequence[Any] = (),
) -> str:
    """SHA-256 (hex) of policy and table as text, the week's label, the scope and the evidence.

    `turned_down` are records of what people dropped from the proposal, if anything. The evidence, not the
    log files: rows after the week, comments and the order of lines change nothing.
    """
    said = [policy, table, week, scope, evidence, *([turned_down] if turned_down else [])]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
