"""Lines that a log may not hold, each with the field at fault and part of what is said of it."""

from __future__ import annotations

import json

import pytest

from bot.evidence.limits import LONGEST_LINE, MOST_PARTS
from tests.support.logs import rework, tokens

TS_FORM = (
    "must be a date and time with offset such as 2025-12-01T09:30:00Z, in the years 2000 to 2999"
)
TOKENS_FORM = (
    "must be a whole number from 0 to 9007199254740992, without quotes, separators or fraction"
)
AGENT_FORM = (
    "must be an agent's name: letters, digits, _ and -, "
    "starting with a letter, at most 64, and not DEFAULT"
)


def line(row: dict[str, object], **raw: str) -> bytes:
    """A row as JSON, with some values written as they are given."""
    text = json.dumps(row | {key: f"@{key}@" for key in raw})
    for key, value in raw.items():
        text = text.replace(f'"@{key}@"', value)
    return text.encode()


def without(row: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != key}


BAD_TOKENS = [
    pytest.param(line(tokens(), tokens="42,000"), None, "is not valid JSON", id="separator"),
    pytest.param(line(tokens(tokens="58000")), "tokens", TOKENS_FORM + '; not "58000"', id="quoted"),
    pytest.param(line(tokens(), tokens="null"), "tokens", TOKENS_FORM + "; not null", id="null"),
    pytest.param(line(tokens(), tokens="NaN"), None, "NaN is no number", id="nan"),
    pytest.param(line(tokens(), tokens="-Infinity"), None, "-Infinity is no number", id="infinity"),
    pytest.param(line(tokens(), tokens="-1"), "tokens", TOKENS_FORM + "; not -1", id="negative"),
    pytest.param(line(tokens(), tokens="3.0"), "tokens", TOKENS_FORM + "; not 3.0", id="fraction"),
    pytest.param(line(tokens(), tokens="1e3"), "tokens", TOKENS_FORM + "; not 1e3", id="exponent"),
    pytest.param(line(tokens(), tokens="true"), "tokens", TOKENS_FORM + "; not true", id="bool"),
    pytest.param(
        line(tokens(), tokens="9007199254740993"), "tokens", "; not 9007199254740993", id="above-2-53"
    ),
    pytest.param(line(tokens(), tokens="1" * 5000), "tokens", "; not 111", id="huge"),
    pytest.param(line(without(tokens(), "tokens")), "tokens", "is missing", id="gone"),
    pytest.param(line(without(tokens(), "sd")), "sd", "is missing; it must be", id="no-sd"),
    pytest.param(line(tokens("")), "sd", "a text that is not empty; not \"\"", id="empty-sd"),
    pytest.param(line(tokens() | {"sd": 7}), "sd", "a text that is not empty; not 7", id="sd-number"),
    pytest.param(
        line(tokens(phase="TEST")),
        "phase",
        'must be one of the phases LEAD, PLAN, EXEC; not "TEST"',
        id="unknown-phase",
    ),
    pytest.param(line(tokens(phase="ſXEC")), "phase", "one of the phases", id="look-alike-phase"),
    pytest.param(line(tokens(agent="default")), "agent", AGENT_FORM, id="reserved-agent"),
    pytest.param(line(tokens(agent="default-agent")), "agent", AGENT_FORM, id="reserved-with-suffix"),
    pytest.param(line(tokens(agent="T€ST")), "agent", AGENT_FORM, id="odd-agent"),
    pytest.param(line(tokens(agent="")), "agent", AGENT_FORM, id="empty-agent"),
    pytest.param(line(tokens(agent="A" * 65)), "agent", AGENT_FORM, id="agent-of-65"),
    pytest.param(line(tokens(agent="A" * 70_000)), "agent", AGENT_FORM, id="agent-of-70000"),
    pytest.param(line(tokens(agent="TESTING\n")), "agent", AGENT_FORM, id="agent-with-newline"),
    pytest.param(line(tokens(ts="2025-12-02T00:00:00")), "ts", TS_FORM, id="no-offset"),
    pytest.param(line(tokens(ts="2025-02-30T00:00:00Z")), "ts", TS_FORM, id="no-such-date"),
    pytest.param(line(tokens(ts="2025-12-02T24:00:00Z")), "ts", TS_FORM, id="hour-24"),
    pytest.param(line(tokens(ts="2016-12-31T23:59:60Z")), "ts", TS_FORM, id="leap-second"),
    pytest.param(line(tokens(ts="1999-12-31T23:59:59Z")), "ts", TS_FORM, id="before-2000"),
    pytest.param(line(tokens(ts="3000-01-01T00:00:00Z")), "ts", TS_FORM, id="after-2999"),
    pytest.param(line(tokens() | {"ts": 1764547200}), "ts", TS_FORM + "; not 1764547200", id="epoch"),
    pytest.param(line(tokens(model=["opus"])), "model", 'or left out; not ["opus"]', id="model-list"),
    pytest.param(line(tokens(note=1)), "note", "must be a text, or left out; not 1", id="note-number"),
    pytest.param(line(tokens(id=1)), "id", "must be a text, or left out; not 1", id="id-number"),
    pytest.param(b"tokens: 5", None, "is not valid JSON (expecting value at column 1)", id="no-json"),
    pytest.param(line(tokens())[:-1], None, "is not valid JSON", id="cut-off"),
    pytest.param(line(tokens()) + b" x", None, "extra data at column", id="trailing-text"),
    pytest.param(line(tokens()) * 2, None, "write one object a line", id="two-objects"),
    pytest.param(line(tokens())[:-1] + b",}", None, "is not valid JSON", id="trailing-comma"),
    pytest.param(line(tokens(x=[]))[:-2] + b"1,]}", None, "is not valid JSON", id="comma-in-list"),
    pytest.param(line(tokens(), x="nan"), None, "is not valid JSON", id="nan-in-unknown-key"),
    pytest.param(b"[1]", None, "is not an object", id="list"),
    pytest.param(b"null", None, "is not an object", id="null-line"),
    pytest.param(
        line(tokens())[:-1] + b', "sd": "SD-2"}', "sd", "is there twice; keep one", id="key-twice"
    ),
    pytest.param(
        line(tokens())[:-1] + b', "\\u0073d": "SD-1"}', "sd", "is there twice", id="key-twice-escaped"
    ),
    pytest.param(b"\xef\xbb\xbf" + line(tokens()), None, "byte order mark", id="bom"),
    pytest.param(line(tokens("\xff")).replace(b"\\u00ff", b"\xff"), None, "not UTF-8", id="latin-1"),
    pytest.param(b"\x00\x01\x02\xfe", None, "not UTF-8", id="binary"),
    pytest.param(b"\x00", None, "is not valid JSON", id="nul"),
    pytest.param(line(tokens("a\tb")).replace(b"\\t", b"\t"), None, "control character", id="tab"),
    pytest.param(line(tokens("\ud800")), None, "half of a surrogate pair", id="lone-surrogate"),
    pytest.param(
        line(tokens(x=[[]] * MOST_PARTS)), None, "more than 256 lists and objects", id="many-parts"
    ),
    pytest.param(b"[" * 100_000, None, "more than 256 lists and objects", id="nested-deeply"),
    pytest.param(line(tokens("x" * LONGEST_LINE)), None, "longer than 4194304 bytes", id="too-long"),
]  # fmt: skip
BAD_REWORK = [
    pytest.param(line(without(rework(), "agent")), "agent", "is missing", id="no-agent"),
    pytest.param(line(rework() | {"agent": None}), "agent", "; not null", id="null-agent"),
    pytest.param(
        line(rework() | {"rework": 1}), "rework", "must be true or false; not 1", id="one"
    ),
    pytest.param(line(rework() | {"rework": "yes"}), "rework", 'false; not "yes"', id="text"),
    pytest.param(line(without(rework(), "rework")), "rework", "is missing", id="no-rework"),
    pytest.param(line(rework(issue=0)), "issue", "or left out; not 0", id="issue-zero"),
    pytest.param(
        line(rework(cause=["x"])), "cause", "must be a text, or left out", id="cause-list"
    ),
]
