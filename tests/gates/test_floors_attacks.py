"""Every attack on every gate cell is refused with the right reason; every harmless change passes."""

from __future__ import annotations

from functools import cache

import pytest

from bot.gates.floors import World
from bot.gates.judgement import File, Side, judge, world_of
from bot.gates.refusals import Document, Refusal, Weakening
from tests.support.attacks import ATTACKS, Attack, Change, Files, base, harmless, with_company

HARMLESS = harmless()


def side(files: Files) -> Side:
    """Both files where the policy is by default."""
    return Side(
        File("config/policy.toml", files.policy), File("config/overrides.toml", files.table)
    )


@cache
def world(files: Files) -> World:
    """The world of a valid pair of files."""
    found = world_of(side(files))
    assert found is not None
    return found


def refusals(start: Files, head: Files) -> tuple[Refusal, ...]:
    """What the judgement says of a change from one pair of files to another."""
    return judge(world(start), side(head))


def check_reason(attack: Attack, found: tuple[Refusal, ...], head: Files) -> None:
    """The reason is among those found, names the assignment, and stands on a line that is there."""
    reasons = [(refusal.reason, refusal.cell) for refusal in found]
    if attack.cell is None:
        assert attack.reason in [reason for reason, _ in reasons]
    else:
        assert (attack.reason, attack.cell) in reasons
    texts = {Document.TABLE: head.table, Document.POLICY: head.policy}
    for refusal in found:
        assert refusal.message
        assert refusal.file.startswith("config/")
        if refusal.line is not None:
            assert 1 <= refusal.line <= texts[refusal.document].count(b"\n") + 1


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_is_refused_with_its_reason_alone_and_among_harmless_edits(
    attack: Attack,
) -> None:
    start = attack.start(base())
    head = attack.change(start)
    check_reason(attack, refusals(start, head), head)
    crowded = with_company(head)
    check_reason(attack, refusals(start, crowded), crowded)


@pytest.mark.parametrize(("start", "change"), HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_passes(start: Change, change: Change) -> None:
    before = start(base())
    assert refusals(before, change(before)) == ()


def test_attacks_start_from_a_base_that_holds() -> None:
    assert judge(None, side(base())) == ()
    assert refusals(base(), base()) == ()


def test_the_company_of_an_attack_is_harmless_itself() -> None:
    assert refusals(base(), with_company(base())) == ()


def test_every_reason_that_content_can_give_is_attacked() -> None:
    about_places = {
        Weakening.FILE_MISSING,
        Weakening.FILE_MOVED,
        Weakening.FILE_SHADOWED,
        Weakening.FILE_LINK,
        Weakening.FILE_SUBMODULE,
        Weakening.FILE_DIRECTORY,
        Weakening.FILE_ATTRIBUTES,
        Weakening.TREE_DAMAGED,
        # files beside the two: tests/cli/test_apply_in_guard.py
        Weakening.BOUND_BELOW_FLOOR,
        Weakening.BOUND_REMOVED,
        Weakening.BOUND_UNREADABLE,
        Weakening.BOUND_APART,
        Weakening.GATE_RUNG_LOWERED,  # needs a ladder without opus
    }
    assert {attack.reason for attack in ATTACKS} == set(Weakening) - about_places
