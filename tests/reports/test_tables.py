"""The resolved table in its three forms, from modules that start fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bot.allocation.rules import read_rules
from bot.allocation.table import read_table
from bot.binding.table_document import table_json
from bot.reports.tables import table_markdown, table_text
from tests.support import golden
from tests.support.markdown import obeyed, render

GOLDEN = Path(__file__).parent / "golden"
CONFIG = Path(__file__).parents[2] / "config"
RULES = read_rules((CONFIG / "policy.toml").read_text("utf-8"), "policy.toml")
TABLE = read_table((CONFIG / "overrides.toml").read_text("utf-8"), "overrides.toml", RULES)
BELOW = read_table('default = "haiku"\n[EXEC]\nSECURITY = "sonnet"\n', "overrides.toml", RULES)


def test_the_shipped_table_as_text():
    golden.check(GOLDEN / "table.txt", table_text(TABLE, RULES))


def test_the_shipped_table_as_markdown():
    text = table_markdown(TABLE, RULES)
    golden.check(GOLDEN / "table.md", text)
    page = render(text)
    assert page.tags.count("tr") == 16
    assert obeyed(page) == []


def test_the_table_as_json_has_every_cell_in_phase_order():
    document = json.loads(table_json(TABLE, RULES))
    assert document["phases"] == ["LEAD", "PLAN", "EXEC"]
    cells = document["cells"]
    assert len(cells) == 3 * 15
    assert [cell["phase"] for cell in cells] == ["LEAD"] * 15 + ["PLAN"] * 15 + ["EXEC"] * 15
    assert {
        "phase": "PLAN",
        "agent": "RETRO",
        "model": "sonnet",
        "declared": "sonnet",
        "explicit": False,
        "gate": False,
        "floor": None,
    } in cells


def test_what_is_shown_is_the_resolved_model():
    """A gate declared below its floor, or not at all, resolves to the floor."""
    cells = json.loads(table_json(BELOW, RULES))["cells"]
    security = [c for c in cells if c["agent"] == "SECURITY"]
    assert [c["model"] for c in security] == ["opus"] * 3
    assert [c["declared"] for c in security] == ["haiku", "haiku", "sonnet"]
    assert "| `SECURITY` | **`opus`** | **`opus`** | **`opus`** |" in table_markdown(BELOW, RULES)


def test_nothing_heavy_is_imported():
    heavy = "{'pydantic', 'duckdb', 'git', 'github', 'tomlkit', 'rich'}"
    code = f"import sys, bot.reports.tables; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
