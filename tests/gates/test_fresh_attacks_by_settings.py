"""A reviewer's own attacks on the guard, by configuration, surroundings and the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from tests.support.attacks import (
    base,
)
from tests.support.lowering import OTHER, TABLE, guard, lowered
from tests.support.repositories import HERMETIC, Workshop


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """`main` is sound, `evil` lowers an entry."""
    return lowered(tmp_path)


SETTINGS = [
    ("merge.default", "union"),
    ("merge.default", "mine"),
    ("merge.mine.driver", "cp %A %A"),
    ("merge.renames", "false"),
    ("merge.directoryRenames", "true"),
    ("merge.conflictStyle", "diff3"),
    ("diff.algorithm", "histogram"),
    ("core.ignoreCase", "true"),
    ("core.autocrlf", "true"),
    ("core.attributesFile", "/dev/stdin"),
    ("merge.renormalize", "true"),
    ("core.bare", "true"),
    ("core.commentChar", ";"),
    ("i18n.commitEncoding", "UTF-16"),
    ("core.quotePath", "false"),
    ("core.precomposeUnicode", "true"),
    ("diff.renames", "false"),
    ("alias.merge-tree", "!true"),
    ("core.alternateRefsCommand", "false"),
]


def configured(team: Workshop, key: str, value: str) -> None:
    """One setting more, and a driver of the user's own that takes our side."""
    team.git("config", "merge.mine.driver", "true")
    team.git("config", key, value)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "value"), SETTINGS, ids=[f"{k}={v}" for k, v in SETTINGS])
def test_no_configuration_makes_a_conflict_pass(
    key: str, value: str, team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: OTHER})
    team.git("update-ref", "refs/remotes/origin/main", "main")
    configured(team, key, value)
    assert guard(team, "main") == 1, capsys.readouterr()


@pytest.mark.parametrize(("key", "value"), SETTINGS, ids=[f"{k}={v}" for k, v in SETTINGS])
def test_no_configuration_lets_a_low_table_pass(
    key: str, value: str, team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(team, key, value)
    assert guard(team, "main") == 3, capsys.readouterr()


@pytest.mark.parametrize("driver", ["union", "ours", "mine", "binary"])
@pytest.mark.parametrize("side", ["main", "evil", "both"])
def test_attributes_of_the_repository_resolve_no_conflict(
    driver: str, side: str, team: Workshop
) -> None:
    for name in ("ours", "mine"):
        team.git("config", f"merge.{name}.driver", "true")
    attributes = {".gitattributes": f"*.toml merge={driver}\n"}
    team.commit(attributes if side != "main" else {})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: OTHER, **(attributes if side != "evil" else {})})
    assert guard(team, "refs/heads/main") == 1


SURROUNDINGS = {
    "GIT_DIR": "elsewhere",
    "GIT_WORK_TREE": "/",
    "GIT_INDEX_FILE": "/dev/null",
    "GIT_OBJECT_DIRECTORY": "/dev",
    "GIT_NAMESPACE": "x",
    "GIT_GRAFT_FILE": "/dev/stdin",
    "GIT_ATTR_SOURCE": "evil",
    "GIT_TRACE": "1",
    "GIT_TRACE_SETUP": "1",
    "GIT_CONFIG_PARAMETERS": "'merge.default=union'",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "GIT_ICASE_PATHSPECS": "1",
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_MERGE_VERBOSITY": "5",
    "GIT_SHALLOW_FILE": "/dev/null",
    "GIT_DEFAULT_HASH": "sha256",
    "LC_ALL": "tr_TR.UTF-8",
    "PYTHONUTF8": "0",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_no_surroundings_let_a_low_table_pass(
    name: str, team: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in HERMETIC.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv(name, SURROUNDINGS[name])
    assert guard(team, "main") == 3


def test_configuration_in_the_environment_makes_no_conflict_pass(
    team: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: OTHER})
    for key, value in {"COUNT": "1", "KEY_0": "merge.default", "VALUE_0": "union"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    assert guard(team, "refs/heads/main") == 1


def test_what_is_staged_is_judged_in_a_sparse_index(team: Workshop) -> None:
    team.git("reset", "--quiet", "--soft", "main")
    team.git("sparse-checkout", "set", "--cone", "--sparse-index", "docs")
    assert main(["guard", "--repo", str(team.path), "--staged"]) == 3
    team.git("sparse-checkout", "disable")
    team.git("reset", "--quiet", "--hard", "main")
    team.git("sparse-checkout", "set", "--cone", "--sparse-index", "docs")
    assert main(["guard", "--repo", str(team.path), "--staged"]) == 0


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_flag_in_the_index_hides_nothing_that_is_staged(flag: str, team: Workshop) -> None:
    team.git("reset", "--quiet", "--soft", "main")
    team.git("update-index", flag, TABLE)
    team.write({TABLE: base().table})
    assert main(["guard", "--repo", str(team.path), "--staged"]) == 3
