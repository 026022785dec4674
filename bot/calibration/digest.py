"""One hash over everything a review derives from: whether two runs had the same inputs."""

from __future__ import annotations

import hashlib

import msgspec

from bot.calibration.findings import Scope
from bot.evidence.records import Evidence


def digest(policy: str, table: str, week: str, scope: Scope, evidence: Evidence) -> str:
    """SHA-256 (hex) of policy and table as text, the week's label, the scope and the evidence.

    The evidence, not the log files: rows after the week, comments and the order of lines change nothing.
    """
    parts = msgspec.json.encode([policy, table, week, scope, evidence], order="deterministic")
    return hashlib.sha256(parts).hexdigest()
