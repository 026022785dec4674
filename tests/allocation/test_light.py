"""What `model` imports stays light."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("tomlkit", "pydantic", "duckdb", "git", "github", "rich")
MODULES = (
    "allocation.names",
    "allocation.toml",
    "allocation.ladder",
    "allocation.rules",
    "allocation.table",
    "allocation.asking",
    "allocation.assignments",
    "gates.floors",
)


def test_looking_up_a_model_loads_no_library() -> None:
    """Only the edit stands on tomlkit; nothing else of the room loads any dependency."""
    imports = ", ".join(f"bot.{module}" for module in MODULES)
    script = f"import sys, {imports}; print(sorted(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
