"""Boxes: unticking one turns its promotion down, ticking it brings it back; nothing else in a text does.

Decisions as tables, from what the open pull request shows to what is turned down, and to the one action.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from bot.allocation.names import Cell
from bot.calibration.digest import digest
from bot.calibration.findings import Change, Scope
from bot.forge.protocol import State
from bot.proposal.comments import hands_off_comment
from bot.proposal.lifecycle import decide
from bot.proposal.marker import Dropped, read_marker, render, text_above
from bot.proposal.report import Action
from bot.proposal.screening import HeldBecause, hold_back, sift, still_dropped
from bot.proposal.turned_down import Boxes, turned_down
from bot.wording.checklist import box_key, box_row, read_boxes
from tests.support.facts import evidence
from tests.support.hostile import ALL
from tests.support.proposals import (
    BASE_TABLE,
    BOT,
    CHANGE,
    HEAD,
    INPUTS,
    OLD_INPUTS,
    OTHER,
    PERSON,
    STRANGE,
    boxed,
    branch,
    commit,
    marker,
    observed,
    pull,
    wanted,
)
from tests.support.reviews import review, verdict

BOTH = marker(changes=(CHANGE, OTHER))
OUT = Dropped(CHANGE, "2025-W49")
OTHER_OUT = Dropped(OTHER, "2025-W49")
WITHOUT = marker(changes=(OTHER,), dropped=(OUT,))
ROW = box_row(CHANGE, "why", ticked=False)
LATER = "2026-W30"


def asked(body: str, **more: object) -> Boxes:
    seen = observed(pull(body=body, **more))
    return turned_down(seen, author=BOT, base="main", latest=LATER)


TEXTS = {
    "all ticked": (boxed(BOTH), ()),
    "one unticked": (boxed(BOTH, (CHANGE,)), (OUT,)),
    "all unticked": (boxed(BOTH, (CHANGE, OTHER)), (OUT, OTHER_OUT)),
    "one turned down before, left alone": (boxed(WITHOUT, (CHANGE,)), (OUT,)),
    "one turned down before, ticked again": (boxed(WITHOUT), ()),
    "the one ticked again, the other unticked": (boxed(WITHOUT, (OTHER,)), (OTHER_OUT,)),
    "line ends of a browser": (boxed(BOTH, (CHANGE,)).replace("\n", "\r\n"), (OUT,)),
    "a capital X": (boxed(BOTH).replace("[x]", "[X]"), ()),
    "missing": (boxed(marker()).replace(box_row(CHANGE, "why", ticked=True), ""), ()),
    "missing, and turned down before": (boxed(WITHOUT, (CHANGE,)).replace(ROW, ""), (OUT,)),
    "double": (boxed(marker(), (CHANGE,)).replace("What", f"{ROW}\nWhat"), ()),
    "double, one of each": (boxed(marker()).replace("What", f"{ROW}\nWhat"), ()),
    "500 times": (boxed(marker()).replace("What", f"{ROW}\n" * 500 + "What"), ()),
    "unknown": (boxed(marker(changes=(OTHER,))).replace("What", f"{ROW}\nWhat"), ()),
    "in a note below the marker": (boxed(marker(), note=f"\n\n{ROW}\n"), ()),
    "quoted above the marker": (boxed(marker()).replace("What", f"> {ROW}\n\nWhat"), ()),
    "indented above the marker": (boxed(marker()).replace("What", f"  {ROW}\n\nWhat"), ()),
    "without its comment": (boxed(marker()).replace("What", "- [ ] why\n\nWhat"), ()),
    "with words behind its comment": (boxed(marker(), (CHANGE,)).replace("-->\n", "--> x\n"), ()),
    "a text from before there were boxes": (f"A table.\n\n{render(marker())}\n", ()),
    "no marker": ("theirs", ()),
}


@pytest.mark.parametrize(("text", "dropped"), TEXTS.values(), ids=TEXTS)
def test_what_is_turned_down(text: str, dropped: tuple[Dropped, ...]) -> None:
    assert asked(text).dropped == dropped


ELSEWHERE = {
    "closed": {"state": State.CLOSED},
    "merged": {"state": State.MERGED},
    "somebody else's": {"author": "mallory"},
    "a fork's": {"head_repository": "mallory/app"},
    "of another scope": {"branch": "calibration/adhoc-api"},
    "into another base": {"base": "develop"},
}


@pytest.mark.parametrize("more", ELSEWHERE.values(), ids=ELSEWHERE)
def test_boxes_of_another_pull_request_are_not_asked(more: dict[str, object]) -> None:
    assert asked(boxed(BOTH, (CHANGE,)), **more) == Boxes()


MENTIONED = {
    "missing": (TEXTS["missing"][0], "in #7 the box of TESTING/EXEC is missing, so nothing is"),
    "double": (TEXTS["double"][0], "in #7 the box of TESTING/EXEC is there more than once, so"),
    "unknown": (
        TEXTS["unknown"][0],
        "in #7 1 row with a box of no promotion that it makes: ignored",
    ),
}


@pytest.mark.parametrize(("text", "words"), MENTIONED.values(), ids=MENTIONED)
def test_a_box_that_says_nothing_is_mentioned(text: str, words: str) -> None:
    (said,) = asked(text).remarks
    assert said.startswith(words)
    assert asked(boxed(BOTH, (CHANGE,))).remarks == ()


def test_a_forged_later_week_turns_nothing_down_for_longer() -> None:
    (dropped,) = asked(boxed(marker(week="2099-W01"), (CHANGE,))).dropped
    assert dropped.week == LATER


# ------------------------------------------------------------------------------ the one action

GONE = {"changes": (OTHER,), "dropped": (OUT,), "head": STRANGE, "table": b"without"}
NONE_LEFT = {"changes": (), "dropped": (OUT,), "head": None, "table": BASE_TABLE}
CLOSED_SO = marker(changes=(), dropped=(OUT,), closed_by_bot=True)
BY_PERSON = commit(author=PERSON, committer=PERSON, inputs=None, week=None)
REOPENED = pull(body=boxed(CLOSED_SO))

# name: (wanted, observed, branch, action, push, number, delete, words of the reason)
ROWS = {
    "one unticked: rebuilt without it": (
        *(wanted(**GONE), observed(pull(body=boxed(BOTH, (CHANGE,)))), branch(merged=b"both")),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
    "the same again": (
        *(wanted(**GONE), observed(pull(says=replace(WITHOUT, head=STRANGE)), head=STRANGE)),
        *(branch(STRANGE, merged=b"without"), Action.NONE, False, 7, False, "already says"),
    ),
    "remembered, and other figures": (
        *(wanted(**GONE), observed(pull(says=replace(WITHOUT, inputs=OLD_INPUTS)))),
        *(branch(merged=b"without"), Action.UPDATE, False, 7, False, "its figures are new"),
    ),
    "the same changes, and something is turned down that was not among them": (
        *(wanted(dropped=(OTHER_OUT,)), observed(pull()), branch()),
        *(Action.UPDATE, False, 7, False, "same changes"),
    ),
    "ticked again: brought back": (
        *(wanted(changes=(CHANGE, OTHER), head=STRANGE), observed(pull(body=boxed(WITHOUT)))),
        *(branch(merged=b"without"), Action.UPDATE, True, 7, False, "differ"),
    ),
    "all unticked: closed, and the branch stays to reopen it from": (
        *(wanted(**NONE_LEFT), observed(pull(body=boxed(marker(), (CHANGE,)))), branch()),
        *(Action.CLOSE, False, 7, False, "every box is unticked"),
    ),
    "one unticked, the evidence withdrew the other": (
        *(wanted(**NONE_LEFT), observed(pull(body=boxed(BOTH, (CHANGE,)))), branch()),
        *(Action.CLOSE, False, 7, True, "no longer asks for it"),
    ),
    "closed so, next run": (
        *(wanted(**NONE_LEFT), observed(pull(body=boxed(CLOSED_SO), state=State.CLOSED))),
        *(branch(), Action.NONE, False, None, False, "gives nothing to propose"),
    ),
    "closed so, the next week proposes another change": (
        *(wanted(**GONE), observed(pull(body=boxed(CLOSED_SO), state=State.CLOSED)), branch()),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "reopened with its box ticked": (
        *(wanted(), observed(REOPENED), branch()),
        *(Action.UPDATE, False, 7, False, "#7 has the same changes"),
    ),
    "reopened without a ticked box": (
        *(wanted(**NONE_LEFT), observed(pull(body=boxed(CLOSED_SO, (CHANGE,)))), branch()),
        *(Action.CLOSE, False, 7, False, "every box is unticked"),
    ),
    "somebody pushed: boxes are not obeyed": (
        *(wanted(**GONE), observed(pull(body=boxed(BOTH, (CHANGE,))), head="d" * 40)),
        *(branch("d" * 40, commit(), BY_PERSON), Action.HANDS_OFF, False, 7, False, "left alone"),
    ),
    "somebody pushed, and all are unticked": (
        *(wanted(**NONE_LEFT), observed(pull(body=boxed(marker(), (CHANGE,))), head="d" * 40)),
        *(branch("d" * 40, commit(), BY_PERSON), Action.HANDS_OFF, False, 7, False, "left alone"),
    ),
    "retargeted: boxes are not obeyed": (
        *(wanted(**GONE), observed(pull(body=boxed(BOTH, (CHANGE,)), base="dev")), branch()),
        *(Action.HANDS_OFF, False, 7, False, "was pointed at dev"),
    ),
    "an older week's run": (
        *(wanted(week="2025-W48"), observed(pull(body=boxed(BOTH, (CHANGE,)))), branch()),
        *(Action.NONE, False, 7, False, "plan only"),
    ),
    "a run ended between its push and its edit, then the box was ticked again": (
        *(wanted(changes=(CHANGE, OTHER), head=HEAD), observed(pull(says=BOTH), head=STRANGE)),
        *(branch(STRANGE, commit(OLD_INPUTS), merged=b"without"),),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
}


@pytest.mark.parametrize(
    ("want", "seen", "there", "action", "push", "number", "delete", "words"),
    ROWS.values(),
    ids=ROWS,
)
def test_each_situation_with_boxes_has_one_action(
    want, seen, there, action, push, number, delete, words: str
) -> None:
    decision = decide(want, seen, there)
    assert (decision.action, decision.push, decision.delete) == (action, push, delete)
    assert (decision.number, words in decision.reason) == (number, True)


def test_what_closes_it_remembers_each_and_keeps_the_boxes() -> None:
    body = boxed(BOTH, (CHANGE, OTHER))
    want = wanted(**{**NONE_LEFT, "dropped": (OUT, OTHER_OUT)})
    closed = decide(want, observed(pull(body=body)), branch()).body
    assert read_marker(closed) == replace(
        BOTH, changes=(), dropped=(OUT, OTHER_OUT), closed_by_bot=True
    )
    assert read_boxes(text_above(closed)) == {box_key(CHANGE): False, box_key(OTHER): False}
    again = decide(want, observed(pull(body=closed)), branch()).body
    assert again == closed


def test_the_comment_of_hands_off_says_that_boxes_are_not_obeyed() -> None:
    assert "Its boxes are not obeyed either." in hands_off_comment("somebody pushed")


# ---------------------------------------------------------------------------- what is remembered

ADHOC = {"branch": "calibration/adhoc-testing"}
REMEMBERED = {
    "the own open one's boxes decide by themselves": ((pull(says=WITHOUT),), None),
    "another open one's": ((pull(says=WITHOUT, **ADHOC),), HeldBecause.UNTICKED),
    "a merged one's": ((pull(says=WITHOUT, state=State.MERGED),), HeldBecause.UNTICKED),
    "closed as all were unticked": (
        (pull(says=CLOSED_SO, state=State.CLOSED),),
        HeldBecause.UNTICKED,
    ),
    "closed by a person": ((pull(says=WITHOUT, state=State.CLOSED),), HeldBecause.UNTICKED),
    "a fork's": ((pull(says=WITHOUT, state=State.MERGED, head_repository="m/app"),), None),
    "a forged later week": (
        (
            pull(
                says=replace(WITHOUT, dropped=(Dropped(CHANGE, "2099-W01"),)),
                state=State.MERGED,
            ),
        ),
        None,
    ),
}


@pytest.mark.parametrize(("pulls", "because"), REMEMBERED.values(), ids=REMEMBERED)
def test_a_promotion_that_was_unticked_is_not_proposed_again(pulls, because) -> None:
    found = hold_back(
        [CHANGE],
        observed(*pulls),
        author=BOT,
        base="main",
        latest=LATER,
        again=lambda change, week: False,
    )
    assert [held.because for held in found.held] == ([because] if because else [])
    anew = hold_back(
        [CHANGE],
        observed(*pulls),
        author=BOT,
        base="main",
        latest=LATER,
        again=lambda change, week: week == "2025-W49",
    )
    assert anew.changes == (CHANGE,)


@pytest.mark.parametrize(
    ("weeks", "stays"), [(((3, 5), (1, 5)), True), (((3, 5), (3, 5)), False)], ids=str
)
def test_it_stays_turned_down_until_a_tally_that_restarts_reaches_the_bar(weeks, stays) -> None:
    of = review(verdict("TESTING/EXEC", *weeks, tally=200))
    before = Dropped(CHANGE, "2025-W48")
    assert still_dropped(of, (before,)) == ((before,) if stays else ())


@pytest.mark.parametrize(
    "of",
    [review(verdict("UAT/EXEC")), review(verdict("TESTING/EXEC", model="opus", proposed="max"))],
    ids=["no such cell", "another model"],
)
def test_what_no_longer_stands_at_base_is_forgotten(of) -> None:
    assert still_dropped(of, (OUT,)) == ()


def test_an_unticked_promotion_leaves_its_place_of_a_week_s_few_to_one_that_waits() -> None:
    of = review(verdict("TESTING/EXEC", tally=400), verdict("API/PLAN"))
    few = replace(of, promotion=structs.replace(of.promotion, max_promotions=1))
    seen = observed(pull(body=boxed(marker(), (CHANGE,))))
    _, parted = sift(few, seen, author=BOT, base="main", latest=LATER)
    assert (parted.changes, parted.dropped) == ((OTHER,), (OUT,))
    assert parted.unticked(few) == (CHANGE,)


def test_a_marker_with_what_was_turned_down_is_read_back() -> None:
    assert read_marker(render(WITHOUT)) == WITHOUT
    assert '"dropped"' not in render(BOTH)
    for wrong in (
        replace(WITHOUT, dropped=(OUT, OUT)),
        replace(WITHOUT, dropped=(OTHER_OUT,)),
        replace(WITHOUT, dropped=(Dropped(CHANGE, "w"),)),
        replace(WITHOUT, dropped=(Dropped(Change(Cell("x", "y"), "a", "b"), "2025-W49"),)),
    ):
        with pytest.raises(ValueError, match="not a marker"):
            render(wrong)


def test_the_inputs_of_a_proposal_hold_what_was_turned_down() -> None:
    plain = digest("p", "t", "2025-W49", Scope(), evidence())
    without = digest("p", "t", "2025-W49", Scope(), evidence(), (OUT,))
    assert len({plain, without, INPUTS}) == 3
    assert digest("p", "t", "2025-W49", Scope(), evidence(), ()) == plain


# ------------------------------------------------------------------------------ hostile text around the boxes


def test_no_text_below_the_marker_or_quoted_above_it_ticks_or_unticks_a_box() -> None:
    """The corpus as a person's note, and quoted beside the boxes, each with a forged box in it."""
    one_out = boxed(BOTH, (CHANGE,))
    wrong = []
    for text in ALL:
        quoted = "".join(f"> {line}\n" for line in f"{text}\n{ROW}".split("\n"))
        note = boxed(BOTH, (CHANGE,), note=f"\n\n{text}\n{ROW}\n")
        for body in (note, one_out.replace("What", f"{quoted}\nWhat", 1)):
            if asked(body).dropped != ((OUT,) if read_marker(body) is not None else ()):
                wrong.append(text)
    assert wrong == []


def test_500_boxes_of_nothing_drop_nothing_and_are_told_in_one_sentence() -> None:
    rows = [
        box_row(Change(Cell("EXEC", f"A{n}"), "haiku", "opus"), "x", ticked=False)
        for n in range(500)
    ]
    boxes = asked(boxed(BOTH).replace("What", "\n".join([*rows, "", "What"]), 1))
    assert boxes.dropped == ()
    assert boxes.remarks == ("in #7 500 rows with a box of no promotion that it makes: ignored",)
