"""`log import litellm`: a proxy's spend logs, as JSON Lines and CSV (issue 11, item 5)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import desk
from tests.support.importing import Imported, Importer, measured

PATTERN = "\n[[imports.branches]]\npattern = '(?P<phase>lead|plan|exec)/(?P<sd>SD-\\d+)'\n"


def request(number: int = 1, **more: Any) -> dict[str, Any]:
    """A row of the proxy's table."""
    return {
        "request_id": f"chatcmpl-{number}",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.0021,
        "total_tokens": 120,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "startTime": "2025-12-02T10:00:00.123000+00:00",
        "endTime": "2025-12-02T10:00:02.000000+00:00",
        "model": "anthropic/claude-sonnet-4-5",
        "user": "",
        "metadata": {"user_api_key_alias": "team", "spend_logs_metadata": None},
        "cache_hit": "False",
        "status": "success",
        "request_tags": ["User-Agent: agent/1.0"],
        "session_id": "s-1",
        "agent_id": None,
        **more,
    }


def as_csv(*rows: dict[str, Any]) -> bytes:
    """The same as an export of the table: objects and lists as JSON text, nothing for null."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow(
            {
                key: json.dumps(value, indent=1) if isinstance(value, dict | list) else value
                for key, value in row.items()
            }
        )
    return out.getvalue().encode()


def take(
    importing: Importer, *rows: Any, kind: str = "jsonl", args: tuple[str, ...] = ()
) -> Imported:
    path = importing.file("spend.jsonl", *rows)
    if kind == "csv":
        path = importing.folder / "spend.csv"
        path.write_bytes(as_csv(*rows))
    return importing("litellm", path, *args)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_each_request_is_a_row_of_its_session(importing: Importer, kind: str) -> None:
    said = take(importing, request(), request(2, session_id="s-2", agent_id="API"), kind=kind)
    assert (said.code, said.err) == (0, "")
    rows = sorted(said.tokens, key=lambda row: row["sd"])
    assert [{k: v for k, v in row.items() if k != "id"} for row in rows] == [
        {
            "ts": "2025-12-02T10:00:00.123Z",
            "sd": sd,
            "phase": "EXEC",
            "tokens": 120,
            "model": "anthropic/claude-sonnet-4-5",
            "agent": agent,
        }
        for sd, agent in (("s-1", "MAIN"), ("s-2", "API"))
    ]
    assert said.out.startswith("2 new events, 240 tokens\n")
    assert "note: responses that no branch puts to an SD: 2, logged under their session" in said.out


@pytest.mark.parametrize("first", ["jsonl", "csv"])
def test_a_request_counts_once_whatever_it_was_exported_as(importing: Importer, first: str) -> None:
    rows = [request(), request(2)]
    second = {"jsonl": "csv", "csv": "jsonl"}[first]
    assert take(importing, *rows, kind=first).out.startswith("2 new events")
    again = take(importing, *rows, request(3), kind=second)
    assert again.out.startswith("1 new event, 120 tokens\n")
    assert "2 events logged before\n" in again.out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("row", "options", "expected"),
    [
        pytest.param(
            {"request_tags": ["sd:SD-7", "phase:plan", "agent:testing-agent"]},
            (),
            ("SD-7", "PLAN", "TESTING"),
            id="tags",
        ),
        pytest.param({"request_tags": ["lead/SD-8"]}, (), ("SD-8", "LEAD", "MAIN"), id="a branch"),
        pytest.param(
            {"request_tags": ["branch:lead/SD-8"]}, (), ("SD-8", "LEAD", "MAIN"), id="branch: tag"
        ),
        pytest.param(
            {"metadata": {"spend_logs_metadata": {"sd": "SD-9", "agent": "RETRO"}}},
            (),
            ("SD-9", "EXEC", "RETRO"),
            id="metadata",
        ),
        pytest.param(
            {
                "request_tags": ["agent:API", "agent:RISK"],
                "metadata": {"spend_logs_metadata": {"agent": "RETRO"}},
                "agent_id": "DESIGN",
            },
            (),
            ("s-1", "EXEC", "API"),
            id="the first tag speaks",
        ),
        pytest.param(
            {"request_tags": ["lead/SD-8"]}, ("--sd", "X-1"), ("X-1", "LEAD", "MAIN"), id="said"
        ),
        pytest.param(
            {"agent_id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
            (),
            ("s-1", "EXEC", "SUBAGENT"),
            id="an id that names nobody",
        ),
    ],
)
def test_callers_tell_sd_phase_and_agent(
    importing: Importer,
    kind: str,
    row: dict[str, Any],
    options: tuple[str, ...],
    expected: tuple[str, str, str],
) -> None:
    desk(importing.top, PATTERN)
    said = take(importing, request(**row), kind=kind, args=options)
    assert [(r["sd"], r["phase"], r["agent"]) for r in said.tokens] == [expected]


USAGES = {
    "of the provider": {"usage_object": {"cache_read_input_tokens": 60}},
    "details": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 60}}},
    "values": {"additional_usage_values": {"cache_read_input_tokens": 60}},
}


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize("metadata", USAGES.values(), ids=USAGES)
def test_what_the_provider_had_cached_is_in_the_prompt(
    importing: Importer, kind: str, metadata: dict[str, Any]
) -> None:
    said = take(importing, request(metadata=metadata), kind=kind)
    assert [row["tokens"] for row in said.tokens] == [60]


@pytest.mark.parametrize(
    "written",
    [
        "2025-12-02T10:00:00.123Z",
        "2025-12-02 10:00:00.123",
        "2025-12-02T10:00:00.123",
        "2025-12-02 11:00:00.123+01",
        "2025-12-02T11:00:00.123000+01:00",
    ],
)
def test_a_time_without_offset_is_utc(importing: Importer, written: str) -> None:
    said = take(importing, request(startTime=written))
    assert [row["ts"] for row in said.tokens] == ["2025-12-02T10:00:00.123Z"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"status": "failure"}, "a request that failed", id="failed"),
        pytest.param({"cache_hit": "True"}, "answered from LiteLLM's own cache", id="cache hit"),
        pytest.param({"prompt_tokens": 0, "completion_tokens": 0}, "without tokens", id="none"),
        pytest.param({"request_id": None}, "request_id is missing", id="no id"),
        pytest.param({"startTime": "yesterday"}, "startTime: 'yesterday' is no time", id="time"),
        pytest.param({"startTime": "2099-01-01T00:00:00Z"}, "in the future", id="future"),
        pytest.param({"prompt_tokens": -1}, "prompt_tokens: ", id="negative"),
        pytest.param({"prompt_tokens": 1.5}, "prompt_tokens: ", id="fraction"),
        pytest.param({"completion_tokens": None}, "completion_tokens: ", id="missing"),
        pytest.param({"completion_tokens": 10**30}, "completion_tokens: ", id="large"),
        pytest.param({"model": "a\x1bb"}, "the id of the model", id="model"),
        pytest.param({"session_id": "x" * 300}, "has 300 characters", id="long"),
        pytest.param({"session_id": None}, "names no SD", id="no SD"),
        pytest.param({"request_tags": ["phase:BUILD"]}, "'BUILD' is no phase", id="phase"),
        pytest.param({"metadata": "[" * 50_000}, "not a whole line of JSON", id="nested"),
        pytest.param(
            {"metadata": {"usage_object": {"cache_read_input_tokens": 101}}},
            "more tokens were read from the cache",
            id="cache",
        ),
        pytest.param(
            {"metadata": {"usage_object": {"cache_read_input_tokens": "x"}}},
            "'x' is no",
            id="count",
        ),
    ],
)
def test_a_row_that_is_no_run_or_does_not_fit_is_named_and_costs_only_itself(
    importing: Importer, kind: str, row: dict[str, Any], reason: str
) -> None:
    said = take(importing, request(), request(2, **row), request(3), kind=kind)
    assert (said.code, [r["tokens"] for r in said.tokens]) == (0, [120, 120])
    assert reason in said.out


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b'{"request_id": ', "not a whole line of JSON", id="torn"),
        pytest.param(b"\0", "not a whole line of JSON", id="NUL"),
        pytest.param(b"[" * 100_000, "jq -c '.[]'", id="nested"),
        pytest.param(b'[{"request_id": 1}]', "write one row a line, e.g. with jq", id="a list"),
        pytest.param(b'{"a": 1, "a": 2}', "key 'a' stands twice", id="duplicate key"),
    ],
)
def test_a_line_that_is_none_is_named(importing: Importer, bad: bytes, reason: str) -> None:
    said = take(importing, request(), bad, request(3))
    assert (said.code, len(said.tokens)) == (0, 2)
    assert reason in said.out
    assert "(first: spend.jsonl:2)" in said.out


def test_requests_that_no_model_answered_are_no_failure(importing: Importer) -> None:
    assert take(importing, request(status="failure"), request(2, cache_hit="True")).code == 0
    assert take(importing, {**request(), "request_id": None}).code == 1


GOOD = as_csv(request(), request(2))
HEADER = GOOD.split(b"\n")[0]


@pytest.mark.parametrize(
    ("data", "logged", "reason"),
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD, 2, "", id="byte order mark"),
        pytest.param(GOOD.replace(b"\n", b"\r\n"), 2, "", id="CRLF"),
        pytest.param(GOOD + b"a,b\n", 2, "has 2 fields where the first line has 17", id="fields"),
        pytest.param(GOOD + b'"a"b,c\n', 2, "is no CSV", id="quotes"),
        pytest.param(GOOD + b'"a\n' * 3, 2, "is no CSV", id="a quote that does not end"),
        pytest.param(GOOD + b"\0" * 16 + b",\n", 2, "fields where", id="NUL"),
        pytest.param(
            b"a,b\n1,2\n", 0, "the first line names no request_id, startTime", id="header"
        ),
        pytest.param(HEADER, 0, "", id="no rows"),
        pytest.param(b"", 0, "", id="empty"),
        pytest.param(GOOD + b"x" * 9_000_000 + b"\n", 2, "line longer than 8 MiB", id="long"),
        pytest.param(GOOD + b"\xff," * 16 + b"x\n", 2, "startTime: ", id="not UTF-8"),
    ],
)
def test_a_table_that_is_not_sound_costs_what_is_wrong_alone(
    importing: Importer, data: bytes, logged: int, reason: str
) -> None:
    path = importing.folder / "spend.csv"
    path.write_bytes(data)
    said = importing("litellm", path)
    assert (said.code, len(said.tokens)) == (int(bool(reason and not logged)), logged)
    assert reason in said.out
    assert ("left out" in said.out) == bool(reason)


ODD: list[Any] = [None, True, 7, -1, 1.5, "x", "{", "[", "\ud800", [], [[]], {}, {"sd": 7}, ["sd:"]]


@pytest.mark.slow
@pytest.mark.parametrize("key", list(request()))
def test_whatever_stands_in_a_field_it_is_no_bug(importing: Importer, key: str) -> None:
    rows = [request(number, **{key: odd}) for number, odd in enumerate(ODD)]
    rows += [
        request(100 + number, metadata={"usage_object": odd}) for number, odd in enumerate(ODD)
    ]
    assert take(importing, *rows).code == 0


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_twenty_mebibytes_are_imported_in_less_than_200_mib_of_memory(
    kind: str, tmp_path: Path
) -> None:
    top, count, size = desk(tmp_path / "r"), 0, 0
    path = tmp_path / f"spend.{kind}"
    with path.open("wb") as file:
        while size < 20 * 1024 * 1024:
            row = request(count)
            data = as_csv(row) if kind == "csv" else json.dumps(row).encode() + b"\n"
            header = kind == "csv" and count
            size += file.write(data.split(b"\n", 1)[1] if header else data)
            count += 1
    for new in (True, False):
        said, mib = measured(top, "litellm", path)
        assert (said["events"] or said["already_logged"]) == count
        assert said["tokens"] == (120 * count if new else 0)
        print(f"{count} requests, {mib} MiB")
        assert mib < 200
