"""Bad lines: the reader names them, and only the good ones count."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Problem
from bot.evidence.limits import MOST_PARTS
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence
from bot.paths import LogFile
from tests.support.bad_lines import BAD_REWORK, BAD_TOKENS, line
from tests.support.logs import lines, log, question, rework, stamp, tokens


def read_tokens(folder: Path, content: bytes) -> Evidence:
    return read_evidence([log(folder, "tokens.jsonl", content)], [], question())


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
        line(tokens("", 7)),
        line({"ts": stamp(7)}),
        line({"ts": "2999-12-31T23:59:59Z", "x": 1}),
    ],
)
def test_a_row_after_the_end_is_judged_like_all_others(tmp_path, later):
    found = read_tokens(tmp_path, line(tokens()) + b"\n" + later + b"\nx\n")
    assert sorted({problem.line for problem in found.rejected}) == [2, 3]
    assert found.rows == 1


def test_a_good_row_after_the_end_is_not_counted(tmp_path):
    found = read_tokens(tmp_path, lines([tokens(), tokens("SD-2", 7)]))
    assert (found.rejected, found.rows, found.usage[0].tokens) == ((), 1, 100)


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


def test_an_id_of_a_bad_row_is_free_and_one_of_a_row_after_the_end_is_taken(tmp_path):
    rows = [tokens(id="a", tokens=-1), tokens(id="a"), tokens(id="b", day=8), tokens(id="b")]
    assert [p.line for p in read_tokens(tmp_path, lines(rows)).rejected] == [1, 4]


def test_a_row_that_two_files_of_one_path_hold_is_one_row_whatever_else_is_there(tmp_path):
    stored = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    stored[0].write_bytes(lines([tokens(id="a"), tokens(id="b")]))
    for other in (tokens(id="b"), tokens(id="b", tokens=7)):
        stored[1].write_bytes(lines([tokens(id="a"), other]))
        found = read_evidence([LogFile("logs/a.jsonl", path) for path in stored], [], question())
        assert found.rows == 2
        assert [problem.line for problem in found.rejected] == [2] * (other["tokens"] == 7)


def test_rows_of_one_id_that_only_spell_the_same_content_otherwise_are_one_row(tmp_path):
    row = tokens(id="a", agent="TESTING", ts="2025-12-02T00:00:00Z")
    other = row | {"agent": "testing-agent", "ts": "2025-12-02T01:00:00+01:00", "note": ""}
    found = read_tokens(tmp_path, lines([row, other]))
    assert (found.rejected, found.rows) == ((), 1)


# ---------------------------------------------------------------------------- byte order mark


MARK = b"\xef\xbb\xbf"


def test_a_byte_order_mark_may_start_a_file_even_one_with_a_bad_line(tmp_path):
    good = lines([tokens()])
    assert read_tokens(tmp_path, MARK + good).rejected == ()
    found = read_tokens(tmp_path, MARK + good + b"x\n" + good)
    assert [problem.line for problem in found.rejected] == [2]
    assert found.usage[0].tokens == 200


@pytest.mark.parametrize("content", [MARK * 2, b"\n" + MARK, b" " + MARK], ids=repr)
def test_a_byte_order_mark_anywhere_else_is_bad(tmp_path, content):
    found = read_tokens(tmp_path, content + lines([tokens()]))
    assert ["byte order mark" in problem.message for problem in found.rejected] == [True]


def test_a_file_of_a_byte_order_mark_alone_is_empty(tmp_path):
    found = read_tokens(tmp_path, MARK)
    assert (found.rejected, found.rows) == ((), 0)


def test_a_file_is_read_by_its_name_and_not_as_a_pattern(tmp_path):
    stored = tmp_path / "tokens-[1].jsonl"
    stored.write_bytes(lines([tokens(tokens=7)]))
    (tmp_path / "tokens-1.jsonl").write_bytes(b"x")
    found = read_evidence([LogFile("logs/a.jsonl", stored)], [], question())
    assert (found.rejected, found.usage[0].tokens) == ((), 7)


# ----------------------------------------------------------------------------- what would stop DuckDB


@pytest.mark.slow
def test_a_line_too_long_for_duckdb_to_read_at_all_is_located_too(tmp_path):
    enormous = line(tokens("x" * 40_000_000))
    content = line(tokens()) + b"\n" + enormous + b"\n" + line(tokens()) + b"\nx"
    found = read_tokens(tmp_path, content)
    assert [(p.line, p.message[:9]) for p in found.rejected] == [(2, "is longer"), (4, "is not va")]
    assert found.usage[0].tokens == 200
