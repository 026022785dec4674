"""A reviewer's own attacks on the guard, by names of commits and shapes of history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.attacks import (
    base,
    both,
    entry,
    gate,
    on_policy,
    on_table,
    replaced,
    without_gate,
)
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"


def table(name: str, model: str) -> bytes:
    """The table with one entry on another model."""
    where = cell(name)
    return on_table(entry(where, f'{where.agent} = "{model}"'))(base()).table


LOW, OTHER = table("VALIDATION/LEAD", "haiku"), table("VALIDATION/LEAD", "opus")
FILES = {POLICY: base().policy, TABLE: base().table, "README.md": b"hello\n"}


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """The two files on `main` and on the remote's; `evil`, checked out, lowers VALIDATION/LEAD.

    No floor holds that cell: judged against itself the change would pass.
    """
    workshop = new_repository(tmp_path / "team")
    workshop.commit(FILES)
    workshop.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    workshop.git("update-ref", "refs/remotes/origin/main", "main")
    workshop.git("checkout", "--quiet", "-b", "evil")
    workshop.commit({TABLE: LOW})
    return workshop


def guard(workshop: Workshop, base_ref: str, head: str = "evil", *args: str) -> int:
    where = ("--repo", str(workshop.path), "--base", base_ref, "--head", head)
    return main(["guard", *where, *args])


# ---------------------------------------------------------------- names of commits

NAMES = [
    ("heads/main", "refs/tags/heads/main"),
    ("heads/main", "refs/remotes/origin/heads/main"),
    ("heads/main", "refs/heads/heads/main"),
    ("remotes/origin/main", "refs/remotes/origin/remotes/origin/main"),
    ("remotes/origin/main", "refs/tags/remotes/origin/main"),
    ("origin/main", "refs/remotes/origin/origin/main"),
    ("origin/main", "refs/tags/origin/main"),
    ("origin/main", "refs/heads/origin/main"),
    ("refs/heads/main", "refs/heads/refs/heads/main"),
    ("refs/heads/main", "refs/tags/refs/heads/main"),
    ("tags/v1", "refs/heads/tags/v1"),
    ("tags/v1", "refs/tags/tags/v1"),
    ("AHEAD", "refs/tags/AHEAD"),
    ("RELEASE_HEAD", "refs/tags/RELEASE_HEAD"),
    ("FETCH_HEAD", "refs/tags/FETCH_HEAD"),
    ("FETCH_HEAD", "refs/remotes/origin/FETCH_HEAD"),
    ("main^{commit}", "refs/tags/main^{commit}"),
    ("main~0", "refs/tags/main"),
]
"""What base is called, and the ref that somebody who may push sets to the change."""


@pytest.mark.parametrize(("name", "ref"), NAMES, ids=[f"{name} by {ref}" for name, ref in NAMES])
def test_no_ref_that_somebody_pushes_stands_for_base(name: str, ref: str, team: Workshop) -> None:
    team.git("update-ref", "refs/tags/v1", "main")
    for branch in ("AHEAD", "RELEASE_HEAD"):
        team.git("update-ref", f"refs/heads/{branch}", "main")
    (team.path / ".git/FETCH_HEAD").write_text(f"{team.sha('main')}\t\tbranch 'main' of here\n")
    if "{" not in ref:
        team.git("update-ref", ref, "evil")
    assert guard(team, name) in (1, 3)


@pytest.mark.parametrize(
    "name",
    [
        "--help",
        "-h",
        "main..evil",
        "^main",
        "main^@",
        "main:config",
        "main^{tree}",
        "@{99}",
        "ma[i]n",
        "*",
    ],
)
def test_what_names_no_commit_is_an_error(name: str, team: Workshop) -> None:
    where = ("--repo", str(team.path), f"--base={name}", "--head=evil")
    assert main(["guard", *where]) == 1


# ---------------------------------------------------------------- shapes of history


def _ancestor(team: Workshop) -> int:
    """Base holds the change already: there is nothing to merge."""
    team.git("checkout", "--quiet", "main")
    team.git("merge", "--quiet", "--ff-only", "evil")
    return 0


def _criss_cross(team: Workshop) -> int:
    """Two merge bases, one of which has the low table."""
    team.git("checkout", "--quiet", "-b", "left", "main")
    team.commit({"left": "1"})
    team.git("checkout", "--quiet", "-b", "right", "main")
    team.commit({"right": "1"})
    team.git("merge", "--quiet", "-m", "one", "left")
    team.git("checkout", "--quiet", "left")
    team.git("merge", "--quiet", "-m", "two", "right^1")
    team.git("branch", "--force", "main", "left")
    team.git("checkout", "--quiet", "-B", "evil", "right")
    team.commit({TABLE: LOW})
    return 3


def _taken_back_on_one_side(team: Workshop) -> int:
    """The change came to base, was reverted there, and is merged again: git takes the revert."""
    team.git("checkout", "--quiet", "main")
    team.git("merge", "--quiet", "--no-ff", "-m", "by mistake", "evil")
    team.commit({TABLE: base().table}, "Revert")
    team.git("checkout", "--quiet", "evil")
    team.commit({"more": "1"})
    return 0


def _revert_of_the_revert(team: Workshop) -> int:
    _taken_back_on_one_side(team)
    team.git("checkout", "--quiet", "evil")
    team.git("merge", "--quiet", "-s", "ours", "-m", "take ours", "main")
    return 3


def _octopus(team: Workshop) -> int:
    for name in ("a", "b"):
        team.git("checkout", "--quiet", "-b", name, "main")
        team.commit({name: "1"})
    team.git("merge", "--quiet", "-m", "three", "evil", "a")
    team.git("branch", "--force", "evil", "HEAD")
    return 3


def _grafted_root(team: Workshop) -> int:
    """A head without history of its own, joined to main by a merge."""
    team.git("checkout", "--quiet", "--orphan", "other")
    team.git("rm", "-rfq", ".")
    team.commit({"only": "1"})
    team.git("merge", "--quiet", "-m", "join", "--allow-unrelated-histories", "evil")
    team.git("branch", "--force", "evil", "other")
    return 3


def _unrelated(team: Workshop) -> int:
    team.git("checkout", "--quiet", "--orphan", "other")
    team.commit({TABLE: LOW})
    team.git("branch", "--force", "evil", "other")
    return 1


def _mode_and_content(team: Workshop) -> int:
    team.git("update-index", "--chmod=+x", TABLE)
    team.commit({})
    return 3


def _folder_renamed_on_base(team: Workshop) -> int:
    """Base moves another folder to where the files are; the change adds one to it that git carries along."""
    team.git("checkout", "--quiet", "main")
    team.commit({"more/a": "1\n2\n3\n", "more/b": "4\n5\n6\n"})
    team.git("checkout", "--quiet", "-B", "evil", "main")
    team.commit({"more/Overrides.toml": LOW})
    team.git("checkout", "--quiet", "main")
    team.git("mv", "more/a", "config/a")
    team.git("mv", "more/b", "config/b")
    team.commit({})
    return 1


SHAPES: list[Callable[[Workshop], int]] = [
    _ancestor,
    _criss_cross,
    _taken_back_on_one_side,
    _revert_of_the_revert,
    _octopus,
    _grafted_root,
    _unrelated,
    _mode_and_content,
    _folder_renamed_on_base,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.strip("_"))
def test_it_is_the_result_of_the_merge_that_is_judged(
    shape: Callable[[Workshop], int], team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = shape(team)
    assert guard(team, "refs/heads/main") == expected, capsys.readouterr()


def test_a_shallow_clone_is_an_error(team: Workshop, tmp_path: Path) -> None:
    team.git(
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        team.path.as_uri(),
        str(tmp_path / "cut"),
    )
    cut = Workshop(tmp_path / "cut")
    assert guard(cut, "main", "origin/evil") == 1


def test_a_replaced_commit_is_read_as_it_was(team: Workshop) -> None:
    team.git("replace", "main", "evil")
    assert guard(team, "main") == 3


def test_a_replaced_blob_is_read_as_it_was(team: Workshop) -> None:
    team.git("replace", "-f", f"evil:{TABLE}", f"main:{TABLE}")
    assert guard(team, "main") == 3


@pytest.fixture
def broken(team: Workshop) -> Workshop:
    """Base cannot be read any more: its parent stands in for it."""
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: "x = [\n"})
    team.git("update-ref", "refs/remotes/origin/main", "main")
    team.git("checkout", "--quiet", "-B", "evil", "main")
    team.commit({TABLE: LOW})
    return team


def test_a_graft_hides_no_ancestor_that_stands_in_for_a_broken_base(broken: Workshop) -> None:
    (broken.path / ".git/info").mkdir(exist_ok=True)
    (broken.path / ".git/info/grafts").write_text(broken.sha("main") + "\n")
    assert guard(broken, "main") == 3


def test_a_replacement_hides_no_ancestor_that_stands_in_for_a_broken_base(broken: Workshop) -> None:
    lone = broken.git("commit-tree", "-m", "alone", "main^{tree}")
    broken.git("replace", "main", lone)
    assert guard(broken, "main") == 3


def test_a_policy_without_a_table_binds_the_change_that_brings_the_table(tmp_path: Path) -> None:
    team = new_repository(tmp_path / "half")
    team.commit({POLICY: base().policy})
    team.git("checkout", "--quiet", "-b", "evil")
    files = both(
        without_gate(cell("STORIES/PLAN")),
        on_table(entry(cell("STORIES/PLAN"), 'STORIES = "haiku"')),
    )(base())
    team.commit({POLICY: files.policy, TABLE: files.table})
    assert guard(team, "main") == 3


def test_a_gate_of_bases_policy_holds_while_bases_table_is_broken(team: Workshop) -> None:
    """Only the table needs an ancestor; what the policy says now is what base says."""
    team.git("checkout", "--quiet", "main")
    gated = on_policy(
        replaced(gate(cell("STORIES/PLAN")), gate(cell("STORIES/PLAN")) + gate(cell("UAT/EXEC")))
    )(base())
    team.commit({POLICY: gated.policy, TABLE: "x = [\n"})
    team.git("checkout", "--quiet", "-B", "evil", "main")
    team.commit({POLICY: base().policy, TABLE: table("UAT/EXEC", "haiku")})
    assert guard(team, "refs/heads/main") == 3
