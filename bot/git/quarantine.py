"""The quarantine: a temporary folder for every object fetched or built; the repository stays as it is.

In: where the repository keeps its objects, and the caller's environment. Out: the environment of git's
children, in which new objects go to the quarantine and the repository's own can be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

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
    "GIT_PAGER": "cat",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}


def child_environment(
    inherited: Mapping[str, str],
    own_objects: Path | None = None,
    folder: Path | None = None,
) -> dict[str, str]:
    """Variables for a child that reads `own_objects` and writes new ones below `folder`.

    Without the two there is no quarantine yet: just the settings, for finding out where the objects are.
    """
    found = {**_SETTINGS, **config_variables(inherited, _CONFIG)}
    if own_objects is not None and folder is not None:
        alternates = [
            _quoted(str(own_objects)),
            inherited.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", ""),
        ]
        found["GIT_OBJECT_DIRECTORY"] = str(folder / OBJECTS)
        found["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(filter(None, alternates))
    return found


def network_variables(
    child: Mapping[str, str], config: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """What a child that talks to the remote gets on top: time limits, and credentials as configuration."""
    return config_variables(child, (*_NETWORK_CONFIG, *config))


def config_variables(
    inherited: Mapping[str, str], config: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Git configuration as environment variables, appended to what is already passed that way.

    In the environment, because a command line shows in the list of processes.
    """
    try:
        count = int(inherited.get("GIT_CONFIG_COUNT", "0") or "0")
    except ValueError:
        count = 0
    found: dict[str, str] = {}
    for key, value in config:
        found |= {f"GIT_CONFIG_KEY_{count}": key, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return {**found, "GIT_CONFIG_COUNT": str(count)}


def _quoted(path: str) -> str:
    """A path in the list of alternates: quoted as C would where it holds what separates the list."""
    if os.pathsep not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
