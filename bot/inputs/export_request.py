"""What an export reads and where its rows go: the logs that `plan` reads, by the policy of base.

In: a repository, the path of the policy, a folder. Out: what was written, and what of the logs was not read.
"""

from __future__ import annotations

from pathlib import Path

from bot.errors import InvalidInput
from bot.evidence.lake import Export, export_logs
from bot.evidence.schema import Names
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.wording.elsewhere import counted_elsewhere


def exported(
    repository: Repository, policy_path: str, to: Path, now: int
) -> tuple[Export, tuple[str, ...]]:
    """Bring a folder up to date; `now` is in seconds since the epoch. Warnings quote hostile names.

    Raises InvalidInput, and writes nothing, for a policy or logs that are wrong; bad lines are set aside
    where the policy quarantines them.
    """
    base = snapshot.take(repository, policy_path)
    policy, calendar = base.policy, base.policy.week.calendar
    logs = snapshot.logs(repository, base, calendar.week_of(now))
    quarantined = policy.logs.on_bad_line == "quarantine"
    done = export_logs(
        logs.tokens,
        logs.rework,
        Names(policy.rules.phases),
        calendar,
        policy.logs.memory,
        to,
        with_bad_lines=quarantined,
    )
    if done.rejected and not quarantined:
        raise InvalidInput(done.rejected)
    return done, (*logs.warnings, *counted_elsewhere(policy.logs.source))
