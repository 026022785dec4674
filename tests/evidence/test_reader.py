"""The reader judges a line the same alone and among others; DuckDB takes what it passes as it meant it."""

from __future__ import annotations

import json
from io import BytesIO
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar import BEGINNING, END_OF_TIME, SECOND, Week, are_instants, instant_of
from bot.evidence.codes import Codes
from bot.evidence.database import database
from bot.evidence.limits import BLANKS, BYTE_ORDER_MARK, LONGEST_LINE
from bot.evidence.read import read_evidence
from bot.evidence.reader import Reader
from bot.evidence.schema import Names, Written
from bot.evidence.sure_rows import NO_ROWS
from bot.evidence.words import LineFault, Malformed, document_of, wrong_fields
from tests.support.bad_lines import BAD_REWORK, BAD_TOKENS, line
from tests.support.logs import CALENDAR, lines, log, question, stamp, tokens

PHASES = ("LEAD", "PLAN", "EXEC")


def reader(is_rework: bool) -> Reader:
    return Reader(Names(PHASES), rework=is_rework)


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


BOTH_LOGS = pytest.mark.parametrize("is_rework", [False, True], ids=["tokens", "rework"])
Verdict = Written | tuple[LineFault, ...]


def in_one_file(written: list[bytes], is_rework: bool) -> dict[int, Verdict]:
    """What is said of each line of a file, by number."""
    found: dict[int, Verdict] = {}
    for block in reader(is_rework).file(BytesIO(b"\n".join(written))):
        found |= dict(zip(block.numbers, block.rows, strict=True))
        found |= dict(block.bad)
    return found


def one_by_one(written: list[bytes], is_rework: bool) -> dict[int, Verdict]:
    by_itself = reader(is_rework)
    found = {number: by_itself.line(text) for number, text in enumerate(written, 1)}
    return {number: said for number, said in found.items() if said is not None}


def closely(text: bytes, is_rework: bool) -> bool:
    """Whether a line is good by the words for bad lines alone."""
    kind = reader(is_rework)._kind
    try:
        return not wrong_fields(document_of(text.strip(BLANKS)), kind, Names(PHASES))
    except Malformed:
        return False


def known_oddities() -> list[bytes]:
    row = {key: json.loads(value) for key, value in BASE.items()}
    anywhere = [*ODD_VALUES, *NUMBERS]
    odd = FITTING | dict.fromkeys(("model", "cause", "note", "id", "x"), anywhere)
    written = [line(row, **{key: value}) for key, values in odd.items() for value in values]
    written += [around.replace("%s", line(row).decode()).encode() for around in AROUND]
    return written + [case.values[0] for case in [*BAD_TOKENS, *BAD_REWORK]]


@BOTH_LOGS
@settings(max_examples=20, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_a_line_is_judged_alike_alone_and_in_a_file_and_by_its_number(is_rework, random):
    written = [line(tokens()), *(any_line(random) for _ in range(250))]
    assert in_one_file(written, is_rework) == one_by_one(written, is_rework)


@BOTH_LOGS
def test_every_known_oddity_is_judged_alike_alone_and_in_a_file(is_rework):
    written = [line(tokens()), *known_oddities()]
    assert in_one_file(written, is_rework) == one_by_one(written, is_rework)


@BOTH_LOGS
@settings(max_examples=20, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_a_pair_of_lines_is_a_block_as_good_as_its_lines(is_rework, random):
    for _ in range(125):
        pair = [any_line(random).removeprefix(BYTE_ORDER_MARK), any_line(random)]
        assert in_one_file(pair, is_rework) == one_by_one(pair, is_rework)


@pytest.mark.slow
@BOTH_LOGS
@settings(max_examples=20, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_a_line_is_good_exactly_where_there_is_nothing_to_say_of_it(is_rework, random):
    for text in (any_line(random) for _ in range(250)):
        if text.strip(BLANKS):
            found = reader(is_rework).line(text)
            assert isinstance(found, tuple) != closely(text, is_rework), text


@BOTH_LOGS
def test_every_known_oddity_is_good_exactly_where_there_is_nothing_to_say_of_it(is_rework):
    for text in known_oddities():
        found = reader(is_rework).line(text)
        assert isinstance(found, tuple) != closely(text, is_rework), text


@settings(max_examples=2, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_any_file_is_counted_to_the_end_with_its_bad_lines_named(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("logs")
    written = [line(tokens()), *(any_line(random) for _ in range(250)), *known_oddities()]
    found = read_evidence([log(folder, "t.jsonl", b"\n".join(written))], [], question())
    said = one_by_one(written, False)
    reused = {problem.line for problem in found.rejected if "is taken by" in problem.message}
    expected = {number for number, verdict in said.items() if isinstance(verdict, tuple)}
    assert {problem.line for problem in found.rejected} == expected | reused


@pytest.mark.parametrize(
    "written",
    [b"%s%s\n\n", b"%s%s\n  \n", b"%s\r%s\n\n", b"%s\n\n%s", b"{\n%s,%s}\n"],
    ids=repr,
)
def test_objects_and_lines_that_only_add_up_are_not_taken_for_rows(written):
    good = line(tokens())
    data = written.replace(b"%s", good) + (b"" if written.endswith(b"\n") else b"\n")
    assert in_one_file([data], False) == one_by_one(data.split(b"\n"), False)


def test_backslashes_cannot_hide_a_key_behind_the_number_of_quotation_marks():
    hidden = line(tokens(note="a\\") | {"sd": "b\\"})[:-1] + b', "tokens": 7}'
    (found,) = in_one_file([hidden], False).values()
    assert isinstance(found, tuple)
    assert [wrong.key for wrong in found] == ["tokens"]


@pytest.mark.parametrize("length", [LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""], ids=repr)
def test_a_line_may_be_as_long_as_the_limit_wherever_blocks_are_cut(length, end):
    short = line(tokens())
    long = line(tokens("x"))
    long = long.replace(b'"x"', b'"' + b"x" * (length - len(long) + 1) + b'"')
    found = in_one_file([short, long + end.rstrip(b"\n"), short], False)
    assert len(long) == length
    assert [isinstance(found[n], tuple) for n in (1, 2, 3)] == [False, length > LONGEST_LINE, False]


def test_lines_keep_their_numbers_over_many_blocks():
    written = [line(tokens(note="x" * 1000))] * 12_000
    for place in (5000, 11_999):
        written[place] = b"x"
    found = in_one_file(written, False)
    assert [n for n, said in found.items() if isinstance(said, tuple)] == [5001, 12_000]
    assert sorted(found) == list(range(1, 12_001))


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


def test_many_times_are_right_exactly_where_each_is():
    right = [text for text in TIMES if instant_of(text) is not None]
    assert are_instants(right)
    assert [text for text in TIMES if are_instants([*right, text])] == right


@pytest.mark.slow
def test_the_database_takes_every_time_for_the_same_instant(tmp_path):
    written = [text for text in TIMES if instant_of(text) is not None]
    path = tmp_path / "0.jsonl"
    empty = tmp_path / "empty.jsonl"
    path.write_bytes(lines(tokens(text, ts=text) for text in written))
    empty.touch()
    names = Names(PHASES)
    (_,) = Reader(names, rework=False).file(BytesIO(path.read_bytes()))
    with database(tmp_path, [path], 2**28) as opened:
        always = Week(BEGINNING, END_OF_TIME, "always")
        sure = NO_ROWS[False], NO_ROWS[True]
        opened.load([path], [empty], sure, Codes(question(weeks=CALENDAR.until(always)), names))
        read = opened._connection.execute(
            "SELECT said, moment FROM entry JOIN sd ON sd.number = entry.sd"
        ).fetchall()
    assert sorted(read) == sorted((text, instant_of(text)) for text in written)
