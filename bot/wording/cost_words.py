"""What models cost, in words: an SD, one accepted at once, one avoided rework. Figures only, no log text."""

from __future__ import annotations

from fractions import Fraction

from bot.calibration.costs import SdCost
from bot.calibration.findings import Trial
from bot.wording import figures
from bot.wording.escape import name

NOT_KNOWN = "not known: no token row names the agent"


def amount(value: Fraction, *, priced: bool) -> str:
    """`45,000 tokens` at relative cost 1, or `1.35 USD`; with a minus sign below 0."""
    size = abs(value)
    said = figures.dollars(size) if priced else f"{figures.tokens(size)} tokens"
    return f"-{said}" if value < 0 else said


def cost_of_sds(spent: SdCost | None) -> str:
    """`45,000 tokens an SD, 112,500 tokens for each accepted at once (5 SDs)`."""
    if spent is None:
        return NOT_KNOWN
    said = f"{amount(spent.an_sd, priced=spent.priced)} an SD"
    accepted = "none was accepted at once"
    if spent.accepted is not None:
        accepted = f"{amount(spent.accepted, priced=spent.priced)} for each accepted at once"
    return f"{said}, {accepted} ({figures.plural(spent.sds, 'SD')})"


def trial_words(trial: Trial) -> str:
    """Advice to people, one line: `API/EXEC opus → sonnet: rework in 1 of 60 SDs in 12 weeks`."""
    cell = f"{name(trial.cell.agent)}/{name(trial.cell.phase)}"
    done = f"rework in {trial.rework} of {trial.sds} SDs in {trial.weeks} weeks"
    return f"{cell} {name(trial.model)} → {name(trial.lower)}: {done}"


def price_of_one(price: Fraction | None, *, priced: bool) -> str:
    """What one avoided rework cost after a promotion: `12,000 tokens for one avoided rework`."""
    if price is None:
        return "none avoided"
    said = f"{amount(price, priced=priced)} for one avoided rework"
    return f"{said}: the new model is cheaper as well" if price < 0 else said
