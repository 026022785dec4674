"""The quarantine: a temporary folder for every object fetched or built; the repository stays as it is.

In: where the repository keeps its objects, and what a child may inherit (see `environment`). Out: the
environment of git's children, in which new objects go to the quarantine and the repository's own can be
read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.git.environment import config_variables

OBJECTS = "objects"

# What a child must not do or depend on, whatever the user's own configuration says.
_CONFIG = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.splitIndex", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("log.showSignature", "false"),
    ("log.follow", "false"),
    ("commit.gpgSign", "false"),
    ("push.gpgSign", "false"),
    ("push.followTags", "false"),
    ("i18n.commitEncoding", "utf-8"),
    ("i18n.logOutputEncoding", "utf-8"),
)
# A server that falls silent must not hold the run for hours.
_NETWORK_CONFIG = (("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "60"))
_SETTINGS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",  # git has advice to give about one that is there
    "GIT_PAGER": "cat",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}


def child_environment(
    inherited: Mapping[str, str],
    own_objects: Path | None = None,
    folder: Path | None = None,
) -> dict[str, str]:
    """The environment of a child that reads `own_objects` and writes new ones below `folder`.

    Without the two there is no quarantine yet: just the settings, for finding out where the objects are.
    """
    found = {**inherited, **_SETTINGS, **config_variables(inherited, _CONFIG)}
    if own_objects is not None and folder is not None:
        alternates = [
            _quoted(str(own_objects)),
            inherited.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", ""),
        ]
        found["GIT_OBJECT_DIRECTORY"] = str(folder / OBJECTS)
        found["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(filter(None, alternates))
    return found


def network_config(config: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What a child that talks to the remote is told on top: time limits, and credentials."""
    return (*_NETWORK_CONFIG, *config)


def _quoted(path: str) -> str:
    """A path in the list of alternates: quoted as C would where it holds what separates the list."""
    if os.pathsep not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
