"""The statements in the package are what the scripts come to: nobody edits them, nobody forgets them."""

from __future__ import annotations

from importlib.resources import files

import pytest
from sqlglot import exp, parse_one

from bot.warehouse.script import LogTables, statements
from tests.support.translate import WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
def test_a_statement_is_what_the_scripts_come_to(name: str):
    said = files("bot.warehouse").joinpath(name).read_text("utf-8")
    assert said == WRITTEN[name](), "run: python -m tests.support.translate"


@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_statements_only_read(engine: str):
    for each in statements(engine, LogTables("t", "r")):
        assert isinstance(parse_one(each.sql, read=engine), exp.Query)
        assert "{" not in each.sql


def test_postgres_is_asked_once():
    assert [each.name for each in statements("postgres", LogTables("t", "r"))] == [""]
