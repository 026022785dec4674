"""The policy's part in imports: what it refuses, and what it means."""

from __future__ import annotations

import pytest

from bot.errors import InvalidInput
from bot.policy import read_policy
from tests.support.desk import TOP

SHIPPED = (TOP / "config/policy.toml").read_text()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(
            "[[imports.branches]]\npattern = '(?P<sd>'",
            "must be a regular expression",
            id="no regex",
        ),
        pytest.param("[[imports.branches]]\npattern = 'x'", "must name the SD's part", id="no sd"),
        pytest.param("[[imports.branches]]\nphase = 'EXEC'", "is missing", id="no pattern"),
        pytest.param(
            "[[imports.branches]]\npattern = '(?P<phase>.)(?P<sd>.)'\nphase = 'EXEC'",
            "is in the pattern too; keep one",
            id="phase twice",
        ),
        pytest.param("[imports]\nmain_agent = '9'", "must be the name of an agent", id="agent"),
        pytest.param("[imports]\ncount_cache_reads = 1", "must be true or false", id="flag"),
        pytest.param("[imports]\nbranch = 1", "is no key of the policy", id="unknown key"),
    ],
)
def test_a_mistake_is_named(lines: str, said: str) -> None:
    with pytest.raises(InvalidInput, match="imports") as caught:
        read_policy(f"{SHIPPED}\n{lines}\n", "config/policy.toml")
    assert said in str(caught.value)


def test_names_are_canonical() -> None:
    main = "[imports]\nmain_agent = 'lead-agent'\n"
    branches = "[[imports.branches]]\npattern = '(?P<sd>.+)'\nphase = 'exec'\n"
    imports = read_policy(f"{SHIPPED}\n{main}{branches}", "config/policy.toml").imports
    assert (imports.main_agent, imports.branches[0].phase) == ("LEAD", "EXEC")
