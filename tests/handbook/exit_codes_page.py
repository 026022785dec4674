"""`.github/EXIT-CODES.md`: what the command line ends with."""

from __future__ import annotations

from bot.errors import EXIT_CODES
from tests.handbook.markdown_rows import cell, rows

_HEAD = """# Exit codes

Generated from the code (`python -m tests.handbook`). A command keeps its code when its reader leaves
(`calibration-bot guard … | head`). What a workflow is told in annotations goes to stderr, so that stdout
stays the document.

"""


def exit_codes_page() -> str:
    """The page."""
    return _HEAD + rows(
        ("code", "means"), [(str(number), cell(said)) for number, said in EXIT_CODES.items()]
    )
