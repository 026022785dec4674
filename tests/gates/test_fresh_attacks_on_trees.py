"""A reviewer's own attacks on the guard, by what git's trees, attributes and file systems can hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.attacks import base, entry, on_table
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
LOW = on_table(entry(cell("SECURITY/EXEC"), 'SECURITY = "haiku"'))(base()).table
FILES = {POLICY: base().policy, TABLE: base().table, "README.md": b"hello\n"}


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """`main` has the two files; `change` is checked out and as `main` is."""
    workshop = new_repository(tmp_path / "team")
    workshop.commit(FILES)
    workshop.git("checkout", "--quiet", "-b", "change")
    return workshop


def guard(workshop: Workshop, *args: str) -> int:
    where = ("--repo", str(workshop.path), "--base", "main", "--head", "change")
    return main(["guard", *where, *args])


class Tree:
    """Trees as no git would write them: entries as they come, in any order, with any mode and name."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def blob(self, data: bytes) -> str:
        return self.workshop.git("hash-object", "-w", "--stdin", feed=data)

    def tree(self, *entries: tuple[str, str, str]) -> str:
        data = b"".join(
            f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries
        )
        return self.workshop.git(
            "hash-object", "-t", "tree", "-w", "--literally", "--stdin", feed=data
        )

    def commit(self, *top: tuple[str, str, str]) -> None:
        tree = self.tree(*top)
        sha = self.workshop.git("commit-tree", "-p", "main", "-m", "odd", tree)
        self.workshop.git("update-ref", "refs/heads/change", sha)


class Parts:
    """The objects that odd trees are made of."""

    def __init__(self, made: Tree) -> None:
        self.policy, self.table = made.blob(base().policy), made.blob(base().table)
        self.low, self.readme = made.blob(LOW), made.blob(b"hello\n")
        self.good = ("100644", "overrides.toml", self.table)
        self.bad = ("100644", "overrides.toml", self.low)
        self.rules = ("100644", "policy.toml", self.policy)
        self.config = ("40000", "config", made.tree(self.good, self.rules))
        self.evil = ("40000", "config", made.tree(self.bad, self.rules))


Odd = Callable[[Tree, Parts], None]

ODD: dict[str, Odd] = {
    "a file twice in its folder, the good one last": lambda made, p: made.commit(
        ("40000", "config", made.tree(p.bad, p.good, p.rules))
    ),
    "a file twice in its folder, the good one first": lambda made, p: made.commit(
        ("40000", "config", made.tree(p.good, p.bad, p.rules))
    ),
    "the folder twice, the good one last": lambda made, p: made.commit(p.evil, p.config),
    "the folder twice, the good one first": lambda made, p: made.commit(p.config, p.evil),
    "a slash in a name at the top": lambda made, p: made.commit(p.config, ("100644", TABLE, p.low)),
    "a slash in the name of a folder": lambda made, p: made.commit(
        p.config, ("40000", "./config", p.evil[2])
    ),
    "a folder of no name around the files": lambda made, p: made.commit(
        p.config, ("40000", "", made.tree(p.evil))
    ),
    "a folder named as this one around the files": lambda made, p: made.commit(
        ("40000", ".", made.tree(p.evil)), p.config
    ),
    "a folder named as the one above around the files": lambda made, p: made.commit(
        p.config, ("40000", "x", made.tree(("40000", "..", made.tree(p.evil))))
    ),
    "a link whose mode begins with a nought": lambda made, p: made.commit(
        ("40000", "config", made.tree(("0120000", "overrides.toml", p.table), p.rules))
    ),
    "a submodule whose mode begins with a nought": lambda made, p: made.commit(
        ("40000", "config", made.tree(("0160000", "overrides.toml", p.table), p.rules))
    ),
    "a mode that git takes for a submodule": lambda made, p: made.commit(
        ("40000", "config", made.tree(("140000", "overrides.toml", p.table), p.rules))
    ),
    "a folder's mode that begins with a nought, and a lower table": lambda made, p: made.commit(
        ("040000", "config", p.evil[2])
    ),
    "a lower table in a folder out of order": lambda made, p: made.commit(
        ("100644", "zzz", p.readme), p.evil
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_tree_that_no_git_writes_is_refused(
    name: str, team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Tree(team)
    ODD[name](made, Parts(made))
    assert guard(team) == 3, capsys.readouterr()


IGNORED = {
    "a grapheme joiner": "conf\u034fig",
    "a variation selector": "config\ufe0f",
    "a Mongolian variation selector": "con\u180bfig",
    "a supplementary variation selector": "config\U000e0101",
    "a Hangul filler": "config\u3164",
    "a half-width Hangul filler": "\uffa0config",
    "a Khmer vowel that is not seen": "con\u17b4fig",
    "a reserved character that is ignored": "config\u2065",
    "a tag character": "config\U000e0041",
    "a soft hyphen": "con\u00adfig",
    "a musical sign that is not seen": "con\U0001d173fig",
}
"""Characters that ext4's folding and others leave out of account (Unicode: Default_Ignorable_Code_Point)."""


@pytest.mark.parametrize("name", IGNORED)
def test_a_folder_with_a_character_that_file_systems_ignore_is_refused(
    name: str, team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    team.commit({f"{IGNORED[name]}/overrides.toml": LOW})
    assert guard(team) == 3
    assert ": file-shadowed: " in capsys.readouterr().out


ON_FILES = {
    "the table as its own folder's link to itself": ("120000", b"overrides.toml"),
    "the table as a link with the right text as its target": ("120000", base().table),
    "the table as a link out of the repository": ("120000", b"/etc/passwd"),
}


@pytest.mark.parametrize("name", ON_FILES)
def test_a_link_is_refused_whatever_it_says(name: str, team: Workshop) -> None:
    mode, target = ON_FILES[name]
    sha = Tree(team).blob(target)
    team.git("update-index", "--cacheinfo", f"{mode},{sha},{TABLE}")
    team.git("commit", "--quiet", "-m", "link")
    assert guard(team) == 3


RECODED = {
    "a macro of the change's own": "[attr]soft filter=x\nconfig/*.toml soft\n",
    "a pattern in quotes": '"config/overrides.toml" filter=x\n',
    "a pattern of another case": "CONFIG/*.TOML ident\n",
    "two stars": "**/overrides.toml working-tree-encoding=UTF-16LE\n",
    "a later line that only looks as if it took it back": "*.toml filter=x\n*.tom -filter\n",
    "an encoding that is UTF-8 by name": "*.toml working-tree-encoding=UTF-8\n",
    "line ends of Windows": "*.toml filter=x\r\n",
    "a byte order mark in front": "\ufeff*.toml filter=x\n",
}


@pytest.mark.parametrize("name", RECODED)
@pytest.mark.parametrize("place", ["", "config/"])
def test_attributes_that_change_what_is_checked_out_are_refused(
    name: str, place: str, team: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        RECODED[name] if not place else RECODED[name].replace("config/", "").replace("CONFIG/", "")
    )
    team.commit({f"{place}.gitattributes": text})
    wanted = 0 if place and text.startswith("[attr]") else 3  # macros stand at the top only
    assert guard(team) == wanted, capsys.readouterr()


def test_attributes_that_recode_the_attributes_are_refused(team: Workshop) -> None:
    """What they say of the table is known only where they are checked out."""
    team.commit({".gitattributes": ".gitattributes filter=lfs\n"})
    assert guard(team) == 3
