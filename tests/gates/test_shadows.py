"""What a case-folding, Unicode-normalising file system takes for a guarded file, or a folder above one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.gates.guard import guard_merge
from bot.gates.shadows import same
from bot.git.repository import Repository
from tests.support.attacks import base
from tests.support.repositories import Workshop, new_repository

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
FILES = {POLICY: base().policy, TABLE: base().table, "README.md": b"hello\n"}

PARENTS = [
    pytest.param("Config", id="case"),
    pytest.param("CONFIG", id="upper-case"),
    pytest.param("con\u200cfig", id="ignorable"),
    pytest.param("config\ufeff", id="byte-order-mark"),
    pytest.param("con\ufb01g", id="ligature"),
    pytest.param("\uff43onfig", id="full-width"),
    pytest.param("conf\u0131g", id="dotless-i"),
    pytest.param("config.", id="trailing-dot"),
    pytest.param("config . ", id="trailing-dots-and-spaces"),
    pytest.param("config::$INDEX_ALLOCATION", id="stream"),
    pytest.param("CONFIG~1", id="short-name"),
]
MODES = [pytest.param("120000", id="link"), pytest.param("160000", id="submodule")]
MODES += [pytest.param("100644", id="file")]


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """`main` has the two files; `change` is checked out and as `main` is."""
    workshop = new_repository(tmp_path / "team")
    workshop.commit(FILES)
    workshop.git("checkout", "--quiet", "-b", "change")
    return workshop


def put(workshop: Workshop, mode: str, path: str) -> None:
    """Commit an entry of a mode, as no file system need be able to hold it."""
    sha = workshop.sha("main") if mode == "160000" else workshop.git("rev-parse", "main:README.md")
    setting = ("-c", "core.protectNTFS=false", "-c", "core.protectHFS=false")
    workshop.git(*setting, "update-index", "--add", "--cacheinfo", f"{mode},{sha},{path}")
    workshop.git("commit", "--quiet", "-m", f"Add {mode}")


def refused(workshop: Workshop, head: str = "change", policy: str = POLICY) -> list[str]:
    with Repository.open(workshop.path) as repository:
        report = guard_merge(repository, "main", head, policy)
    return [f"{r.reason} {r.file}: {r.message}" for r in report.refusals]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PARENTS)
def test_what_looks_like_the_folder_of_a_guarded_file_is_refused(
    team: Workshop, name: str, mode: str
) -> None:
    put(team, mode, name)
    assert refused(team) == [
        f"file-shadowed {name}: {name} is config on some file systems; remove it"
    ]


@pytest.mark.parametrize(
    "path", ["Teams", "teams/A", "TEAMS/a", "teams/a/Config", "Teams/A/config"]
)
def test_every_folder_on_the_way_is_compared(tmp_path: Path, path: str) -> None:
    workshop = new_repository(tmp_path / "deep")
    workshop.commit({f"teams/a/{name}": data for name, data in FILES.items()})
    workshop.commit({"README.md": b"hello\n"})
    workshop.git("checkout", "--quiet", "-b", "change")
    put(workshop, "120000", path)
    (said,) = refused(workshop, policy=f"teams/a/{POLICY}")
    assert said.startswith(f"file-shadowed {path}: {path} is {path.casefold()} on some")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("config\\overrides.toml", id="backslash"),
        pytest.param("CONFIG\\Overrides.toml", id="backslash-and-case"),
        pytest.param("config/OVERRI~1.TOM", id="short-name"),
        pytest.param("config/ov1a2b~1.tom", id="hashed-short-name"),
        pytest.param("config/overrides.toml:$DATA", id="stream"),
        pytest.param("config/overrides.toml. ", id="trailing"),
        pytest.param("Config/OVERRI~1.TOM", id="both-levels"),
    ],
)
def test_what_looks_like_a_guarded_file_is_refused(team: Workshop, path: str) -> None:
    put(team, "100644", path)
    assert refused(team) == [
        f"file-shadowed {path}: {path} is {TABLE} on some file systems; remove it"
    ]


def test_a_shadow_that_base_has_already_is_still_refused(team: Workshop) -> None:
    """Whoever checks the merge out gets it, so what is on base is no reason to let it stay."""
    team.git("checkout", "--quiet", "main")
    put(team, "120000", "Config")
    assert refused(team, head="main") != []


@pytest.mark.parametrize(
    "path",
    [
        "configs",
        "config2",
        "Config/other.toml",
        "config/overrides.toml.orig",
        "config~",
        "conf~1",
        "docs/Config",
        "config/Policy",
        "ov~1.tom",
        "config/policies.toml",
        "config\\other.toml",
    ],
)
def test_neighbours_with_names_of_their_own_pass(team: Workshop, path: str) -> None:
    put(team, "100644", path)
    assert refused(team) == []


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("caf\u00e9", "cafe\u0301", True),
        ("CAFE\u0301", "caf\u00e9", True),
        ("stra\u00dfe", "STRASSE", True),
        ("\u212aelvin", "kelvin", True),
        ("GITATT~1", ".gitattributes", True),
        ("gitatt~12", ".gitattributes", False),
        ("gitat~12", ".gitattributes", True),
        ("\u0441onfig", "config", False),  # Cyrillic: no file system takes it for the Latin letter
    ],
)
def test_names_are_folded_as_file_systems_fold_them(name: str, other: str, expected: bool) -> None:
    assert same(name, other) is expected
