"""One hash over everything a review derives from: whether two runs had the same inputs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from bot.calibration.records import Scope
from bot.evidence.records import Evidence


def digest(policy: str, table: str, week: str, scope: Scope, evidence: Evidence) -> str:
    """SHA-256 (hex) of policy and table as text, the week's label, the scope and the evidence.

    The evidence, not the log files: rows after the week, comments and the order of lines change nothing.
    """
    parts = [policy, table, week, asdict(scope), asdict(evidence)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
