"""The guard on real repositories: whatever git can do to a file or to history, the gates hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.errors import BotError, UsageError
from bot.gates.guard import guard_merge, guard_staged
from bot.git.environment import cleaned
from bot.git.repository import Repository
from tests.support.attacks import ATTACKS, Attack, Files, base, entry, harmless, on_table
from tests.support.imported import Revision, imported
from tests.support.repositories import Workshop, new_repository, snapshot

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
SECURITY = Cell("EXEC", "SECURITY")
LOOKUP = Cell("LEAD", "VALIDATION")


def files_of(files: Files) -> dict[str, bytes]:
    return {POLICY: files.policy, TABLE: files.table}


def with_entry(cell: Cell, model: str, start: Files | None = None) -> bytes:
    """The table with one entry on another model."""
    return on_table(entry(cell, f'{cell.agent} = "{model}"'))(start or base()).table


LOW = with_entry(SECURITY, "haiku")


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """A repository with the files on `main`, and the branch `change` checked out."""
    workshop = new_repository(tmp_path / "team")
    workshop.commit({**files_of(base()), "README.md": "hello\n"})
    workshop.git("checkout", "--quiet", "-b", "change")
    return workshop


def reasons(
    workshop: Workshop, base_ref: str = "main", head: str = "change", policy: str = POLICY
) -> list[str]:
    """Reason and cell or file of each refusal of merging head into base."""
    with Repository.open(workshop.path) as repository:
        report = guard_merge(repository, base_ref, head, policy)
    return [f"{r.reason} {r.cell or r.file}" for r in report.refusals]


def staged_reasons(
    workshop: Workshop, base_ref: str | None = None, around: Mapping[str, str] | None = None
) -> list[str]:
    with Repository.open(workshop.path, around=around) as repository:
        report = guard_staged(repository, base_ref, POLICY)
    return [f"{r.reason} {r.cell or r.file}" for r in report.refusals]


# ---------------------------------------------------------------- what is done to the files


def _link(workshop: Workshop) -> None:
    (workshop.path / TABLE).unlink()
    (workshop.path / "real.toml").write_bytes(base().table)
    (workshop.path / TABLE).symlink_to("../real.toml")


def _link_folder(workshop: Workshop) -> None:
    workshop.git("mv", "config", "real")
    (workshop.path / "config").symlink_to("real")


def _submodule(workshop: Workshop) -> None:
    _as_submodule(workshop, TABLE)


def _submodule_folder(workshop: Workshop) -> None:
    workshop.git("rm", "-rq", "config")
    _as_submodule(workshop, "config")


def _as_submodule(workshop: Workshop, path: str) -> None:
    workshop.git("rm", "-rq", "--cached", "--ignore-unmatch", path)
    workshop.git("update-index", "--add", "--cacheinfo", f"160000,{workshop.sha('main')},{path}")


def _folder(workshop: Workshop) -> None:
    (workshop.path / TABLE).unlink()
    workshop.write({f"{TABLE}/overrides.toml": base().table})


def _file_for_folder(workshop: Workshop) -> None:
    workshop.git("rm", "-rq", "config")
    workshop.write({"config": b"x"})


def _removed(*paths: str) -> Callable[[Workshop], None]:
    return lambda workshop: workshop.git("rm", "-q", *paths) and None


def _moved(old: str, new: str) -> Callable[[Workshop], None]:
    def change(workshop: Workshop) -> None:
        (workshop.path / new).parent.mkdir(parents=True, exist_ok=True)
        workshop.git("mv", old, new)

    return change


def _written(path: str, data: bytes) -> Callable[[Workshop], None]:
    return lambda workshop: workshop.write({path: data})


def _moved_and_lowered(workshop: Workshop) -> None:
    _moved(TABLE, "config/table.toml")(workshop)
    workshop.write({"config/table.toml": LOW})


def _copy_elsewhere(workshop: Workshop) -> None:
    _moved(TABLE, "old/overrides.toml")(workshop)
    workshop.write({TABLE: LOW})


PLACES = {
    "policy-deleted": (_removed(POLICY), ["file-missing config/policy.toml"]),
    "table-deleted": (_removed(TABLE), ["file-missing config/overrides.toml"]),
    "both-deleted": (
        _removed(POLICY, TABLE),
        ["file-missing config/policy.toml", "file-missing config/overrides.toml"],
    ),
    "table-renamed": (_moved(TABLE, "config/models.toml"), ["file-moved config/models.toml"]),
    "policy-moved": (_moved(POLICY, "ops/policy.toml"), ["file-moved ops/policy.toml"]),
    "folder-renamed": (
        _moved("config", "settings"),
        ["file-moved settings/policy.toml", "file-moved settings/overrides.toml"],
    ),
    "case-renamed": (_moved(TABLE, "config/Overrides.toml"), ["file-moved config/Overrides.toml"]),
    "odd-name": (_moved(TABLE, "config/ö\n.toml"), ["file-moved config/ö\n.toml"]),
    "moved-and-lowered": (
        _moved_and_lowered,
        ["file-moved config/table.toml", "entry-lowered SECURITY/EXEC"],
    ),
    "copied-and-lowered": (_copy_elsewhere, ["entry-lowered SECURITY/EXEC"]),
    "link": (_link, ["file-link config/overrides.toml"]),
    "linked-folder": (
        _link_folder,
        ["file-link config/policy.toml", "file-link config/overrides.toml"],
    ),
    "submodule": (_submodule, ["file-submodule config/overrides.toml"]),
    "submodule-folder": (
        _submodule_folder,
        ["file-submodule config/policy.toml", "file-submodule config/overrides.toml"],
    ),
    "directory": (_folder, ["file-directory config/overrides.toml"]),
    "file-for-folder": (
        _file_for_folder,
        ["file-missing config/policy.toml", "file-missing config/overrides.toml"],
    ),
    "too-large": (
        _written(TABLE, b"#" * (1 << 20) + b"\n"),
        ["file-too-large config/overrides.toml"],
    ),
    "shadowed": (
        _written("config/OVERRIDES.toml", LOW),
        ["file-shadowed config/OVERRIDES.toml"],
    ),
    "shadowed-folder": (_written("Config/policy.toml", b"x"), ["file-shadowed Config/policy.toml"]),
    "shadowed-zero-width": (
        _written("config/over\u200brides.toml", LOW),
        ["file-shadowed config/over\u200brides.toml"],
    ),
    "neighbours": (_written("config/overrides.toml.orig", LOW), []),
    "neighbour-folder": (_written("Config/other.toml", LOW), []),
}


@pytest.mark.parametrize(("change", "expected"), PLACES.values(), ids=PLACES)
def test_what_replaces_a_file_is_named(
    team: Workshop, change: Callable[[Workshop], None], expected: list[str]
) -> None:
    change(team)
    if "submodule" not in str(change):
        team.git("add", "--all")
    team.commit({})
    assert reasons(team) == expected


def test_a_file_may_become_executable(team: Workshop) -> None:
    team.git("update-index", "--chmod=+x", TABLE)
    team.commit({})
    assert reasons(team) == []


@pytest.mark.slow
def test_a_file_of_fifty_megabytes_is_refused_at_once(team: Workshop) -> None:
    team.commit({TABLE: b"# padding\n" * 5_000_000})
    start = time.monotonic()
    assert reasons(team) == ["file-too-large config/overrides.toml"]
    assert time.monotonic() - start < 5  # the file is never read; mostly starting git


def test_the_policy_may_stand_anywhere_with_the_table_beside_it(tmp_path: Path) -> None:
    workshop = new_repository(tmp_path / "top")
    start = base()
    workshop.commit({"policy.toml": start.policy, "overrides.toml": start.table})
    workshop.git("checkout", "--quiet", "-b", "change")
    workshop.commit({"overrides.toml": LOW})
    assert reasons(workshop, policy="./policy.toml") == ["entry-lowered SECURITY/EXEC"]


@pytest.mark.parametrize("policy", ["/etc/policy.toml", "../policy.toml", "a/../b", "", "."])
def test_the_policy_is_a_path_inside_the_repository(team: Workshop, policy: str) -> None:
    with pytest.raises(UsageError, match="must be a path inside the repository"):
        reasons(team, policy=policy)


# ---------------------------------------------------------------- what is done to history


def test_a_change_hidden_in_a_merge_commit_is_seen(team: Workshop) -> None:
    team.git("checkout", "--quiet", "-b", "side", "main")
    team.commit({"side.txt": "1"})
    team.git("checkout", "--quiet", "change")
    team.commit({"change.txt": "1"})
    team.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    team.commit({TABLE: LOW}, "Merge branch 'side'")
    assert reasons(team) == ["entry-lowered SECURITY/EXEC"]


def test_a_change_behind_an_octopus_merge_is_seen(team: Workshop) -> None:
    for number, content in enumerate((b"1", b"2", b"3")):
        team.git("checkout", "--quiet", "-b", f"arm{number}", "main")
        team.commit({f"arm{number}.txt": content, **({TABLE: LOW} if number == 1 else {})})
    team.git("checkout", "--quiet", "change")
    team.git("merge", "--quiet", "--no-edit", "arm0", "arm1", "arm2")
    assert len(team.git("rev-list", "--parents", "-1", "change").split()) == 4
    assert reasons(team) == ["entry-lowered SECURITY/EXEC"]


def test_a_change_in_a_revert_is_seen(team: Workshop) -> None:
    team.git("checkout", "--quiet", "main")
    raised = team.commit({TABLE: with_entry(LOOKUP, "opus")})
    team.git("checkout", "--quiet", "-B", "change", "main")
    team.git("revert", "--no-edit", raised)
    assert reasons(team) == ["entry-lowered VALIDATION/LEAD"]


def test_a_change_that_was_taken_back_is_none(team: Workshop) -> None:
    team.commit({TABLE: LOW})
    team.commit({TABLE: base().table})
    assert reasons(team) == []


def test_a_promotion_on_base_since_is_no_downgrade_by_the_branch(team: Workshop) -> None:
    team.commit({"change.txt": "1"})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: with_entry(LOOKUP, "opus")})
    assert reasons(team) == []


def test_a_branch_behind_base_is_judged_by_the_base_of_now(team: Workshop) -> None:
    team.commit({TABLE: with_entry(LOOKUP, "haiku")})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: on_table(lambda text: text + "# later\n")(base()).table})
    assert reasons(team) == ["entry-lowered VALIDATION/LEAD"]


def test_a_gate_that_base_gained_since_holds_for_the_branch(team: Workshop) -> None:
    team.commit({TABLE: with_entry(Cell("EXEC", "DESIGN"), "haiku")})
    team.git("checkout", "--quiet", "main")
    gated = base().policy + b'\n[[gates]]\nphase = "EXEC"\nagent = "DESIGN"\nfloor = "sonnet"\n'
    team.commit({POLICY: gated})
    assert reasons(team) == ["entry-lowered DESIGN/EXEC"]


def test_a_branch_that_is_merged_already_changes_nothing(team: Workshop) -> None:
    team.commit({"change.txt": "1"})
    team.git("checkout", "--quiet", "main")
    team.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
    assert reasons(team) == []


def test_a_rename_on_base_carries_the_entry_of_the_branch_along(team: Workshop) -> None:
    team.commit({TABLE: LOW})
    team.git("checkout", "--quiet", "main")
    team.git("mv", "config", "ops")
    team.commit({})
    assert reasons(team, policy="ops/policy.toml") == ["entry-lowered SECURITY/EXEC"]


def test_a_conflict_is_an_error_that_says_what_to_do(team: Workshop) -> None:
    team.commit({TABLE: LOW})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: with_entry(SECURITY, "sonnet")})
    with pytest.raises(BotError, match="change does not merge into main without conflicts"):
        reasons(team)


@pytest.mark.parametrize("attributes", ["* merge=union", "* merge=ours", "* -text -merge"])
@pytest.mark.parametrize("place", ["work-tree", "info", "global"])
def test_attributes_of_the_users_own_resolve_no_conflict(
    team: Workshop, attributes: str, place: str
) -> None:
    team.commit({TABLE: LOW})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: with_entry(SECURITY, "sonnet")})
    own = team.path / ".git/info/attributes" if place == "info" else team.path / ".gitattributes"
    own.parent.mkdir(exist_ok=True)
    own.write_text(f"{attributes}\n")
    if place == "global":
        team.git("config", "core.attributesFile", str(own))
    team.git("config", "merge.ours.driver", "true")
    with pytest.raises(BotError, match="without conflicts"):
        reasons(team)


def test_unrelated_histories_are_an_error(team: Workshop) -> None:
    team.git("checkout", "--quiet", "--orphan", "alien")
    team.commit({})
    with pytest.raises(BotError, match="unrelated histories"):
        reasons(team, head="alien")


@pytest.mark.parametrize("name", ["nowhere", "--all", "HEAD^{tree}", "", "main:README.md", "a b"])
def test_a_name_of_no_commit_is_an_error(team: Workshop, name: str) -> None:
    for ends in ((name, "change"), ("main", name)):
        with pytest.raises(BotError, match="names no commit here"):
            reasons(team, *ends)


def test_nothing_but_git_objects_is_read_and_nothing_is_written(team: Workshop) -> None:
    team.commit({"change.txt": "1"})
    team.write({TABLE: LOW, POLICY: b"x"})
    team.git("add", TABLE)
    before = snapshot(team.path)
    assert reasons(team) == []
    assert staged_reasons(team) == ["entry-lowered SECURITY/EXEC"]
    assert snapshot(team.path) == before


# ---------------------------------------------------------------- what base looks like


def test_the_first_files_answer_to_their_own_policy(tmp_path: Path) -> None:
    workshop = new_repository(tmp_path / "new")
    workshop.commit({"README.md": "hello\n"})
    workshop.git("checkout", "--quiet", "-b", "change")
    workshop.commit(files_of(base()))
    assert reasons(workshop) == []
    workshop.commit({TABLE: LOW})
    assert reasons(workshop) == ["below-floor SECURITY/EXEC"]
    workshop.git("rm", "-q", TABLE)
    workshop.commit({})
    assert reasons(workshop) == ["file-missing config/overrides.toml"]


def test_a_repository_without_the_files_passes(tmp_path: Path) -> None:
    workshop = new_repository(tmp_path / "new")
    workshop.commit({"README.md": "hello\n"})
    assert reasons(workshop, head="main") == []


BROKEN = {
    "table": {TABLE: b"x"},
    "policy": {POLICY: b"x"},
    "twice": {TABLE: b"x", POLICY: b"y"},
    "unknown-model": {TABLE: with_entry(SECURITY, "best")},
}


@pytest.fixture(params=BROKEN.values(), ids=BROKEN)
def broken(request: pytest.FixtureRequest, team: Workshop) -> Workshop:
    """`main` was broken two commits ago, by somebody who got around the guard."""
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: with_entry(LOOKUP, "opus")})
    team.commit(request.param)
    team.commit({"later.txt": "1"})
    team.git("checkout", "--quiet", "-B", "change")
    return team


def test_repairing_a_broken_base_passes(broken: Workshop) -> None:
    broken.commit({POLICY: base().policy, TABLE: with_entry(LOOKUP, "opus")})
    assert reasons(broken) == []


def test_a_broken_base_is_stood_in_for_by_its_newest_valid_ancestor(broken: Workshop) -> None:
    broken.commit({POLICY: base().policy, TABLE: with_entry(LOOKUP, "sonnet")})
    assert reasons(broken) == ["entry-lowered VALIDATION/LEAD"]


def test_leaving_a_broken_base_broken_is_refused(broken: Workshop) -> None:
    broken.commit({"more.txt": "1"})
    assert reasons(broken) != []


def test_a_valid_version_off_the_first_parent_line_does_not_stand_in(team: Workshop) -> None:
    team.commit({TABLE: with_entry(LOOKUP, "haiku")})
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: b"x"})
    team.git("merge", "--quiet", "--no-edit", "--strategy=ours", "change")
    team.git("checkout", "--quiet", "-B", "change")
    team.commit({TABLE: with_entry(LOOKUP, "haiku")})
    assert reasons(team) == ["entry-lowered VALIDATION/LEAD"]


def test_a_base_that_never_was_valid_leaves_head_to_its_own_policy(tmp_path: Path) -> None:
    workshop = new_repository(tmp_path / "new")
    workshop.commit({TABLE: b"x"})
    workshop.git("checkout", "--quiet", "-b", "change")
    workshop.commit(files_of(base()))
    assert reasons(workshop) == []
    workshop.commit({TABLE: LOW})
    assert reasons(workshop) == ["below-floor SECURITY/EXEC"]


def test_a_file_that_base_lost_is_judged_by_what_it_was(team: Workshop) -> None:
    team.git("checkout", "--quiet", "main")
    team.git("rm", "-q", TABLE)
    team.commit({})
    team.git("checkout", "--quiet", "-B", "change")
    team.commit({TABLE: LOW})
    assert reasons(team) == ["entry-lowered SECURITY/EXEC"]


# ---------------------------------------------------------------- what is staged


def test_what_is_staged_is_judged_and_what_is_not_is_not(team: Workshop) -> None:
    assert staged_reasons(team) == []
    team.write({TABLE: LOW})
    assert staged_reasons(team) == []
    team.git("add", TABLE)
    assert staged_reasons(team) == ["entry-lowered SECURITY/EXEC"]
    team.write({TABLE: base().table})
    assert staged_reasons(team) == ["entry-lowered SECURITY/EXEC"]


def test_what_is_staged_is_judged_against_any_base(team: Workshop) -> None:
    team.git("checkout", "--quiet", "main")
    team.commit({TABLE: with_entry(LOOKUP, "opus")})
    team.git("checkout", "--quiet", "change")
    assert staged_reasons(team) == []
    assert staged_reasons(team, "main") == ["entry-lowered VALIDATION/LEAD"]


def test_a_staged_deletion_and_a_staged_move_are_seen(team: Workshop) -> None:
    team.git("mv", TABLE, "config/models.toml")
    assert staged_reasons(team) == ["file-moved config/models.toml"]
    team.git("rm", "-qf", "config/models.toml")
    assert staged_reasons(team) == ["file-missing config/overrides.toml"]


def test_a_file_only_meant_to_be_added_is_not_staged(team: Workshop) -> None:
    team.git("rm", "-q", "--cached", TABLE)
    team.git("add", "--intent-to-add", TABLE)
    assert staged_reasons(team) == ["file-missing config/overrides.toml"]


def test_the_first_commit_of_a_repository_is_judged_by_its_own_policy(tmp_path: Path) -> None:
    workshop = new_repository(tmp_path / "new")
    assert staged_reasons(workshop) == []
    workshop.write(files_of(base()))
    workshop.git("add", ".")
    assert staged_reasons(workshop) == []
    workshop.write({TABLE: LOW})
    workshop.git("add", ".")
    assert staged_reasons(workshop) == ["below-floor SECURITY/EXEC"]


def test_the_index_that_git_names_is_judged(
    team: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit FILE` runs its hooks with an index of its own."""
    other = team.path / ".git" / "next-index"
    other.write_bytes((team.path / ".git" / "index").read_bytes())
    team.write({TABLE: LOW})
    team.git("add", TABLE, GIT_INDEX_FILE=str(other))
    assert staged_reasons(team) == []
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    with cleaned() as around:
        assert staged_reasons(team, around=around) == ["entry-lowered SECURITY/EXEC"]


def test_a_split_index_is_judged(team: Workshop) -> None:
    team.git("update-index", "--split-index")
    team.write({TABLE: LOW})
    team.git("add", TABLE)
    assert staged_reasons(team) == ["entry-lowered SECURITY/EXEC"]


def test_a_linked_work_tree_has_an_index_of_its_own(team: Workshop, tmp_path: Path) -> None:
    team.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    linked = Workshop(tmp_path / "linked")
    linked.write({TABLE: LOW})
    linked.git("add", TABLE)
    assert staged_reasons(linked) == ["entry-lowered SECURITY/EXEC"]
    assert staged_reasons(team) == []
    assert reasons(linked, head="HEAD") == []


def test_an_index_with_conflicts_is_an_error(team: Workshop) -> None:
    team.git("checkout", "--quiet", "-b", "other", "main")
    team.commit({TABLE: with_entry(SECURITY, "sonnet")})
    team.git("checkout", "--quiet", "change")
    team.commit({TABLE: LOW})
    with pytest.raises(AssertionError):
        team.git("merge", "other")
    with pytest.raises(BotError, match="resolve its conflicts"):
        staged_reasons(team)


def test_an_unknown_base_is_an_error_also_for_what_is_staged(team: Workshop) -> None:
    with pytest.raises(BotError, match="nowhere names no commit here"):
        staged_reasons(team, "nowhere")


def test_a_bare_repository_is_judged_as_any_other(team: Workshop, tmp_path: Path) -> None:
    team.commit({TABLE: LOW})
    team.git("clone", "--quiet", "--bare", str(team.path), str(tmp_path / "bare.git"))
    assert reasons(Workshop(tmp_path / "bare.git")) == ["entry-lowered SECURITY/EXEC"]


# ---------------------------------------------------------------- the attack table, through git


# All of them run on texts in tests/allocation; here, each once, on one cell, with its spellings left out.
THROUGH_GIT = list(
    {
        attack.name: attack
        for attack in ATTACKS
        if attack.cell in (None, SECURITY) and not attack.name.startswith(("lowered-", "model-"))
    }.values()
)
HARMLESS = {name: case for name, case in harmless().items() if not name.startswith("same-")}


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Each attack and each harmless change as a branch on a base of its own, `base/N` and `head/N`."""
    pairs = [(one.start, one.change) for one in THROUGH_GIT] + list(HARMLESS.values())
    revisions = [Revision("root", {"README.md": b"hello\n"})]
    for number, (start, change) in enumerate(pairs):
        before = start(base())
        names = (f"base/{number}", f"head/{number}")
        revisions.append(Revision(names[0], files_of(before), ("root",)))
        revisions.append(Revision(names[1], files_of(change(before)), (names[0],)))
    workshop = imported(tmp_path_factory.mktemp("arena") / "team", revisions)
    with Repository.open(workshop.path) as repository:
        yield repository


@pytest.mark.parametrize(
    ("number", "attack"), list(enumerate(THROUGH_GIT)), ids=[str(one) for one in THROUGH_GIT]
)
def test_an_attack_is_refused_through_git(arena: Repository, number: int, attack: Attack) -> None:
    report = guard_merge(arena, f"base/{number}", f"head/{number}", POLICY)
    assert (attack.reason, attack.cell) in [
        (r.reason, attack.cell and r.cell) for r in report.refusals
    ]
    assert all(r.file in (POLICY, TABLE) for r in report.refusals)


def test_harmless_changes_pass_through_git(arena: Repository) -> None:
    for number, name in enumerate(HARMLESS, len(THROUGH_GIT)):
        report = guard_merge(arena, f"base/{number}", f"head/{number}", POLICY)
        assert (name, report.refusals) == (name, ())


# ---------------------------------------------------------------- what --policy names


@pytest.mark.parametrize("policy", ["config", "config/", "./config", "docs"])
def test_a_policy_that_is_a_folder_is_an_error(team: Workshop, policy: str) -> None:
    team.git("checkout", "--quiet", "main")
    team.commit({"docs/a.txt": "a"})
    with pytest.raises(BotError, match="is a folder; name the policy file"):
        reasons(team, policy=policy)
    with pytest.raises(BotError, match="is a folder; name the policy file"):
        reasons(team, head="main", policy=policy)


@pytest.mark.parametrize("policy", ["nowhere.toml", "ops/policy.toml", "CONFIG/policy.toml"])
def test_a_policy_that_neither_side_has_is_an_error(team: Workshop, policy: str) -> None:
    with pytest.raises(BotError, match="neither base nor the change has it") as caught:
        reasons(team, policy=policy)
    assert caught.value.exit_code == 1


# ---------------------------------------------------------------- what attributes make of a file

ATTRIBUTES = {
    "encoding": {".gitattributes": f"{TABLE} working-tree-encoding=UTF-16\n"},
    "pattern": {".gitattributes": "overrides.* working-tree-encoding=latin1\n"},
    "folder": {"config/.gitattributes": "over* working-tree-encoding=UTF-7\n"},
    "macro": {".gitattributes": f"[attr]x working-tree-encoding=UTF-7\n{TABLE} x\n"},
    "case": {".gitattributes": "CONFIG/OVERRIDES.TOML working-tree-encoding=UTF-7\n"},
    "filter": {".gitattributes": f"{TABLE} filter=evil\n"},
    "ident": {".gitattributes": f"{TABLE} ident\n"},
}


@pytest.mark.parametrize("files", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_that_recode_a_guarded_file_are_refused(
    team: Workshop, files: dict[str, str | bytes]
) -> None:
    for path, text in files.items():
        (team.path / path).write_text(str(text), encoding="utf-8")
        sha = team.git("hash-object", "-w", "--no-filters", path)
        team.git("update-index", "--add", "--cacheinfo", f"100644,{sha},{path}")
    team.git("commit", "--quiet", "-m", "Attributes")
    assert reasons(team) == [f"file-attributes {TABLE}"]


@pytest.mark.parametrize(
    "hidden", [f"{TABLE} -working-tree-encoding -filter -ident", "* !filter !ident", ""]
)
@pytest.mark.parametrize("place", ["info/attributes", "core.attributesFile"])
def test_the_users_own_attributes_neither_hide_nor_stand_for_those_of_the_change(
    team: Workshop, hidden: str, place: str
) -> None:
    own = team.path / ".git" / place
    own.parent.mkdir(exist_ok=True)
    if place == "core.attributesFile":
        team.git("config", place, str(own))
    own.write_text(f"{TABLE} filter=mine\n")
    assert reasons(team) == []
    own.write_text(f"{hidden}\n")
    sha = team.git("hash-object", "-w", "--stdin", feed=f"{TABLE} filter=evil\n".encode())
    team.git("update-index", "--add", "--cacheinfo", f"100644,{sha},.gitattributes")
    team.git("commit", "--quiet", "-m", "Attributes")
    assert reasons(team) == [f"file-attributes {TABLE}"]


LIKE_ATTRIBUTES = [
    ".GITATTRIBUTES",
    ".gitattributes.",
    ".git\u200battributes",
    "GITATT~1",
    "config/.GitAttributes",
    "Config/.gitattributes",
    "config\\.gitattributes",
]


@pytest.mark.parametrize("name", LIKE_ATTRIBUTES, ids=ascii)
def test_what_some_file_systems_take_for_attributes_of_a_guarded_file_is_refused(
    team: Workshop, name: str
) -> None:
    sha = team.git("hash-object", "-w", "--stdin", feed=f"{TABLE} filter=evil\n".encode())
    entry = f"100644,{sha},{name}"
    team.git("-c", "core.protectNTFS=false", "update-index", "--add", "--cacheinfo", entry)
    team.git("-c", "core.protectNTFS=false", "commit", "--quiet", "-m", "Attributes")
    assert reasons(team) == [f"file-shadowed {name}"]


@pytest.mark.parametrize("name", ["docs/.GITATTRIBUTES", ".gitattributes-old", "gitattributes"])
def test_what_is_no_attribute_file_of_a_guarded_file_passes(team: Workshop, name: str) -> None:
    team.commit({name: f"{TABLE} filter=evil\n"})
    assert reasons(team) == []


@pytest.mark.parametrize(
    "line", ["*.toml text eol=lf", "*.md working-tree-encoding=UTF-16", "* -merge"]
)
def test_attributes_that_recode_no_guarded_file_pass(team: Workshop, line: str) -> None:
    team.commit({".gitattributes": f"{line}\n"})
    assert reasons(team) == []
