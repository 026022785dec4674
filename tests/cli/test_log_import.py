"""`log import claude-code` with the policy as shipped, as README shows it (issue 9, items 12 and 24)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.evidence.imports import claude_code
from bot.evidence.imports.tool_lines import tool_files
from bot.evidence.limits import MOST_TOKENS
from tests.support.commands import Bot
from tests.support.desk import desk, logged
from tests.support.importing import Importer
from tests.support.teams import TABLE, TOKENS, WEEK, Row, Team, cell, cells, lines, table, token

MakeTeam = Callable[..., Team]
SESSION = "7d1f0c1e-2f60-4c53-9f57-0f7f8f0a1b2c"


def response(message: str = "m", **more: Any) -> dict[str, Any]:
    """A response in a session; `usage` and `model` change its message."""
    usage = {"input_tokens": 1, "output_tokens": 2, **more.pop("usage", {})}
    model = more.pop("model", "claude-opus-4-5")
    said = {"id": message, "model": model, "stop_reason": "end_turn", "usage": usage}
    row = {"type": "assistant", "timestamp": "2025-12-02T10:00:00Z", "message": said}
    return {**row, "sessionId": SESSION, **more}


@pytest.fixture
def imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[list[Any], str]]:
    """Rows in the logs after an import, and what it said."""
    monkeypatch.delenv("CALIBRATION_SD", raising=False)
    monkeypatch.delenv("CALIBRATION_PHASE", raising=False)

    def of(*rows: dict[str, Any], policy: str = "", options: tuple[str, ...] = ()) -> Any:
        top, folder = desk(tmp_path / "r", policy), tmp_path / "projects/my-project"
        folder.mkdir(parents=True)
        (folder / f"{SESSION}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        args = ["log", "import", "claude-code", str(folder), *options, "--repo", str(top)]
        assert main(args) == 0
        said = capsys.readouterr().out
        assert main(["validate", "--repo", str(top)]) == 0
        return logged(top), said

    return of


@pytest.mark.parametrize("branch", [None, "main", "HEAD", "feature/login", "x" * 300])
@pytest.mark.parametrize("named", [True, False], ids=["session in rows", "session by its file"])
def test_the_shipped_policy_imports_a_session_as_an_sd(
    imported: Callable[..., Any], branch: str | None, named: bool
) -> None:
    (row,), said = imported(response(gitBranch=branch, sessionId=SESSION if named else None))
    assert (row["sd"], row["phase"], row["agent"], row["tokens"]) == (SESSION, "EXEC", "MAIN", 3)
    assert said.startswith("1 new event, 3 tokens\n")
    assert "left out" not in said
    assert (
        "note: responses that no branch puts to an SD: 1, logged under their session; pass --sd"
        in said
    )
    assert "note: responses that no branch puts to a phase: 1, logged in EXEC; pass --phase" in said


WRONG = {
    "an SD of 201 characters": ("CALIBRATION_SD", "--sd", "x" * 201),
    "an SD with a control character": ("CALIBRATION_SD", "--sd", "SD\x1b"),
    "an SD of blanks": ("CALIBRATION_SD", "--sd", " "),
    "a phase that is none": ("CALIBRATION_PHASE", "--phase", "BUILD"),
    "a phase that is no name": ("CALIBRATION_PHASE", "--phase", "9"),
}


@pytest.mark.parametrize(("variable", "option", "value"), WRONG.values(), ids=WRONG)
def test_an_sd_or_phase_that_no_row_may_have_is_wrong_usage_and_leaves_out_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    option: str,
    value: str,
) -> None:
    args = ["log", "import", "claude-code", str(tmp_path), "--repo", str(desk(tmp_path / "r", ""))]
    assert main([*args, option, value]) == 2
    assert capsys.readouterr().err.startswith(f"error: {option} ")
    monkeypatch.setenv(variable, value)
    assert main(args) == 2


PATTERN = "\n[[imports.branches]]\npattern = '(?P<sd>SD-\\d+)'\n"


@pytest.mark.parametrize(
    ("policy", "branch", "options", "expected"),
    [
        pytest.param("", "SD-7", ("--sd", "X-1"), ("X-1", "EXEC"), id="SD said"),
        pytest.param(
            PATTERN, "SD-7", ("--sd", "X-1"), ("X-1", "EXEC"), id="SD said and on the branch"
        ),
        pytest.param(PATTERN, "SD-7", (), ("SD-7", "EXEC"), id="SD on the branch"),
        pytest.param(PATTERN, "main", (), (SESSION, "EXEC"), id="another branch"),
        pytest.param(PATTERN, "main", ("--phase", "lead"), (SESSION, "LEAD"), id="phase said"),
        pytest.param(
            PATTERN + "phase = 'PLAN'\n", "SD-7", (), ("SD-7", "PLAN"), id="phase of the pattern"
        ),
    ],
)
def test_the_sd_is_the_one_said_else_the_branchs_else_the_session(
    imported: Callable[..., Any],
    policy: str,
    branch: str,
    options: tuple[str, ...],
    expected: tuple[str, str],
) -> None:
    (row,), _ = imported(response(gitBranch=branch), policy=policy, options=options)
    assert (row["sd"], row["phase"]) == expected


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": MOST_TOKENS, "output_tokens": 1},
        {"input_tokens": MOST_TOKENS, "output_tokens": MOST_TOKENS},
        {"input_tokens": 0, "output_tokens": 1, "cache_creation_input_tokens": MOST_TOKENS},
        dict.fromkeys(["input_tokens", "cache_creation_input_tokens"], MOST_TOKENS // 2 + 1),
    ],
    ids=["by one", "twice", "cache", "halves"],
)
def test_what_adds_up_to_more_than_a_row_may_hold_is_left_out_and_said(
    imported: Callable[..., Any], usage: dict[str, int]
) -> None:
    rows, said = imported(response("huge", usage=usage), response("m2"))
    assert [row["tokens"] for row in rows] == [3]
    assert "  1 time: adds up to more than 9,007,199,254,740,992 tokens (first: " in said


def test_the_most_that_a_row_may_hold_is_logged(imported: Callable[..., Any]) -> None:
    (row,), _ = imported(response(usage={"input_tokens": MOST_TOKENS - 2}))
    assert row["tokens"] == MOST_TOKENS


def test_synthetic_messages_are_no_runs(imported: Callable[..., Any]) -> None:
    rows, said = imported(response("a", model="<synthetic>"), response("b"))
    assert [row["model"] for row in rows] == ["claude-opus-4-5"]
    assert said.startswith("1 new event, 3 tokens\n")


@pytest.mark.parametrize("source", ["claude-code", "codex", "otel", "litellm", "jsonl"])
def test_a_file_that_is_gone_meanwhile_is_left_out_and_told(
    source: str, importing: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = importing.file("files/b.jsonl", {})
    importing.file("files/a.jsonl", response("m"))
    line_map = importing.folder / "map.toml"
    line_map.write_text('ts = "at"\nsd = "ticket"\nagent = "who"\ntokens = "n"\n')
    for place in ("tool_files", "claude_code.files"):
        monkeypatch.setattr(f"bot.cli.log_import.{place}", _losing(gone, place))
    options = ("--map", line_map) if source == "jsonl" else ()
    said = importing(source, importing.folder / "files", *options)
    # Of the other formats no line is there: an import that could read nothing has failed.
    assert (said.code, bool(said.err)) == ((0, False) if source == "claude-code" else (1, True))
    assert not gone.exists()
    assert f"1 time: file cannot be read: No such file or directory (first: {gone})" in said.out
    assert len(said.tokens) == (1 if source == "claude-code" else 0)


def _losing(gone: Path, place: str) -> Callable[..., list[Path]]:
    """Finds files as ever; then somebody removes one."""
    find = {"tool_files": tool_files, "claude_code.files": claude_code.files}[place]

    def found(*args: Any) -> list[Path]:
        files = find(*args)
        gone.unlink()
        return files

    return found


@pytest.mark.parametrize("source", ["claude-code", "codex"])
def test_a_folder_that_is_gone_while_it_is_walked_has_no_files(
    source: str, importing: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = importing.file("files/project/b.jsonl", response("n")).parent
    importing.file("files/a.jsonl", response("m"))
    scan = os.scandir

    def losing(folder: Any = ".") -> Any:
        if folder in (gone, str(gone)):
            shutil.rmtree(gone, ignore_errors=True)
        return scan(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", losing)
        files = {
            "claude-code": claude_code.files,
            "codex": lambda at: tool_files([at], "x", ".jsonl"),
        }
        assert files[source](gone.parent) == [gone.parent / "a.jsonl"]
    assert not gone.exists()


def sessions(agent: str = "MAIN") -> dict[str, bytes | str]:
    """Logs of TESTING, and of sessions that ran on whatever model their users chose."""
    rows: list[Row] = [
        token(f"S-{n}", n % 5, agent=agent, model=model, tokens=1_000)
        for n, model in enumerate(["claude-opus-4-5", "gpt-oss", "claude-haiku-4-5"] * 4)
    ]
    files = cells(cell(0, 5))
    return {**files, TOKENS: str(files[TOKENS]) + lines(rows)}


def test_main_sessions_are_tokens_and_no_cell(make_team: MakeTeam, bot: Bot) -> None:
    """They were INVESTIGATE every week, for a model that no table gives them."""
    said = bot("plan", make_team(sessions()), "--week", WEEK, "--format", "json")
    assert "MAIN" not in {verdict["agent"] for verdict in said.document["verdicts"]}
    assert said.document["budget"]["used"] == 5 * 10_000 + 12 * 1_000


@pytest.mark.parametrize("phase", ["LEAD", "EXEC"])
def test_main_sessions_are_a_cell_where_the_table_lists_them(
    make_team: MakeTeam, bot: Bot, phase: str
) -> None:
    listed = table().replace(f"[{phase}]\n", f'[{phase}]\nMAIN = "sonnet"\n')
    said = bot("plan", make_team({**sessions(), TABLE: listed}), "--week", WEEK, "--format", "json")
    assert said.verdict("MAIN", "EXEC")["verdict"] == "INVESTIGATE"


@pytest.mark.parametrize("tool", ["claude-code", "codex", "otel", "litellm", "leo"])
def test_a_path_where_there_is_nothing_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tool: str
) -> None:
    top, nowhere = desk(tmp_path / "r"), tmp_path / "nowhere"
    assert main(["log", "import", tool, str(nowhere), "--repo", str(top)]) == 1
    said = capsys.readouterr().err.lower()
    assert said.startswith(f"error: {nowhere}: ")
    assert "no such file or" in said


NONSENSE = {
    "claude-code": b"nonsense\n",
    "codex": b"nonsense\n",
    "otel": b"nonsense\n",
    "litellm": b"nonsense\n",
    "leo": b'{"entries": [{}]}',
}


@pytest.mark.parametrize("tool", NONSENSE)
def test_where_nothing_could_be_read_an_import_has_failed_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tool: str
) -> None:
    top, file = desk(tmp_path / "r"), tmp_path / "bad.jsonl"
    file.write_bytes(NONSENSE[tool])
    args = ["log", "import", tool, str(file), "--repo", str(top), "--format", "json"]
    assert main(args) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["events"] == 0
    assert said.err.startswith("error: nothing that the files hold could be logged; most often, ")


def test_what_may_still_grow_is_no_failure(imported: Callable[..., Any]) -> None:
    unfinished = response()
    unfinished["message"]["stop_reason"] = None
    unfinished["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows, said = imported(unfinished)
    assert rows == []
    assert "still being written; import again in an hour" in said
