"""The two log readers, DuckDB and the strict one, agree about every line there could be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.calendar import BEGINNING, END_OF_TIME, SECOND, instant_of
from bot.evidence.database import database
from bot.evidence.limits import BLANKS
from bot.evidence.lines import ReworkRow, Row, TokenRow, read_line
from bot.evidence.read import read_evidence
from tests.support.bad_lines import BAD_REWORK, BAD_TOKENS, line
from tests.support.logs import lines, log, question, stamp, tokens

PHASES = ("LEAD", "PLAN", "EXEC")
END = question().week.end * SECOND


def bad_for_duckdb(folder: Path, written: Sequence[bytes], is_rework: bool) -> set[int]:
    """Which lines DuckDB finds bad, each read from a file of its own."""
    paths = [folder / f"{place}.jsonl" for place in range(len(written))]
    for path, content in zip(paths, written, strict=True):
        path.write_bytes(content)
    with database(folder, paths) as opened:
        found = opened.load(paths, 0 if is_rework else len(paths), question())
    return {place for place, bad_lines in found.items() if bad_lines}


def bad_for_python(written: Sequence[bytes], kind: type[Row]) -> set[int]:
    found = [
        read_line(text.strip(BLANKS), kind, PHASES, END) if text.strip(BLANKS) else None
        for text in written
    ]
    return {place for place, read in enumerate(found) if isinstance(read, tuple)}


NUMBERS = [
    "0", "-0", "00", "1", "-1", "+1", "42,000", '"58000"', "null", "NaN", "nan", "-nan", "Infinity",
    "-Infinity", "inf", "1e3", "1E3", "1e999", "3.0", "3.", ".5", "0x10", "1_000", "true", "True",
    str(2**53), str(2**53 + 1), str(2**63 - 1), str(2**63), str(2**64), str(-(2**63)), "9" * 40, "[]",
    "{}", '""', "[1,]", "/**/1", "1 2",
]  # fmt: skip
TIMES = [
    stamp(1), stamp(7), stamp(6.9999999), "2025-12-02T00:00:00", "2025-12-02", "2025-12-02t00:00:00z",
    "2025-12-02 00:00:00Z", "2025-12-02T00:00Z", "2025-12-02T00:00:00+0100", "2025-12-02T00:00:00+01",
    "2025-12-02T00:00:00 +01:00", "2025-12-02T00:00:00.Z", "2025-12-02T00:00:00.1Z",
    "2025-12-02T00:00:00." + "9" * 40 + "Z", "2025-12-02T00:00:00,5Z", "2025-02-29T00:00:00Z",
    "2024-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
    "2025-00-01T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-32T00:00:00Z",
    "2025-12-02T24:00:00Z", "2025-12-02T23:60:00Z", "2025-12-02T23:59:60Z", "2025-12-02T23:59:61Z",
    "2025-12-02T00:00:00+24:00", "2025-12-02T00:00:00+23:60", "2025-12-02T00:00:00-23:59",
    "2000-01-01T00:00:00Z", "2000-01-01T00:00:00+00:01", "1999-12-31T23:59:00-00:01",
    "1999-12-31T23:59:59.999999Z", "2999-12-31T23:59:59.999999Z", "2999-12-31T23:59:59-00:01",
    "3000-01-01T00:00:00Z", "3000-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59", "02025-12-02T00:00:00Z", "-2025-12-02T00:00:00Z",
    "2025-12-02T00:00:00Z\n", " 2025-12-02T00:00:00Z", "２０２５-12-02T00:00:00Z", "now", "infinity",
    "epoch", "", "2025-W49-2T00:00:00Z", "2025-336T00:00:00Z", "20251202T000000Z",
    "2025-12-02T00:00:00 UTC", "2025-12-02T00:00:00Z[UTC]", "2025-12-02T00:00:00\u2212" + "01:00",
]  # fmt: skip
NAMES = [
    "TESTING", "testing", "testing-agent", "TESTING_AGENT_AGENT", "AGENT", "-AGENT", "A-AGENT", "_X", "X_",
    "1X", "X1", "X-1", "X Y", "X\n", "ſ", "K", "ı", "DEFAULT", "default", "Default-Agent", "DEFAULTS",
    "", "É", "X\x00", "EXEC", "Exec", "lead", "PLAN ", "TEST", "exec-agent",
]  # fmt: skip
ODD_VALUES = [
    "true", "false", "null", "nulL", "", "x", "'x'", '"a"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\udc00"',
    '"\\u0000"', '"\\x"', '"\\u12"', '"a\tb"', '"\\/"', '"nan,}"', '"\\\\"', '"\\""', '"é\u2028😀"',
    '{"a": 1, "a": 2}', '{"a": {"b": [1, {}]}}', "[1, 2, [3]]", '{"a": 1,}', "{,}", "[,]", "[1 2]", '{"a"}',
    '{"a": nan}', "[" * 300 + "]" * 300, "[" * 200 + "]" * 200, "[[]" + ",[]" * 255 + "]", "\ufeff1",
]  # fmt: skip
FITTING = {
    "ts": [json.dumps(text) for text in TIMES],
    "sd": ['"SD-1"', '"x"', '""', "7", "null"],
    "phase": [json.dumps(text) for text in NAMES],
    "agent": [json.dumps(text) for text in NAMES],
    "tokens": NUMBERS,
    "rework": ["true", "false", "0", "null", '"true"'],
    "issue": ["true", "false", "1", "null", '""'],
}
BASE = {
    "ts": json.dumps(stamp(1)), "sd": '"SD-1"', "phase": '"EXEC"', "agent": '"TESTING"', "tokens": "5",
    "rework": "true",
}  # fmt: skip
KEYS = [*FITTING, "model", "cause", "note", "id", "x", "", "SD", "t\\u0073", "\\ud800", "x y\\n"]
AROUND = [
    *["%s"] * 20, " %s\r", "\x0b\x0c%s\x0c", "%s x", "%s,", "[%s]", "\ufeff%s", "%s\x00", "\x1c%s",
    "\u00a0%s", "%s}", "%s//", "%s\x85", "%s%s", "%s\r%s",
]  # fmt: skip
JUNK = [
    b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\x0b", b"\r", b"\t", b"\\", b'"',
    b",", b"}", b"{", b"[", b"]", b":", b"0", b"-", b"e", b"", b"\xe2\x80\xa8", b"\x7f", b"/",
]  # fmt: skip


def any_line(random: Random) -> bytes:
    """Most often a good line with a thing or two changed, so that either verdict is likely."""
    if random.random() < 0.05:
        return random.randbytes(random.randrange(30)).replace(b"\n", b"\r")
    fields = list(BASE.items())
    for key in random.sample(KEYS, random.choice([0, 1, 1, 2])):
        value = random.choice(FITTING.get(key, ODD_VALUES) if random.random() < 0.7 else ODD_VALUES)
        if random.random() < 0.9:  # else the key is there twice
            fields = [field for field in fields if field[0] != key]
        fields.append((key, value))
    if random.random() < 0.05:
        fields.pop(random.randrange(len(fields)))
    random.shuffle(fields)
    colon, comma = random.choice([(":", ","), (": ", ", "), (" :\t", "\r,")])
    end = random.choice(["", "", "", "", " ", "\r", ",", ", ", "\t,\t"])
    text = "{" + comma.join(f'"{key}"{colon}{value}' for key, value in fields) + end + "}"
    written = random.choice(AROUND).replace("%s", text).encode()
    if random.random() < 0.2:
        place = random.randrange(len(written))
        written = written[:place] + random.choice(JUNK) + written[place + random.randrange(3) :]
    return written


repeatedly = settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
BOTH_LOGS = pytest.mark.parametrize(
    ("kind", "is_rework"), [(TokenRow, False), (ReworkRow, True)], ids=["tokens", "rework"]
)


def disagreement(
    folder: Path, written: Sequence[bytes], kind: type[Row], is_rework: bool
) -> list[bytes]:
    odd = bad_for_duckdb(folder, written, is_rework) ^ bad_for_python(written, kind)
    return [written[place] for place in sorted(odd)]


@BOTH_LOGS
@repeatedly
@given(random=st.randoms(use_true_random=True))
def test_both_readers_find_the_same_lines_bad(tmp_path, kind, is_rework, random):
    written = [any_line(random) for _ in range(250)]
    assert disagreement(tmp_path, written, kind, is_rework) == []


@BOTH_LOGS
def test_both_readers_agree_on_every_known_oddity(tmp_path, kind, is_rework):
    row = {key: json.loads(value) for key, value in BASE.items()}
    anywhere = [*ODD_VALUES, *NUMBERS]
    odd = FITTING | dict.fromkeys(("model", "cause", "note", "id", "x"), anywhere)
    written = [line(row, **{key: value}) for key, values in odd.items() for value in values]
    written += [around.replace("%s", line(row).decode()).encode() for around in AROUND]
    written += [case.values[0] for case in [*BAD_TOKENS, *BAD_REWORK]]
    assert disagreement(tmp_path, written, kind, is_rework) == []


@repeatedly
@given(random=st.randoms(use_true_random=True))
def test_any_file_is_read_to_the_end_with_its_bad_lines_named(tmp_path, random):
    written = [any_line(random) for _ in range(250)]
    content = b"\n".join(written)
    found = read_evidence([log(tmp_path, "tokens.jsonl", content)], [], question())
    expected = {place + 1 for place in bad_for_python(written, TokenRow)}
    reused = {problem.line for problem in found.rejected if "is taken by" in problem.message}
    assert {problem.line for problem in found.rejected} == expected | reused


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-12-02T00:00:00.1234567Z", 1_764_633_600_123_456),
        ("2025-12-02T00:30:00.000001+01:00", 1_764_631_800_000_001),
        ("2025-12-02T00:00:00-00:30", 1_764_635_400_000_000),
        ("2000-01-01T00:00:00Z", BEGINNING * SECOND),
        ("2999-12-31T23:59:59.999999Z", END_OF_TIME * SECOND - 1),
        ("1999-12-31T23:59:59.999999Z", None),
        ("3000-01-01T00:00:00Z", None),
    ],
)
def test_times_are_exact_to_the_microsecond(text, instant):
    assert instant_of(text) == instant


def test_both_readers_take_every_time_for_the_same_instant(tmp_path):
    written = [text for text in TIMES if instant_of(text) is not None and instant_of(text) < END]
    path = tmp_path / "0.jsonl"
    path.write_bytes(lines(tokens(text, ts=text) for text in written))
    with database(tmp_path, [path]) as opened:
        opened.load([path], 1, question())
        read = opened._connection.execute("SELECT sd, moment FROM line").fetchall()
    assert sorted(read) == sorted((text, instant_of(text)) for text in written)
