"""A team whose TESTING/EXEC is raised: the table after that, and logs of the weeks around it."""

from __future__ import annotations

from tests.support.teams import OPUS, Row, at, logs, rework, token


def raised(text: str, old: str = "sonnet", new: str = "opus") -> str:
    """The table with TESTING/EXEC changed."""
    head, found, tail = text.rpartition(f'TESTING = "{old}"')
    assert found
    return f'{head}TESTING = "{new}"{tail}'


def weekly_logs(
    number: int, k: int, n: int, model: str = OPUS, agent: str = "TESTING"
) -> dict[str, bytes | str]:
    """Logs of a cell of EXEC, so many weeks after 2025-W49."""
    tokens: list[Row] = []
    reworked: list[Row] = []
    for sd in range(n):
        who = {"ts": at(sd % 5, week=number), "agent": agent}
        tokens.append(token(f"W{number}-{sd}", model=model, **who))
        reworked.append(rework(f"W{number}-{sd}", sd < k, **who))
    return logs(tokens, reworked, folder=f".calibration/logs/week-{number}")
