"""The generated pages by their file names, and the picture's."""

from __future__ import annotations

from collections.abc import Callable

from tests.handbook.commands_page import commands_page
from tests.handbook.exit_codes_page import exit_codes_page
from tests.handbook.policy_page import policy_page

PAGES: dict[str, Callable[[], str]] = {
    "POLICY.md": policy_page,
    "COMMANDS.md": commands_page,
    "EXIT-CODES.md": exit_codes_page,
}
PICTURE = "pull-request.svg"
