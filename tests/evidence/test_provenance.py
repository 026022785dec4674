"""What the rows of an SD were collected from is found however the logs are packed (issue 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.evidence.provenance import provenance
from bot.paths import LogFile
from tests.support.packed import PACKINGS, packed

DESIGN = Cell("EXEC", "DESIGN")
FACT = "https://github.com/acme/widget/pull/7#pullrequestreview-12"


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_a_row_was_collected_from_is_found_in_every_packing(
    tmp_path: Path, packing: str
) -> None:
    row = {"ts": "2025-12-03T10:00:00Z", "sd": "SD-1", "phase": "EXEC", "agent": "DESIGN"}
    rows = [
        {**row, "rework": True, "note": f"{FACT} slow", "source": "github", "id": "a"},
        {**row, "rework": True, "note": "typed by hand", "id": "b"},
    ]
    file = tmp_path / f"rework{packing}"
    file.write_bytes(packed(rows, packing, tmp_path))
    found = provenance([LogFile(file.name, file)], {(DESIGN, "SD-1")}, ("EXEC",), 2**62)
    assert found == {(DESIGN, "SD-1"): (f"{FACT} slow",)}
