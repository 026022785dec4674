"""Numbers as text, exactly: nothing here goes through a float."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loading it takes `log` a while
    from fractions import Fraction

_BAR = 20
_STEPS = "▁▂▃▄▅▆▇█"


def instant(at: int) -> str:
    """Seconds since the epoch as `2025-12-08T00:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hundredths(value: int) -> str:
    """1/100 SDs with two decimals: 200 → `2.00`, -150 → `-1.50`."""
    whole, rest = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{rest:02d}"


def tally_words(value: int) -> str:
    """1/100 SDs for a sentence: one decimal where that is exact (`2.0`), else two (`1.85`)."""
    text = hundredths(value)
    return text[:-1] if text.endswith("0") else text


def percent(part: int, whole: int) -> str:
    """A share: `60 %`, `33.3 %` (half up); `0 %` of nothing."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    exact = whole == 0 or 100 * part % whole == 0
    return f"{tenths // 10} %" if exact else f"{tenths // 10}.{tenths % 10} %"


def one_decimal(value: Fraction) -> str:
    """A number of at least 0 with one decimal, half up: `62.4`."""
    tenths = (value * 20 + 1) // 2
    return f"{tenths // 10}.{tenths % 10}"


def plural(number: int, noun: str) -> str:
    """`1 SD`, `5 SDs`, `1,200 tokens`; the noun's plural takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def factor(value: Fraction) -> str:
    """A cost factor: `5`, `1.7` (half up)."""
    return str(value.numerator) if value.denominator == 1 else one_decimal(value)


def dollars(value: Fraction) -> str:
    """US dollars to the cent, half up: `1.35 USD`. No dollar sign: GitHub reads a pair of them as math."""
    cents = (value * 200 + 1) // 2
    if cents == 0 and value > 0:
        return "under 0.01 USD"
    return f"{cents // 100:,}.{cents % 100:02d} USD"


def bar(part: int, whole: int) -> str:
    """A share as a bar of text, 20 characters wide and never wider: `████░░░░░░░░░░░░░░░░`."""
    full = min(_BAR, part * _BAR // whole)
    return "█" * full + "░" * (_BAR - full)


def sparkline(values: Sequence[int], top: int) -> str:
    """Numbers as a line of blocks: the highest from `top` on, the lowest up to 0."""
    below = len(_STEPS) - 1
    return "".join(
        _STEPS[below] if value >= top else _STEPS[max(0, value) * below // top] for value in values
    )


def tokens(value: Fraction) -> str:
    """Whole tokens, half up: `180,000`."""
    return f"{(value * 2 + 1) // 2:,}"
