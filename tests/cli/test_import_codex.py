"""`log import codex`: session rollouts, with forks that replay their parents (issue 11, item 5)."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import desk
from tests.support.importing import Imported, Importer, measured

AT = "2025-12-02T10:00:{:02}.000Z"


def meta(session: str, **more: Any) -> dict[str, Any]:
    payload = {"id": session, "cwd": "/w", "source": "cli", **more}
    return {"timestamp": AT.format(0), "type": "session_meta", "payload": payload}


def context(model: str = "gpt-5.2-codex") -> dict[str, Any]:
    payload = {"cwd": "/w", "model": model}
    return {"timestamp": AT.format(0), "type": "turn_context", "payload": payload}


def usage(given: int, cached: int, made: int) -> dict[str, int]:
    """Counts of a response: what was given holds what was cached, what was made the reasoning."""
    return {
        "input_tokens": given,
        "cached_input_tokens": cached,
        "output_tokens": made,
        "reasoning_output_tokens": made // 2,
        "total_tokens": given + made,
    }


def count(at: int, total: Any, last: Any, **more: Any) -> dict[str, Any]:
    info = {"total_token_usage": total, "last_token_usage": last, **more}
    payload = {"type": "token_count", "info": info, "rate_limits": {"primary": None}}
    return {"timestamp": AT.format(at), "type": "event_msg", "payload": payload}


def turns(first: int = 1, last: int = 3, at: int | None = None) -> list[dict[str, Any]]:
    """Responses of 100 tokens put in, 40 of them cached, and as many made as the number says."""
    return [
        count(
            number if at is None else at,
            usage(100 * number, 40 * number, sum(range(number + 1))),
            usage(100, 40, number),
        )
        for number in range(first, last + 1)
    ]


def take(importing: Importer, *args: str, **files: list[object]) -> Imported:
    for name, rows in files.items():
        importing.file(f"sessions/{name}.jsonl", *rows)
    return importing("codex", importing.folder / "sessions", *args)


def tokens(said: Imported) -> list[int]:
    return [row["tokens"] for row in said.tokens]


SPEAKS = {"timestamp": AT.format(0), "type": "response_item", "payload": {"type": "message"}}
ALPHA = [
    context(),
    count(1, usage(1000, 250, 125), usage(1000, 250, 125), model="gpt-5.2-codex"),
    count(2, usage(3500, 750, 425), usage(2500, 500, 300), model="gpt-5.3-codex"),
]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("", [1000 - 250 + 125, 2500 - 500 + 300], id="3,175"),
        pytest.param("\n[imports]\ncount_cache_reads = true\n", [1125, 2800], id="3,925"),
    ],
)
def test_each_response_is_a_row_of_its_model(
    importing: Importer, policy: str, expected: list[int]
) -> None:
    desk(importing.top, policy)
    said = take(importing, session=ALPHA)
    assert tokens(said) == expected
    assert [row["model"] for row in said.tokens] == ["gpt-5.2-codex", "gpt-5.3-codex"]
    assert {(r["sd"], r["phase"], r["agent"]) for r in said.tokens} == {("session", "EXEC", "MAIN")}
    assert said.out.startswith(f"2 new events, {sum(expected):,} tokens\n")
    assert "note: no rung of the ladder knows the model 'gpt-5.2-codex', so" in said.out


def test_what_is_told_again_counts_once(importing: Importer) -> None:
    one, two, three = turns()
    rows = [meta("a"), context(), one, one, two, {**two, "timestamp": AT.format(9)}, three]
    assert tokens(take(importing, a=rows)) == [61, 62, 63]


def test_limits_without_usage_are_no_response(importing: Importer) -> None:
    limits = {"type": "event_msg", "payload": {"type": "token_count", "info": None}}
    said = take(importing, a=[meta("a"), limits, SPEAKS, count(1, usage(0, 0, 0), usage(0, 0, 0))])
    assert (said.tokens, "left out" in said.out) == ([], False)
    assert "note: the files hold nothing that codex counts; is that their format?\n" in said.out


PARENTS = {
    "forked": {"forked_from_id": "a"},
    "parent": {"parent_thread_id": "a"},
    "spawned": {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "a", "depth": 1}}}},
}


@pytest.mark.slow
@pytest.mark.parametrize("named", PARENTS.values(), ids=PARENTS)
@pytest.mark.parametrize("at", [None, 30], ids=["times kept", "times of the fork"])
@pytest.mark.parametrize("embedded", [True, False], ids=["parent described", "not described"])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_what_a_fork_replays_counts_once_and_is_its_parents(
    importing: Importer, named: dict[str, Any], at: int | None, embedded: bool, order: str
) -> None:
    parent = [meta("a", git={"branch": "main"}), context(), *turns()]
    replay = [*([meta("a")] if embedded else []), context(), *turns(at=at)]
    child = [meta("b", **named), *replay, *turns(4, 5)]
    names = dict(zip(order, ("one", "two"), strict=True))
    said = take(importing, **{names["a"]: parent, names["b"]: child})
    assert tokens(said) == [61, 62, 63, 64, 65]
    assert [row["sd"] for row in said.tokens] == ["a", "a", "a", "b", "b"]
    assert [row["ts"] for row in said.tokens] == [AT.format(number) for number in range(1, 6)]


def test_a_fork_of_a_fork_and_its_sisters_count_what_they_did_themselves(
    importing: Importer,
) -> None:
    rows = {
        "a": [meta("a"), *turns()],
        "b": [meta("b", forked_from_id="a"), meta("a"), *turns(at=30), *turns(4, 5)],
        "c": [
            *(meta("c", forked_from_id="b"), meta("b", forked_from_id="a"), meta("a")),
            *turns(1, 5, at=40),
            *turns(6, 6),
        ],
        "d": [
            meta("d", forked_from_id="a"),
            *turns(at=50),
            count(51, usage(7, 0, 7), usage(1, 0, 6)),
        ],
    }
    said = take(importing, **rows)
    assert sorted(tokens(said)) == [7, 61, 62, 63, 64, 65, 66]
    again = take(importing)
    assert again.out.startswith("0 new events, 0 tokens\n7 events logged before\n")


def test_a_fork_whose_parent_is_missing_is_counted_and_told(importing: Importer) -> None:
    said = take(importing, b=[meta("b", forked_from_id="a"), *turns(at=30), *turns(4, 4)])
    assert sorted(tokens(said)) == [61, 62, 63, 64]
    expected = "note: sessions that others were forked from and no file holds: 1; pass the folder"
    assert expected in said.out
    # The parent adds nothing when it comes later: its responses are known.
    said = take(importing, a=[meta("a"), *turns()])
    assert sorted(tokens(said)) == [61, 62, 63, 64]
    assert "no file holds" not in said.out


def test_a_resumed_session_has_two_files_and_counts_once(importing: Importer) -> None:
    said = take(importing, one=[meta("a"), *turns()], two=[meta("a"), *turns(at=30), *turns(4, 4)])
    assert tokens(said) == [61, 62, 63, 64]
    assert {row["sd"] for row in said.tokens} == {"a"}


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "a"}], ids=["itself", "a circle"])
def test_sessions_forked_from_themselves_end(importing: Importer, links: dict[str, str]) -> None:
    rows = [meta(name, forked_from_id=parent) for name, parent in links.items()]
    assert tokens(take(importing, a=[*rows, *turns()])) == [61, 62, 63]


@pytest.mark.parametrize(
    ("source", "agent"),
    [
        pytest.param("cli", "MAIN", id="a person's"),
        pytest.param("exec", "MAIN", id="a script's"),
        pytest.param(
            {"subagent": {"thread_spawn": {"agent_role": "explorer"}}}, "EXPLORER", id="role"
        ),
        pytest.param(
            {"subagent": {"thread_spawn": {"agent_nickname": "Code Reviewer"}}},
            "CODE-REVIEWER",
            id="nickname",
        ),
        pytest.param({"subagent": "review"}, "REVIEW", id="what it is for"),
        pytest.param({"subagent": {"other": "qa"}}, "QA", id="something else"),
        pytest.param({"subagent": {"thread_spawn": {"depth": 1}}}, "SUBAGENT", id="nothing"),
        pytest.param({"subagent": {"thread_spawn": {"agent_role": "\x1b"}}}, "SUBAGENT", id="none"),
    ],
)
def test_sub_agents_are_logged_under_their_roles(
    importing: Importer, source: object, agent: str
) -> None:
    said = take(importing, a=[meta("a", source=source), *turns(1, 1)])
    assert [row["agent"] for row in said.tokens] == [agent]
    assert ("logged as SUBAGENT" in said.out) == (agent == "SUBAGENT")


def test_the_branch_says_sd_and_phase(importing: Importer) -> None:
    desk(
        importing.top,
        "\n[[imports.branches]]\npattern = '(?P<phase>lead|plan|exec)/(?P<sd>SD-\\d+)'\n",
    )
    rows = [meta("a", git={"branch": "plan/SD-7", "commit_hash": "0" * 40}), *turns(1, 1)]
    said = take(importing, a=rows)
    assert [(row["sd"], row["phase"]) for row in said.tokens] == [("SD-7", "PLAN")]
    assert "note: responses" not in said.out


def test_where_there_is_one_phase_nobody_is_told_of_it(importing: Importer) -> None:
    policy = desk(importing.top) / "config/policy.toml"
    text = policy.read_text().replace('["LEAD", "PLAN", "EXEC"]', '["ALL"]')
    policy.write_text(re.sub(r'phase = "\w+"', 'phase = "ALL"', text))
    (importing.top / "config/overrides.toml").write_text('default = "opus"\n')
    said = take(importing, a=[meta("a"), *turns(1, 1)])
    assert [row["phase"] for row in said.tokens] == ["ALL"]
    assert "phase" not in said.out


@pytest.mark.parametrize(
    ("total", "last", "expected"),
    [
        pytest.param(usage(300, 100, 30), None, [61, 169], id="only the sum: what came on top"),
        pytest.param(None, usage(50, 0, 5), [61, 55], id="only the last"),
        pytest.param(None, usage(100, 40, 1), [61], id="only the last, told again"),
        pytest.param(usage(10, 0, 1), None, [61, 11], id="a sum that began anew"),
    ],
)
def test_one_of_the_counts_is_enough(
    importing: Importer, total: Any, last: Any, expected: list[int]
) -> None:
    assert tokens(take(importing, a=[meta("a"), *turns(1, 1), count(2, total, last)])) == expected


GOOD = usage(1000, 400, 50)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b'{"type": "event_msg", "pa', "not a whole line of JSON", id="torn"),
        pytest.param(b"\0\0\0\0", "not a whole line of JSON", id="NUL"),
        pytest.param(b"[" * 100_000, "not a whole line of JSON", id="nested"),
        pytest.param(b"1" * 5000, "not a whole line of JSON", id="huge number"),
        pytest.param(b"[]", "not a JSON object", id="list"),
        pytest.param(count(2, "much", GOOD), "total_token_usage is no object", id="sum"),
        pytest.param(
            count(2, GOOD, usage(-1, 0, 0)), "last_token_usage.input_tokens: -1", id="minus"
        ),
        pytest.param(
            count(2, GOOD, usage(2**70, 0, 0)), "last_token_usage.input_tokens", id="large"
        ),
        pytest.param(
            count(2, GOOD, {"input_tokens": 1}), "output_tokens: None is no", id="missing"
        ),
        pytest.param(
            count(2, GOOD, {**GOOD, "input_tokens": "9"}), "input_tokens: '9' is no", id="text"
        ),
        pytest.param(count(2, GOOD, usage(10, 20, 1)), "read from the cache than", id="cache"),
        pytest.param(
            {**count(2, GOOD, GOOD), "timestamp": "now"}, "timestamp is no time", id="time"
        ),
        pytest.param(
            {**count(2, GOOD, GOOD), "timestamp": "2099-01-01T00:00:00Z"},
            "in the future",
            id="future",
        ),
        pytest.param(
            count(2, GOOD, GOOD, model="\ud800"), "the id of the model is not", id="model"
        ),
        pytest.param(
            {"type": "event_msg", "payload": {"type": "token_count", "info": [1]}},
            "payload.info is no object",
            id="info",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_costs_only_itself(
    importing: Importer, bad: object, reason: str
) -> None:
    last = count(9, usage(2000, 0, 0), usage(30, 0, 3))
    said = take(importing, a=[meta("a"), context(), *turns(1, 1), bad, last])
    assert (said.code, tokens(said)) == (0, [61, 33])
    assert "  1 time: " in said.out
    assert reason in said.out


ODD: list[Any] = [None, True, 7, -1, 1.5, "x", "\ud800", [], [[]], {}, {"id": 7}, {"source": []}]


@pytest.mark.parametrize("key", ["type", "payload", "timestamp", "info", "id", "source", "git"])
def test_whatever_stands_in_a_field_it_is_no_bug(importing: Importer, key: str) -> None:
    rows: list[object] = []
    for odd, row in itertools.product(ODD, [meta("a"), context(), *turns(1, 1)]):
        payload = {**row["payload"], key: odd}
        rows.append({**row, "payload": payload} if key not in row else {**row, key: odd})
    assert take(importing, a=[*rows, meta("a"), *turns(2, 2)]).code == 0


@pytest.mark.slow
@pytest.mark.stress
def test_twenty_mebibytes_are_imported_in_less_than_200_mib_of_memory(tmp_path: Path) -> None:
    top, size, made = desk(tmp_path / "r"), 0, 0
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(json.dumps(meta("a")).encode() + b"\n")
        while size < 20 * 1024 * 1024:
            made += 1
            row = count(made % 60, usage(made, 0, made), usage(1, 0, 1))
            size += file.write(json.dumps(row).encode() + b"\n")
    for expected in ((made, 2 * made, 0), (0, 0, made)):
        said, mib = measured(top, "codex", path)
        assert (said["events"], said["tokens"], said["already_logged"]) == expected
        print(f"{made} responses, {mib} MiB")
        assert mib < 200
