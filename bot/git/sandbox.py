"""A throw-away repository with a real bare remote, for the worked example of `demo`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.git import children, environment
from bot.git.process import Answer, failed

_PERSON = ("Ada", "ada@example.com")


class Sandbox:
    """A team's clone and the remote it pushes to, both below one folder of ours."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "team"
        """The team's work tree, on branch `main`."""
        remote = folder / "remote.git"
        for place, bare in ((remote, ("--bare",)), (self.clone, ())):
            place.mkdir(parents=True)
            _git(place, ("init", "-q", "--initial-branch=main", *bare))
        self._run("remote", "add", "origin", str(remote))

    def commit(self, files: Mapping[str, str], message: str, at: datetime) -> None:
        """Write files (path to text), commit them on `main` and push."""
        for path, text in files.items():
            target = self.clone / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        self._run("add", "--all", at=at)
        self._run("commit", "-q", "-m", message, at=at)
        self._run("push", "-q", "origin", "main")

    def merge(self, branch: str, at: datetime) -> None:
        """Merge a branch of the remote into `main`, as a person accepting a pull request does."""
        self._run("fetch", "-q", "origin", branch)
        self._run("merge", "-q", "--no-ff", "-m", f"Merge {branch}", "FETCH_HEAD", at=at)
        self._run("push", "-q", "origin", "main", f":{branch}")

    def branches(self) -> tuple[str, ...]:
        """Names of the remote's branches, sorted."""
        said = self._run("ls-remote", "--heads", "origin").lines
        return tuple(sorted(line.partition("refs/heads/")[2] for line in said))

    def _run(self, *args: str, at: datetime | None = None) -> Answer:
        return _git(self.clone, args, at)


def _git(where: Path, args: tuple[str, ...], at: datetime | None = None) -> Answer:
    answer = children.run(where, args, _environment(at))
    if answer.status:
        raise failed(args, answer)
    return answer


def _environment(at: datetime | None = None) -> dict[str, str]:
    """No configuration or hook of the machine's, nothing of a git around us, a made-up person and date."""
    name, email = _PERSON
    settings = environment.alone(os.environ)
    settings |= {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": "",
    }
    for role in ("AUTHOR", "COMMITTER"):
        settings |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
        if at is not None:
            settings[f"GIT_{role}_DATE"] = at.isoformat()
    return settings
