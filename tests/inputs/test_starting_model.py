"""An SD keeps the model it started with; the next one gets the new assignment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.allocation.table import read_table
from bot.errors import BotError
from bot.inputs.starting_model import model_of_sd
from bot.policy import read_policy
from tests.support.desk import TOP
from tests.support.repositories import Workshop, clone, snapshot, with_remote

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
API = Cell("EXEC", "API")
WEEK = ".calibration/logs/2025-W49"


def _row(sd: str, ts: str, **more: object) -> str:
    return json.dumps({"ts": ts, "sd": sd, "phase": "PLAN", "tokens": 1, **more}) + "\n"


def _team(folder: Path, policy: str = "") -> tuple[Workshop, Workshop]:
    """API/EXEC is sonnet from 2025-12-01 00:00 and opus from 00:01 (commit dates of a workshop)."""
    shipped = {path: (TOP / path).read_text() for path in (POLICY, TABLE)}
    work, remote = with_remote(folder, {**shipped, POLICY: shipped[POLICY] + policy})
    head, exec_, body = shipped[TABLE].partition("[EXEC]")
    promoted = head + exec_ + body.replace('API = "sonnet"', 'API = "opus"', 1)
    assert promoted != shipped[TABLE]
    work.commit({TABLE: promoted})
    work.git("push", "--quiet", "origin", "main")
    work.git("remote", "set-head", "origin", "main")
    return work, remote


def _model(work: Workshop, sd: str, cell: Cell = API) -> str:
    policy = read_policy((work.path / POLICY).read_text(), POLICY)
    table = read_table((work.path / TABLE).read_text(), TABLE, policy.rules)
    before = snapshot(work.path)
    model = model_of_sd(str(work.path), policy, POLICY, sd, cell, table)
    assert snapshot(work.path) == before  # a lookup never writes
    return model


def test_an_sd_keeps_the_model_of_its_first_run_and_a_new_one_gets_the_new(tmp_path: Path) -> None:
    work, _ = _team(tmp_path)
    rows = _row("OLD", "2025-12-09T00:00:00Z") + _row("OLD", "2025-12-01T00:00:59.9Z")
    work.write({f"{WEEK}/tokens.jsonl": rows + _row("NEW", "2025-12-01T00:01:00Z")})
    assert [_model(work, sd) for sd in ("OLD", "NEW", "UNKNOWN")] == ["sonnet", "opus", "opus"]


def test_a_rework_row_is_a_run_too(tmp_path: Path) -> None:
    work, _ = _team(tmp_path)
    row = _row("OLD", "2025-12-01T00:00:10Z", agent="DESIGN", rework=False)
    work.write({f"{WEEK}/rework.jsonl": row})
    assert _model(work, "OLD") == "sonnet"


def test_a_work_tree_on_another_branch_reads_bases_history(tmp_path: Path) -> None:
    work, _ = _team(tmp_path)
    work.git("switch", "--quiet", "--create", "feature", "HEAD~1")
    work.write({f"{WEEK}/tokens.jsonl": _row("NEW", "2025-12-02T00:00:00Z")})
    assert [_model(work, "NEW"), _model(work, "UNKNOWN")] == ["opus", "sonnet"]


def test_todays_gates_hold_for_yesterdays_assignments(tmp_path: Path) -> None:
    work, _ = _team(tmp_path, '[[gates]]\nphase = "EXEC"\nagent = "API"\n')
    work.write({f"{WEEK}/tokens.jsonl": _row("OLD", "2025-12-01T00:00:10Z")})
    assert _model(work, "OLD") == "opus"
    assert _model(work, "OLD", Cell("EXEC", "SECURITY")) == "opus"


def test_the_log_branch_is_read_as_last_fetched(tmp_path: Path) -> None:
    work, remote = _team(tmp_path)
    other = clone(remote, tmp_path / "other")
    other.git("switch", "--quiet", "--orphan", "calibration/logs")
    other.commit({f"{WEEK}/tokens-x.jsonl": _row("OLD", "2025-12-01T00:00:10Z")})
    other.git("push", "--quiet", "origin", "calibration/logs")
    assert _model(work, "OLD") == "opus"
    work.git("fetch", "--quiet", "origin")
    assert _model(work, "OLD") == "sonnet"


def test_a_shallow_clone_is_refused_with_the_remedy(tmp_path: Path) -> None:
    _, remote = _team(tmp_path)
    shallow = clone(remote, tmp_path / "shallow", "--depth=1")
    with pytest.raises(BotError, match="git fetch --unshallow"):
        _model(shallow, "OLD")
