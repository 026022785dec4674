"""Rows that no team writes on purpose, put among a reference world's: every reader is to count them alike.

In: a world and a seed. Out: the world with more log files, of good rows only: ties and rows a microsecond
beside the start of a week or of an assignment, SDs that differ in case, blanks or by look-alikes, tokens up
to the limit, instants in every zone and precision, ids that come again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.reference.world import World

_SDS = (
    *("sd-1", "SD-1", "SD-1 ", "SD-1  ", " SD-1", "SD-1\u00a0", "SD-1\t", "Sd-1"),
    *("\u0130", "i\u0307", "I", "\u0131", "\u00df", "ss", "\u017f", "s", "\u212a", "K", "k"),
    *("\u00e9", "e\u0301", "\ufeff", "\u200b", "\U0001f989", "\uffee", "\U0010ffff", "\x01", "\u2028"),
    *("''", '"', "\\", "\\n", "%", "_", "{tokens}", ":week", "$1", "NULL", "0", "--", "a" * 300),
)  # fmt: skip
_AGENTS = (
    *("TESTING", "testing", "Testing-Agent", "testing_agent-agent", "API", "api"),
    *("A" * 64, "a" * 58 + "-agent", "NEW-1"),
)
_MODELS = (
    *("claude-sonnet-4-5", "CLAUDE-SONNET-4-5", "claude-sonnet-4-5 ", "claude-haiku-4-5", "best"),
    *("Best", "haiku", "sonnet", "opus", "Opus", "", "\u017fonnet", "gpt", "'; DROP"),
)
_CAUSES = ("FLAKY-TEST", "flaky-test ", "\ufb02aky-test", "", "x", "\u0130", "{rework}")
_OFFSETS = (0, 0, 0, 330, -480, 845, -1, 1439, -1439)
"""Minutes."""


def with_odd_rows(world: World, seed: int, rows: int = 120) -> World:
    """The world itself, changed."""
    draw = Random(f"{seed} {world.name}")  # noqa: S311 - it draws rows, no secrets
    edges = [world.settings.calendar.named(label).start for label in world.weeks]
    edges += (table.committed for table in world.tables)
    moments = [edge * 1_000_000 + beside for edge in edges for beside in (-1, 0, 1)]
    sds = draw.sample(_SDS, 12)
    logs: dict[str, list[dict[str, Any]]] = {"tokens": [], "rework": []}
    for number in range(rows):
        log = draw.choice([*logs])
        row = {
            "ts": _written(draw, draw.choice(moments)),
            "sd": draw.choice(sds),
            "phase": draw.choice((str.upper, str.lower, str.title))(
                draw.choice(world.settings.phases)
            ),
            **(_token_fields if log == "tokens" else _outcome_fields)(draw, world),
            **_some(draw, 0.7, model=draw.choice(_MODELS)),
            **_some(draw, 0.4, id=draw.choice(("", f"x{number}", f"\u0130{number}"))),
        }
        logs[log] += [row] * (2 if row.get("id") and draw.random() < 0.5 else 1)
    folder = next(iter(world.base)).rpartition("/")[0]
    for log, found in logs.items():
        draw.shuffle(found)
        for part in (0, 1):
            lines = (json.dumps(row) + "\n" for row in found[part::2])
            world.base[f"{folder}/{log}-odd-{part}.jsonl"] = "".join(lines)
    return world


def _token_fields(draw: Random, _: World) -> dict[str, Any]:
    tokens = draw.choice((0, 1, 7, 2**53, 2**53 - 1, 10**6))
    return {"tokens": tokens, **_some(draw, 0.85, agent=draw.choice(_AGENTS))}


def _outcome_fields(draw: Random, world: World) -> dict[str, Any]:
    causes = (*_CAUSES, *world.settings.ignored, *world.settings.counted)
    return {
        "agent": draw.choice(_AGENTS),
        "rework": draw.random() < 0.5,
        **_some(draw, 0.5, issue=draw.choice((True, False))),
        **_some(draw, 0.8, cause=draw.choice(causes)),
    }


def _some(draw: Random, often: float, **field: object) -> dict[str, object]:
    """The field, mostly; else it is left out, or null."""
    if draw.random() < often:
        return field
    return dict.fromkeys(field) if draw.random() < 0.3 else {}


def _written(draw: Random, moment: int) -> str:
    offset = draw.choice(_OFFSETS)
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=moment, minutes=offset)
    text = at.strftime(draw.choice(("%Y-%m-%dT", "%Y-%m-%dt", "%Y-%m-%d ")) + "%H:%M:%S")
    if at.microsecond or draw.random() < 0.3:
        text += f".{at.microsecond:06}" + draw.choice(("", "", "000", "999"))
    if not offset:
        return text + draw.choice(("Z", "z", "+00:00", "-00:00"))
    return f"{text}{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
