"""Evidence from the warehouse that a policy names, in place of that from log files.

In: the policy and the question. Out: what its tables say; None where the logs are files. No file of the
repository is read then, and what the engines need is loaded only here.
"""

from __future__ import annotations

from bot.evidence.past_records import PastEvidence
from bot.evidence.records import Question
from bot.inputs.snapshot import LogFiles
from bot.policy import Policy
from bot.warehouse.place import warehouse_of


def past_in_warehouse(
    policy: Policy, question: Question, most: int, again: int = 0
) -> PastEvidence | None:
    """As `read_evidence` and `read_past`, with so many SDs one by one. Raises BotError."""
    warehouse = warehouse_of(policy.logs)
    if warehouse is None:
        return None
    from bot.warehouse.remote_evidence import read_warehouse

    return read_warehouse(warehouse, question, most, again)


def no_log_files(policy: Policy) -> LogFiles:
    """What of the repository is read beside a warehouse."""
    return LogFiles(
        lay_out=lambda glob: (),
        globs=(policy.logs.tokens, policy.logs.rework),
        content={},
        laid_out=lambda listed: (),
        uncommitted=(),
        strays=(),
        pushers=(),
    )
