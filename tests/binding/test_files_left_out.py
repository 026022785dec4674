"""`except` of a section: files that its glob means and the table does not bind."""

from __future__ import annotations

import pytest

from bot.allocation.rules import Rules, read_rules
from bot.allocation.table import Table, read_table
from bot.binding.bound_files import bind
from bot.errors import InvalidInput
from bot.policy import read_policy
from tests.support.agent_files import HeldFiles

POLICY = 'phases = ["ALL"]\n[[ladder]]\nname = "small"\nrelative_cost = 1\n'
RULES: Rules = read_rules(POLICY, "policy")
TABLE: Table = read_table('default = "small"\n', "table", RULES)
FILES = {f".claude/agents/{name}.md": b"---\nmodel: large\n---\n" for name in ("a", "b", "draft-c")}


@pytest.mark.parametrize(
    ("left_out", "bound"),
    [
        ([], "a b draft-c"),
        ([".claude/agents/b.md"], "a draft-c"),
        ([".claude/agents/draft-*.md", ".claude/agents/a.md"], "b"),
        (["**"], ""),
        ([".claude/agents"], "a b draft-c"),
        (["a.md"], "a b draft-c"),
    ],
)
def test_what_is_left_out_is_no_place_of_the_table(left_out: list[str], bound: str) -> None:
    section = f'\n[[apply]]\nfiles = ".claude/agents/*.md"\nexcept = {left_out!r}\n'
    policy = read_policy(POLICY + section, "policy")
    binding = bind(policy.apply, TABLE, RULES, HeldFiles(FILES))
    assert [place.path for place in binding.places] == [
        f".claude/agents/{name}.md" for name in bound.split()
    ]


@pytest.mark.parametrize("value", ['"a.md"', '["/a.md"]', '["../a.md"]', "[1]"])
def test_what_is_left_out_is_a_list_of_globs(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"policy:\d+: apply\[0\].except"):
        read_policy(f'{POLICY}\n[[apply]]\nfiles = "*.md"\nexcept = {value}\n', "policy")


def test_of_one_file_for_the_whole_table_nothing_is_left_out() -> None:
    with pytest.raises(InvalidInput, match="except: goes with files only; remove it"):
        read_policy(f'{POLICY}\n[[apply]]\njson = "m.json"\nexcept = ["a"]\n', "policy")
