"""`log import jsonl --map`: any JSON Lines, by a map of their keys (issue 11, item 5)."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidInput
from bot.evidence.imports import json_lines
from bot.evidence.imports.branches import Attribution
from bot.evidence.imports.choices import Choices
from bot.evidence.imports.line_map import read_map
from bot.evidence.limits import MOST_TOKENS
from tests.support.desk import desk, logged
from tests.support.importing import Imported, Importer, measured

LEDGER = """\
ts = "ts"
sd = ["ref", "flow"]
agent = ["skill", "flow"]
model = "model"
note = "notes"

[rework]
key = "outcome"
values = { reverted = true, report = false }
ignore = ["abandoned"]
"""
USAGE = """\
ts = "at"
sd = "ticket"
phase = "stage"
agent = "who"
model = "llm.id"
tokens = "usage.total"
"""


def outcome(flow: str, said: str, **more: Any) -> dict[str, Any]:
    """A row as a team's public ledger has them."""
    return {
        "ts": "2025-12-02T18:00:00Z",
        "flow": flow,
        "skill": None,
        "model": "anthropic/claude-haiku-4-5-20251001",
        "cost_usd": None,
        "outcome": said,
        "ref": None,
        "notes": None,
        **more,
    }


def use(**more: Any) -> dict[str, Any]:
    return {
        "at": "2025-12-02T10:00:00Z",
        "ticket": "SD-1",
        "stage": "exec",
        "who": "testing-agent",
        "llm": {"id": "claude-sonnet-4-5"},
        "usage": {"total": 42, "input": 30, "output": 12},
        **more,
    }


def take(importing: Importer, line_map: str, *rows: object, args: tuple[str, ...] = ()) -> Imported:
    (importing.folder / "map.toml").write_text(line_map)
    path = importing.file("rows.jsonl", *rows)
    return importing("jsonl", "--map", importing.folder / "map.toml", path, *args)


def test_a_ledger_of_outcomes_becomes_rework_rows(importing: Importer) -> None:
    said = take(
        importing,
        LEDGER,
        outcome("decompose", "reverted", skill="task-decompose", ref="https://x/pull/862"),
        outcome("decompose", "abandoned", ts="2025-12-03T22:22:44.123Z"),
        outcome("a11y-reports", "report", skill="a11y", ts="2025-12-04T19:08:49Z", notes="fi\nne"),
        outcome("a11y-reports", "report", ref=7, ts="2025-12-05T17:35:17.453Z"),
    )
    assert (said.code, said.err, said.tokens) == (0, "", [])
    assert [(r["sd"], r["phase"], r["agent"], r["rework"]) for r in said.reworks] == [
        ("https://x/pull/862", "EXEC", "TASK-DECOMPOSE", True),
        ("a11y-reports", "EXEC", "A11Y", False),
        ("7", "EXEC", "A11Y-REPORTS", False),
    ]
    assert {row["model"] for row in said.reworks} == {"anthropic/claude-haiku-4-5-20251001"}
    assert [row.get("note") for row in said.reworks] == [None, "fi ne", None]
    assert said.out.startswith("3 new outcomes\n  .calibration/logs/2025-W49/rework-import-")
    assert "  1 time: says nothing of rework (first: rows.jsonl:2)\n" in said.out
    assert "note: no phase of the table lists A11Y, so it is judged but never promoted" in said.out
    assert len(LEDGER.splitlines()) <= 15


def test_a_usage_log_becomes_token_rows(importing: Importer) -> None:
    said = take(importing, USAGE, use(), use(ticket=17, who=None))
    rows = sorted(said.tokens, key=lambda row: row["sd"])
    assert [{k: v for k, v in row.items() if k != "id"} for row in rows] == [
        {
            "ts": "2025-12-02T10:00:00.000Z",
            "sd": sd,
            "phase": "EXEC",
            **agent,
            "model": "claude-sonnet-4-5",
            "tokens": 42,
        }
        for sd, agent in (("17", {}), ("SD-1", {"agent": "TESTING"}))
    ]
    assert said.out.startswith("2 new events, 84 tokens\n")


def test_one_line_may_make_a_row_of_both_logs(importing: Importer) -> None:
    both = USAGE + 'rework = "redone"\nissue = "wobbly"\ncause = "why"\n'
    said = take(
        importing,
        both,
        use(redone=True, why="edge-case-detection"),
        use(redone=False, wobbly=True, ticket="SD-2"),
        use(ticket="SD-3"),
        args=("--format", "json"),
    )
    assert sorted(row["sd"] for row in said.tokens) == ["SD-1", "SD-2", "SD-3"]
    assert sorted((r["sd"], r["rework"], r.get("issue"), r.get("cause")) for r in said.reworks) == [
        ("SD-1", True, None, "edge-case-detection"),
        ("SD-2", False, True, None),
    ]
    assert (said.document["events"], said.document["tokens"]) == (3, 126)
    assert said.document["outcomes"]["events"] == 2


@pytest.mark.parametrize(
    ("field", "row", "expected"),
    [
        pytest.param(
            'sd = ["nothing", "ticket"]', {}, {"sd": "SD-1"}, id="the first key that says something"
        ),
        pytest.param('sd = "a.b"', {"a.b": "X", "a": {"b": "Y"}}, {"sd": "X"}, id="key with dots"),
        pytest.param('sd = "a.1.b"', {"a": [0, {"b": "Y"}]}, {"sd": "Y"}, id="into a list"),
        pytest.param('phase = { constant = "plan" }', {}, {"phase": "PLAN"}, id="constant"),
        pytest.param(
            'agent = { key = "who", values = { qa = "TESTING" } }',
            {"who": "qa"},
            {"agent": "TESTING"},
            id="other words",
        ),
        pytest.param(
            'tokens = { sum = ["usage.input", "usage.output", "usage.more"] }',
            {},
            {"tokens": 42},
            id="a sum",
        ),
        pytest.param(
            'ts = { key = "at", format = "seconds" }',
            {"at": 1764669600.25},
            {"ts": "2025-12-02T10:00:00.250Z"},
            id="seconds",
        ),
        pytest.param(
            'ts = { key = "at", format = "nanoseconds" }',
            {"at": 1764669600123456789},
            {"ts": "2025-12-02T10:00:00.123Z"},
            id="nanoseconds",
        ),
        pytest.param(
            "ts = { key = \"at\", format = '%d.%m.%Y %H:%M', offset = '+01:00' }",
            {"at": "02.12.2025 11:00"},
            {"ts": "2025-12-02T10:00:00.000Z"},
            id="a format",
        ),
        pytest.param(
            "ts = { key = \"at\", format = '%Y-%m-%d %H:%M:%S %z' }",
            {"at": "2025-12-02 11:00:00 +0100"},
            {"ts": "2025-12-02T10:00:00.000Z"},
            id="a format with its offset",
        ),
        pytest.param(
            'ts = { key = "at", offset = "Z" }',
            {"at": "2025-12-02T10:00:00"},
            {"ts": "2025-12-02T10:00:00.000Z"},
            id="an offset where none is named",
        ),
    ],
)
def test_a_field_is_a_key_several_a_constant_or_other_words(
    importing: Importer, field: str, row: dict[str, Any], expected: Mapping[str, Any]
) -> None:
    name = field.split(" ", 1)[0]
    kept = "".join(f"{line}\n" for line in USAGE.splitlines() if not line.startswith(f"{name} "))
    said = take(importing, f"{kept}{field}\n", use(**row))
    assert "left out" not in said.out
    assert expected.items() <= said.tokens[0].items()


@pytest.mark.parametrize(
    ("options", "branch", "expected"),
    [
        pytest.param((), "plan/SD-7", ("SD-7", "PLAN"), id="branch"),
        pytest.param(("--sd", "X-1"), "plan/SD-7", ("X-1", "PLAN"), id="said"),
        pytest.param(("--phase", "lead"), "plan/SD-7", ("SD-7", "LEAD"), id="phase said"),
        pytest.param((), "main", None, id="nothing says one"),
    ],
)
def test_the_sd_is_the_one_said_else_the_lines_else_the_branchs(
    importing: Importer,
    options: tuple[str, ...],
    branch: str,
    expected: tuple[str, str] | None,
) -> None:
    pattern = "\n[[imports.branches]]\npattern = '(?P<phase>lead|plan|exec)/(?P<sd>SD-\\d+)'\n"
    desk(importing.top, pattern)
    line_map = 'ts = "at"\nbranch = "head"\ntokens = "usage.total"\n'
    said = take(importing, line_map, use(head=branch), args=options)
    assert [(row["sd"], row["phase"]) for row in said.tokens] == ([expected] if expected else [])
    assert ("branch 'main' names no SD" in said.out) == (expected is None)


@pytest.mark.parametrize("field", ["", 'id = "key"\n'], ids=["without id", "with id"])
def test_importing_again_adds_only_what_is_new(importing: Importer, field: str) -> None:
    rows = [use(key=1), use(key=2, ticket="SD-2"), use(key=3, ticket="SD-3")]
    take(importing, USAGE + field, *rows[:2])
    said = take(importing, USAGE + field, *rows)
    assert said.out.startswith("1 new event, 42 tokens\n")
    assert "2 events logged before\n" in said.out
    assert len(said.tokens) == 3
    said = take(importing, USAGE.replace('"stage"', '{ constant = "LEAD" }') + field, *rows)
    assert "3 events logged before with other figures, left as they are\n" in said.out
    assert len(said.tokens) == 3


def test_lines_that_are_alike_are_as_many_and_a_copy_of_the_file_adds_none(
    importing: Importer,
) -> None:
    take(importing, USAGE, use(), use())
    copy = importing.file("copy.jsonl", use(), use())
    said = importing(
        "jsonl", "--map", importing.folder / "map.toml", importing.folder / "rows.jsonl", copy
    )
    assert [row["tokens"] for row in said.tokens] == [42, 42]


def test_an_id_that_stands_for_two_things_is_logged_once_and_told(importing: Importer) -> None:
    said = take(importing, USAGE + 'id = "key"\n', use(key=1), use(key=1, ticket="SD-2"))
    assert [row["sd"] for row in said.tokens] == ["SD-1"]
    assert "says something else under an id that was there before" in said.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b'{"at": ', "not a whole line of JSON", id="torn"),
        pytest.param(b"\xff", "not a whole line of JSON", id="not UTF-8"),
        pytest.param(b"\0", "not a whole line of JSON", id="NUL"),
        pytest.param(b"[" * 100_000, "not a whole line of JSON", id="nested"),
        pytest.param(b'{"a":' * 100_000, "not a whole line of JSON", id="nested objects"),
        pytest.param(b"9" * 5_000, "not a whole line of JSON", id="huge number"),
        pytest.param(b"[1]", "not a JSON object", id="list"),
        pytest.param(b'{"at": 1, "at": 2}', "key 'at' stands twice", id="duplicate key"),
        pytest.param(use(at="yesterday"), "ts (at): 'yesterday' is no time", id="time"),
        pytest.param(use(at=None), "ts (at): is missing", id="no time"),
        pytest.param(use(at=1e308), "ts (at): 1e+308 is no time", id="number for a time"),
        pytest.param(use(at="2099-01-01T00:00:00Z"), "more than a day in the future", id="future"),
        pytest.param(use(at="0001-01-01T00:00:00Z"), "is no time", id="long ago"),
        pytest.param(use(ticket="x" * 300), "has 300 characters", id="long"),
        pytest.param(use(ticket="a\0b"), "holds control characters", id="NUL in a text"),
        pytest.param(use(ticket="\ud800"), "is not valid UTF-8", id="surrogate"),
        pytest.param(use(ticket=["SD-1"]), "sd (ticket): ['SD-1'] is no text", id="wrong type"),
        pytest.param(use(ticket=None), "names no SD", id="no SD"),
        pytest.param(use(stage="BUILD"), "'BUILD' is no phase of the policy", id="phase"),
        pytest.param(use(who="a b"), "agent (who): 'a b' is no agent name", id="agent"),
        pytest.param(
            use(llm={"id": "\x1b[31m"}), "model (llm.id): the id of the model", id="model"
        ),
        pytest.param(use(usage={"total": -1}), "tokens (usage.total): -1 is no", id="negative"),
        pytest.param(use(usage={"total": "42"}), "tokens (usage.total): '42' is no", id="text"),
        pytest.param(use(usage={"total": 4.5}), "tokens (usage.total): 4.5 is no", id="fraction"),
        pytest.param(use(usage={"total": 10**30}), "tokens (usage.total): 1000", id="large"),
        pytest.param(use(usage=None), "says nothing of tokens", id="no tokens"),
        pytest.param(
            use(at=0, who=1.5, usage={"total": True}),
            "ts (at): 0 is no time (with an offset, e.g. 2025-12-03T10:15:00Z); "
            "agent (who): 1.5 is no text; tokens (usage.total): True is no",
            id="all that is wrong",
        ),
    ],
)
def test_a_line_that_does_not_fit_is_named_and_costs_only_itself(
    importing: Importer, bad: object, reason: str
) -> None:
    said = take(importing, USAGE, use(), bad, use(ticket="SD-9"))
    assert (said.code, len(said.tokens)) == (0, 2)
    assert "  1 time: " in said.out
    assert reason in said.out
    assert "(first: rows.jsonl:2)" in said.out


def test_where_no_line_can_be_read_the_import_has_failed(importing: Importer) -> None:
    said = take(importing, USAGE, b"nonsense", b"nonsense", use(at="noon"))
    assert said.code == 1
    assert said.out.startswith("0 new events, 0 tokens\nleft out:\n  2 times: not a whole line")
    assert said.err == (
        "error: nothing that the files hold could be logged; most often, not a whole line of JSON; the rest "
        "of it is lost (first: rows.jsonl:1)\n"
    )


def test_what_was_logged_before_or_is_ignored_is_no_failure(importing: Importer) -> None:
    assert take(importing, LEDGER, outcome("f", "reverted")).code == 0
    again = take(importing, LEDGER, outcome("f", "reverted"), b"nonsense")
    assert (again.code, len(again.reworks)) == (0, 1)
    ignored = take(importing, LEDGER, outcome("g", "abandoned"))
    assert (ignored.code, "says nothing of rework" in ignored.out) == (0, True)
    assert take(importing, LEDGER, {**outcome("g", ""), "outcome": None}).code == 1


def test_where_no_key_names_an_sd_all_that_were_tried_are_said(importing: Importer) -> None:
    line_map = USAGE.replace('sd = "ticket"', 'sd = ["ticket", "run.branch"]\nbranch = "head"')
    said = take(importing, line_map, use(ticket=""))
    assert "sd (ticket, run.branch), branch (head): names no SD, nor a branch that" in said.out
    assert "None" not in said.out


def test_a_sum_that_no_row_may_hold_is_left_out_and_said(importing: Importer) -> None:
    line_map = USAGE.replace('"usage.total"', '{ sum = ["usage.input", "usage.output"] }')
    said = take(importing, line_map, use(usage={"input": MOST_TOKENS, "output": 1}))
    assert said.tokens == []
    assert "9007199254740993 is no whole number from 0 to 9,007,199,254,740,992" in said.out


def test_a_word_that_the_map_does_not_list_is_told(importing: Importer) -> None:
    said = take(importing, LEDGER, outcome("f", "exploded"))
    assert said.reworks == []
    expected = "rework (outcome): 'exploded' is not listed in its values; add it there or to ignore"
    assert expected in said.out


def test_any_number_of_reasons_takes_a_bounded_list(importing: Importer) -> None:
    rows = (use(stage=f"x{number}") for number in range(1_500))
    said = take(importing, USAGE, *rows, args=("--format", "json"))
    skipped = said.document["skipped"]
    assert len(skipped) == 1_001
    assert sum(skip["count"] for skip in skipped) == 1_500


PROBLEMS = """\
ts = { key = "at", format = "%Y-%m-%d %H:%M" }
sd = []
agnet = "who"
phase = { constant = "EXEC", key = "stage" }
model = 7
tokens = { sum = ["a", ""] }
issue = "wobbly"

[rework]
key = "outcome"
values = { reverted = "yes" }
colour = "red"
"""


def test_every_problem_of_a_map_is_told_with_its_line_and_key(importing: Importer) -> None:
    said = take(importing, PROBLEMS, use())
    path = importing.folder / "map.toml"
    assert (said.code, said.out, said.tokens) == (1, "", [])
    assert said.err == "".join(
        f"error: {path}:{line}\n"
        for line in (
            "1: ts.format: names no offset; add offset = 'Z' or another",
            "2: sd.key: must name at least one key, none of them empty",
            "3: agnet: is no key of the map; remove it or correct its spelling",
            "4: phase.constant: does not go with key; keep one",
            "5: model: must be a table",
            "6: tokens.sum: must name at least one key, none of them empty",
            "11: rework.values: must be a table of words and what each means, "
            "e.g. { reverted = true, merged = false }",
            "12: rework.colour: is no key of the map; remove it or correct its spelling",
        )
    )


def test_the_map_that_the_documentation_shows_is_one() -> None:
    text = (Path(__file__).parents[2] / ".github" / "LOGGING.md").read_text("utf-8")
    shown = next(part for part in text.split("```toml\n") if 'key = "outcome"' in part)
    found = read_map(textwrap.dedent(shown.split("```")[0]), "LOGGING.md")
    assert found.rework is not None
    assert found.rework.values == {"reverted": True, "merged": False}


@pytest.mark.parametrize(
    ("line_map", "problem"),
    [
        pytest.param("", "ts: is missing; add it", id="empty"),
        pytest.param('ts = "at"', "tokens: is missing; map tokens, rework or both", id="no log"),
        pytest.param(
            'ts = "at"\nrework = "bad"', "rework: is about an agent; map agent too", id="no agent"
        ),
        pytest.param('ts = "at"\ntokens = "n"\ncause = "c"', "goes with rework", id="no rework"),
        pytest.param("ts = ", "is not valid TOML", id="no TOML"),
        pytest.param(
            'ts = { key = "a", format = "%Q" }', "ts.format: must be seconds", id="format"
        ),
        pytest.param('ts = { key = "a", format = "%Y%Y" }', "must be seconds", id="twice a year"),
        pytest.param('ts = { key = "a", offset = "CET" }', "ts.offset: must be Z", id="offset"),
        pytest.param(
            'ts = { key = "a", format = "seconds", offset = "Z" }', "remove it", id="needless"
        ),
        pytest.param("ts = {}", "ts.key: is missing; name the key that holds it", id="no key"),
        pytest.param("[ts.key]\nx = 1", "ts.key: must be a list", id="wrong type"),
    ],
)
def test_a_map_that_is_none_is_told(line_map: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as told:
        read_map(line_map, "map.toml")
    assert problem in str(told.value)


@pytest.mark.parametrize("path", ["nothing.toml", "/dev/zero", "."], ids=["none", "endless", "dir"])
def test_a_map_that_cannot_be_read_is_told(importing: Importer, path: str) -> None:
    said = importing("jsonl", "--map", path, importing.file("rows.jsonl", use()))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: {path}: ")


def test_every_path_without_lines_is_told(importing: Importer) -> None:
    (importing.folder / "map.toml").write_text(USAGE)
    (importing.folder / "empty").mkdir()
    nothing = importing.folder / "none.jsonl", importing.folder / "empty"
    said = importing("jsonl", "--map", importing.folder / "map.toml", *nothing)
    assert said.code == 1
    assert "none.jsonl: there is no such file or folder; correct the path" in said.err
    assert "empty: holds no JSON Lines; pass a file, or a folder of .jsonl" in said.err


_FULL = """
import resource, sys
from bot.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
sys.exit(main(sys.argv[1:]))
"""


def test_a_disk_that_takes_no_more_has_words_and_nothing_is_logged(importing: Importer) -> None:
    top = desk(importing.top)
    (importing.folder / "map.toml").write_text(USAGE)
    path = importing.file("rows.jsonl", *(use(ticket=f"SD-{number}") for number in range(1_000)))
    args = ["log", "import", "jsonl", "--map", str(importing.folder / "map.toml"), str(path)]
    done = subprocess.run(
        [sys.executable, "-c", _FULL, *args],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: File too large; ")
    assert done.stderr.count("\n") == 1
    assert logged(top) == []


_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@pytest.mark.slow
@given(rows=st.lists(st.dictionaries(st.sampled_from(list(use())), _values), max_size=6))
@settings(max_examples=60, deadline=None)
def test_whatever_a_line_says_it_is_a_row_or_told(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(use(**row))}\n" for row in rows))
    attribution = Attribution(None, None, (), ("LEAD", "EXEC"), "EXEC")
    choices = Choices(attribution, "MAIN", count_cache_reads=False, now=1_800_000_000_000_000)
    both = f'{USAGE}rework = {{ key = "redone", constant = true }}\n'.replace(
        'key = "redone", ', ""
    )
    found = json_lines.read(read_map(both, "map.toml"), [path], choices)
    taken = len(list(found.reworks.events()))
    assert taken + sum(skip.count for skip in found.tokens.skipped) == len(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    "filler",
    [
        pytest.param(0, marks=pytest.mark.stress, id="short lines"),
        pytest.param(2_000, id="long lines"),
    ],
)
def test_twenty_mebibytes_are_imported_in_less_than_200_mib_of_memory(
    filler: int, tmp_path: Path
) -> None:
    top, size, count = desk(tmp_path / "r"), 0, 0
    (tmp_path / "map.toml").write_text(USAGE)
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as file:
        while size < 20 * 1024 * 1024:
            row = use(ticket=f"SD-{count}", at=f"2025-12-0{1 + count % 9}T10:00:00Z")
            size += file.write(json.dumps({**row, "x": "x" * filler}).encode() + b"\n")
            count += 1
    for expected in ((count, 42 * count, 0), (0, 0, count)):
        said, mib = measured(top, "jsonl", "--map", tmp_path / "map.toml", path)
        assert (said["events"], said["tokens"], said["already_logged"]) == expected
        print(f"{count} lines, {mib} MiB")
        assert mib < 200
