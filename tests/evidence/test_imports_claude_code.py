"""Import of Claude Code's transcripts, written here by hand after public descriptions of the format."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidInput
from bot.evidence.events import Event
from bot.evidence.imports import claude_code, tool_lines
from bot.evidence.imports.branches import Attribution
from bot.evidence.imports.choices import Choices
from bot.evidence.imports.claude_code import Transcripts
from bot.evidence.imports.store import store
from bot.evidence.rows import Rows
from bot.policy import BranchPattern
from tests.support.logs import CALENDAR, moment

PHASES = ("LEAD", "PLAN", "EXEC")
NOW = moment(30) * 1_000_000
GLOB = "logs/*/tokens*.jsonl"
PATTERNS = (
    BranchPattern(pattern=r"(?P<phase>lead|plan|exec)/(?P<sd>SD-\d+).*"),
    BranchPattern(pattern=r"feature/(?P<sd>SD-\d+)", phase="EXEC"),
    BranchPattern(pattern=r"(?P<sd>SD-\d+)"),
)


def line(message: str = "msg_1", request: str | None = "req_1", **changes: Any) -> dict[str, Any]:
    """A line of an assistant's response. `usage` changes its usage, `model` and `stop` its message."""
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 100}
    usage |= {"cache_read_input_tokens": 1000, **changes.pop("usage", {})}
    model, stop = changes.pop("model", "claude-sonnet-4-5"), changes.pop("stop", "end_turn")
    made: dict[str, Any] = {
        "type": "assistant",
        "uuid": "5f0c",
        "sessionId": "s1",
        "timestamp": "2025-12-02T10:00:00.000Z",
        "isSidechain": False,
        "gitBranch": "exec/SD-1-login",
        "requestId": request,
        "message": {
            "id": message,
            "role": "assistant",
            "model": model,
            "stop_reason": stop,
            "usage": usage,
        },
    }
    return {**made, **changes}


USER = {
    "type": "user",
    "message": {"role": "user", "content": "fix it"},
    "timestamp": "2025-12-02T09:59:00Z",
}


def write(path: Path, *lines: object) -> Path:
    """A transcript; bytes are written as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (item if isinstance(item, bytes) else json.dumps(item).encode() for item in lines)
    path.write_bytes(b"\n".join(data) + b"\n")
    return path


def read(path: Path, **changes: Any) -> Transcripts:
    said = {
        "sd": None,
        "phase": None,
        **{k: changes.pop(k) for k in ("sd", "phase") if k in changes},
    }
    attribution = Attribution(said["sd"], said["phase"], PATTERNS, PHASES)
    made = {"main_agent": "MAIN", "count_cache_reads": False, "now": NOW, **changes}
    return claude_code.read(claude_code.files(path), Choices(attribution=attribution, **made))


def events(found: Transcripts) -> list[dict[str, Any]]:
    return [{k: v for k, v in event.fields.items() if k != "id"} for event in found.events()]


def tokens(found: Transcripts) -> list[Any]:
    return [event.fields["tokens"] for event in found.events()]


def skipped(found: Transcripts) -> dict[str, tuple[int, int]]:
    return {skip.reason: (skip.count, skip.tokens) for skip in found.skipped}


def test_a_response_becomes_a_row_of_the_main_agent(tmp_path: Path) -> None:
    found = read(write(tmp_path / "s1.jsonl", USER, line(), {"type": "summary"}))
    assert events(found) == [
        {
            "ts": "2025-12-02T10:00:00.000Z",
            "sd": "SD-1",
            "phase": "EXEC",
            "tokens": 115,
            "model": "claude-sonnet-4-5",
            "agent": "MAIN",
        }
    ]
    assert (found.skipped, found.notes) == ((), [])


def test_cache_reads_count_if_the_policy_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.jsonl", line())
    assert tokens(read(path, count_cache_reads=True)) == [1115]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_lines_of_one_response_count_once_with_its_highest_figures(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    lines = [
        line(usage={"output_tokens": 1}, stop=None, timestamp="2025-12-02T10:00:00Z"),
        line(usage={"output_tokens": 40}, stop=None, timestamp="2025-12-02T10:00:05Z"),
        line(usage={"output_tokens": 90}, timestamp="2025-12-02T10:00:09Z"),
    ]
    found = read(write(tmp_path / "s1.jsonl", *(lines[number] for number in order)))
    assert tokens(found) == [200]
    assert events(found)[0]["ts"] == "2025-12-02T10:00:00.000Z"


def test_replays_in_other_sessions_count_once(tmp_path: Path) -> None:
    write(tmp_path / "p/s1.jsonl", line(), line("msg_2", "req_2"))
    write(tmp_path / "p/s2.jsonl", line(), line("msg_2", "req_2"), line("msg_3", "req_3"))
    assert tokens(read(tmp_path)) == [115, 115, 115]


def test_a_message_of_two_requests_is_two_responses(tmp_path: Path) -> None:
    assert len(tokens(read(write(tmp_path / "s.jsonl", line(), line("msg_1", "req_2"))))) == 2


def test_a_replay_that_lost_its_request_id_is_still_a_replay(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl", line("msg_1", None), line(), line("msg_2", None), line("msg_2", None)
    )
    assert tokens(read(path)) == [115, 115]


def test_lines_without_message_id_are_told_apart_by_their_own(tmp_path: Path) -> None:
    nameless = [line("", None, uuid=uuid) for uuid in ("a", "b", "a")]
    bare = [line("", None, uuid=None, timestamp=f"2025-12-02T11:00:0{n}Z") for n in (0, 1, 1)]
    assert len(tokens(read(write(tmp_path / "s.jsonl", *nameless, *bare)))) == 4


def test_sub_agents_are_logged_under_their_types(tmp_path: Path) -> None:
    path = write(tmp_path / "p/s1.jsonl", line())
    below = tmp_path / "p/s1/subagents"
    own = {"isSidechain": True, "agentId": "a1", "gitBranch": "plan/SD-2"}
    write(below / "agent-a1.jsonl", line("msg_a", "req_a", **own))
    (below / "agent-a1.meta.json").write_text('{"agentType": "testing-agent"}')
    write(below / "agent-a2.jsonl", line("msg_b", "req_b", **own))
    (below / "agent-a2.meta.json").write_text('{"agentType": "plugin:code reviewer"}')
    write(below / "agent-a3.jsonl", line("msg_c", "req_c", **own))
    found = read(path)
    said = {(e["agent"], e["sd"], e["phase"], e["tokens"]) for e in events(found)}
    assert said == {
        ("MAIN", "SD-1", "EXEC", 115),
        ("TESTING", "SD-2", "PLAN", 115),
        ("PLUGIN-CODE-REVIEWER", "SD-2", "PLAN", 115),
        ("SUBAGENT", "SD-2", "PLAN", 115),
    }
    assert found.notes == [
        "responses of sub-agents whose type no file tells: 1, logged as SUBAGENT"
    ]
    assert events(read(tmp_path / "p")) == events(found)


@pytest.mark.parametrize("first", ["s1", "s9"], ids=["session first", "agent first"])
def test_a_side_chain_inside_a_session_belongs_to_its_agents_file(
    first: str, tmp_path: Path
) -> None:
    write(tmp_path / f"{first}.jsonl", line(isSidechain=True))
    write(tmp_path / "s5/subagents/agent-a.jsonl", line(isSidechain=True))
    (tmp_path / "s5/subagents/agent-a.meta.json").write_text('{"agentType": "API"}')
    assert [event["agent"] for event in events(read(tmp_path))] == ["API"]


def test_synthetic_messages_are_no_responses(tmp_path: Path) -> None:
    found = read(write(tmp_path / "s.jsonl", line(model="<synthetic>"), line("msg_2")))
    assert tokens(found) == [115]
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("branch", "options", "expected"),
    [
        pytest.param("plan/SD-7-x", {}, ("SD-7", "PLAN"), id="both from the branch"),
        pytest.param("feature/SD-8", {}, ("SD-8", "EXEC"), id="phase from the pattern"),
        pytest.param("plan/SD-7", {"sd": "X-1"}, ("X-1", "PLAN"), id="SD said"),
        pytest.param("SD-9", {"phase": "lead"}, ("SD-9", "LEAD"), id="phase said"),
        pytest.param(None, {"sd": "X-1", "phase": "EXEC"}, ("X-1", "EXEC"), id="both said"),
        pytest.param("SD-9", {}, None, id="no phase"),
        pytest.param("main", {}, None, id="no pattern matches"),
        pytest.param(None, {}, None, id="no branch"),
        pytest.param("plan/SD-7", {"phase": "BUILD"}, None, id="unknown phase"),
        pytest.param("x" * 300, {}, None, id="long branch"),
    ],
)
def test_sd_and_phase_come_from_options_and_the_branch(
    branch: str | None, options: dict[str, str], expected: tuple[str, str] | None, tmp_path: Path
) -> None:
    found = read(
        write(tmp_path / "s.jsonl", line(gitBranch=branch), line(gitBranch=branch)), **options
    )
    assert [(e["sd"], e["phase"]) for e in events(found)] == ([expected] if expected else [])
    assert [(skip.count, skip.tokens) for skip in found.skipped] == ([] if expected else [(1, 115)])


@pytest.mark.parametrize(
    ("stop", "ts", "logged"),
    [
        pytest.param("end_turn", "2025-12-30T23:59:59Z", True, id="complete, just now"),
        pytest.param(None, "2025-12-30T23:59:59Z", False, id="incomplete, just now"),
        pytest.param(None, "2025-12-30T22:59:59Z", True, id="incomplete, an hour ago"),
        pytest.param("end_turn", "2026-01-01T00:00:01Z", False, id="more than a day ahead"),
    ],
)
def test_a_response_that_may_still_grow_waits_for_the_next_import(
    stop: str | None, ts: str, logged: bool, tmp_path: Path
) -> None:
    found = read(write(tmp_path / "s.jsonl", line(stop=stop, timestamp=ts)))
    assert len(tokens(found)) == logged
    assert [skip.tokens for skip in found.skipped] == ([] if logged else [115])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b'{"type": "assistant", "mess', "not a whole line of JSON", id="torn"),
        pytest.param(b"\xff\xfe", "not a whole line of JSON", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "not a whole line of JSON", id="nested"),
        pytest.param(b"1" * 5000, "not a whole line of JSON", id="huge number"),
        pytest.param(b"[1]", "not a JSON object", id="list"),
        pytest.param(line(timestamp="yesterday"), "timestamp is no time", id="time"),
        pytest.param(line(timestamp=None), "timestamp is no time", id="no time"),
        pytest.param(line(model=7), "message.model is no text", id="model"),
        pytest.param(line(model="\ud800"), "message.model is not valid UTF-8", id="surrogate"),
        pytest.param(
            line(usage={"output_tokens": None}), "message.usage.output_tokens: None", id="null"
        ),
        pytest.param(
            line(usage={"output_tokens": "5"}), "message.usage.output_tokens: '5'", id="text"
        ),
        pytest.param(
            line(usage={"input_tokens": -1}), "message.usage.input_tokens: -1", id="negative"
        ),
        pytest.param(line(usage={"input_tokens": 2**60}), "message.usage.input_tokens", id="large"),
        pytest.param(line(usage={"cache_read_input_tokens": 1.5}), "cache_read", id="fraction"),
        pytest.param(
            {**line(), "message": {"id": "m", "usage": 3}}, "message.usage is no object", id="usage"
        ),
        pytest.param(
            b'{"x": "' + b"x" * tool_lines.LONGEST_TRANSCRIPT_LINE + b'"}',
            "longer than 8 MiB",
            id="long",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_costs_only_itself(
    bad: object, reason: str, tmp_path: Path
) -> None:
    found = read(write(tmp_path / "s.jsonl", line("msg_0"), bad, line("msg_9")))
    assert tokens(found) == [115, 115]
    (skip,) = found.skipped
    assert reason in skip.reason
    assert (skip.count, skip.place) == (1, "s.jsonl:2")


def test_counts_that_a_gateway_leaves_out_are_none(tmp_path: Path) -> None:
    usage = {"cache_creation_input_tokens": None, "cache_read_input_tokens": None}
    assert tokens(read(write(tmp_path / "s.jsonl", line(usage=usage)))) == [15]


def test_where_there_is_no_transcript_it_is_said(tmp_path: Path) -> None:
    for name, reason in ((".", "holds no transcript"), ("no.jsonl", "no such file or folder")):
        with pytest.raises(InvalidInput, match=reason):
            claude_code.files(tmp_path / name)


def save(top: Path, found: Transcripts) -> tuple[int, int, int]:
    done = store(str(top), GLOB, CALENDAR, PHASES, found)
    return done.events, done.already, done.differing


def test_importing_again_adds_only_what_is_new(tmp_path: Path) -> None:
    path = write(tmp_path / "in/s.jsonl", line(), line("msg_2", timestamp="2025-12-09T00:00:00Z"))
    assert save(tmp_path, read(path)) == (2, 0, 0)
    assert len(list(tmp_path.glob("logs/*/*"))) == 2  # a week each
    assert save(tmp_path, read(path)) == (0, 2, 0)
    write(path, line(), line("msg_2", timestamp="2025-12-09T00:00:00Z"), line("msg_3"))
    assert save(tmp_path, read(path)) == (1, 2, 0)
    assert save(tmp_path, read(path, sd="SD-77")) == (0, 0, 3)
    assert sum(row.tokens or 0 for row in Rows(str(tmp_path), GLOB, PHASES)) == 345


_numbers = st.integers(0, 3)
_good = st.builds(
    lambda message, request, output, ts, stop, branch, side: line(
        f"msg_{message}",
        f"req_{request}",
        usage={"output_tokens": output},
        timestamp=f"2025-12-0{1 + ts}T00:00:00Z",
        stop=stop,
        gitBranch=branch,
        isSidechain=side,
    ),
    _numbers,
    st.integers(0, 1),
    st.integers(0, 50),
    st.integers(0, 8),
    st.sampled_from([None, "end_turn"]),
    st.sampled_from(["exec/SD-1", "plan/SD-2", "main"]),
    st.booleans(),
)
_garbage = st.one_of(
    st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["message", "usage", "type", "id"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ),
)


@given(
    files=st.lists(st.lists(_good | _garbage, max_size=6), min_size=1, max_size=3),
    swap=st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_whatever_the_files_hold_the_total_is_the_sum_of_the_highest_figures(
    files: list[list[Any]], swap: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("cc")
    for number, lines in enumerate(reversed(files) if swap else files):
        write(top / f"in/s{number}.jsonl", *lines)
    found = read(top / "in")
    highest: dict[tuple[str, str], int] = {}
    mapped: set[tuple[str, str]] = set()
    for item in itertools.chain(*files):
        if isinstance(item, dict) and item.get("sessionId") == "s1":
            key = (item["message"]["id"], item["requestId"])
            highest[key] = max(highest.get(key, 0), 110 + item["message"]["usage"]["output_tokens"])
            mapped |= {key} if item["gitBranch"] != "main" else set()
    assert sorted(tokens(found)) == sorted(highest[key] for key in mapped)
    lost = sum(skip.tokens for skip in found.skipped)
    assert lost == sum(highest[key] for key in highest.keys() - mapped)
    save(top, found)
    rows = Rows(str(top), GLOB, PHASES)
    assert sum(row.tokens or 0 for row in rows) == sum(highest[key] for key in mapped)
    assert (rows.bad_lines, save(top, read(top / "in"))) == (0, (0, len(mapped), 0))


def test_events_are_the_same_in_every_order_of_files(tmp_path: Path) -> None:
    one, other = line(gitBranch="plan/SD-2"), line(gitBranch="exec/SD-1")
    seen: list[list[Event]] = []
    for number, lines in enumerate(itertools.permutations([one, other])):
        seen.append(list(read(write(tmp_path / f"{number}/s.jsonl", *lines)).events()))
    assert seen[0] == seen[1]


# VmHWM and not ru_maxrss: that one also remembers what the forking test process held.
_IMPORT = """
import re, sys
from pathlib import Path
from bot.cli import main
code = main(["log", "import", "claude-code", sys.argv[1], "--format", "json"])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mib", "filler"),
    [
        pytest.param(20, 2000, id="20 MiB, long lines"),
        pytest.param(200, 0, id="200 MiB, short lines", marks=pytest.mark.stress),
        pytest.param(200, 2000, id="200 MiB, long lines", marks=pytest.mark.stress),
    ],
)
def test_any_size_is_imported_in_less_than_200_mib_of_memory(
    mib: int, filler: int, tmp_path: Path
) -> None:
    from tests.support.desk import desk

    top = desk(tmp_path / "r")
    path, size, count = tmp_path / "s.jsonl", 0, 0
    with path.open("wb") as file:
        while size < mib * 1024 * 1024:
            row = line(f"msg_{count // 2}", f"req_{count // 2}", content="x" * filler)
            row["timestamp"] = f"2025-12-0{1 + count // 2 % 9}T10:00:00.000Z"
            size += file.write(json.dumps(row).encode() + b"\n")
            count += 1
    command = [sys.executable, "-c", _IMPORT, str(path)]
    environment = {**os.environ, "CALIBRATION_SD": "SD-1", "CALIBRATION_PHASE": "EXEC"}
    for new in (True, False):
        done = subprocess.run(
            command, cwd=top, env=environment, capture_output=True, text=True, check=True
        )
        said = json.loads(done.stdout)
        responses = (count + 1) // 2
        expected = (responses, 115 * responses, 0) if new else (0, 0, responses)
        assert (said["events"], said["tokens"], said["already_logged"]) == expected
        print(f"{count} lines, {int(done.stderr) // 1024} MiB")
        assert int(done.stderr) < 200 * 1024
