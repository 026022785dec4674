"""150 and more made-up nasty agent files: only the value's bytes change, or a refusal says why.

What is edited is read back by two YAML parsers that are not ours (issue 13: "must be true").
"""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.binding.front_matter import KeyReading, Uneditable, read_model, with_model
from tests.support.nasty_front_matter import EDITED, LINES, LOOSE, REFUSED, quoted

NEW = "opus"
MODELS = ("opus", "claude-opus-4-5@20251101", "us.anthropic.claude-opus-4-5-v1:0", "off", 'a"b: #c')


def _parts(marked: str) -> tuple[str, str, str]:
    before, _, rest = marked.partition("«")
    value, _, after = rest.partition("»")
    return before, value, after


def _matter(text: str) -> str:
    lines = text.removeprefix("\ufeff").split("\n")
    end = next(n for n, line in enumerate(lines) if n and line.rstrip() == "---")
    return "\n".join((*lines[1:end], ""))


def _read_by_both(matter: str) -> list[Any]:
    ours = YAML(typ="safe", pure=True)
    ours.version = (1, 2)
    return [yaml.safe_load(matter), ours.load(io.StringIO(matter, newline=""))]


def test_there_are_more_than_150_of_them() -> None:
    assert len(EDITED) + len(LOOSE) + len(REFUSED) >= 200
    assert len(EDITED) >= 100


@pytest.mark.parametrize("name", EDITED)
def test_only_the_bytes_of_the_value_change(name: str) -> None:
    before, value, after = _parts(EDITED[name])
    quote = value[0] if value[0] in "\"'" else ""
    assert with_model(before + value + after, NEW) == f"{before}{quote}{NEW}{quote}{after}"


@pytest.mark.parametrize("name", EDITED)
def test_two_yaml_parsers_see_that_key_changed_and_no_other(name: str) -> None:
    text = "".join(_parts(EDITED[name]))
    before = _read_by_both(_matter(text))
    for model in MODELS:
        new = with_model(text, model)
        assert isinstance(new, str), new
        assert _read_by_both(_matter(new)) == [{**was, "model": model} for was in before]


@pytest.mark.parametrize("name", EDITED)
def test_what_is_read_is_what_a_yaml_parser_reads(name: str) -> None:
    text = "".join(_parts(EDITED[name]))
    found = read_model(text)
    assert isinstance(found, KeyReading)
    there = yaml.load(_matter(text), yaml.BaseLoader)["model"]  # noqa: S506 - it makes text of all
    assert (found.model or "") == there
    assert "model" in text.split("\n")[found.line - 1]


@pytest.mark.parametrize("name", EDITED)
def test_the_key_can_be_added_where_it_is_absent(name: str) -> None:
    text = "".join(_parts(EDITED[name]))
    new = with_model(text, NEW, "effort", add=True)
    assert isinstance(new, str), new
    assert _read_by_both(_matter(new)) == [
        {**was, "effort": NEW} for was in _read_by_both(_matter(text))
    ]


@pytest.mark.parametrize("name", LOOSE)
def test_a_description_with_a_bare_colon_is_no_reason_to_refuse(name: str) -> None:
    before, value, after = _parts(LOOSE[name])
    new = with_model(before + value + after, NEW)
    assert new == before + NEW + after
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(_matter(new))
    assert [read["model"] for read in _read_by_both(quoted(_matter(new)))] == [NEW, NEW]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_edited_safely_is_refused_with_the_reason(name: str) -> None:
    text, reason = REFUSED[name]
    found = with_model(text, NEW, add=True)
    assert isinstance(found, Uneditable)
    assert reason in found.reason
    assert found.line is None or 1 <= found.line <= text.count("\n") + 1


@settings(max_examples=300)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6), st.sampled_from(("\n", "\r\n")))
def test_whatever_is_edited_is_yaml_before_and_after(lines: list[str], end: str) -> None:
    """Any lines, in any order: most of them make no sense together, and are refused."""
    matter = "".join(line + end for line in lines)
    new = with_model(f"---{end}{matter}---{end}", NEW, add=True)
    if isinstance(new, str):
        expected = [{**(was or {}), "model": NEW} for was in _read_by_both(matter)]
        assert _read_by_both(_matter(new)) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "a: [" + "b " * 30_000,
        "a: " + "[" * 60_000,
        "a: " + "[b, " * 15_000,
        "a: " + "[]" * 30_000,
        "a: [" + "[]," * 20_000 + "]",
        'a: "' + "\\\\" * 30_000,
        "a: '" + "''" * 30_000,
        "a: b" + " " * 60_000 + "c",
        "a" * 60_000,
        "a " * 30_000 + ":",
        "a: 'b\n" + "  c\n" * 10_000,
        "- " * 30_000,
        "a:\n" + "".join(f"{' ' * n}- b:\n" for n in range(300)),
    ],
)
def test_no_text_takes_long(hostile: str) -> None:
    start = time.process_time()
    with_model(f"---\n{hostile}\nmodel: sonnet\n---\n", NEW)
    assert time.process_time() - start < 2
