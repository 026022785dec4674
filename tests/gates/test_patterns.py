"""What patterns have in common is decided for every string, as `fnmatch` reads them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gates.patterns import TooTangled, common_example, exactly

PATTERNS = st.text(alphabet="ab*?[]!-", max_size=5)
SHORT = ["".join(letters) for size in range(5) for letters in product("ab]-", repeat=size)]


@pytest.mark.parametrize(
    ("inside", "outside", "example"),
    [
        pytest.param(["abc"], [], "abc", id="one-exact"),
        pytest.param(["a*"], [], "a", id="star-is-empty"),
        pytest.param(["a?"], [], "aa", id="letters-first"),
        pytest.param(["-?"], [], "--", id="then-dashes"),
        pytest.param([":?"], [], ":9", id="digits-are-letters"),
        pytest.param(["a*", "*b"], [], "ab", id="overlap"),
        pytest.param(["a*", "b*"], [], None, id="disjoint"),
        pytest.param(["a*"], ["a", "a?*"], None, id="all-excluded"),
        pytest.param(["*"], ["?*"], "", id="only-empty"),
        pytest.param(["*"], ["*"], None, id="nothing-but-everything"),
        pytest.param(["**"], ["?", "a"], "", id="two-stars-are-empty"),
        pytest.param(["a**b"], ["ab"], "aab", id="two-stars-inside"),
        pytest.param(["[a]"], [], "a", id="set-of-one"),
        pytest.param(["[a-c]"], ["[ab]"], "c", id="set-minus-set"),
        pytest.param(["[a]b]"], [], "ab]", id="set-ends-at-its-first-bracket"),
        pytest.param(["[!a]"], ["[b-\U0010ffff]", "[\0-_]"], "`", id="right-below-a-name"),
        pytest.param(["?"], ["[\0-y]"], "\U0010ffff", id="above-all-names"),
        pytest.param(["\0"], [], "\0", id="lowest-character"),
        pytest.param(["[]a]"], ["a"], "]", id="bracket-in-set"),
        pytest.param(["[!]a]"], ["?[!]]*", "[\0-`]"], "\U0010ffff", id="bracket-in-negated-set"),
        pytest.param(["[!]b]"], ["[\0-`]", "[c-\U0010ffff]"], "a", id="negated-bracket-and-more"),
        pytest.param(["[a"], [], "[a", id="set-that-never-closes"),
        pytest.param(["[!"], [], "[!", id="negated-set-that-never-closes"),
        pytest.param(["[]"], [], "[]", id="empty-set-never-closes"),
        pytest.param(["[!]"], [], "[!]", id="empty-negated-set-never-closes"),
        pytest.param(["a[b"], ["a?b"], None, id="bracket-later-on"),
        pytest.param(["ab]"], [], "ab]", id="closing-bracket-alone"),
        pytest.param(["a-b"], ["a?b"], None, id="dash-is-a-letter"),
        pytest.param(["claude-*-4"], ["claude-haiku-*"], "claude--4", id="model-ids"),
        pytest.param([""], [], "", id="empty-pattern"),
    ],
)
def test_an_example_is_in_all_and_in_none(
    inside: list[str], outside: list[str], example: str | None
) -> None:
    assert common_example(inside, outside) == example
    if example is not None:
        assert all(fnmatchcase(example, pattern) for pattern in inside)
        assert not any(fnmatchcase(example, pattern) for pattern in outside)


@given(st.lists(PATTERNS, min_size=1, max_size=2), st.lists(PATTERNS, max_size=2))
def test_no_example_means_that_no_string_fits(inside: list[str], outside: list[str]) -> None:
    def fits(text: str) -> bool:
        return all(fnmatchcase(text, p) for p in inside) and not any(
            fnmatchcase(text, p) for p in outside
        )

    found = common_example(inside, outside)
    if found is None:
        assert not any(map(fits, SHORT))
    else:
        assert fits(found)
        assert not any(fits(text) for text in SHORT if len(text) < len(found))


@given(st.text(alphabet="ab*?[]!", max_size=6), st.text(alphabet="ab*?[]!", max_size=6))
def test_exactly_matches_one_text_only(text: str, other: str) -> None:
    assert fnmatchcase(text, exactly(text))
    assert fnmatchcase(other, exactly(text)) == (other == text)


def test_plain_text_is_its_own_pattern() -> None:
    assert exactly("claude-X.5!]") == "claude-X.5!]"
    assert exactly("a*b?c[") == "a[*]b[?]c[[]"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("*a" + "?" * 40, id="too-many-states"),
        pytest.param("a" * 5_001, id="too-long"),
        pytest.param("abcdefghij" * 400, id="too-many-steps"),
    ],
)
def test_patterns_out_of_proportion_are_not_decided(pattern: str) -> None:
    with pytest.raises(TooTangled):
        common_example([pattern, pattern], ["*z"])


def test_patterns_of_the_largest_size_are_decided() -> None:
    letters = "abcdefghij" * 500
    assert common_example([letters], []) == letters
    half = "a" * 5_000
    assert common_example([half], [half]) is None  # 10,000 characters


def test_patterns_that_die_early_cost_nothing() -> None:
    others = [f"{letter}{number}" for letter in "bcdefghi" for number in range(100)]
    assert common_example(["a*z"], others) == "az"
