"""`log import otel`: OTLP JSON of whatever exporter, whatever it says (issue 11, item 5)."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import desk
from tests.support.importing import Imported, Importer, measured

STARTED = 1_764_669_600_000_000_000
TRACE = "5b8efff798038103d269b633813fc60c"


def attributes(**said: Any) -> list[dict[str, Any]]:
    """Attributes, `__` standing for a dot; a dictionary is a value as it is written."""
    kinds = {int: "intValue", float: "doubleValue", bool: "boolValue", str: "stringValue"}
    return [
        {
            "key": key.replace("__", "."),
            "value": value
            if isinstance(value, dict)
            else {kinds[type(value)]: str(value) if type(value) is int else value},
        }
        for key, value in said.items()
    ]


USAGE = {"gen_ai__usage__input_tokens": 100, "gen_ai__usage__output_tokens": 20}


def span(number: int, parent: int = 0, said: Any = USAGE, **more: Any) -> dict[str, Any]:
    made = {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": str(STARTED),
        "endTimeUnixNano": str(STARTED + 1),
        "attributes": attributes(**said) if isinstance(said, dict) else said,
    }
    return {**made, **({"parentSpanId": f"{parent:016x}"} if parent else {}), **more}


def batch(*spans: object, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    about = {"attributes": attributes(**(resource or {}))}
    scopes = [{"scope": {"name": "tests"}, "spans": list(spans)}]
    return {"resourceSpans": [{"resource": about, "scopeSpans": scopes}]}


def take(importing: Importer, *lines: object, args: tuple[str, ...] = ()) -> Imported:
    return importing("otel", importing.file("traces.jsonl", *lines), *args)


def tokens(said: Imported) -> list[int]:
    return sorted(row["tokens"] for row in said.tokens)


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        pytest.param(USAGE, 120, id="names of today"),
        pytest.param(
            {"gen_ai__usage__prompt_tokens": 30, "gen_ai__usage__completion_tokens": 4},
            34,
            id="older names",
        ),
        pytest.param({"gen_ai__usage__input_tokens": 7}, 7, id="an embedding has no output"),
        pytest.param(USAGE | {"gen_ai__usage__cache_read__input_tokens": 60}, 60, id="cache"),
        pytest.param(USAGE | {"gen_ai__usage__cache_read_input_tokens": 60}, 60, id="older cache"),
        pytest.param({"gen_ai__usage__input_tokens": 5.0}, 5, id="a whole number as a double"),
        pytest.param({"gen_ai__usage__input_tokens": {"intValue": 5}}, 5, id="a bare number"),
    ],
)
def test_every_spelling_of_usage_counts(
    importing: Importer, said: dict[str, Any], counted: int
) -> None:
    assert tokens(take(importing, batch(span(1, said=said)))) == [counted]


def test_cache_reads_count_if_the_policy_says_so(importing: Importer) -> None:
    desk(importing.top, "\n[imports]\ncount_cache_reads = true\n")
    said = USAGE | {"gen_ai__usage__cache_read__input_tokens": 60}
    assert tokens(take(importing, batch(span(1, said=said)))) == [120]


TREE = [
    span(1, said=USAGE | {"gen_ai__agent__name": "API", "gen_ai__conversation__id": "talk"}),
    span(2, 1, said={"http__request__method": "POST"}),
    span(3, 2),
    span(4, 2, said={"gen_ai__agent__name": "RETRO", "vcs__ref__head__name": "SD-7"}),
    span(5, 4),
    span(6, 99),
]


@pytest.mark.parametrize("order", [1, -1], ids=["outer first", "inner first"])
@pytest.mark.parametrize("size", [1, 6], ids=["a line each", "one line"])
def test_the_innermost_counts_and_inherits_from_what_is_around_it(
    importing: Importer, order: int, size: int
) -> None:
    desk(importing.top, "\n[[imports.branches]]\npattern = '(?P<sd>SD-\\d+)'\n")
    spans = TREE[::order]
    said = take(importing, *(batch(*spans[at : at + size]) for at in range(0, 6, size)))
    assert sorted((row["agent"], row["sd"], row["tokens"]) for row in said.tokens) == [
        ("API", "talk", 120),
        ("MAIN", TRACE, 120),
        ("RETRO", "SD-7", 120),
    ]


def test_spans_written_twice_count_once(importing: Importer) -> None:
    one = batch(*TREE)
    assert len(take(importing, one, one).tokens) == 3
    copy = importing.file("copy.json", one)
    assert importing("otel", copy, importing.folder / "traces.jsonl").out.startswith("0 new events")


def test_a_resource_says_what_its_spans_do_not(importing: Importer) -> None:
    said = take(importing, batch(span(1), resource={"gen_ai__agent__name": "Code Reviewer"}))
    assert [row["agent"] for row in said.tokens] == ["CODE-REVIEWER"]
    assert "no phase of the table lists CODE-REVIEWER, so it is judged but never" in said.out


def test_an_unknown_model_is_told_in_plain_words(importing: Importer) -> None:
    said = take(importing, batch(span(1, said=USAGE | {"gen_ai__request__model": "gpt-oss"})))
    assert [row["model"] for row in said.tokens] == ["gpt-oss"]
    assert "no rung of the ladder knows the model 'gpt-oss', so its tokens count, but" in said.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b'{"resourceSpans": [', "not a whole document of OTLP JSON", id="torn"),
        pytest.param(b"\0", "not a whole document", id="NUL"),
        pytest.param(b"\xff", "not a whole document", id="not UTF-8"),
        pytest.param(b'{"resourceSpans":' + b"[" * 100_000, "not a whole document", id="nested"),
        pytest.param(b"[]", "not a whole document", id="list"),
        pytest.param({"resourceSpans": 7}, "not a whole document", id="wrong type"),
        pytest.param(
            {"spans": []}, "has neither resourceSpans nor resourceLogs", id="something else"
        ),
        pytest.param(batch(7), "not a JSON object", id="no span"),
        pytest.param(batch(span(2, spanId=None)), "without traceId and spanId", id="no id"),
        pytest.param(batch(span(2, startTimeUnixNano="soon")), "no time in nano", id="time"),
        pytest.param(batch(span(2, startTimeUnixNano=-5)), "no time in nano", id="before all time"),
        pytest.param(
            batch(span(2, startTimeUnixNano="9" * 20)), "in the future", id="after all time"
        ),
        pytest.param(batch(span(2, startTimeUnixNano=1)), "outside the years", id="1970"),
        pytest.param(
            batch(span(2, said={"gen_ai__usage__input_tokens": -1})), "'-1' is no", id="negative"
        ),
        pytest.param(
            batch(span(2, said={"gen_ai__usage__input_tokens": 10**19})), "1000", id="large"
        ),
        pytest.param(
            batch(span(2, said={"gen_ai__usage__input_tokens": "many"})), "'many' is no", id="text"
        ),
        pytest.param(
            batch(span(2, said={"gen_ai__usage__input_tokens": 1.5})), "1.5 is no", id="fraction"
        ),
        pytest.param(
            batch(span(2, said=USAGE | {"gen_ai__usage__cache_read__input_tokens": 101})),
            "more tokens were read from the cache",
            id="cache",
        ),
        pytest.param(
            batch(span(2, said=USAGE | {"gen_ai__request__model": "a\0b"})), "the model", id="model"
        ),
        pytest.param(
            batch(span(2, said=USAGE | {"gen_ai__conversation__id": "x" * 300})), "300", id="long"
        ),
    ],
)
def test_what_cannot_be_read_is_named_and_costs_only_itself(
    importing: Importer, bad: object, reason: str
) -> None:
    said = take(importing, batch(span(1)), bad, batch(span(9)))
    assert (said.code, tokens(said)) == (0, [120, 120])
    assert "  1 time: " in said.out
    assert reason in said.out
    assert "(first: traces.jsonl:2)" in said.out


@pytest.mark.parametrize("length", [1, 2, 3])
def test_spans_around_themselves_end(importing: Importer, length: int) -> None:
    circle = [span(at, at % length + 1) for at in range(1, length + 1)]
    assert take(importing, batch(*circle, span(8, 1), span(9))).code == 0


@pytest.mark.slow
def test_ten_thousand_spans_inside_one_another_are_read_in_a_moment(importing: Importer) -> None:
    deep = (batch(span(at, at - 1)) for at in range(1, 10_001))
    said = take(importing, *deep)
    assert tokens(said) == [120]


ODD: list[Any] = [None, True, 7, -1, 1.5, "x", "\ud800", [], [[]], {}, {"key": 7}, [{"key": "a"}]]


@pytest.mark.parametrize("key", ["traceId", "spanId", "parentSpanId", "attributes", "events"])
def test_whatever_stands_in_a_field_of_a_span_it_is_no_bug(importing: Importer, key: str) -> None:
    spans = (span(at, **{key: odd}) for at, odd in enumerate(ODD, 1))
    assert take(importing, batch(*spans), batch(span(99))).code == 0


@pytest.mark.parametrize("name", ["usage__input_tokens", "agent__name", "request__model"])
def test_whatever_an_attribute_says_it_is_no_bug(importing: Importer, name: str) -> None:
    kinds = ("stringValue", "intValue", "doubleValue", "arrayValue", "kvlistValue")
    values = [{kind: odd} for kind, odd in itertools.product(kinds, ODD)]
    spans = (span(at, said={**USAGE, f"gen_ai__{name}": odd}) for at, odd in enumerate(values, 1))
    assert take(importing, batch(*spans), batch(span(99))).code == 0


def test_whatever_stands_around_spans_it_is_no_bug(importing: Importer) -> None:
    lines: list[object] = []
    for odd in ODD:
        lines += [{"resourceSpans": odd}, {"resourceSpans": [odd]}, {"resourceLogs": [odd]}]
        lines += [{"resourceSpans": [{"resource": odd, "scopeSpans": [{"spans": [span(1)]}]}]}]
        lines += [{"resourceSpans": [{"scopeSpans": odd}]}, {"resourceLogs": [{"scopeLogs": odd}]}]
        lines += [{"resourceLogs": [{"scopeLogs": [{"logRecords": [odd]}]}]}]
    assert len(take(importing, *lines).tokens) == 1


@pytest.mark.slow
@pytest.mark.stress
def test_twenty_mebibytes_are_imported_in_less_than_200_mib_of_memory(tmp_path: Path) -> None:
    top, size, made = desk(tmp_path / "r"), 0, 0
    path = tmp_path / "traces.jsonl"
    with path.open("wb") as file:
        while size < 20 * 1024 * 1024:
            made += 1
            row = batch(span(2 * made, 2 * made - 1), span(2 * made - 1, said={"x": "y" * 200}))
            size += file.write(json.dumps(row).encode() + b"\n")
    for expected in ((made, 120 * made, 0), (0, 0, made)):
        said, mib = measured(top, "otel", path)
        assert (said["events"], said["tokens"], said["already_logged"]) == expected
        print(f"{2 * made} spans, {mib} MiB")
        assert mib < 200
