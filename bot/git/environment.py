"""Which variables of ours a git child gets: nothing of a surrounding git, and no secret it has no use for.

In: our environment. Out: a child's. Git tells its hooks by variables which repository they run in; a child
of ours works in the repository it was told. Pure, but for `cleaned`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

OF_A_REPOSITORY = frozenset(
    {
        # `git rev-parse --local-env-vars`, except GIT_CONFIG_COUNT: see `_configuration`
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS"),
        *("GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE"),
        *("GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE"),
        *("GIT_PREFIX", "GIT_INTERNAL_SUPER_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR"),
        # what else changes refs, objects, the index or paths
        *("GIT_QUARANTINE_PATH", "GIT_NAMESPACE", "GIT_INDEX_VERSION", "GIT_ATTR_SOURCE"),
        *("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
        *("GIT_DEFAULT_HASH", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_REFLOG_ACTION"),
    }
)
"""Variables by which a git tells its children which repository, index and objects they work on."""
OF_A_HOOK = ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
"""Where the repository a hook runs in keeps what is being committed or pushed at this moment."""

_CONFIGURED = re.compile(r"GIT_CONFIG_(COUNT|KEY_.*|VALUE_.*)")
_WITH_SECRETS = ("http.", "url.", "credential.", "remote.")
_OURS = re.compile(r"CALIBRATION_APP_|INPUT_|ACTIONS_(RUNTIME|ID_TOKEN|CACHE)", re.IGNORECASE)
_SECRET = re.compile(
    r"(^|[_-])(TOKEN|PAT|SECRET|PASS|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY"
    r"|(API|PRIVATE|ACCESS|STORAGE|ACCOUNT)[_-]KEY)([_-]|$)|PASSWORD([_-]|$)",
    re.IGNORECASE,
)
_OF_THE_FORGE = re.compile(r"(GITHUB|GH)_", re.IGNORECASE)


class OwnEnvironment(dict[str, str]):
    """The environment this process was started with, secrets included: in memory only, never shown."""

    def __repr__(self) -> str:
        """How many there are."""
        return f"OwnEnvironment({len(self)} variables)"


@contextmanager
def cleaned() -> Iterator[OwnEnvironment]:
    """Take out of our own environment what no child may inherit meanwhile; gives all there was.

    For the command line: GitPython, whatever it starts, and what any library starts add to our environment.
    A secret reaches a child only where it is handed over.
    """
    held = OwnEnvironment(os.environ)
    kept = local(held)
    _become(kept)
    _HELD.append(held)
    try:
        yield held
    finally:
        _HELD.pop()
        _become(held)


_HELD: list[OwnEnvironment] = []
"""What was taken out, the innermost last."""


@contextmanager
def handed_over() -> Iterator[None]:
    """What was taken out is there again meanwhile: for a library that signs in by it, and starts no git.

    Not what signs us in, or anybody in to the forge: a library may start a child of its own, such as a JVM.
    """
    before = dict(os.environ)
    _become(library({**before, **(_HELD[-1] if _HELD else {})}))
    try:
        yield
    finally:
        _become(before)


def _become(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def local(inherited: Mapping[str, str]) -> dict[str, str]:
    """For a child that stays in the repository, filters and hooks of which are the user's: no secret."""
    kept = {name: value for name, value in _clean(inherited) if not _SECRET.search(name)}
    return kept | config_variables({}, _configuration(inherited, secrets=False))


def network(inherited: Mapping[str, str], *, signed_in: bool) -> dict[str, str]:
    """For a child that talks to the remote: no secret where we sign it in (`signed_in`), else all but ours.

    The user's own way is not known to us: a credential helper reads whichever variable it was written for,
    as `gh auth git-credential` does a forge's token. What is configured stays, as a proxy may need it.
    """
    cleaned_up = _clean(inherited)
    kept = {name: value for name, value in cleaned_up if not (signed_in and _SECRET.search(name))}
    return kept | config_variables({}, _configuration(inherited, secrets=True))


def library(inherited: Mapping[str, str]) -> dict[str, str]:
    """For a library that signs in to a warehouse by a variable of its own: no secret of a forge."""
    return {name: value for name, value in _clean(inherited) if not _forges(name)}


def alone(inherited: Mapping[str, str]) -> dict[str, str]:
    """For a repository of our own: no configuration passed along either."""
    return {name: value for name, value in _clean(inherited) if not _SECRET.search(name)}


def _forges(name: str) -> bool:
    return bool(_OF_THE_FORGE.match(name) and _SECRET.search(name))


def _clean(inherited: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, value in inherited.items():
        known = name.upper()
        around = known in OF_A_REPOSITORY or _CONFIGURED.fullmatch(known)
        if not around and not _OURS.match(known):
            yield name, value


def _configuration(inherited: Mapping[str, str], *, secrets: bool) -> list[tuple[str, str]]:
    """What the user configured by environment variables (`safe.directory`, say), as pairs."""
    try:
        count = int(inherited.get("GIT_CONFIG_COUNT", "0") or "0")
    except ValueError:
        count = 0
    names = (
        (f"GIT_CONFIG_KEY_{at}", f"GIT_CONFIG_VALUE_{at}")
        for at in range(min(count, len(inherited)))
    )
    pairs = [
        (inherited[key], inherited[value])
        for key, value in names
        if key in inherited and value in inherited
    ]
    return [pair for pair in pairs if secrets or not pair[0].lower().startswith(_WITH_SECRETS)]


def config_variables(
    inherited: Mapping[str, str], config: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Git configuration as environment variables, appended to what is already passed that way.

    In the environment, because a command line shows in the list of processes.
    """
    count = int(inherited.get("GIT_CONFIG_COUNT", "0"))
    found: dict[str, str] = {}
    for key, value in config:
        found |= {f"GIT_CONFIG_KEY_{count}": key, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return {**found, "GIT_CONFIG_COUNT": str(count)}
