"""What Chromium makes of Markdown on a page like GitHub's: how wide it gets, its elements, its looks.

In: Markdown by name. Out: CSS pixels, tags, a picture. No driver: the page looks itself, Chromium prints it.
A window of its own is never narrower than some 500 pixels, so the text stands in a block as wide as a phone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.markdown import to_html

PHONE, INSIDE = 390, 324
"""CSS pixels of a phone, and of a comment's text on it."""
UNIT = 1 / 64
"""CSS pixels that Chromium rounds to: a line that just fits may be told as one of these wider."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_STYLE = """
body { margin: 0; background: #fff; }
.page { box-sizing: border-box; border: 1px solid #d1d9e0; overflow: hidden; }
.body { font: 14px/1.5 -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif; color: #1f2328;
  overflow-wrap: break-word; }
.body h2, .body h3 { margin: 24px 0 16px; font-weight: 600; line-height: 1.25; }
.body h3 { font-size: 1.25em; }
.body p, .body ul, .body details, .body blockquote { margin: 0 0 16px; }
.body ul { padding-left: 2em; } .body li + li { margin-top: .25em; }
.body code { font: 85% ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
  padding: .2em .4em; background: #818b981f; border-radius: 6px; white-space: break-spaces; }
.body li:has(> input) { list-style: none; }
.body input { margin: 0 .2em .25em -1.4em; vertical-align: middle; }
.body table { display: block; width: max-content; max-width: 100%; overflow: auto;
  border-collapse: collapse; }
.body td, .body th { padding: 6px 13px; border: 1px solid #d1d9e0; }
.body blockquote { padding: 0 1em; border-left: .25em solid #d1d9e0; color: #59636e; }
.whole { overflow-wrap: normal; } .whole code { white-space: normal; }
"""
_WIDTHS = """
  const left = body.getBoundingClientRect().left;
  const walk = document.createTreeWalker(body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  found[body.id] = [body.scrollWidth, ''];
  for (let node; (node = walk.nextNode());) {
    const range = document.createRange();
    range.selectNode(node);
    for (const box of range.getClientRects())
      if (box.right - left > found[body.id][0])
        found[body.id] = [box.right - left, node.textContent.slice(0, 80)];
  }
"""
_ELEMENTS = """
  found[body.id] = [...body.querySelectorAll('*')].map(one =>
    [one.localName, ...one.getAttributeNames().map(name => `${name}=${one.getAttribute(name)}`)].join(' '));
"""


class Wide(NamedTuple):
    """The widest thing of a text."""

    pixels: float
    """CSS pixels from the text's left edge."""
    what: str
    """Its beginning."""

    @property
    def fits(self) -> bool:
        """Whether a phone shows all of it."""
        return self.pixels <= INSIDE + UNIT


def widths(texts: Mapping[str, str], folder: Path, *, broken: bool = True) -> dict[str, Wide]:
    """The widest thing of each text on a phone, folds open. Not `broken`: as if no word could be broken."""
    opened = {
        name: to_html(text).replace("<details>", "<details open>") for name, text in texts.items()
    }
    found = _asked(opened, _WIDTHS, folder, "body" if broken else "body whole")
    return {name: Wide(*wide) for name, wide in found.items()}


def elements(texts: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """Every element of each text with its attributes, in order, as a browser reads the page."""
    pages = {name: to_html(text) for name, text in texts.items()}
    return dict(_asked(pages, _ELEMENTS, folder, "body"))


def _asked(pages: Mapping[str, str], script: str, folder: Path, style: str) -> Mapping[str, Any]:
    """What a script finds of each page's block `body`, by the page's name."""
    blocks = (
        f'<div class="page" style="width:{PHONE}px;padding:0 32px"><div class="{style}" id="{name}">'
        f"{text}</div></div>"
        for name, text in pages.items()
    )
    telling = f"""
const found = {{}};
for (const body of document.querySelectorAll('.body')) {{ {script} }}
document.body.innerHTML = '<pre id=found></pre>';
document.getElementById('found').textContent = JSON.stringify(found);
"""
    page = folder / "page.html"
    page.write_text(_page("".join(blocks), telling), encoding="utf-8", errors="replace")
    out = _chromium(folder, "--dump-dom", page.as_uri())
    told = re.search(r"<pre id=\"found\">(.*?)</pre>", out, re.DOTALL)
    assert told, out[-2000:]
    found: Mapping[str, Any] = json.loads(unescape(told[1]))
    return found


def picture(text: str, file: Path, *, columns: int, rows: int) -> None:
    """A screenshot of a text on a page so wide, as PNG; for people to look at."""
    margin = 32 if columns == PHONE else 80
    block = (
        f'<div class="page" style="width:{columns}px;padding:16px {margin}px">'
        f'<div class="body">{to_html(text)}</div></div>'
    )
    page = file.with_suffix(".html")
    page.write_text(_page(block, ""), encoding="utf-8")
    size = f"--window-size={max(columns, 500)},{rows}"
    _chromium(file.parent, size, f"--screenshot={file}", page.as_uri())


def _page(blocks: str, script: str) -> str:
    head = f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>"
    return f"{head}<body>{blocks}<script>{script}</script>"


def _chromium(folder: Path, *arguments: str) -> str:
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        reason = "no Chromium here: apt-get install chromium"
        if os.environ.get("CI", "").lower() in ("", "0", "false"):
            pytest.skip(reason)
        pytest.fail(reason)
    alone = "--host-resolver-rules=MAP * ~NOTFOUND"  # a page that asks for something gets nothing
    quiet = (alone, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [program, *quiet, profile, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
