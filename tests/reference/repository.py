"""A world as a real git repository, and what the real command says of its weeks."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from bot.cli import main
from tests.reference.world import Rung, Settings, Table, World
from tests.support.repositories import Workshop, new_repository

POLICY = "config/policy.toml"
TABLE = "config/overrides.toml"


def build(world: World, folder: Path) -> Workshop:
    """The table's past, a commit each at its committer time, then the logs; a logs branch where
    there is one.
    """
    work = new_repository(folder)
    for table in world.tables:
        work.time = table.committed
        work.commit({POLICY: policy_text(world.settings), TABLE: table_text(world, table)})
    work.time = max(work.time, world.settings.calendar.named(world.weeks[-1]).end)
    work.commit(dict(world.base), "Logs")
    if world.branch:
        work.git("checkout", "--quiet", "--orphan", "calibration/logs")
        work.git("rm", "--quiet", "-r", "--force", ".")
        work.commit(dict(world.branch), "Logs")
        work.git("checkout", "--quiet", "main")
    return work


def plan(path: Path, week: str) -> dict[str, Any]:
    """The document of `calibration-bot plan --format json`, run in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(
            ["plan", "--repo", str(path), "--week", week, "--format", "json", "--forge", "local"]
        )
    assert code == 0, err.getvalue()
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def table_text(world: World, table: Table) -> str:
    """The table as TOML."""
    lines = [f'default = "{table.default}"']
    for phase in world.settings.phases:
        entries = sorted((agent, rung) for (p, agent), rung in table.entries.items() if p == phase)
        lines += [f"[{phase}]", *(f'{agent} = "{rung}"' for agent, rung in entries)]
    return "\n".join(lines) + "\n"


def policy_text(settings: Settings) -> str:
    """The policy as TOML. What the settings leave to the default is not written."""
    promotion: dict[str, Any] = {
        "rule": settings.rule,
        "promote_above": settings.promote_above,
        "keep_below": settings.keep_below,
        "count_issues": settings.count_issues,
        "bar": settings.bar,
        "cap": settings.cap,
        "floor": settings.floor,
        "window_weeks": settings.window_weeks,
        "min_sds": settings.min_sds,
    }
    for key in ("max_promotions", "unlisted"):
        if getattr(settings, key) is not None:
            promotion[key] = getattr(settings, key)
    if settings.accepted_shifts:
        promotion["accepted_shifts"] = [*settings.accepted_shifts]
    logs = {"on_bad_line": settings.on_bad_line}
    if settings.silence is not None:
        logs["silence"] = settings.silence
    week = {
        "starts_on": settings.starts_on,
        "starts_at": settings.starts_at,
        "time_zone": settings.time_zone,
    }
    causes = {"count": [*settings.counted], "ignore": [*settings.ignored]}
    return "\n".join(
        [
            f"phases = {json.dumps(settings.phases)}",
            *map(_rung_text, settings.ladder),
            *(
                f'[[gates]]\nphase = "{phase}"\nagent = "{agent}"'
                for phase, agent in settings.gates
            ),
            _section("promotion", promotion),
            _section("causes", causes),
            _section("week", week),
            _section("budget", {"weekly_tokens": settings.weekly_tokens}),
            _section("logs", logs),
            "",
        ]
    )


def _section(name: str, values: dict[str, Any]) -> str:
    return "\n".join(
        [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    )


def _rung_text(rung: Rung) -> str:
    values: list[str] = [
        "[[ladder]]",
        f'name = "{rung.name}"',
        f"models = {json.dumps(rung.models)}",
        f"relative_cost = {rung.cost}",
    ]
    if rung.expected is not None:
        values.append(f"expected_rework = {rung.expected}")
    if rung.versions:
        values.append(f"versions = {json.dumps(rung.versions)}")
    return "\n".join(values)
