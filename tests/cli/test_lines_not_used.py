"""With `on_bad_line = "quarantine"` what looks back names the rejected lines too (SPEC § 6, bad lines)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import Bot
from tests.support.teams import EXAMPLE, LOGS, POLICY, WEEK, Team, policy

COMMANDS = {
    "history": ("history", "--week", WEEK),
    "replay": ("replay", "--from", WEEK, "--to", WEEK),
    "one cell": ("plan", "--week", WEEK, "--explain", "TESTING", "EXEC"),
}


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_rejected_line_is_never_left_out_in_silence(
    make_team: Callable[..., Team], bot: Bot, command: tuple[str, ...], format_: str
):
    bad = {f"{LOGS}/rework-bad.jsonl": '{"sd": 7}\n'}
    team = make_team({**EXAMPLE, **bad, POLICY: policy(on_bad_line='"quarantine"')})
    said = bot(*command[:1], team, *command[1:], "--format", format_)
    assert said.code == 0
    assert f"log line not used: {LOGS}/rework-bad.jsonl:1" in said.out + said.err
