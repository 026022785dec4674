"""The pull request's body: whole texts as goldens, and no text that takes effect."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from bot.calibration.conclusions import Conclusion, Earlier
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.findings import (
    Change,
    CostEffect,
    GatedPromotion,
    Note,
    Reason,
    Review,
    Scope,
    Verdict,
    Zone,
)
from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.proposal import marker as markers
from bot.reports.summary import MOST_SUMMARY_BYTES, job_summary
from bot.reports.text import report_text
from bot.wording import on_top
from bot.wording.body import (
    MOST_BYTES,
    Extras,
    Linked,
    pull_request_body,
)
from bot.wording.checklist import box_key, box_row, read_boxes
from bot.wording.to_investigate import NEXT_STEPS
from tests.support import golden
from tests.support.facts import shipped_policy
from tests.support.hostile import ALL, OWN
from tests.support.markdown import obeyed, render, to_html
from tests.support.reviews import (
    HEAD,
    INPUTS,
    RISE_SHA,
    budget,
    cell,
    investigate,
    keep,
    marker,
    quiet_week,
    report,
    review,
    rise,
    runs,
    shifted,
    thousand_cells,
    twelve_promotions,
    verdict,
    worked_weeks,
)
from tests.support.terminals import PIPE, shown

GOLDEN = Path(__file__).parent / "golden"
POLICY = shipped_policy()
ALLOWED = {"p", "strong", "code", "h2", "h3", "ul", "li", "table", "thead", "tbody", "tr", "th"}
ALLOWED |= {"td", "details", "summary", "input"}
NEVER_INVESTIGATED = {
    Reason.ABOVE_BAR,
    Reason.ABOVE_THRESHOLD,
    Reason.QUALITY_ISSUES,
    Reason.WITHIN_ALLOWANCE,
    Reason.NO_RUNS,
}
BOX = "input type=checkbox checked= disabled="


def body(of, **more) -> str:
    extras = more.pop("extras", Extras())
    changes = more.pop("changes", of.changes)
    return pull_request_body(
        of, changes, INPUTS, markers.render(marker(of, changes=changes, **more)), extras
    )


def test_the_body_with_nothing_to_do():
    golden.check(GOLDEN / "nothing.body.md", body(quiet_week(), closed_by_bot=True))


def test_the_body_of_one_promotion():
    golden.check(GOLDEN / "one.body.md", body(worked_weeks()[0]))


LEFT = ("API/PLAN", "RISK/LEAD", "UAT/EXEC", "DESIGN/PLAN", "GITHUB/LEAD")
EVERYTHING = Extras(
    linked=tuple(
        Linked(Change(cell(of), "sonnet", "opus"), "closed unmerged by a person", 41 + n)
        for n, of in enumerate(LEFT)
    ),
    rejected=tuple(
        Problem(".calibration/logs/2025-W49/tokens.jsonl", "Expected `int`, got `str`", n, "tokens")
        for n in range(7, 12)
    ),
    warnings=tuple(f"3 SDs of {of} are not in the token log." for of in LEFT),
)
"""What a bad week also has to tell."""


def twelve_after_others() -> Review:
    """The same week with three earlier calibrations to tell of."""
    weak = {"conclusion": Conclusion.DID_NOT_HELP, "before": Counts(20, 8), "after": Counts(40, 16)}
    moved = rise("UAT/PLAN", was=Earlier(Conclusion.HELPED, "2025-W49"))
    told = (rise("RISK/EXEC", **weak, revert=(RISE_SHA,)), rise("STORIES/EXEC", **weak), moved)
    return replace(twelve_promotions(), afterwards=told)


def test_the_body_of_twelve_promotions_with_investigations():
    text = body(twelve_after_others(), extras=EVERYTHING)
    golden.check(GOLDEN / "twelve.body.md", text)
    assert render(text).tags.count(BOX) == 12


@pytest.mark.parametrize(
    "of", [quiet_week(), worked_weeks()[0], twelve_promotions()], ids=["nothing", "one", "twelve"]
)
def test_a_body_holds_only_plain_elements_and_ends_in_its_marker(of):
    text = body(of)
    page = render(text)
    assert {tag.split(" ")[0] for tag in page.tags} <= ALLOWED
    assert [tag for tag in page.tags if " " in tag and tag != BOX] == []
    assert obeyed(page) == []
    assert len(page.comments) == 1 + len(of.changes)
    assert markers.read_marker(text) == marker(of)


def test_the_same_review_gives_the_same_bytes():
    assert body(twelve_promotions()) == body(twelve_promotions())


def test_one_screen_comes_before_the_first_fold():
    """What changes and why, the budget and what to look into stand above all evidence."""
    above = body(worked_weeks()[0]).partition("<details>")[0]
    assert len(above.splitlines()) < 18
    assert "3 of 5 SDs needed rework" in above
    assert "**`opus`**" in above
    assert "+ 180,000 tokens a week" in above


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        (Zone.GREEN, "use models as assigned"),
        (Zone.YELLOW, "upgrade cautiously"),
        (Zone.ORANGE, "consider deferring"),
        (Zone.RED, "prepare for overage"),
    ],
)
def test_the_budget_zone_comes_with_its_advice(zone, advice):
    line = next(
        s
        for s in body(review(verdict(), budget=budget(zone=zone))).split("\n")
        if s.startswith("`█")
    )
    assert f"**{zone}**" in line
    assert advice in line


def test_costs_in_dollars_and_unknown_costs_are_said():
    priced = CostEffect(45_000, Fraction(5), Fraction(27, 20), priced=True)
    text = body(review(verdict(cost=priced), verdict("API/PLAN", cost=None)))
    assert "+ 1.35 USD a week" in text
    assert "Cost: no tokens logged." in text
    assert "at list price" in text
    assert (
        "**2 promotions: + 180,000 tokens a week (1.35 USD), budget 62.4 % → 98.4 % (RED), 1 of"
        in text
    )
    unknown = body(review(verdict(cost=None)))
    assert "**1 promotion: cost unknown, the logs name no tokens for it.**" in unknown
    assert "cost effect is unknown" in unknown


def test_a_cost_left_out_for_a_fleet_shift_is_not_said_to_be_missing_from_the_logs():
    """Its week counts for no cost (SPEC § 7), however many tokens the logs name."""
    shift = shifted().shift
    assert shift is not None
    accepted = shift.flag._replace(accepted=True)
    of = review(verdict(cost=None, notes=(Note.FLEET_SHIFT,)), accepted=accepted)
    text, told = body(of), shown(report_text(report(of)), PIPE)
    assert "cost unknown, a week of a fleet shift, accepted or not, counts for none.**" in text
    assert "Cost: not counted in the week of a fleet shift." in text
    assert "cost unknown, a week of a fleet shift" in told
    assert not any("name no tokens" in said or "no tokens logged" in said for said in (text, told))


def test_earlier_weeks_stand_in_the_folded_evidence():
    weeks = (WeekCounts("2025-W48", 5, 2, 3, 2), WeekCounts("2025-W49", 5, 2, 2, 2))
    text = body(review(verdict("API/PLAN", (2, 5), (2, 5), weeks=weeks)))
    assert (
        "- 2025-W49: rework in 2 of 5 SDs\n- 2025-W48: rework in 2 of 5 SDs, an issue in 1 more\n"
        in text
    )


def test_a_promotion_without_sds_this_week_shows_its_weeks_only():
    weeks = (WeekCounts("2025-W47", 5, 3, 3, 3), WeekCounts("2025-W48", 5, 1, 1, 1))
    text = body(review(verdict("API/PLAN", (0, 0), weeks=weeks, runs=())))
    assert "0 SDs this week" in text
    assert "Passed" not in text


def test_the_remarks_on_an_sd_are_in_words():
    of = verdict(runs=(SdRun("SD-1", False, True, True, ("flaky-test",), True, True),))
    row = "- Rework, not counted, an issue, `flaky-test`, assumed run, not in the token log: `SD-1`"
    assert row in body(review(of))


def test_a_refused_cell_is_not_listed_again_among_what_to_investigate():
    text = body(twelve_promotions()).partition("Evidence for")[0]
    assert text.count("`TESTING/EXEC`") == 1
    assert "`TESTING/EXEC` is a gate: the bot never edits it" in text


def test_the_commands_name_an_ad_hoc_scope():
    text = body(review(verdict(), scope=Scope("TESTING", "EXEC")))
    assert "`calibration-bot plan --week 2025-W49 --agent TESTING --phase EXEC`" in text
    assert "`calibration-bot run --week 2025-W49 --agent TESTING --phase EXEC`" in text


def hostile_review(text: str, agent: str = "TESTING"):
    """A review with one hostile string wherever the logs' text can get to."""
    said = SdRun(text, True, True, True, (text, f"x {text}"), False, False)
    of = verdict(f"{agent}/EXEC", runs=(said,), causes=((text, 3),))
    status = budget(by_model=((text or "x", 5), ("sonnet", 4)))
    return review(of, keep("API/PLAN", (0, 5)), budget=status)


def hostile_extras(text: str) -> Extras:
    return Extras(rejected=(Problem(text, f"x {text}", 3, text),), warnings=(f"x {text}",))


PLAIN = render(body(hostile_review("plain"), extras=hostile_extras("plain"))).tags


@pytest.mark.parametrize("text", OWN, ids=lambda text: ascii(text[:24]))
def test_own_list_changes_nothing_in_a_body_but_words(text):
    assert effects(text) == []


@pytest.mark.slow
def test_the_public_corpus_changes_nothing_in_a_body_but_words():
    assert {text: found for text in ALL if (found := effects(text))} == {}


def effects(text: str) -> list[str]:
    """How a body with a hostile string differs from the same body with a plain word."""
    source = body(hostile_review(f"plainword {text}"), extras=hostile_extras(f"plainword {text}"))
    page = render(source)
    found = obeyed(page)
    found += [] if page.tags == PLAIN else ["other elements"]
    found += [] if markers.read_marker(source) is not None else ["the marker is lost"]
    found += [] if sum("plainword" in code for code in page.code) >= 5 else ["the words are lost"]
    return found


@pytest.mark.parametrize("agent", ["GH-1", "DEADBEEF1", "A" * 64, "A--", "A__B__", "A_"], ids=len)
def test_an_agent_named_by_the_logs_changes_nothing_but_words(agent):
    of = hostile_review("plain", agent)
    page = render(body(of, extras=hostile_extras("plain")))
    assert obeyed(page) == []
    assert page.tags == PLAIN


def huge_review(count: int, sds: int):
    """Everything as long as it can get, in characters of four bytes."""
    long = "\U0001f600" * 200
    many = tuple(SdRun(f"{i} {long}", True, True, True, (long,), True, True) for i in range(sds))
    promoted = [
        verdict(f"A{'A' * 60}{i}/EXEC", (3, 5), runs=many, causes=((long, 3),) * 5)
        for i in range(count)
    ]
    thin = [
        investigate(f"B{'B' * 60}{i}/PLAN", Reason.THIN_EVIDENCE, (2, 5), more_sds=5)
        for i in range(count)
    ]
    refused = tuple(
        GatedPromotion(v.cell, f"{v.cell} is a gate: {'x' * 300}") for v in thin[: count // 2]
    )
    return review(*promoted, *thin, refused=refused)


def huge_extras() -> Extras:
    long = "\U0001f600" * 300
    linked = Linked(Change(cell("API/PLAN"), "sonnet", "opus"), "x" * 400, 7)
    return Extras((linked,) * 100, (Problem(long, long),) * 100, (long,) * 100)


def test_a_body_never_exceeds_the_limit_and_says_what_was_left_out():
    of = huge_review(60, sds=5)
    text = body(of, extras=huge_extras())
    assert len(text.encode("utf-8")) <= MOST_BYTES
    assert "Left out, to stay within GitHub's limit: " in text
    assert re.search(r"evidence by SD \(\d\d times\), all verdicts", text)
    boxes = re.findall(r"(?m)^- \[x\] `A+\d+/EXEC` `sonnet` → ", text)
    assert len(boxes) == 60  # all of them, whatever else gives way
    assert markers.read_marker(text) == marker(of)
    assert {tag.split(" ")[0] for tag in render(text).tags} <= ALLOWED


@pytest.mark.slow
def test_a_job_summary_never_exceeds_its_limit():
    text = job_summary(report(huge_review(40, sds=100)))
    assert len(text.encode("utf-8")) <= MOST_SUMMARY_BYTES
    assert "Left out, to stay within GitHub's limit: " in text


def test_many_sds_are_capped_and_counted():
    of = verdict("API/PLAN", (60, 300), runs=runs(300, 60))
    assert "… and 100 SDs more." in body(review(of))


def test_a_body_does_not_depend_on_the_base_commit():
    of = worked_weeks()[0]
    assert json.dumps(body(of)).count(HEAD) == 1
    assert f"gives inputs `{INPUTS[:12]}`" in body(of)
    assert body(of, head="1" * 40) == body(of).replace(HEAD, "1" * 40)


def test_a_fleet_shift_stands_above_everything_else():
    of = shifted()
    body = pull_request_body(of, of.changes, INPUTS, "<!-- marker -->")
    assert of.shift is not None
    assert body.split("\n")[:2] == ["> [!WARNING]", f"> {on_top.shift(of.shift)}"]


def test_the_body_of_a_thousand_cells_with_long_notes():
    """Boxes and marker whole within GitHub's limit, and soon there."""
    of = thousand_cells()
    began = time.process_time()
    text = body(of)
    assert time.process_time() - began < 0.5
    golden.check(GOLDEN / "thousand.body.md", text)
    assert len(text) <= len(text.encode("utf-8")) <= MOST_BYTES
    assert (len(read_boxes(markers.text_above(text))), markers.read_marker(text)) == (
        10,
        marker(of),
    )


def twelve_unlike() -> Review:
    """Twelve promotions as teams have them: no two with the same evidence, causes and cost."""
    of = twelve_promotions()
    causes = ("edge-case-detection", "reasoning-depth", "context-loss", "hallucination")

    def own(number: int, alike: Verdict) -> Verdict:
        named = tuple((causes[(number + n) % 4], 3 - n) for n in range(3))
        cost = CostEffect(4_000 + number, Fraction(5), Fraction(16_000 + 4 * number), priced=False)
        cell = str(alike.cell)
        return verdict(
            cell, (min(3, number % 4), 5), (3, 5), causes=named, cost=cost, tally=200 + number
        )

    verdicts = [own(n, v) if v.proposed else v for n, v in enumerate(of.verdicts)]
    return replace(of, verdicts=tuple(verdicts))


@pytest.mark.parametrize(
    ("of", "most"),
    [
        (worked_weeks()[0], 180),
        (twelve_promotions(), 420),
        (twelve_unlike(), 420),
        (twelve_after_others(), 420),
        (thousand_cells(), 420),
    ],
    ids=["one", "twelve", "twelve of unlike evidence", "twelve after others", "a thousand cells"],
)
@pytest.mark.parametrize("extras", [Extras(), EVERYTHING], ids=["alone", "with all else"])
def test_a_minute_s_reading_stands_above_the_evidence(of, most: int, extras: Extras):
    """Whatever is not folded, and what the folds between it are called."""
    if len(of.changes) == 1 and extras is EVERYTHING:  # 180 is for a promotion alone
        most += 100
    assert len(words(unfolded(body(of, extras=extras)))) <= most


def unfolded(text: str) -> str:
    """A body as it opens, up to its evidence."""
    opening, *_ = re.split("<details>\n<summary>(?:Evidence for <code>|Why, in)|### What you", text)
    return re.sub(r"(?s)<details>\n<summary>(.*?)</summary>.*?</details>", r"\1", opening)


def test_what_does_not_decide_is_behind_folds_where_there_is_much_of_it():
    """A row of each kind stays in the open, the others are there for whoever wants them."""
    text = body(twelve_after_others(), extras=EVERYTHING)
    shown_at_once = unfolded(text)
    assert "- did not help: `RISK/EXEC`, `STORIES/EXEC`\n- too early to tell: `UAT/PLAN`" in text
    assert (
        "- **thin-evidence** (`API/PLAN`, `DATABASE/PLAN`, `DEPENDENCY/PLAN` and 3 more): " in text
    )
    for only_folded in (
        "git revert",
        "5 more SDs at this rate",
        ":11: tokens",
        "(#45)",
        "GITHUB/LEAD are",
    ):
        assert only_folded in text
        assert only_folded not in shown_at_once
    assert "`TESTING/EXEC` is a gate" in shown_at_once


def test_many_unlike_promotions_are_told_by_main_cause_and_in_full_behind_the_first_fold():
    of = twelve_unlike()
    text = body(of)
    why = text.partition("### Why\n")[2].partition("\n### ")[0]
    assert why.startswith("\nBy main cause, with what each adds a week in tokens:\n\n- ")
    assert all(why.count(f"`{change.cell}` +16,0") == 1 for change in of.changes)
    assert "- `hallucination`: `DESIGN/LEAD` +16,0" in why
    dollars = CostEffect(45_000, Fraction(5), Fraction(27, 20), priced=True)
    paid = body(replace(of, verdicts=tuple(replace(v, cost=dollars) for v in of.verdicts)))
    assert "By main cause, with what each adds a week:\n\n- " in paid
    assert "`API/LEAD` +1.35 USD, " in paid
    full = text.partition("<details>\n<summary>Why, in full sentences</summary>")[2]
    full = full.partition("</details>")[0]
    assert full.count(" SDs needed rework this week; ") == len(of.changes)
    assert full.count("Causes: ") == full.count("Cost: + 16,0") == len(of.changes)


def words(markdown: str) -> list[str]:
    """What a reader reads, signs that stand alone too."""
    page = render(markdown)
    return " ".join([*page.plain, *page.code]).split()


def test_how_to_refuse_one_stands_below_the_boxes():
    for of in (worked_weeks()[0], twelve_promotions(), thousand_cells()):
        boxes, _, after = body(of).partition("\n\nUntick what you refuse: the next run drops it.")
        assert boxes.count("\n- [x] ") == len(of.changes)
        assert "- [x]" not in after


def test_no_two_lists_run_together():
    """Markdown makes one list of two with nothing between them, and sets every row of it apart."""
    issues = verdict("API/EXEC", (1, 5), (3, 5), runs=runs(5, 3))
    many = verdict("UAT/EXEC", (1, 5), (60, 300), runs=runs(300, 60))
    for of in (twelve_promotions(), twelve_unlike(), review(issues, many), review(many)):
        page = to_html(body(of))
        assert "<li>" in page
        assert not re.search(r"<li>\s*<p>", page)


def test_where_no_forge_keeps_the_pull_request_nothing_is_promised_that_needs_one():
    """A merge without a line is all that history remembers (SPEC § 12, local forge)."""
    for of in (worked_weeks()[0], twelve_promotions(), huge_review(400, 1)):
        text = body(of, extras=Extras(by_hand=True))
        above = text.partition("<!-- ")[0]
        assert not read_boxes(text)
        assert not re.search(r"(?i)\[x\]|tick|close", above)
        assert above.count("\n- `") >= len(of.changes)
        assert "\n\nMerge without the line of what you refuse." in above
        assert markers.read_marker(text) is not None


def test_what_all_promotions_add_stands_in_the_first_line_in_the_budget_s_unit():
    first = body(twelve_promotions()).partition("\n")[0]
    assert first.startswith(
        "**12 promotions: + 2,160,000 tokens a week, budget 93.6 % → 525.6 % (RED).** "
    )


def test_what_is_new_this_week_comes_first_and_is_counted():
    older = verdict("API/EXEC", (3, 5), (1, 5), tally=200)
    text = body(review(older, verdict("UAT/EXEC")))
    assert text.startswith("**2 promotions, 1 new this week: ")
    assert text.index("`UAT/EXEC`") < text.index("`API/EXEC`")
    rows = [line for line in text.split("\n") if line.startswith("- [x] ")]
    assert [", new <!--" in row for row in rows] == [True, False]
    assert ", new <!--" not in body(review(verdict("API/EXEC"), verdict("UAT/EXEC")))
    assert body(review(older)).startswith("**1 promotion, none new this week: ")


def test_what_to_investigate_is_new_where_the_weeks_before_were_fine():
    fine = investigate("API/PLAN", Reason.THIN_EVIDENCE, (0, 5), (3, 5))
    known = investigate("UAT/PLAN", Reason.THIN_EVIDENCE, (2, 5), (1, 5))
    text = body(review(known, fine))
    assert text.index("  - New: `API/PLAN` on") < text.index("  - `UAT/PLAN` on")


def test_what_issues_promote_is_not_told_as_so_little_rework():
    """`0/15 reworked, 4.5/2.0` would leave a reader at a loss: its tally is of issues (SPEC § 7)."""
    weeks = [WeekCounts(f"2025-W{n}", 5, 0, 5, 0) for n in (47, 48, 49)]
    issues = verdict(
        "STORIES/EXEC",
        (0, 15),
        reasons=(Reason.QUALITY_ISSUES,),
        troubled=15,
        issue_tally=450,
        weeks=tuple(weeks),
        causes=(),
    )
    of = review(*(verdict(f"A{n}/EXEC", (3 + n, 8)) for n in range(3)), issues)
    text, told = body(of), shown(report_text(report(of)), PIPE)
    assert (
        "`STORIES/EXEC` `sonnet` → **`opus`**, 15/15 reworked or with an issue, `▆██` 4.5/2.0"
        in text
    )
    assert "- Quality issues: `STORIES/EXEC` +180,000" in text
    assert re.search(r"STORIES/EXEC  sonnet → opus  15/15  ▆██ 4.5/2.0", told)


def test_alike_evidence_is_told_once_with_all_its_cells():
    text = body(review(verdict("API/EXEC"), verdict("UAT/EXEC"), verdict("RISK/EXEC", (4, 5))))
    assert "- `API/EXEC`, `UAT/EXEC`: 3 of 5 SDs needed rework" in text
    assert "Cost: + 180,000 tokens a week (5×) each." in text
    assert "- `RISK/EXEC`: 4 of 5 SDs needed rework" in text


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_to_investigate_has_its_next_step(reason: Reason):
    asks = reason not in NEVER_INVESTIGATED
    assert (reason in NEXT_STEPS) == asks
    if asks:
        asked = {"reasons": (reason, Reason.THIN_EVIDENCE), "more_sds": 5}
        text = body(review(investigate("API/PLAN", reason, (2, 5), **asked)))
        assert f"- **{reason}**: {NEXT_STEPS[reason]}.\n  - `API/PLAN` on `sonnet`: " in text


def test_the_tally_by_week_is_drawn_up_to_the_bar():
    of = verdict("API/EXEC", (0, 5), (2, 5), (3, 5), (2, 5), tally=400)
    row = next(line for line in body(review(of)).split("\n") if line.startswith("- [x]"))
    assert "`▁▁█" in row


def test_sds_are_linked_where_the_policy_says_where_they_are():
    of = review(verdict(runs=(SdRun("A b/#1?", True, True, False, (), False, False),)))
    text = body(replace(of, sd_link="https://example.org/browse/{sd}?x=1"))
    assert "[`A b/# 1?`](https://example.org/browse/A%20b%2F%231%3F?x=1)" in text
    assert "](" not in body(of)


@pytest.mark.parametrize("text", OWN, ids=lambda text: ascii(text[:24]))
def test_an_sd_s_link_leads_nowhere_else_and_ends_where_it_ends(text: str):
    of = review(verdict(runs=(SdRun(text, True, True, False, (), False, False),)))
    page = render(body(replace(of, sd_link="https://example.org/browse/{sd}")))
    assert obeyed(page) == []
    links = [tag for tag in page.tags if tag.startswith("a ")]
    assert len(links) == (len(text) <= 200 and text.strip(".") != "")
    assert all(re.fullmatch(r"a href=https://example\.org/browse/[\w.~%-]+", tag) for tag in links)


def test_what_was_turned_down_keeps_an_empty_box():
    of = review(verdict("API/EXEC"), verdict("UAT/EXEC"))
    kept, out = of.changes
    text = pull_request_body(of, (kept,), INPUTS, "<!-- m -->", Extras(unticked=(out,)))
    assert read_boxes(text) == {box_key(kept): True, box_key(out): False}
    assert "- [ ] `UAT/EXEC` `sonnet` → **`opus`**, 3/5 reworked" in text


BOX_ROW = box_row(Change(cell("API/EXEC"), "sonnet", "opus"), "x", ticked=False)
FORGED = {
    "a forged box": BOX_ROW,
    "a box in a quoted note": f"> {BOX_ROW}",
    "on a line of its own": f"x\n{BOX_ROW}\ny",
    "500 boxes": f"{BOX_ROW}\n" * 500,
    "in a fence": f"```\n{BOX_ROW}\n```",
    "behind a comment that does not end": f"<!-- {BOX_ROW}",
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_box_in_the_logs_is_none(text: str):
    source = body(hostile_review(text), extras=hostile_extras(text))
    assert [*read_boxes(source).values()] == [True]
    assert render(source).tags.count(BOX) == 1
    assert [tag for tag in render(source).tags if tag.startswith("input")] == [BOX]
