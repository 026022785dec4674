"""Where the reusable workflows are that a repository calls: `OWNER/NAME@REF`.

In: what the user says, or the installed package's metadata. Out: a `WorkflowSource`, and the two callers.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bot.errors import BotError, UsageError
from bot.git.repository import Repository

CALLERS = (".github/workflows/calibrate.yml", ".github/workflows/guard.yml")
"""Paths of the workflows that call this project's; the templates have the same names."""
_SOURCE = re.compile(
    r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)@(?P<ref>[A-Za-z0-9][\w./-]*)", re.ASCII
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HOSTED = re.compile(
    r"https://[A-Za-z0-9.-]+/(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)
_CLONED = re.compile(
    r"(?:https://(?:[^/@]*@)?[A-Za-z0-9.-]+/|(?:ssh://)?git@[A-Za-z0-9.-]+[:/])"
    r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)
_LABELS = ("repository", "source", "source code", "homepage")
"""Under which names a package's metadata gives its repository, the surest first."""
_TAG = (
    " # zizmor: ignore[unpinned-uses] jactionlint ignore=unpinned-uses a release; a commit is surer"
)


class WorkflowSource(NamedTuple):
    """A repository with this project's workflows, and which of its commits."""

    repository: str
    """`OWNER/NAME`."""
    ref: str
    """A full commit id, or a tag or branch, which whoever may write there can move."""

    @property
    def pinned(self) -> bool:
        """Whether the ref is a commit."""
        return _COMMIT.fullmatch(self.ref) is not None

    def caller(self, path: str) -> str:
        """The workflow at one of `CALLERS`."""
        name = path.rpartition("/")[2]
        template = files("bot.adoption").joinpath("templates", name).read_text("utf-8")
        pin = "" if self.pinned else _TAG
        return template.format(repository=self.repository, ref=self.ref, pin=pin)


def read_source(text: str) -> WorkflowSource:
    """What `--source` says. Raises UsageError."""
    found = _SOURCE.fullmatch(text)
    if found is None or ".." in text or text.endswith(("/", ".", ".lock")):
        raise UsageError(
            "--source takes OWNER/NAME@REF: a repository and a commit, tag or branch of it"
        )
    return WorkflowSource(found["repository"], found["ref"])


def installed_source() -> WorkflowSource | None:
    """Where the metadata of the installed package says that it is from; None where it does not say."""
    try:
        package = distribution("calibration-bot")
    except PackageNotFoundError:  # a checkout that is run as it is
        return None
    direct = json.loads(
        package.read_text("direct_url.json") or "{}"
    )  # PEP 610: pip install git+https://…
    hosted = _HOSTED.fullmatch(direct.get("url", ""))
    if hosted and "commit_id" in direct.get("vcs_info", {}):
        return WorkflowSource(hosted["repository"], direct["vcs_info"]["commit_id"])
    cloned = _of_clone(direct.get("url", ""))
    if cloned is not None:
        return cloned
    pairs = (line.partition(",") for line in package.metadata.get_all("Project-URL") or [])
    named = {label.strip().lower(): url.strip() for label, _, url in pairs}
    found = (_HOSTED.fullmatch(named.get(label, "")) for label in _LABELS)
    hosted = next(filter(None, found), None)
    return None if hosted is None else WorkflowSource(hosted["repository"], f"v{package.version}")


def _of_clone(url: str) -> WorkflowSource | None:
    """Where a clone that the package was installed from is from: its origin, at a commit that origin has."""
    folder = Path(unquote(urlsplit(url).path))
    if not url.startswith("file:///") or not (folder / ".git").exists():
        return None
    try:
        with Repository.open(folder, shallow=True) as clone:
            origin = clone.run("config", "--get", "remote.origin.url").text
            commit = clone.check("rev-parse", "HEAD").text
            known = clone.run("for-each-ref", "--contains", commit, "refs/remotes/origin").out
    except BotError:  # whatever is wrong with it, it names nothing
        return None
    hosted = _CLONED.fullmatch(origin.strip())
    return WorkflowSource(hosted["repository"], commit.strip()) if hosted and known else None
