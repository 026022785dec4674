"""Issue 12, item 4: the page at four sizes, byte for byte, and hostile text without an effect in it."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import html5lib
import pytest

from bot.page import html_page
from bot.wording.escape import page_text
from tests.support import golden, hostile
from tests.support.overviews import SD_LINK, SIZES, attacked

GOLDEN = Path(__file__).parent / "golden"
MOST_BYTES = 3_000_000
MOST_SECONDS = 2
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title link style body a header h1 h2 p code nav ul li main section strong small span "
        "b br wbr div table caption thead tbody tr th td label input select option svg path text polyline "
        "rect defs marker circle details summary figure figcaption footer script",
    )
)
OWN_LINK = re.compile(r"#[a-z]+[0-9]*|data:,|" + re.escape(SD_LINK[:-4]) + r"[A-Za-z0-9_.~%-]+")


@lru_cache(maxsize=2)
def parsed(text: str):
    """The document as a browser builds it, and what its parser complains of."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(text)
    return document, parser.errors


def elements(document):
    """Every element: its name, attributes and text."""
    for element in document.iter():
        assert isinstance(element.tag, str), f"a comment: {element.text!r}"
        yield element.tag.rpartition("}")[2], element


@pytest.mark.parametrize("size", ["nothing", "one", "twelve"])
def test_page(size: str) -> None:
    golden.check(GOLDEN / f"{size}.page.html", html_page(SIZES[size]()))


@pytest.mark.slow
def test_page_of_a_thousand_cells() -> None:
    """What is on it, and a digest: the whole would be 3 MB in the repository."""
    text = html_page(SIZES["thousand"]())
    document, errors = parsed(text)
    assert errors == []
    count = Counter(tag for tag, _ in elements(document))
    lines = [f"{number} {tag}" for tag, number in sorted(count.items())]
    digest = hashlib.sha256(text.encode()).hexdigest()
    golden.check(GOLDEN / "thousand.page.txt", "\n".join([*lines, f"sha256 {digest}"]) + "\n")


@pytest.mark.parametrize("size", ["nothing", "one", "twelve"])
def test_same_inputs_give_the_same_bytes_and_what_a_parser_accepts(size: str) -> None:
    text = html_page(SIZES[size]())
    assert html_page(SIZES[size]()) == text
    assert parsed(text)[1] == []


@pytest.mark.slow
def test_a_thousand_cells_of_52_weeks_are_made_in_two_seconds_and_under_3_mb() -> None:
    report = SIZES["thousand"]()
    began = time.process_time()
    text = html_page(report)
    assert time.process_time() - began < MOST_SECONDS
    assert len(text.encode()) <= MOST_BYTES


def effects(text: str) -> list[str]:
    """What a page holds beyond what its template has: elements, handlers, addresses, comments."""
    document, errors = parsed(text)
    found = [f"parse error {error}" for error in errors]
    for tag, element in elements(document):
        if tag not in ELEMENTS:
            found.append(f"<{tag}>")
        for name, value in element.attrib.items():
            name = str(name).rpartition("}")[2]
            if name.startswith("on") or name in ("style", "src", "srcset", "action", "formaction"):
                found.append(f"{tag} {name}={value}")
            if name == "href" and not OWN_LINK.fullmatch(value):
                found.append(f"{tag} href={value}")
    once = Counter(tag for tag, _ in elements(document))
    found += [f"{once[tag]} × {tag}" for tag in ("script", "style", "title") if once[tag] != 1]
    return found


def test_the_hostile_corpus_has_no_effect() -> None:
    assert effects(html_page(attacked())) == []


@pytest.mark.parametrize("text", hostile.OWN, ids=lambda text: ascii(text[:24]))
def test_each_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    page = html_page(attacked([text]))
    assert effects(page) == []
    shown = "".join(parsed(page)[0].itertext())
    assert page_text(text) in shown


def test_only_the_pages_own_style_and_script_may_run_and_nothing_may_be_fetched() -> None:
    document, _ = parsed(html_page(SIZES["one"]()))
    found = {tag: element for tag, element in elements(document) if tag in ("style", "script")}
    digest = {
        tag: b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        for tag, element in found.items()
    }
    (policy,) = (
        element.attrib["content"]
        for tag, element in elements(document)
        if element.attrib.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest['style']}'; script-src "
        f"'sha256-{digest['script']}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_an_sd_is_linked_as_the_policy_says_and_what_has_no_address_is_plain() -> None:
    page = html_page(attacked(["SD-7", "../x y", "..", "S" * 300]))
    assert '<a href="https://example.org/browse/SD-7">SD-7</a>' in page
    assert '<a href="https://example.org/browse/..%2Fx%20y">../x y</a>' in page
    assert page.count('<a href="https://example.org/') == 2


def test_an_sd_links_what_its_rows_were_collected_from_and_leads_nowhere_else() -> None:
    report, web = attacked(["SD-7"]), "https://github.com/acme/widget"
    notes = (f"{web}/pull/7#pullrequestreview-1", *hostile.ALL, f'{web}/pull/7"><script>')
    sources = {(verdict.cell, "SD-7"): notes for verdict in report.overview.review.verdicts}
    review = replace(report.overview.review, web=web, sources=sources)
    page = html_page(replace(report, overview=replace(report.overview, review=review)))
    assert effects(page) == [f"a href={notes[0]}"]
    assert f'>SD-7</a> (<a href="{notes[0]}">review</a>)' in page
