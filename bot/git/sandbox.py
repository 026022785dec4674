"""A throw-away repository with a real bare remote, for the worked example of `demo`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import git

_PERSON = ("Ada", "ada@example.com")


class Sandbox:
    """A team's clone and the remote it pushes to, both below one folder of ours."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "team"
        """The team's work tree, on branch `main`."""
        remote = folder / "remote.git"
        for place, bare in ((remote, ("--bare",)), (self.clone, ())):
            place.mkdir(parents=True)
            git.Git(str(place)).init("-q", "--initial-branch=main", *bare, env=_environment())
        self._git = git.Git(str(self.clone))
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
        said = self._run("ls-remote", "--heads", "origin")
        return tuple(sorted(line.partition("refs/heads/")[2] for line in said.split("\n") if line))

    def _run(self, *args: str, at: datetime | None = None) -> str:
        command = [git.Git.GIT_PYTHON_GIT_EXECUTABLE, *args]
        return str(self._git.execute(command, env=_environment(at)))


def _environment(at: datetime | None = None) -> dict[str, str]:
    """No configuration of the machine's, a made-up person, and a date if there is one."""
    name, email = _PERSON
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        settings |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
        if at is not None:
            settings[f"GIT_{role}_DATE"] = at.isoformat()
    return settings
