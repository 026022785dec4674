"""Hostile text, one target at a time: parsed back by the target's own parser, it does nothing."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.wording import escape
from tests.support.hostile import ALL, OWN
from tests.support.markdown import obeyed, render

LINE = [escape.markdown, escape.prose, escape.plain_words, escape.trailer_value, escape.terminal]
LINE += [escape.output_value, escape.workflow_data, escape.workflow_property, escape.branch_part]
LINE += [escape.page_text]


def markdown_effects(text: str) -> list[str]:
    """What a hostile text does to a page beyond standing there: in a paragraph, a list and a table."""
    code = escape.markdown(text)
    places = (
        code,
        f"- x {code} y",
        f"| a | b |\n|---|---|\n| {code} | z |",
        f"<details>\n\n{code}\n\n</details>",
    )
    expected = (["p", "code"], ["ul", "li", "code"], None, ["details", "p", "code"])
    found = []
    for place, tags in zip(places, expected, strict=True):
        page = render(place)
        table = ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "code", "td"]
        found += [] if page.tags == (tags or table) else [f"{place!r}: {page.tags}"]
        found += [] if page.code == [code[1:-1]] else [f"{place!r}: {page.code}"]
        found += obeyed(page)
    return found


@pytest.mark.parametrize("text", OWN, ids=lambda text: ascii(text[:24]))
def test_own_list_is_one_inert_code_span_in_markdown(text):
    assert markdown_effects(text) == []


def test_the_public_corpus_is_inert_in_markdown():
    assert {text: found for text in ALL if (found := markdown_effects(text))} == {}


@given(st.text(max_size=60) | st.text(alphabet="`|\\<>@#[]()!*_~$:- \n1aG", max_size=30))
def test_no_text_at_all_has_an_effect_in_markdown(text):
    assert markdown_effects(text) == []


@given(st.text(max_size=60) | st.text(alphabet="`|\\<>@#[]()!*_~$:-./ \n1awG", max_size=30))
def test_prose_is_one_run_of_plain_text(text):
    page = render(f"x {escape.prose(text)}")
    assert page.tags == ["p"]
    assert obeyed(page) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("since 2025-12-22T00:00:00Z", "since 2025-12-22T00:00:00Z"),
        ("at 9:30, or 09:30", "at 9:30, or 09:30"),
        ("1:100:2 :100: a:10:b", "1 100 2 100: a 10 b"),
        ("1:23:+1:", "1:23 1"),
    ],
)
def test_a_time_of_day_in_prose_keeps_its_colons_and_an_emoji_does_not(text: str, shown: str):
    assert escape.prose(text) == shown


def test_the_corpus_is_one_run_of_plain_text_in_prose():
    pages = {text: render(f"x {escape.prose(text)}") for text in ALL}
    assert {text: page.tags for text, page in pages.items() if page.tags != ["p"]} == {}
    assert {text: found for text, page in pages.items() if (found := obeyed(page))} == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "edge-case-detection", "`edge-case-detection`", id="plain text stays as it is"
        ),
        pytest.param("a`b|c<d>", "`a'b¦c\u2039d\u203a`", id="what ends a code span or a cell"),
        pytest.param(
            "fixes #1", "`fixes # 1`", id="closing keyword, should the body become a commit"
        ),
        pytest.param("ping @org/team", "`ping @ org/team`", id="mention"),
        pytest.param("GH-1", "`GH- 1`", id="issue by prefix"),
        pytest.param("https://x.example", "`https:// x.example`", id="address"),
        pytest.param("two\n\nlines\tand tabs", "`two lines and tabs`", id="line breaks and tabs"),
        pytest.param(
            "a\x1b[31m\u202e\x00b", r"`a\x1b[31m\u202e\x00b`", id="hidden characters show"
        ),
        pytest.param("", "`(empty)`", id="nothing"),
        pytest.param("x" * 100, f"`{'x' * 79}…`", id="cut with an ellipsis"),
        pytest.param("é" + "\u0301" * 9, "`é\u0301\u0301\u0301`", id="piled-up marks"),
    ],
)
def test_markdown_stays_readable(text, shown):
    assert escape.markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("edge-case-detection", "edge case detection", id="slug"),
        pytest.param("fixes #1, @x", "fixes 1 x", id="references"),
        pytest.param("-rf --x", "rf x", id="leading dashes"),
        pytest.param("Signed-off-by: Eve", "Signed off by Eve", id="trailer look-alike"),
        pytest.param("a\nb\x00c\u202ed", "a b c d", id="line breaks and hidden characters"),
        pytest.param("GH-1", "GH 1", id="issue by prefix"),
        pytest.param("0123456789abcdef", "012345…", id="commit id"),
        pytest.param("проверка крайних случаев", "проверка крайних случаев", id="other scripts"),
        pytest.param("###", "unnamed", id="no words at all"),
        pytest.param("word " * 30, "word word word word word word word word word word…", id="cut"),
    ],
)
def test_subject_is_plain_words(text, words):
    assert escape.plain_words(text) == words


@given(st.text() | st.sampled_from(ALL))
@example("0\u034f")
def test_a_subject_never_holds_more_than_words(text):
    words = escape.plain_words(text)
    assert re.fullmatch(r"[^\W_]", words[0])
    assert all(c.isalnum() or c in " …" or unicodedata.category(c)[0] == "M" for c in words)
    assert len(words) <= 50


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("TESTING", "TESTING", id="plain"),
        pytest.param("GH-1", "GH_1", id="reads as an issue"),
        pytest.param("deadbeef1-agent", "deadbe…-agent", id="reads as a commit id"),
        pytest.param("A" * 64, "A" * 64, id="the longest there is"),
        pytest.param("A" * 100, "A" * 63 + "…", id="long"),
        pytest.param("<b>", "_b_", id="not of the pattern"),
    ],
)
def test_a_name_reads_as_nothing_else(text, shown):
    assert escape.name(text) == shown


def test_trailers_of_any_text_are_read_back_exactly(tmp_path):
    """Git sees the one trailer that was meant, with the value that was meant, and no other."""
    files = []
    for index, text in enumerate(ALL):
        value = escape.trailer_value(text)
        file = tmp_path / f"{index:04}"
        message = f"subject\n\nbody\n\nFirst: 1\nHostile: {value}\nLast: 2\n"
        file.write_bytes(message.encode("utf-8"))
        files.append((file, [b"First: 1", f"Hostile: {value}".encode(), b"Last: 2"]))
    command = ["git", "interpret-trailers", "--parse", *(str(file) for file, _ in files)]
    parsed = subprocess.run(command, capture_output=True, check=True).stdout
    assert parsed.split(b"\n")[:-1] == [line for _, lines in files for line in lines]


def refused_refs(names: list[str], folder: Path) -> str:
    """What git says of the first malformed name; nothing if there is none. One process for all names."""
    subprocess.run(["git", "init", "-q", folder], check=True)
    verify = "".join(f"verify refs/heads/{name} {'0' * 40}\n" for name in names)
    command = ["git", "-C", folder, "update-ref", "--stdin"]
    return subprocess.run(command, input=verify, text=True, capture_output=True).stderr


def test_every_branch_is_one_that_git_accepts(tmp_path):
    """As an agent, and as a phase after a dot, where `lock` would be refused."""
    parts = {escape.branch_part(text) for text in ALL}
    names = [name for part in parts for name in (f"calibration/adhoc-{part}", f"x/y.{part}", part)]
    assert refused_refs(names, tmp_path) == ""
    assert "invalid ref format" in refused_refs(["x/y.lock"], tmp_path)


@pytest.mark.parametrize(
    "text", [*OWN[80:100], "TESTING", "CODE_REVIEW-2"], ids=lambda t: ascii(t[:24])
)
def test_a_branch_passes_check_ref_format(text):
    name = f"calibration/adhoc-{escape.branch_part(text)}.{escape.branch_part(text)}"
    subprocess.run(["git", "check-ref-format", "--branch", name], check=True, capture_output=True)


def test_canonical_names_become_branches_by_lower_case_alone():
    assert escape.branch_part("CODE_REVIEW-2") == "code_review-2"


def test_two_names_never_share_a_branch():
    assert (
        len({escape.branch_part(text) for text in ("a b", "a.b", "a/b", "A" * 61, "A" * 62)}) == 5
    )


def runner_reads(line: str) -> tuple[str, str, str]:
    """Name, first property's value and message of a workflow command, as GitHub's runner decodes them."""
    name, properties, message = re.fullmatch(
        r"::(\w+) \w+=([^,:]*)::(.*)", line, re.DOTALL
    ).groups()
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        properties = properties.replace(code, char)
        message = message.replace(code, char) if char in "\r\n" else message
    return name, properties.replace("%25", "%"), message.replace("%25", "%")


@given(st.text() | st.sampled_from(ALL))
def test_a_workflow_command_stays_one_command(text):
    line = f"::error file={escape.workflow_property(text)}::{escape.workflow_data(text)}"
    assert "\n" not in line
    assert "\r" not in line
    assert "##[" not in line
    name, file, message = runner_reads(line)
    assert (name, file) == ("error", message)


def test_line_breaks_of_a_message_reach_the_annotation():
    assert escape.workflow_data("100 %\r\nnext") == "100 %25%0D%0Anext"
    assert escape.workflow_property("a:b,c") == "a%3Ab%2Cc"


@given(st.text() | st.sampled_from(ALL))
def test_an_output_is_one_line(text):
    assert len(f"name={escape.output_value(text)}\n".splitlines()) == 1


@given(st.text() | st.sampled_from(ALL))
def test_a_terminal_gets_printable_characters_of_one_line(text):
    shown = escape.terminal(text)
    assert all(char.isprintable() for char in shown)
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param('  API = "opus"   # why', '  API = "opus"   # why', id="spaces are kept"),
        pytest.param("a\tb\nc\r", r"a\tb\nc\r", id="tabs and line breaks show"),
        pytest.param("\x1b[31m\x9b\x07", r"\x1b[31m\x9b\x07", id="ANSI"),
        pytest.param("\u202e\u200b\ud800", r"\u202e\u200b\ud800", id="hidden characters"),
        pytest.param(" ::add-mask::x", " : :add-mask::x", id="workflow command"),
        pytest.param("x ##[add-mask]y", "x ## [add-mask]y", id="old workflow command"),
    ],
)
def test_the_terminal_shows_what_is_hidden(text, shown):
    assert escape.terminal(text) == shown


@pytest.mark.parametrize("function", LINE, ids=lambda function: function.__name__)
def test_every_target_gets_encodable_text_on_one_line_with_its_words(function):
    """Whatever stands around a plain word, the word is still there to read."""
    for text in ALL:
        shown = function(f"plainword {text}")
        assert "plainword" in shown
        assert "\n" not in shown
        assert len(shown.encode("utf-8")) < 40_000
