"""The whole page: every view put into the template, style and script inside, and nothing fetched.

In: an `OverviewReport`. Out: the text of one HTML file. All text passes the template's autoescape; markup
already are only this room's own style and script.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.calibration.findings import Outcome, Review
from bot.page import axes, control_charts, cost_chart, spend_chart
from bot.page.heat_map import heat_map
from bot.page.past_table import past_rows
from bot.page.verdict_cards import Card, cards
from bot.proposal.report import OverviewReport
from bot.wording import figures
from bot.wording.commit_messages import budget_used, plan_command
from bot.wording.cost_words import trial_words
from bot.wording.escape import page_text
from bot.wording.on_top import on_top
from bot.wording.proposed import added
from bot.wording.sections import ADVICE

_MOST_LISTED = 200
_LONGEST = 600


def html_page(report: OverviewReport) -> str:
    """The page; ends in a line break."""
    of = report.overview
    review, every = of.review, cards(of)
    style, script = _own("style.css"), _own("script.js")
    return (
        _templates()
        .get_template("page.html")
        .render(
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            base=page_text(report.past.base.name),
            commit=report.past.base.commit[:12],
            review=review,
            bar=review.promotion.bar,
            allowance=review.promotion.promote_above,
            opening=_opening(review),
            notices=_notices(review),
            command=plan_command(review),
            cards=every,
            asking_first=sorted(every, key=_asks),
            promoted=_promoted(every),
            refused=[page_text(refusal.reason, _LONGEST) for refusal in review.refused],
            trials=[trial_words(trial) for trial in review.trials],
            heat=heat_map(of),
            spend=spend_chart.spend_chart(of),
            cost=cost_chart.cost_chart(of),
            budget=f"{review.budget.zone}, {budget_used(review.budget)}: {ADVICE[review.budget.zone]}",
            past=past_rows(report.past),
            warnings=_texts(report.warnings),
            rejected=_texts(map(str, report.rejected)),
            width=axes.WIDTH,
            left=axes.LEFT,
            right=axes.RIGHT,
            heights=(control_charts.CONTROL_HEIGHT, spend_chart.SPEND_HEIGHT),
            labels=axes.WeekAxis(of.weeks).ends(),
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("bot.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _own(file: str) -> Markup:
    """A file of this room, as it is: nothing of anybody else's is ever in it."""
    return Markup(files("bot.page").joinpath("templates", file).read_text("utf-8"))  # noqa: S704


def _hash(text: str) -> str:
    """What a policy allows an inline style or script by: the digest of what stands between its tags."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _opening(review: Review) -> str:
    """What decides, in one line."""
    if review.nothing_logged:
        return f"Nothing to decide: the logs hold no row for week {review.week}."
    count = {o: sum(v.outcome is o for v in review.verdicts) for o in Outcome}
    looked = f"{count[Outcome.INVESTIGATE]:,} to investigate, {count[Outcome.KEEP]:,} kept."
    if not review.changes:
        return f"No assignment changes; {looked}"
    return f"{figures.plural(len(review.changes), 'promotion')}: {added(review, review.changes)}; {looked}"


def _asks(card: Card) -> tuple[int, bool]:
    """A key to sort by: what people look for comes first, cells where nothing ran last."""
    asked = (Outcome.PROMOTE, Outcome.INVESTIGATE, Outcome.KEEP)
    return asked.index(Outcome(card.outcome)), not card.counts


def _promoted(every: Iterable[Card]) -> list[list[Card]]:
    """Cells that are promoted, those that are alike together."""
    alike: dict[tuple[str, ...], list[Card]] = {}
    for card in every:
        if card.proposed:
            alike.setdefault((card.model, card.proposed, card.why), []).append(card)
    return [*alike.values()]


def _notices(review: Review) -> list[str]:
    """What stands above everything else."""
    return [*on_top(review)]


def _texts(texts: Iterable[str]) -> list[str]:
    """Some lines, and how many more there are."""
    every = [*texts]
    more = len(every) - _MOST_LISTED
    shown = [page_text(text, _LONGEST) for text in every[:_MOST_LISTED]]
    return [*shown, f"… and {more:,} more"] if more > 0 else shown
