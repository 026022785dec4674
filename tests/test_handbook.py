"""Generated references say what the code says: written anew they are the same bytes (issue 13, item 7).

When a page is out of date: `python -m tests.handbook`.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.cli.command_line import COMMANDS
from bot.cli.guard import REFUSED
from bot.cli.model import DEFER
from bot.cli.stopping import Stop
from bot.errors import BUG, EXIT_CODES, BotError
from bot.policy import Policy, read_policy
from tests.handbook.pages import PAGES, PICTURE
from tests.support.browser import Tab, chromium

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"


@pytest.mark.parametrize(("name", "made"), PAGES.items(), ids=PAGES)
def test_a_page_is_what_the_code_says(name: str, made: Callable[[], str]) -> None:
    assert (GITHUB / name).read_text("utf-8") == made()


def test_every_command_has_a_section() -> None:
    titles = re.findall(
        r"^## `calibration-bot ([a-z]+)", (GITHUB / "COMMANDS.md").read_text(), re.M
    )
    assert [*dict.fromkeys(titles)] == [*COMMANDS]


def test_every_key_that_the_shipped_policy_sets_is_on_the_page() -> None:
    said = (GITHUB / "POLICY.md").read_text("utf-8")
    shipped = read_policy((ROOT / "config/policy.toml").read_text("utf-8"), "policy.toml")
    assert isinstance(shipped, Policy)
    keys = re.findall(r"^(?:# )?([a-z_]+) = ", (ROOT / "config/policy.toml").read_text(), re.M)
    assert [key for key in keys if f"| `{key}` |" not in said] == []


def _classes(of: type[BotError]) -> set[type[BotError]]:
    return {of}.union(*map(_classes, of.__subclasses__()))


def test_the_exit_codes_are_those_that_the_code_ends_with() -> None:
    stopped = set()
    for number in (signal.SIGINT, signal.SIGTERM):
        stop = Stop()
        stop.number = number
        stopped.add(stop.code)
    used = {error.exit_code for error in _classes(BotError)} | {0, BUG, DEFER, REFUSED} | stopped
    assert set(EXIT_CODES) == used


def test_the_picture_needs_nothing_but_itself() -> None:
    text = (GITHUB / PICTURE).read_text("utf-8")
    ElementTree.fromstring(text)  # noqa: S314 - ours
    assert re.findall(r"(?:href|src|url)\b|https?://(?!www\.w3\.org/)", text) == []


@pytest.mark.slow
def test_the_picture_shows_all_of_it_to_light_and_dark_readers() -> None:
    """An SVG cuts off what does not fit."""
    bottom = "document.querySelector('.page').getBoundingClientRect().bottom"
    ink = "getComputedStyle(document.querySelector('.page')).color"
    inks = set()
    with chromium() as browser:
        for scheme in ("light", "dark"):
            with Tab.open(browser, GITHUB / PICTURE, color_scheme=scheme) as tab:
                high = tab.page.evaluate("document.documentElement.height.baseVal.value")
                assert high - 60 < tab.page.evaluate(bottom) < high
                inks.add(tab.page.evaluate(ink))
                assert tab.effects == []
    assert len(inks) == 2
