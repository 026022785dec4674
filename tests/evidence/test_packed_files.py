"""Logs as .jsonl, .jsonl.gz, .jsonl.zst and .parquet: the same rows by the same rules (issue 14)."""

from __future__ import annotations

import gzip
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidInput
from bot.evidence import unpacked
from bot.evidence.cursors import cursors_of
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence
from bot.paths import LogFile, matches
from tests.support.logs import log, question, rework, stamp, tokens
from tests.support.packed import PACKINGS, packed, parquet

READ = {"ts": "2025-12-02T08:00:00Z", "sd": "SD-1", "phase": "EXEC", "agent": "TESTING"}
GOOD = {**READ, "tokens": 100}
BAD = {
    "no time": {"ts": None},
    "a time before all years": {"ts": "1999-12-31T23:59:59Z"},
    "a time after them": {"ts": "3000-01-01T00:00:00Z"},
    "no SD": {"sd": None},
    "an empty SD": {"sd": ""},
    "an unknown phase": {"phase": "REVIEW"},
    "no phase": {"phase": None},
    "no agent's name": {"agent": "a b"},
    "an empty agent": {"agent": ""},
    "the word for all agents": {"agent": "DEFAULT"},
    "no tokens": {"tokens": None},
    "fewer tokens than none": {"tokens": -1},
    "more tokens than are exact": {"tokens": 2**53 + 1},
    "a long line": {"note": "x" * (4 * 2**20)},
}
"""What is wrong with the fields of a token row whose columns have the right types."""
ODD = {
    "a phase in lower case": {"phase": "exec"},
    "an agent in mixed case": {"agent": "Testing-Agent"},
    "no agent": {"agent": None},
    "no model": {"model": None},
    "an empty model": {"model": ""},
    "most tokens": {"tokens": 2**53},
    "a long note": {"note": "x" * 2**17},
    "the first instant": {"ts": "2000-01-01T00:00:00Z"},
    "quotes and escapes": {"sd": "it's \"\\ \u2028\n 'SD'"},
    "an empty id": {"id": ""},
}
"""What looks odd and is good."""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Evidence]:
    def read(packing: str, token_rows: list, rework_rows: list = (), **types: str) -> Evidence:  # type: ignore[assignment]
        files = [
            log(tmp_path, name + packing, packed(rows, packing, tmp_path, **types))
            for name, rows in (("tokens", token_rows), ("rework", rework_rows))
            if rows
        ]
        of_tokens = [file for file in files if "tokens" in file.path]
        return read_evidence(of_tokens, [f for f in files if f not in of_tokens], question())

    return read


def _named(found: Evidence) -> list[tuple[int | None, str | None]]:
    return [(problem.line, problem.key) for problem in found.rejected]


@pytest.mark.parametrize("packing", PACKINGS)
def test_rows_count_the_same_however_they_are_packed(read, packing: str) -> None:
    found = read(packing, _some(tokens), _some(rework))
    assert found == read(".jsonl", _some(tokens), _some(rework))
    assert found.rows == 400


def _some(row: Callable[..., dict[str, object]]) -> list[dict[str, object]]:
    draw = random.Random(14)  # noqa: S311 - the same rows each time
    agents, models = ("TESTING", "API", "testing"), ("claude-opus-4", "sonnet", None)
    return [
        row(
            f"SD-{draw.randrange(90)}",
            draw.random() * 7,
            agent=draw.choice(agents),
            model=draw.choice(models),
            id=f"r{number}" if number % 2 else None,
        )
        for number in range(200)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", BAD.values(), ids=BAD)
def test_a_bad_row_of_a_parquet_file_is_named_by_its_number(read, wrong: dict) -> None:
    rows = [{**GOOD, "note": None}, {**GOOD, **wrong}, {**GOOD, "sd": "SD-2"}]
    found = read(".parquet", rows)
    as_lines = read(".jsonl", [{**row, "note": row.get("note")} for row in rows])
    assert _named(found) == _named(as_lines) != []
    assert found.cell_weeks == as_lines.cell_weeks
    assert found.rejected[0].line == 2
    assert found.rejected[0].file == "logs/tokens.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_row_of_a_parquet_file_is_as_good_as_its_line(read, odd: dict) -> None:
    rows = [GOOD, {**GOOD, "sd": "SD-2", **odd}, {**GOOD, "sd": "SD-3"}]
    assert read(".parquet", rows) == read(".jsonl", rows)


@pytest.mark.parametrize(
    "wrong", [{"rework": None}, {"agent": None}, {"agent": "1"}, {"phase": "x"}]
)
def test_bad_rows_of_the_rework_log_too(read, wrong: dict) -> None:
    good = {**READ, "rework": True, "issue": None, "cause": "flaky-test"}
    rows = [good, {**good, "sd": "SD-2", **wrong}, {**good, "sd": "SD-3", "issue": True}]
    found = read(".parquet", [GOOD], rows)
    assert _named(found) == _named(read(".jsonl", [GOOD], rows)) != []


@pytest.mark.parametrize(
    ("types", "bad"),
    [
        ({"ts": "VARCHAR"}, []),
        ({"ts": "TIMESTAMP"}, [1, 2]),
        ({"tokens": "VARCHAR"}, [1, 2]),
        ({"tokens": "SMALLINT"}, []),
        ({"tokens": "DOUBLE"}, [1, 2]),
        ({"sd": "BIGINT"}, [1, 2]),
        ({"extra": "VARCHAR"}, []),
    ],
    ids=str,
)
def test_columns_of_other_types_are_judged_as_their_values_in_lines_are(read, types, bad) -> None:
    rows = [
        {**GOOD, "sd": f"{number}", **dict.fromkeys({*types} - {*GOOD}, "1")} for number in (1, 2)
    ]
    found = read(".parquet", rows, **types)
    assert [problem.line for problem in found.rejected] == bad
    assert found.rows == 2 - len(bad)


ANY = {
    "ts": st.sampled_from([READ["ts"], "1999-12-31T23:59:59Z", "2025-11-24T00:00:00Z", None]),
    "sd": st.sampled_from(["SD-1", "SD-2", "", None, "\u2028'\"", "é"]),
    "phase": st.sampled_from(["EXEC", "plan", "Lead ", "REVIEW", "", None]),
    "agent": st.sampled_from(["TESTING", "testing-agent", "DEFAULT", "", "a b", None]),
    "model": st.sampled_from(["sonnet", "claude-opus-4", "", "???", None]),
    "tokens": st.sampled_from([0, 1, 2**53, 2**53 + 1, -1, None]),
    "rework": st.sampled_from([True, False, None]),
    "issue": st.sampled_from([True, False, None]),
    "cause": st.sampled_from(["flaky-test", "edge-case-detection", "", "new", None]),
    "id": st.sampled_from(["a", "b", "", None]),
}
"""What a field may hold whose column has the right type."""


def _any_rows(*names: str) -> st.SearchStrategy[list[dict[str, object]]]:
    good = {"tokens": 5} if "tokens" in names else {"rework": True}
    every = {**dict.fromkeys(names), **READ, **good}
    fields = {name: ANY[name] | st.just(every[name]) for name in names}
    # A first row that is good, so that every column is there and has its type.
    return st.lists(st.fixed_dictionaries(fields), max_size=8).map(lambda rows: [every, *rows])


@pytest.mark.slow
@settings(max_examples=25)
@given(
    _any_rows("ts", "sd", "phase", "agent", "model", "tokens", "id"),
    _any_rows("ts", "sd", "phase", "agent", "model", "rework", "issue", "cause", "id"),
)
def test_whatever_rows_hold_their_columns_are_judged_as_their_lines(
    token_rows, rework_rows
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [
            read_evidence(
                [log(folder, f"t{packing}", packed(token_rows, packing, folder))],
                [log(folder, f"r{packing}", packed(rework_rows, packing, folder))],
                question(),
            )
            for packing in (".jsonl", ".parquet")
        ]
    assert _named(found[0]) == _named(found[1])
    assert replace(found[0], rejected=()) == replace(found[1], rejected=())


def test_one_id_counts_once_whatever_files_it_stands_in(tmp_path: Path) -> None:
    rows = [tokens("SD-1", id="a"), tokens("SD-2", id="b"), tokens("SD-2", id="b")]
    files = [
        log(tmp_path, "tokens-1.parquet", parquet(rows, tmp_path)),
        log(tmp_path, "tokens-2.jsonl", packed(rows[:1], ".jsonl", tmp_path)),
        log(tmp_path, "tokens-3.parquet", parquet(rows[1:], tmp_path)),
    ]
    found = read_evidence(files, [], question())
    assert (found.rows, found.rejected) == (2, ())


def test_an_id_with_other_content_is_a_bad_row(tmp_path: Path) -> None:
    files = [
        log(tmp_path, "tokens-1.parquet", parquet([tokens("SD-1", id="a")], tmp_path)),
        log(tmp_path, "tokens-2.jsonl", packed([tokens("SD-2", id="a")], ".jsonl", tmp_path)),
    ]
    found = read_evidence(files, [], question())
    assert [(p.file, p.line, p.key) for p in found.rejected] == [("logs/tokens-1.parquet", 1, "id")]
    assert "is taken by logs/tokens-2.jsonl:1" in found.rejected[0].message


def test_a_cursor_among_rows_of_parquet_is_none_of_them(tmp_path: Path) -> None:
    cursor = {"ts": READ["ts"], "cursor": "git", "repository": "x"}
    rows = [{**READ, "rework": True, "id": "a"}, cursor, {**READ, "sd": "SD-2", "rework": False}]
    file = log(tmp_path, "rework.parquet", parquet(rows, tmp_path))
    found = read_evidence([], [file], question())
    assert (found.rows, found.rejected) == (2, ())
    assert [cursor.source for cursor in cursors_of([file])] == ["git"]


# ------------------------------------------------------------------------------ damaged and hostile


def _damaged(content: bytes) -> dict[str, bytes]:
    return {
        "cut short": content[:-9],
        "garbage": b"x" * 99,
        "empty": b"",
        "spoiled": _spoiled(content),
    }


def _spoiled(content: bytes) -> bytes:
    middle = len(content) // 2
    return (
        content[:middle]
        + bytes(255 - byte for byte in content[middle : middle + 40])
        + content[middle + 40 :]
    )


@pytest.mark.parametrize("packing", PACKINGS[1:])
@pytest.mark.parametrize("how", _damaged(b""))
def test_a_damaged_file_is_named_and_nothing_is_decided(tmp_path: Path, packing, how) -> None:
    content = _damaged(packed(_some(tokens), packing, tmp_path))[how]
    files = [log(tmp_path, f"tokens{packing}", content), log(tmp_path, "good.jsonl", b"")]
    with pytest.raises(InvalidInput) as caught:
        read_evidence(files, [], question())
    assert [problem.file for problem in caught.value.problems] == [f"logs/tokens{packing}"]
    assert "cannot be read: " in str(caught.value)


def _bomb(content: bytes) -> Callable[[Path], LogFile]:
    return lambda folder: log(folder, "tokens.jsonl.gz", gzip.compress(content))


BOMBS = {
    "one endless line": (_bomb(b"x" * 2**24), "longer than 4194304 bytes"),
    "bad lines without end": (_bomb(b"x\n" * 200_000), "more than 100,000 bad lines"),
    "blank lines without end": (_bomb(b"\n" * 2**24), "far more than logs of its size"),
    "far more than it should hold": (_bomb(b" \n" * 2**21), "far more than logs of its size"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("bomb", "said"), BOMBS.values(), ids=BOMBS)
def test_what_is_packed_to_fill_the_machine_is_stopped(
    tmp_path: Path, monkeypatch, bomb, said
) -> None:
    monkeypatch.setattr(unpacked, "ALWAYS_UNPACKED", 2**20 if "far" in said else 2**28)
    with pytest.raises(InvalidInput, match=said):
        read_evidence([bomb(tmp_path)], [], question())


def test_a_parquet_file_of_endless_equal_rows_is_stopped(tmp_path: Path, monkeypatch) -> None:
    content = parquet([GOOD] * 60_000, tmp_path)
    monkeypatch.setattr("bot.evidence.parquet.ALWAYS_UNPACKED", 0)
    monkeypatch.setattr("bot.evidence.parquet.MOST_TIMES", 1)
    with pytest.raises(InvalidInput, match="far more rows than logs of its size"):
        read_evidence([log(tmp_path, "tokens.parquet", content)], [], question())


PACKED_ROWS = {
    "bad ones": ({"tokens": -1}, 1100, "more than 1,000 bad lines"),
    "long ones": ({"note": "x" * 2**20}, 400, "far more than logs of its size"),
    "long ones at once": ({"note": "x" * 2**20}, 200, "too much at once"),
}


@pytest.mark.parametrize(("odd", "count", "said"), PACKED_ROWS.values(), ids=PACKED_ROWS)
def test_a_parquet_file_of_odd_rows_without_end_is_stopped(
    tmp_path: Path, monkeypatch, odd: dict, count: int, said: str
) -> None:
    monkeypatch.setattr("bot.evidence.screen.MOST_BAD", 1000)
    one = tmp_path / "one.parquet"
    one.write_bytes(parquet([GOOD | odd], tmp_path))
    many = tmp_path / "tokens.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT line.* FROM '{one}' AS line, range({count})) TO '{many}'"  # noqa: S608
    )
    with pytest.raises(InvalidInput, match=said):
        read_evidence([LogFile("logs/tokens.parquet", many)], [], question())


# ---------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("glob", "path", "meant"),
    [
        ("logs/*/tokens*.jsonl", "logs/w/tokens-1.jsonl.gz", True),
        ("logs/*/tokens*.jsonl", "logs/w/tokens-1.jsonl.zst", True),
        ("logs/*/tokens*.jsonl", "logs/w/tokens-1.parquet", True),
        ("logs/tokens.jsonl", "logs/tokens.parquet", True),
        ("logs/tokens.jsonl", "logs/tokens.x.parquet", False),
        ("logs/**/*.jsonl", "logs/a/b/x.parquet", True),
        ("logs/*/tokens*.jsonl", "logs/w/tokens.jsonl.bz2", False),
        ("logs/*/tokens*.jsonl", "logs/w/tokens.parquet.gz", False),
        ("logs/*/tokens*.json", "logs/w/tokens.json.gz", False),
        ("a.jsonl/*", "a.jsonl.gz/x", False),
    ],
)
def test_a_glob_of_plain_files_means_packed_ones_too(glob: str, path: str, meant: bool) -> None:
    assert matches(glob, path) is meant


def test_a_time_keeps_its_microseconds(read) -> None:
    found = read(".parquet", [tokens(ts=stamp(1).replace("Z", ".123456Z"))])
    assert found.newest is not None
    assert found.newest % 10**6 == 123456
