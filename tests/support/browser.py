"""The system's Chromium, driven by Playwright, which downloads no browser of its own.

Where there is no Chromium a test is skipped with the reason; in CI it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.forge.node import NodeUnavailable, ensure_node_modules

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A container has neither the sandbox's kernel features nor much of /dev/shm.
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
"""Where tests put what they saw; CI keeps the folder."""


def _missing(reason: str) -> None:
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(reason)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _missing("no Chromium on PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS])
        yield browser
        browser.close()


def axe_source() -> str:
    """The text of axe-core, which finds what a page denies to people with assistive technology."""
    try:
        return (ensure_node_modules() / "axe-core" / "axe.min.js").read_text("utf-8")
    except NodeUnavailable as err:
        _missing(str(err))
        raise


@dataclass
class Tab:
    """A page as somebody has it open, and all it did that a page should not."""

    page: Page
    effects: list[str] = field(default_factory=list)
    """Console messages, errors, dialogs, and requests beyond the file itself."""

    @classmethod
    def open(cls, browser: Browser, file: Path, **context: Any) -> Tab:
        """Open a file; `context` is Playwright's (viewport, color_scheme, java_script_enabled)."""
        tab = cls(browser.new_page(**context))
        tab.page.on("console", lambda said: tab.effects.append(f"console: {said.text}"))
        tab.page.on("pageerror", lambda err: tab.effects.append(f"error: {err}"))
        tab.page.on("dialog", lambda dialog: tab.effects.append(f"dialog: {dialog.message}"))
        tab.page.on("popup", lambda other: tab.effects.append(f"popup: {other.url}"))
        tab.page.on("request", lambda asked: tab.effects.append(f"request: {asked.url}"))
        tab.page.goto(file.as_uri())
        tab.effects.remove(f"request: {file.as_uri()}")
        return tab

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()
