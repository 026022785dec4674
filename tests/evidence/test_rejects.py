"""Bad lines: found by DuckDB, located by the strict reader, and never a word of difference between the two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Problem
from bot.evidence.calendar import BEGINNING, END_OF_TIME
from bot.evidence.database import database
from bot.evidence.instants import SECOND, instant_of
from bot.evidence.limits import BLANKS, LONGEST_LINE, MOST_PARTS
from bot.evidence.lines import ReworkRow, Row, TokenRow, read_line
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence
from bot.evidence.rejects import ReadersDisagree, locate
from tests.support.logs import lines, log, question, rework, stamp, tokens

PHASES = ("LEAD", "PLAN", "EXEC")
TS_FORM = (
    "must be a date and time with offset such as 2025-12-01T09:30:00Z, in the years 2000 to 2999"
)
TOKENS_FORM = (
    "must be a whole number from 0 to 9007199254740992, without quotes, separators or fraction"
)
AGENT_FORM = (
    "must be an agent's name: letters, digits, _ and -, starting with a letter, and not DEFAULT"
)


def line(row: dict[str, object], **raw: str) -> bytes:
    """A row as JSON, with some values written as they are given."""
    text = json.dumps(row | {key: f"@{key}@" for key in raw})
    for key, value in raw.items():
        text = text.replace(f'"@{key}@"', value)
    return text.encode()


def without(row: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != key}


def read_tokens(folder: Path, content: bytes) -> Evidence:
    return read_evidence([log(folder, "tokens.jsonl", content)], [], question())


# -------------------------------------------------------------------------- what is said of a line

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


def good_around(bad: bytes, row: dict[str, object]) -> bytes:
    """A file whose fourth line is bad, with a blank line before it and Windows line ends."""
    return b"\r\n".join([line(row), b"", line(row), bad, line(row)])


@pytest.mark.parametrize(("bad", "key", "said"), BAD_TOKENS)
def test_a_bad_line_of_the_token_log_is_located_and_the_rest_counts(tmp_path, bad, key, said):
    found = read_tokens(tmp_path, good_around(bad, tokens()))
    (problem,) = found.rejected
    assert (problem.file, problem.line, problem.key) == ("logs/tokens.jsonl", 4, key)
    assert said in problem.message
    assert found.usage[0].tokens == 300


@pytest.mark.parametrize(("bad", "key", "said"), BAD_REWORK)
def test_a_bad_line_of_the_rework_log_is_located_and_the_rest_counts(tmp_path, bad, key, said):
    found = read_evidence([], [log(tmp_path, "r.jsonl", good_around(bad, rework()))], question())
    (problem,) = found.rejected
    assert (problem.file, problem.line, problem.key) == ("logs/r.jsonl", 4, key)
    assert said in problem.message
    assert found.rows == 3


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(line(tokens(x={"y": [1, {"y": 2, "z": None}]})), id="unknown-keys"),
        pytest.param(line(tokens(), x='{"a": 1, "a": 2}'), id="key-twice-deep-inside"),
        pytest.param(line(tokens(rework="odd", issue=5, cause=[])), id="fields-of-the-other-log"),
        pytest.param(line(tokens() | dict.fromkeys(["agent", "model", "note", "id"])), id="null"),
        pytest.param(line(tokens(note="x" * 1_000_000)), id="a-long-note"),
        pytest.param(line(tokens(note="nan,] ,} inf [[[" * 100)), id="brackets-in-a-text"),
        pytest.param(line(tokens(note='\\"nan,]', x=1)), id="escaped-quote-in-a-text"),
        pytest.param(line(tokens(x=[[]] * (MOST_PARTS - 2))), id="as-many-parts-as-may-be"),
        pytest.param(
            line(tokens(), x="1e999", y="-0.0", z="1" * 5000), id="numbers-in-unknown-keys"
        ),
        pytest.param(line(tokens(), tokens="-0"), id="minus-zero"),
        pytest.param(line(tokens(), tokens="9007199254740992"), id="two-to-the-53"),
        pytest.param(b" \t" + line(tokens())[:-1] + b" }\f", id="blanks-around"),
        pytest.param(line(tokens("\U0001f600\x00\x7f\u2028")), id="escapes"),
    ],
)
def test_a_line_that_is_odd_but_right_counts(tmp_path, good):
    found = read_tokens(tmp_path, line(tokens("SD-0", tokens=1)) + b"\n" + good)
    assert found.rejected == ()
    assert found.rows == 2


def test_every_problem_of_every_line_is_listed_by_file_and_line(tmp_path):
    good = lines([tokens()])
    files = [
        log(tmp_path, "b.jsonl", good + b'{"sd": "", "tokens": -1, "phase": "EXEC"}\n'),
        log(tmp_path, "a.jsonl", b"x\n" + good + b"y\n"),
        log(tmp_path, "good.jsonl", good),
    ]
    found = read_evidence(files, [log(tmp_path, "aa.jsonl", b"z")], question())
    assert [(p.file, p.line, p.key) for p in found.rejected] == [
        ("logs/a.jsonl", 1, None),
        ("logs/a.jsonl", 3, None),
        ("logs/aa.jsonl", 1, None),
        ("logs/b.jsonl", 2, "ts"),
        ("logs/b.jsonl", 2, "sd"),
        ("logs/b.jsonl", 2, "tokens"),
    ]
    assert found.usage[0].tokens == 300


def test_a_problem_prints_as_one_line_whatever_the_row_says(tmp_path):
    found = read_tokens(tmp_path, line(tokens() | {"sd": 1, "phase": "\n\x1b[31m::error::" * 99}))
    assert [str(problem) for problem in found.rejected] == [
        "logs/tokens.jsonl:1: sd: must be the work item's id, a text that is not empty; not 1",
        "logs/tokens.jsonl:1: phase: must be one of the phases LEAD, PLAN, EXEC; "
        'not "\\n\\u001b[31m::error::\\n\\u001b[31m::error::\\n\\u001b[31m::er…',
    ]


# --------------------------------------------------------------------------------- after the end


@pytest.mark.parametrize(
    "later",
    [
        line(tokens("", 7, phase="NO", tokens="x")),
        line({"ts": stamp(7)}),
        line({"ts": "2999-12-31T23:59:59Z", "x": 1}),
    ],
)
def test_a_row_after_the_end_is_ignored_even_if_invalid(tmp_path, later):
    found = read_tokens(tmp_path, line(tokens()) + b"\n" + later + b"\nx\n")
    assert [problem.line for problem in found.rejected] == [3]
    assert found.rows == 1


@pytest.mark.parametrize(
    "malformed",
    [
        line(tokens(day=8))[:-1] + b",}",
        line(tokens(day=8))[:-1] + b', "x": 1, "x": 2}',
        line(tokens(day=8), x="NaN"),
    ],
)
def test_a_line_that_is_no_proper_object_is_bad_whatever_its_time(tmp_path, malformed):
    assert [problem.line for problem in read_tokens(tmp_path, malformed).rejected] == [1]


# -------------------------------------------------------------------------------------------- ids


def test_every_later_row_that_says_something_else_under_an_id_is_bad(tmp_path):
    first, other = tokens(id="a"), tokens(id="a", tokens=7)
    files = [
        log(tmp_path, "2.jsonl", lines([tokens(id="b", tokens=1), other, first, other])),
        log(tmp_path, "1.jsonl", lines([tokens(tokens=10), first])),
        log(tmp_path, "3.jsonl", lines([other, tokens(id="b", tokens=1)])),
    ]
    found = read_evidence(files, [log(tmp_path, "r.jsonl", lines([rework(id="a")]))], question())
    said = "is taken by logs/1.jsonl:2, which says something else; give each row an id of its own"
    assert found.rejected == (
        Problem("logs/2.jsonl", said, 2, "id"),
        Problem("logs/2.jsonl", said, 4, "id"),
        Problem("logs/3.jsonl", said, 1, "id"),
    )
    assert found.usage[0].tokens == 10 + 100 + 1


@pytest.mark.parametrize(
    "change",
    [
        {"note": "b"}, {"model": "opus"}, {"sd": "SD-2"}, {"phase": "LEAD"}, {"agent": None},
        {"tokens": 1}, {"ts": "2025-12-02T00:00:00.000001Z"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_any_other_field_makes_other_content(tmp_path, change):
    row = tokens(id="a", note="a")
    changed = {key: value for key, value in (row | change).items() if value is not None}
    assert [p.line for p in read_tokens(tmp_path, lines([row, changed])).rejected] == [2]


def test_an_id_of_a_row_that_is_bad_or_after_the_end_is_free(tmp_path):
    rows = [tokens(id="a", tokens=-1), tokens(id="a", day=8, tokens=3), tokens(id="a")]
    assert [p.line for p in read_tokens(tmp_path, lines(rows)).rejected] == [1]


# ----------------------------------------------------------------------------- what stops DuckDB


def test_a_line_too_long_for_duckdb_to_read_at_all_is_located_too(tmp_path):
    enormous = line(tokens("x" * 40_000_000))
    content = line(tokens()) + b"\n" + enormous + b"\n" + line(tokens()) + b"\nx"
    found = read_tokens(tmp_path, content)
    assert [(p.line, p.message[:9]) for p in found.rejected] == [(2, "is longer"), (4, "is not va")]
    assert found.usage[0].tokens == 200


def test_readers_that_disagree_stop_everything_and_name_the_file(tmp_path):
    bad = log(tmp_path, "tokens.jsonl", b"x\n")
    with database(tmp_path, [bad.stored]) as opened:
        suspects = opened.load([bad.stored], 1, question())
    bad.stored.write_bytes(b"x\ny\n")  # as a writer at work might
    with pytest.raises(
        ReadersDisagree, match=r"^logs/tokens\.jsonl: the two log readers"
    ) as caught:
        locate([bad], [], suspects, question(), tmp_path)
    assert caught.value.exit_code == 70


# --------------------------------------------------------------------------------- the agreement

END = question().week.end * SECOND


def bad_for_duckdb(folder: Path, written: Sequence[bytes], is_rework: bool) -> set[int]:
    """Which lines DuckDB finds bad, each read from a file of its own."""
    paths = [folder / f"{place}.jsonl" for place in range(len(written))]
    for path, content in zip(paths, written, strict=True):
        path.write_bytes(content)
    with database(folder, paths) as opened:
        found = opened.load(paths, 0 if is_rework else len(paths), question())
    return {place for place, suspect in found.items() if suspect.bad_lines}


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
    "true", "false", "null", "nulL", "", "x", "'x'", '"a"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\udc00\\ud800"',
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
    *["%s"] * 20, " %s\r", "\x0b\x0c%s\x0c", "%s x", "%s,", "[%s]", "\ufeff%s", "%s\x00", "\x1c%s", "\u00a0%s",
    "%s}", "%s//", "%s\x85", "%s%s", "%s\r%s",
]  # fmt: skip
JUNK = [
    b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\x0b", b"\r", b"\t", b"\\", b'"', b",",
    b"}", b"{", b"[", b"]", b":", b"0", b"-", b"e", b"", b"\xe2\x80\xa8", b"\x7f", b"/",
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


repeatedly = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    odd = FITTING | dict.fromkeys(["model", "cause", "note", "id", "x"], [*ODD_VALUES, *NUMBERS])
    written = [line(row, **{key: value}) for key, values in odd.items() for value in values]
    written += [around.replace("%s", line(row).decode()).encode() for around in AROUND]
    written += [case.values[0] for case in [*BAD_TOKENS, *BAD_REWORK]]
    assert disagreement(tmp_path, written, kind, is_rework) == []


@repeatedly
@given(random=st.randoms(use_true_random=True))
def test_any_file_is_read_to_the_end_with_its_bad_lines_named(tmp_path, random):
    written = [any_line(random) for _ in range(250)]
    found = read_tokens(tmp_path, b"\n".join(written))
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
