"""What each view makes of findings, where a golden would not show why."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from bot.calibration.findings import Reason
from bot.page import html_page
from bot.page.axes import LEFT, RIGHT, ValueAxis, WeekAxis
from bot.page.control_charts import control_chart
from bot.page.cost_chart import cost_chart
from bot.page.heat_map import heat_map
from bot.page.spend_chart import spend_chart
from bot.page.verdict_cards import cards
from tests.support.overviews import page_report, spent
from tests.support.reviews import investigate, keep, review, runs, verdict

WEEKS = tuple(f"2025-W{number:02}" for number in range(1, 53))


def over(*verdicts, **more):
    return replace(page_report(review(*verdicts)).overview, **more)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 13, 51, 52])
def test_weeks_stand_side_by_side_within_the_chart(count: int) -> None:
    axis = WeekAxis(WEEKS[:count])
    middles = [axis.middle(place) for place in range(count)]
    assert middles[0] - axis.column // 2 > LEFT
    assert middles[-1] + axis.column // 2 <= RIGHT
    assert axis.column < axis.step
    assert {label.week for label in axis.ends()} == {WEEKS[0], WEEKS[count - 1]}


@pytest.mark.parametrize(
    ("value", "at"),
    [(-400, 100), (-401, 100), (200, 0), (999, 0), (-100, 50), (-98, 50), (-97, 49)],
)
def test_values_stand_to_scale_and_never_beyond_the_chart(value: int, at: int) -> None:
    assert ValueAxis(-400, 200, 0, 100).at(value) == at


def test_the_second_tally_is_drawn_only_where_issues_move_it() -> None:
    plain, troubled = verdict("A/EXEC", (1, 5)), verdict("B/EXEC", (1, 5))
    week = troubled.weeks[0]._replace(troubled=3)
    of = over(plain, replace(troubled, weeks=(week,)))
    drawn = [control_chart(of, one) for one in of.review.verdicts]
    assert [len(chart.issue_tallies) for chart in drawn if chart] == [0, 1]


def test_what_asks_for_something_stands_first_among_the_verdicts() -> None:
    """In the policy's order one promotion of 43 cells stood below two screens of a phone without SDs."""
    of = page_report(
        review(
            keep("A/LEAD", (0, 0), reasons=(Reason.NO_RUNS,), weeks=()),
            keep("B/LEAD", (0, 5)),
            investigate("A/PLAN", Reason.THIN_EVIDENCE, (2, 5)),
            keep("B/PLAN", (0, 0), reasons=(Reason.NO_RUNS,), weeks=()),
            keep("A/EXEC", (0, 5)),
            verdict("B/EXEC"),
        )
    )
    rows = html_page(of).partition('<table id="verdicts">')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="free"><a href="#c\d">(\w/)<wbr>(\w+)', rows)
    said = " ".join(map("".join, cells))
    assert said == "B/EXEC A/PLAN B/LEAD A/EXEC A/LEAD B/PLAN"


def test_a_cell_without_sds_has_no_chart_and_says_so() -> None:
    (card,) = cards(over(keep("A/EXEC", (0, 0), reasons=(Reason.NO_RUNS,), weeks=())))
    assert (card.chart, card.rate, card.week, card.weeks) == (None, "no SDs", "none", ())


@pytest.mark.parametrize(
    ("counts", "shade"), [((0, 5), 1), ((3, 20), 2), ((1, 5), 2), ((2, 5), 3), ((3, 5), 4)]
)
def test_a_shade_stands_for_the_policys_thresholds(counts: tuple[int, int], shade: int) -> None:
    ((_, (field,)),) = heat_map(over(keep("A/EXEC", counts))).rows
    assert field is not None
    assert field.shade == shade


@pytest.mark.parametrize(("rule", "counts"), [("cusum", "3 of 10"), ("threshold", "3 of 5")])
def test_the_rate_is_the_one_that_the_rule_looks_at(rule: str, counts: str) -> None:
    of = over(verdict("A/EXEC", (0, 5), (3, 5)))
    by = replace(of.review, promotion=changed(of.review.promotion, rule=rule))
    ((_, (field,)),) = heat_map(replace(of, review=by)).rows
    assert field is not None
    assert field.counts == counts


def test_models_off_the_ladder_share_a_colour_and_one_alone_is_named() -> None:
    of = over(verdict())
    week = of.weeks[0]
    one = spend_chart(replace(of, spend={week: {"opus": 5, "odd-9": 7, "": 1}}))
    two = spend_chart(replace(of, spend={week: {"odd-8": 5, "odd-9": 7}}))
    assert one is not None
    assert one.models == ("opus", "odd-9", "no model named")
    assert two is not None
    assert (two.models, two.table[0][1]) == (("other models",), ("12",))


def test_zones_that_lie_close_have_one_label_and_spend_beyond_the_budget_is_whole() -> None:
    of = over(verdict(), spend={"2025-W49": {"opus": 5_000_000}})
    chart = spend_chart(of)
    assert chart is not None
    assert [zone.labelled for zone in chart.zones] == [True, False, False]
    (part,) = chart.parts
    assert part.height == 268


def test_no_tokens_and_no_known_cost_are_no_charts() -> None:
    of = over(verdict(), spend={})
    assert (spend_chart(of), cost_chart(of)) == (None, None)


def test_cells_whose_cost_is_not_known_are_counted() -> None:
    of = over(verdict("A/EXEC", spent=spent(5, 3, 90_000)), verdict("B/EXEC", spent=spent(3, 3, 9)))
    chart = cost_chart(of)
    assert chart is not None
    assert [(row.said, row.cost, row.width) for row in chart.rows] == [
        ("A/EXEC on sonnet", "45,000 tokens (2 SDs)", 720)
    ]
    assert chart.left_out == "1 cell without a known cost or an SD accepted at once"


def test_a_kept_cell_names_what_did_not_simply_pass_and_counts_the_rest() -> None:
    (card,) = cards(over(keep("A/EXEC", (1, 30))))
    assert [(alike.said, len(alike.sds)) for alike in card.evidence] == [
        ("Rework, edge-case-detection", 1)
    ]
    assert card.unnamed == "Passed: 29 SDs"


def test_sds_beyond_what_a_card_holds_are_counted() -> None:
    (card,) = cards(over(verdict("A/EXEC", (300, 900), runs=runs(900, 300)[:250])))
    assert sum(len(alike.sds) for alike in card.evidence) == 200
    assert card.unnamed == "700 SDs more this week"


def test_what_is_to_be_investigated_says_the_next_step() -> None:
    (card,) = cards(over(investigate("A/EXEC", Reason.MODEL_DRIFT, (1, 5), drifted=4, ran=5)))
    assert "Next step: find out why the executor runs another model." in card.details
