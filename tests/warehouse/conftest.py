"""One server of each kind for all tests of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import bot, make_team, template
from tests.support.engines import needed, postgres_server, spark_session

if TYPE_CHECKING:
    from psycopg import Connection
    from pyspark.sql import SparkSession

__all__ = ["bot", "make_team", "template"]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """How to connect to a PostgreSQL server."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def connection(server: str) -> Iterator[Connection[Any]]:
    """A connection to it."""
    with needed("psycopg", "psycopg").connect(server) as opened:
        yield opened


@pytest.fixture
def here(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says where the server is, and who asks it."""
    monkeypatch.setenv("PGHOST", server.split()[0].removeprefix("host="))
    monkeypatch.setenv("PGUSER", "bot")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session of Spark."""
    with spark_session(tmp_path_factory.mktemp("spark")) as session:
        yield session
