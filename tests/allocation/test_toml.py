"""TOML is read strictly, and every key is found on its line."""

from __future__ import annotations

import pytest

from bot.allocation.toml import Path, decode, lines_of, parse
from bot.errors import InvalidInput, Problem


def problem(text: str) -> Problem:
    with pytest.raises(InvalidInput) as caught:
        parse(text, "a.toml")
    (only,) = caught.value.problems
    return only


def test_utf8_is_kept_with_byte_order_mark_and_line_ends() -> None:
    assert decode("\ufeffa = 'é'\r\n".encode(), "a.toml") == "\ufeffa = 'é'\r\n"


def test_other_encodings_are_refused_with_the_line() -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(b"a = 1\nb = '\xe9'\n", "a.toml")
    assert str(caught.value) == "a.toml:2: is not UTF-8 text; save it as UTF-8"


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse("\ufeffa = 1\n", "a.toml") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a = 1\nb = \n", 2, id="no value"),
        pytest.param("a = 1\r\nb == 1\r\n", 2, id="CRLF"),
        pytest.param("\ufeffa = 1\na = 2\n", 2, id="key twice"),
        pytest.param("a = [\n1,\n", 2, id="unclosed at the end"),
        pytest.param("a = [\n1,", 2, id="unclosed, no final newline"),
        pytest.param("a = {\n b = 1 }\n", 1, id="inline table over lines, TOML 1.1"),
        pytest.param("a = '\0'\n", 1, id="NUL"),
    ],
)
def test_invalid_toml_is_refused_with_the_line(text: str, line: int) -> None:
    found = problem(text)
    assert (found.file, found.line) == ("a.toml", line)
    assert found.message.startswith("is not valid TOML: ")
    assert "(at" not in found.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a = " + "[" * 20_000, "is nested too deeply to read", id="nesting"),
        pytest.param("a = " + "1" * 5_000, "cannot be read: Exceeds the limit", id="number"),
    ],
)
def test_what_python_itself_refuses_is_a_problem_of_the_file(text: str, message: str) -> None:
    assert problem(text).message.startswith(message)


DOCUMENT = """\
# About a = 1.
a = 1
b = [  # ]
  1,
  { c = 2 },
]
[x.y] # [no]
c = '''
[z]
'''
d.e = 1

  [[z]]
n = 1
[[z]]
n = { deep = [2] }
[z.sub]
"q.r" = 1
[[z.w]]
[[z.w]]
last = 1
"""

LINES: dict[Path, int] = {
    ("a",): 2,
    ("b",): 3,
    ("b", 0): 3,
    ("b", 1): 3,
    ("b", 1, "c"): 3,
    ("x",): 7,
    ("x", "y"): 7,
    ("x", "y", "c"): 8,
    ("x", "y", "d"): 11,
    ("x", "y", "d", "e"): 11,
    ("z",): 13,
    ("z", 0): 13,
    ("z", 0, "n"): 14,
    ("z", 1): 15,
    ("z", 1, "n"): 16,
    ("z", 1, "n", "deep"): 16,
    ("z", 1, "n", "deep", 0): 16,
    ("z", 1, "sub"): 17,
    ("z", 1, "sub", "q.r"): 18,
    ("z", 1, "w"): 19,
    ("z", 1, "w", 0): 19,
    ("z", 1, "w", 1): 20,
    ("z", 1, "w", 1, "last"): 21,
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DOCUMENT, id="LF"),
        pytest.param(DOCUMENT.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("\ufeff" + DOCUMENT, id="byte order mark"),
        pytest.param(DOCUMENT.removesuffix("\n"), id="no final newline"),
    ],
)
def test_every_path_has_the_line_its_statement_starts_on(text: str) -> None:
    assert lines_of(text) == LINES


def test_an_empty_document_has_no_paths() -> None:
    assert lines_of("") == lines_of("# only\n\n") == {}


@pytest.mark.slow
def test_keys_nobody_asks_about_are_not_followed_without_end() -> None:
    """A dotted key of thousands of parts is legal TOML; paths stop at a depth instead of filling memory."""
    deep = ".".join(["k"] * 2_000)
    assert max(map(len, lines_of(f"{deep} = 1\n"))) == 8
    assert max(map(len, lines_of(f"[{deep}]\n"))) == 8
