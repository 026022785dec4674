"""Issue 10, item 3: every rise of a declared value is judged anew, from its weeks, each week."""

from __future__ import annotations

from bot.allocation.assignments import Spell
from bot.calibration.afterwards import afterwards
from bot.calibration.conclusions import Afterwards, Conclusion, Earlier, Ended
from bot.calibration.counts import Counts
from bot.calibration.findings import Scope
from bot.calibration.review import judging_by, review
from bot.evidence.records import CellWeek, Late
from tests.support.facts import TESTING, cell_week, evidence, question, shipped_policy

CALENDAR = shipped_policy().week.calendar


def spell(model: str, week: str, commit: str = "") -> Spell:
    """Assigned on the first morning of a week."""
    return Spell(model, CALENDAR.named(week).start + 9 * 3600, commit or f"{model} {week}")


SONNET = spell("sonnet", "2025-W10")
OPUS = spell("opus", "2025-W20")


def weeks(of: Spell, first: int, *counts: str, **more: object) -> list[CellWeek]:
    """`3/5` a week of a spell, from the week of that number on."""
    pairs = [tuple(map(int, text.split("/"))) for text in counts]
    return [
        cell_week(n, k, week=f"2025-W{first + place}", model=of.model, spell_start=of.start, **more)
        for place, (k, n) in enumerate(pairs)
    ]


def judged(
    rows: list[CellWeek],
    *spells: Spell,
    aside: tuple[str, ...] = (),
    **promotion: object,
) -> list[Afterwards]:
    policy = shipped_policy(**promotion)
    judging = judging_by(policy, aside)
    return list(afterwards(TESTING, rows, spells or (SONNET, OPUS), judging))


def one(rows: list[CellWeek], *spells: Spell, **more: object) -> Afterwards:
    (found,) = judged(rows, *spells, **more)
    return found


def test_a_rise_is_named_with_its_commit_its_week_and_both_counts():
    found = one([*weeks(SONNET, 18, "0/5", "3/5"), *weeks(OPUS, 20, "1/5")])
    assert (found.old, found.new, found.commit) == ("sonnet", "opus", "opus 2025-W20")
    assert (found.week, found.raised) == ("2025-W20", OPUS.start)
    assert (found.before, found.after, found.tally) == (Counts(5, 3), Counts(5, 1), 0)
    assert (found.conclusion, found.since) == (Conclusion.TOO_EARLY, "2025-W20")


def test_every_two_spells_of_which_the_second_is_higher_are_a_rise():
    spells = [spell(m, w) for m, w in (("haiku", "2025-W10"), ("sonnet", "2025-W12"))]
    spells += [spell(m, w) for m, w in (("haiku", "2025-W14"), ("opus", "2025-W16"))]
    found = judged([], *spells)
    assert [(each.old, each.new, each.ended) for each in found] == [
        ("haiku", "sonnet", Ended.LOWERED),
        ("haiku", "opus", None),
    ]


def test_models_that_are_on_no_ladder_of_today_are_not_ranked():
    spells = spell("davinci", "2025-W10"), spell("opus", "2025-W12"), spell("davinci", "2025-W14")
    assert judged([], *spells) == []
    raised = one([], SONNET, OPUS, spell("davinci", "2025-W30"))
    assert (raised.conclusion, raised.ended) == (Conclusion.SUPERSEDED, Ended.REPLACED)


def test_the_first_week_that_meets_a_test_concludes_and_later_ones_do_not_take_it_back():
    rows = [*weeks(SONNET, 18, "3/5"), *weeks(OPUS, 20, "0/5", "0/5", "5/5", "5/5", "5/5")]
    found = one(rows)
    assert (found.conclusion, found.since) == (Conclusion.HELPED, "2025-W21")
    assert found.after == Counts(25, 15)


def test_other_conclusions_say_how_things_stand_and_since_when():
    rows = [*weeks(SONNET, 19, "3/5"), *weeks(OPUS, 20, "4/5", "0/5", "1/5", "1/5")]
    found = one(rows)
    assert (found.conclusion, found.since, found.tally) == (Conclusion.TOO_EARLY, "2025-W21", 100)


def test_did_not_help_is_reached_with_the_tally_at_the_bar():
    rows = [*weeks(SONNET, 17, "3/5", "3/5", "3/5"), *weeks(OPUS, 20, *["4/5"] * 4)]
    found = one(rows)
    assert (found.before, found.conclusion) == (Counts(15, 9), Conclusion.DID_NOT_HELP)
    assert (found.since, found.lowerable) == ("2025-W23", True)


def test_a_lower_value_ends_the_comparison_before_it_is_clear_and_not_after():
    lowered = spell("sonnet", "2025-W23")
    before = weeks(SONNET, 19, "3/5")
    unclear = one([*before, *weeks(OPUS, 20, "1/5")], SONNET, OPUS, lowered)
    assert (unclear.conclusion, unclear.since) == (Conclusion.SUPERSEDED, "2025-W23")
    clear = one([*before, *weeks(OPUS, 20, "0/5", "0/5")], SONNET, OPUS, lowered)
    assert (clear.conclusion, clear.ended) == (Conclusion.HELPED, Ended.LOWERED)


def test_what_was_raised_again_keeps_its_conclusion():
    haiku = spell("haiku", "2025-W10")
    sonnet = spell("sonnet", "2025-W15")
    rows = [*weeks(haiku, 14, "3/5"), *weeks(sonnet, 15, "4/5"), *weeks(OPUS, 20, "0/5")]
    first, second = judged(rows, haiku, sonnet, OPUS)
    assert (first.conclusion, first.ended) == (Conclusion.STILL_ABOVE, Ended.RAISED_AGAIN)
    assert (second.before, second.after) == (Counts(5, 4), Counts(5, 0))


def test_a_new_version_ends_the_comparison():
    rows = [
        *weeks(SONNET, 19, "3/5"),
        *weeks(OPUS, 20, "1/5"),
        *weeks(OPUS, 21, "0/5", "0/5", epoch=1),
    ]
    found = one(rows)
    assert (found.after, found.conclusion) == (Counts(5, 1), Conclusion.SUPERSEDED)
    assert (found.since, found.ended) == ("2025-W21", Ended.NEW_VERSION)


def test_before_counts_only_the_version_that_the_old_rung_had_come_to_mean():
    rows = [
        *weeks(SONNET, 17, "5/5"),
        *weeks(SONNET, 18, "2/5", "2/5", epoch=1),
        *weeks(SONNET, 18, "3/3", epoch=1, old_version=True),
        *weeks(SONNET, 21, "5/5", epoch=2, in_force=(0, 0)),
    ]
    assert one(rows).before == Counts(10, 4)


def test_before_goes_up_to_the_commit_and_sds_that_began_on_the_old_model_later_are_in_neither():
    rows = [
        *weeks(SONNET, 19, "3/5"),
        *weeks(SONNET, 20, "2/4", in_force=(1, 1)),
        *weeks(SONNET, 21, "2/2", in_force=(0, 0)),
        *weeks(OPUS, 20, "1/5"),
    ]
    assert one(rows).before == Counts(6, 4)


def test_under_the_bare_threshold_before_is_the_deciding_week():
    rows = [*weeks(SONNET, 18, "0/5", "3/5"), *weeks(SONNET, 20, "1/2", in_force=(1, 1))]
    assert one(rows, rule="threshold").before == Counts(5, 3)
    assert one(rows[2:], rule="threshold").before == Counts(1, 1)


def test_weeks_of_a_fleet_shift_and_without_outcomes_enter_nothing():
    rows = [*weeks(SONNET, 18, "3/5", "5/5"), *weeks(OPUS, 20, "0/5", "5/5", "0/5")]
    found = one(rows, aside=("2025-W19", "2025-W21"))
    assert (found.before, found.after) == (Counts(5, 3), Counts(10, 0))
    assert (found.conclusion, found.since) == (Conclusion.HELPED, "2025-W22")


def test_a_promotion_by_issues_gets_no_helped():
    issues = weeks(SONNET, 18, "1/5", "2/5", troubled=5)
    rows = [*issues, *weeks(OPUS, 20, *["0/5"] * 8)]
    assert one(rows).conclusion is Conclusion.WITHIN_ALLOWANCE
    assert one(rows, count_issues=False).conclusion is Conclusion.HELPED


def test_a_gate_is_not_to_be_lowered():
    policy = shipped_policy(gates=True)
    rows = [*weeks(SONNET, 17, "3/5", "3/5", "3/5"), *weeks(OPUS, 20, *["4/5"] * 4)]
    (found,) = afterwards(TESTING, rows, (SONNET, OPUS), judging_by(policy, ()))
    assert (found.conclusion, found.lowerable) == (Conclusion.DID_NOT_HELP, False)


# ------------------------------------------------------------------------------ facts told late


def test_late_rework_moves_a_conclusion_and_it_is_told_what_it_was():
    late = weeks(OPUS, 21, "3/5", late=(Late("2025-W24", 3, 0),))
    rows = [*weeks(SONNET, 19, "3/5"), *weeks(OPUS, 20, "0/5"), *late, *weeks(OPUS, 22, "1/5")]
    found = one(rows)
    assert found.conclusion is Conclusion.TOO_EARLY
    assert found.was == Earlier(Conclusion.HELPED, "2025-W24")


def test_late_rework_on_the_old_model_counts_as_late_too():
    before = weeks(SONNET, 19, "4/5", late=(Late("2025-W24", 2, 0),))
    rows = [*before, *weeks(OPUS, 20, "0/5", "1/5")]
    assert (one(rows).conclusion, one(rows).was) == (Conclusion.HELPED, None)


def test_sds_that_count_only_since_they_were_reported_were_not_there_before():
    late = weeks(OPUS, 20, "3/13", late=(Late("2025-W22", 3, 3),))
    found = one([*weeks(SONNET, 19, "3/5"), *late])
    assert found.was == Earlier(Conclusion.HELPED, "2025-W22")


def test_what_late_facts_leave_as_it_is_is_not_told():
    late = weeks(OPUS, 21, "1/15", late=(Late("2025-W24", 1, 0),))
    found = one([*weeks(SONNET, 19, "5/5"), *weeks(OPUS, 20, "0/5"), *late])
    assert (found.conclusion, found.was) == (Conclusion.HELPED, None)


# ---------------------------------------------------------------------------------- the review


def test_a_review_holds_every_rise_and_a_verdict_the_last_one_while_it_is_news():
    policy = shipped_policy()
    assigned = {TESTING: (("haiku", 500), ("sonnet", 600), ("opus", 1_000))}
    rows = (
        cell_week(5, 3, week="2025-W48", spell_start=600),
        cell_week(5, 1, model="opus", spell_start=1_000),
    )
    found = review(evidence(*rows), question(policy, assigned), policy, Scope())
    assert [(rise.old, rise.new) for rise in found.afterwards] == [
        ("haiku", "sonnet"),
        ("sonnet", "opus"),
    ]
    assert found.verdict(TESTING).rise == found.afterwards[1]
    of_others = Scope(agent="API")
    assert review(evidence(*rows), question(policy, assigned), policy, of_others).afterwards == ()
