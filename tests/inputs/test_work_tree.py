"""What a work tree knows of the logs: its own files and the branch as last fetched, as one log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import InvalidInput
from bot.evidence.imports import leo
from bot.evidence.imports.store import store
from bot.inputs.work_tree import all_logs, kept, log_files, rows_fetched
from bot.paths import LogFile
from tests.support.desk import TOP, run
from tests.support.logs import CALENDAR
from tests.support.repositories import Workshop, clone, with_remote

BRANCH = "calibration/logs"
GLOB = ".calibration/logs/*/tokens*.jsonl"
WEEK = ".calibration/logs/2025-W49"
CONFIG = {
    f"config/{name}": (TOP / "config" / name).read_text("utf-8")
    for name in ("policy.toml", "overrides.toml")
}


def _row(name: str | None, sd: str = "SD-1", tokens: int = 1000) -> str:
    row = {"ts": "2025-12-02T10:00:00Z", "sd": sd, "phase": "EXEC", "agent": "TESTING"}
    named = {} if name is None else {"id": name}
    return json.dumps({**row, "model": "claude-sonnet-4-5", "tokens": tokens, **named}) + "\n"


def _team(tmp_path: Path, on_branch: dict[str, bytes | str]) -> Workshop:
    """A clone that has fetched the branch of the logs."""
    work, remote = with_remote(tmp_path, CONFIG)
    other = clone(remote, tmp_path / "other")
    other.git("switch", "--quiet", "--orphan", BRANCH)
    other.commit(on_branch)
    other.git("push", "--quiet", "origin", BRANCH)
    work.git("fetch", "--quiet", "origin")
    return work


def _lines(work: Workshop) -> list[str]:
    with all_logs(work.path, BRANCH) as files:
        text = "".join(file.content().decode() for file in files(GLOB))
    return sorted(line for line in text.splitlines(keepends=True) if line.strip())


def _budget(work: Workshop) -> int:
    said = run(work.path, "budget", "--week", "2025-W49", "--format", "json")
    used: int = json.loads(said.stdout)["used"]
    return used


@pytest.mark.slow
def test_branch_and_work_tree_are_one_log_for_every_command(tmp_path: Path) -> None:
    work = _team(tmp_path, {f"{WEEK}/tokens-packed.jsonl": _row("a") + _row("b") + _row(None)})
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a"), f"{WEEK}/tokens-c.jsonl": _row("c")})
    work.write({f"{WEEK}/tokens-none.jsonl": _row(None)})
    assert _budget(work) == 4000
    shown = run(work.path, "log", "show", "--week", "2025-W49", "--format", "json")
    assert '"tokens": 4000' in shown.stdout
    assert "4 log files: all valid" in run(work.path, "validate").stdout


def test_a_file_that_both_have_is_read_once(tmp_path: Path) -> None:
    both: dict[str, bytes | str] = {f"{WEEK}/tokens.jsonl": _row(None) + _row(None)}
    work = _team(tmp_path, both)
    work.write(both)
    assert _lines(work) == [_row(None), _row(None)]


def test_a_line_without_id_counts_as_often_as_the_place_that_has_it_most_often(
    tmp_path: Path,
) -> None:
    work = _team(tmp_path, {f"{WEEK}/tokens-packed.jsonl": _row(None) * 2 + _row(None, "SD-2")})
    work.write({f"{WEEK}/tokens-x.jsonl": _row(None), f"{WEEK}/tokens-y.jsonl": _row(None) * 2})
    assert _lines(work) == sorted([_row(None)] * 3 + [_row(None, "SD-2")])


def test_a_bad_line_on_the_branch_is_named_with_its_line(tmp_path: Path) -> None:
    work = _team(tmp_path, {f"{WEEK}/tokens-packed.jsonl": _row("a") + "{\n"})
    said = run(work.path, "validate")
    assert said.returncode == 1
    assert f"{WEEK}/tokens-packed.jsonl:2: is not valid JSON" in said.stderr


def test_lines_keep_their_numbers_where_copies_are_left_out(tmp_path: Path) -> None:
    work = _team(tmp_path, {f"{WEEK}/tokens-packed.jsonl": _row(None)})
    work.write({f"{WEEK}/tokens-x.jsonl": _row(None) + "{\n"})
    assert f"{WEEK}/tokens-x.jsonl:2: is not valid JSON" in run(work.path, "validate").stderr


def test_what_vanishes_while_it_is_read_was_kept(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    with all_logs(work.path, BRANCH) as files:
        found = files(GLOB)
        (work.path / WEEK / "tokens-a.jsonl").unlink()
        assert [file.content().decode() for file in found] == [_row("a")]


def test_what_vanished_before_leaves_the_files_kept_next_a_place_of_their_own(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / f"{name}.jsonl" for name in "abcd"]
    for path in paths[1:]:
        path.write_text(path.stem)
    first, second, third = (
        kept(tuple(LogFile(p.stem, p) for p in some), tmp_path / "kept")
        for some in (paths[:2], paths[2:3], paths[3:])
    )
    for path in paths[1:]:
        path.unlink()
    assert [file.content() for file in (*first, *second, *third)] == [b"b", b"c", b"d"]


def test_a_shallow_clone_reads_its_logs(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, {**CONFIG, f"{WEEK}/tokens.jsonl": _row("a")})
    work.commit({"more": ""})
    work.git("push", "--quiet", "origin", "HEAD:main")
    assert _lines(clone(remote, tmp_path / "shallow", "--depth=1")) == [_row("a")]


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    (work.path / WEEK).mkdir(parents=True)
    (work.path / WEEK / "tokens-b.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="is not a regular file inside"):
        log_files(work.path, GLOB)


def test_a_week_that_is_a_link_to_another_is_refused_as_plan_refuses_it(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    (work.path / WEEK).with_name("2025-W50").symlink_to(work.path / WEEK)
    with pytest.raises(
        InvalidInput, match=r"2025-W50/tokens-a\.jsonl: is not a regular file inside"
    ):
        log_files(work.path, GLOB)


def test_what_was_imported_and_has_moved_to_the_branch_is_not_imported_again(
    tmp_path: Path,
) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    source = tmp_path / ".token-log.json"
    entry = {"timestamp": "2025-12-02T10:00:00Z", "phase": "EXEC", "tokens": 5, "sd_id": "SD-1"}
    source.write_text(json.dumps({"entries": [entry], "tokens_used": 5}))
    found = leo.read([source], ("LEAD", "PLAN", "EXEC"), 1_800_000_000_000_000)
    where = (str(work.path), GLOB, CALENDAR, ("LEAD", "PLAN", "EXEC"), found)
    first = store(*where)
    (path,) = first.files
    work.git("switch", "--quiet", "--orphan", BRANCH)
    work.commit({path: (work.path / path).read_bytes()})
    (work.path / path).unlink()
    rows = rows_fetched(work.path, BRANCH, GLOB, ("LEAD", "PLAN", "EXEC"))
    assert (first.events, store(*where, rows).already, store(*where).events) == (1, 1, 1)
