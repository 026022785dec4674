"""The marker is read back exactly, and anything the bot did not write itself is no marker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.allocation.names import Cell
from bot.calibration.findings import Change, Scope
from bot.proposal.marker import Marker, ended, note_below, read_marker, render, text_above
from bot.wording.escape import markdown
from tests.support.hostile import ALL
from tests.support.markdown import render as page_of
from tests.support.reviews import HEAD, INPUTS, marker, twelve_promotions

ONE = Marker(
    "2025-W49",
    Scope("TESTING", "EXEC"),
    (Change(Cell("EXEC", "TESTING"), "sonnet", "opus"),),
    INPUTS,
    HEAD,
    closed_by_bot=True,
)
LINE = render(ONE)
NAMES = st.from_regex(r"[A-Z][A-Z0-9_-]{0,9}", fullmatch=True).filter(
    lambda name: name != "DEFAULT" and not name.endswith(("-AGENT", "_AGENT"))
)


@pytest.mark.parametrize(
    "of", [ONE, marker(twelve_promotions()), replace(ONE, changes=(), scope=Scope())], ids=str
)
def test_a_marker_is_read_back(of):
    assert read_marker(f"Some text.\n\n{render(of)}\n") == of


@pytest.mark.slow
@given(
    st.lists(st.tuples(NAMES, NAMES), unique=True, max_size=5),
    st.sampled_from([("haiku", "sonnet"), ("a.b-c_1", "B")]),
    st.booleans(),
)
def test_any_sound_marker_is_read_back_and_ends_its_comment_once(cells, models, closed):
    of = Marker(
        week="2020-W53",
        scope=Scope(),
        changes=tuple(Change(Cell(phase, agent), *models) for phase, agent in cells),
        inputs=INPUTS,
        head="0f" * 32,
        closed_by_bot=closed,
    )
    line = render(of)
    assert read_marker(line) == of
    assert line.count("--") == 2
    assert page_of(line).tags == []


def test_a_body_edited_in_the_browser_has_other_line_ends():
    assert read_marker(f"Some text.\r\n\r\n{LINE}\r\n") == ONE


NOTES = {
    "a line": "\nPlease wait for Ada.\n",
    "no line end at the end": "\n\nPlease wait",
    "line ends of a browser": "\r\n\r\nPlease wait\r\nfor Ada.\r\n",
    "mixed line ends and blanks": "  \r\n\n \t x \r\n\n  ",
    "other separators": "\n\u2028a\u0085b\x0bc\u2029",
    "a comment of its own": "\n<!-- calibration-bat: -->\n-->",
    "long": "\n" + "x" * 60_000,
    "the marker, quoted": f"\n> {LINE}\n",
}


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_what_somebody_wrote_below_the_marker_is_theirs_to_the_byte(note):
    body = f"Some text.\n\n{LINE}{note}"
    assert (read_marker(body), note_below(body)) == (ONE, note)
    assert text_above(body) == "Some text.\n\n"
    assert ended(f"New text.\n\n{LINE}\n", note_below(body)) == f"New text.\n\n{LINE}{note}"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r\n \n\t"])
def test_nothing_but_blanks_below_the_marker_is_no_note(end):
    assert (read_marker(f"x\n{LINE}{end}"), note_below(f"x\n{LINE}{end}")) == (ONE, "")
    assert ended(f"y\n{LINE}\n", "") == f"y\n{LINE}\n"


@pytest.mark.parametrize("body", ["no marker", f"{LINE}\n{LINE}\nnote", f"x {LINE}\nnote"])
def test_without_one_marker_there_is_no_note(body):
    assert (read_marker(body), note_below(body), text_above(body)) == (None, "", body)


BROKEN = {
    "no marker": "Some text.",
    "empty": "",
    "two of them": f"{LINE}\n{LINE}",
    "a second opening in the text": f"<!-- calibration-bot: x\n{LINE}",
    "text after it on its line": f"{LINE} x",
    "text before it on its line": f"x {LINE}",
    "another name": LINE.replace("calibration-bot", "calibration-bat"),
    "a space in the document": LINE.replace('"v":1', '"v": 1'),
    "another order": LINE.replace('"v":1,"week":"2025\\u002dW49"', '"week":"2025\\u002dW49","v":1'),
    "a key more": LINE.replace('"v":1', '"v":1,"x":1'),
    "a key less": LINE.replace('"v":1,', ""),
    "another version": LINE.replace('"v":1', '"v":2'),
    "a plain dash": LINE.replace("\\u002d", "-"),
    "not JSON": LINE.replace('{"v"', '{v"'),
    "no object": "<!-- calibration-bot:[1] -->",
    "nested too deeply": f"<!-- calibration-bot:{'[' * 100_000} -->",
    "week out of range": LINE.replace("W49", "W54"),
    "a number for a week": LINE.replace('"2025\\u002dW49"', "202549"),
    "phase without an agent": LINE.replace('["TESTING","EXEC"],"ch', '[null,"EXEC"],"ch'),
    "lower case agent": LINE.replace('"TESTING"', '"testing"'),
    "agent suffix": LINE.replace('"TESTING"', '"TESTING_AGENT"'),
    "bad rung": LINE.replace('"opus"', '"op us"'),
    "no change at all": LINE.replace('"opus"', '"sonnet"'),
    "three parts of a change": LINE.replace(',"opus"', ""),
    "short inputs": LINE.replace(INPUTS, INPUTS[:-1]),
    "short head": LINE.replace(HEAD, HEAD[:-1]),
    "upper case head": LINE.replace(HEAD, HEAD.upper()),
    "a number for a boolean": LINE.replace("true", "1"),
    "one cell twice": LINE.replace(
        '["EXEC","TESTING","sonnet","opus"]', ",".join(['["EXEC","TESTING","sonnet","opus"]'] * 2)
    ),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_anything_else_is_no_marker(body):
    assert body != LINE
    assert read_marker(body) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"week": "2025-W49 -->"},
        {"scope": Scope("<b>")},
        {"head": "HEAD"},
        {"changes": (Change(Cell("EXEC", "x -->"), "sonnet", "opus"),)},
    ],
    ids=str,
)
def test_hostile_text_never_enters_a_marker(wrong):
    with pytest.raises(ValueError, match="read back"):
        render(replace(ONE, **wrong))


def test_no_escaped_text_hides_or_doubles_the_marker():
    for text in (*ALL, LINE, LINE * 3):
        assert read_marker(f"{markdown(text, 10_000)}\n\n{LINE}") == ONE
