"""The job summary in every outcome: why and what to do next on top, and nothing in it that acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.calibration.findings import Note
from bot.errors import BotError, GateRefusal, InvalidInput, Problem, UsageError
from bot.proposal.report import Action, PullRequestReport, Report
from bot.reports.next_steps import after_error
from bot.reports.summary import MOST_SUMMARY_BYTES, error_summary, job_summary
from tests.support import golden
from tests.support.hostile import ALL
from tests.support.markdown import obeyed, render
from tests.support.reviews import (
    budget,
    keep,
    quiet_week,
    report,
    review,
    shifted,
    thousand_cells,
    twelve_promotions,
    verdict,
    worked_weeks,
)

GOLDEN = Path(__file__).parent / "golden"
URL = "https://github.com/o/r/pull/12"
BY_HAND = "https://github.com/o/r/compare/main...calibration/weekly?expand=1&title=calibration%3A+1"


def request(action: Action, reason: str, url: str | None = None, **more: Any) -> PullRequestReport:
    return PullRequestReport("calibration/weekly", "title", "body", url, action, reason, **more)


def proposed(of: Any = None, action: Action = Action.CREATE, **more: Any) -> Report:
    asked = request(action, "there is something to propose", URL)
    return report(of or worked_weeks()[0], pull_request=asked, **more)


SIZES = {
    "nothing": report(quiet_week()),
    "one": proposed(),
    "twelve": proposed(
        twelve_promotions(),
        rejected=(Problem("tokens.jsonl", "is not a number", 7, "tokens"),),
        warnings=("3 SDs of TESTING/EXEC are not in the token log.",),
    ),
    "thousand": proposed(thousand_cells()),
}
REFUSED = request(
    Action.REFUSED,
    "branch calibration/weekly is pushed, but there is no pull request: GitHub did not let the bot open it; "
    f"enable Settings. Open it by hand: {BY_HAND} - or run again after the change",
    by_hand=BY_HAND,
)
HANDS_OFF = request(
    Action.HANDS_OFF, "branch calibration/weekly holds commits that are not the bot's", URL
)
OUTCOMES = {
    "no rows": report(review(nothing_logged=True, budget=budget(0))),
    "no outcomes": report(
        review(keep("API/EXEC", (0, 5), notes=(Note.NO_OUTCOMES,)), no_outcomes=True)
    ),
    "a fleet shift": report(shifted()),
    "refused": report(worked_weeks()[0], pull_request=REFUSED),
    "hands off": report(worked_weeks()[0], pull_request=HANDS_OFF),
    "closed": report(quiet_week(), pull_request=request(Action.CLOSE, "#12 is closed: so", URL)),
    "investigate": report(review(*twelve_promotions().verdicts[12:20])),
    "said already": proposed(action=Action.NONE),
    "local": report(worked_weeks()[0]),
}
ERRORS = {
    "policy": InvalidInput(
        [Problem("config/policy.toml", "must be whole", 3, "promotion.bar"), Problem("a", "b")]
    ),
    "usage": UsageError("--week: '2025-W99' is no week"),
    "gate": GateRefusal("TESTING/EXEC is declared sonnet, below its floor opus"),
    "network": BotError("remote origin does not answer (could not resolve host); run again later"),
    "bug": RuntimeError("broke"),
}


@pytest.mark.parametrize("size", SIZES)
def test_the_summary_at_four_sizes(size: str):
    text = job_summary(SIZES[size])
    golden.check(GOLDEN / f"{size}.summary.md", text)
    assert len(text.encode()) <= MOST_SUMMARY_BYTES
    assert obeyed(render(text.replace(URL, ""))) == []


def top(text: str) -> str:
    """All up to the next step."""
    before, _, after = text.partition("\n\n**Next**: ")
    return f"{before}\n\n**Next**: {after.partition(chr(10))[0]}\n"


def test_reason_and_next_step_stand_on_top_in_every_outcome():
    tops = [f"### {name}\n\n{top(job_summary(of))}" for name, of in OUTCOMES.items()]
    errors = [f"### {name}\n\n{top(summary_of(err))}" for name, err in ERRORS.items()]
    golden.check(GOLDEN / "outcomes.summary.md", "\n".join([*tops, *errors]))


def summary_of(err: Exception) -> str:
    problems = err.problems if isinstance(err, InvalidInput) else [Problem("", str(err))]
    said = [str(problem).removeprefix(": ") for problem in problems]
    return error_summary(said, after_error(err))


def test_every_problem_of_an_error_is_listed_below():
    text = summary_of(ERRORS["policy"])
    assert text.endswith("\n- `config/policy.toml:3: promotion.bar: must be whole`\n- `a: b`\n")
    assert summary_of(ERRORS["usage"]).count("W99") == 1


def test_a_page_to_open_the_pull_request_by_hand_is_a_link():
    page = render(job_summary(OUTCOMES["refused"]))
    assert f"a href={BY_HAND}" in page.tags


def test_an_address_that_is_none_is_shown_as_text():
    odd = request(Action.UPDATE, "Other figures.", "https://x/](y")
    text = job_summary(report(worked_weeks()[0], pull_request=odd))
    assert "Pull request (update): `https:// x/](y`. Other figures.\n" in text


def test_warnings_and_what_an_earlier_promotion_brought_are_shown():
    text = job_summary(report(worked_weeks()[1], warnings=("<b> & more",)))
    assert "### What earlier calibrations did" in text
    assert "`\u2039b\u203a & more`" in text


def hostile_reports(text: str) -> list[str]:
    """Summaries with a hostile text wherever one can get into them."""
    of = review(verdict(causes=((text, 3),)))
    odd = {"rejected": (Problem(text, text, 1, text),), "warnings": (text,)}
    actions = (Action.CREATE, Action.REFUSED, Action.HANDS_OFF)
    asked = [request(action, f"because {text}", text, by_hand=text) for action in actions]
    summaries = [job_summary(report(of, pull_request=one, **odd)) for one in asked]
    makers: list[Callable[[str], Exception]] = [BotError, GateRefusal, UsageError, RuntimeError]
    errors = [*(make(text) for make in makers), InvalidInput([Problem(text, text, 1, text)] * 2)]
    return summaries + [summary_of(err) for err in errors]


@pytest.mark.slow
def test_no_hostile_text_does_anything_in_a_summary():
    plain = [render(text).tags for text in hostile_reports("plainword")]
    wrong = {}
    for hostile in ALL:
        pages = [render(text) for text in hostile_reports(f"plainword {hostile}")]
        if [page.tags for page in pages] != plain or any(map(obeyed, pages)):
            wrong[hostile] = [obeyed(page) for page in pages]
    assert wrong == {}
