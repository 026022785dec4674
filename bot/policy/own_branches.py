"""Branches that are the bot's own, by name: people and policies call nothing else so. Pure."""

from __future__ import annotations

WEEKLY_BRANCH = "calibration/weekly"
ADHOC_PREFIX = "calibration/adhoc-"
BACKUP_PREFIX = "calibration/backup/"
"""Where the head of a branch that is taken over is kept."""
SIGNING_PREFIX = "calibration/signing/"
"""Where GitHub makes the commits that it signs for a person's token; gone when they are made."""
_PREFIXES = (ADHOC_PREFIX, BACKUP_PREFIX, SIGNING_PREFIX)


def is_own(branch: str) -> bool:
    """Whether the bot proposes from a branch of that name, keeps there what one lost, or has it signed."""
    name = branch.casefold()
    return name == WEEKLY_BRANCH or name.startswith(_PREFIXES)


def leaves_no_room(branch: str) -> bool:
    """Whether a branch is the bot's own, or git cannot keep it beside those: no branch is a folder of one."""
    folder = f"{branch.casefold()}/"
    above = any(own.startswith(folder) for own in (WEEKLY_BRANCH, *_PREFIXES))
    return is_own(branch) or above or folder.startswith(f"{WEEKLY_BRANCH}/")
