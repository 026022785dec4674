"""Every row of the lifecycle in every way the bot may act (issue 13), most of them under stress."""

from __future__ import annotations

import pytest

from tests.support.ways import WAYS

_STRESS = (pytest.mark.slow, pytest.mark.stress)
EVERY_WAY = [WAYS[0], *(pytest.param(way, marks=_STRESS) for way in WAYS[1:])]
"""`test_signed_commits_on_forge` has a story of each in the quick loop; the product takes too long."""
_ROWS = (
    "test_bound_files_on_forge",
    "test_lifecycle_on_forge",
    "test_lifecycle_on_forge_extra",
    "test_boxes_on_forge",
    "test_people_on_forge",
    "test_take_over_on_forge",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A row whose bot is the fixture's runs once a way."""
    module = metafunc.module.__name__.rpartition(".")[2]
    if "way" in metafunc.fixturenames and module in _ROWS:
        metafunc.parametrize("way", EVERY_WAY, ids=str)
