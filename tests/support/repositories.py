"""Real git repositories in a temporary folder, and a snapshot that shows every byte a command could touch."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GIT_CONFIG = Path(__file__).with_name("gitconfig")
HERMETIC = {
    "GIT_CONFIG_GLOBAL": str(GIT_CONFIG),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
START = 1_764_547_200
"""Monday 2025-12-01 00:00 UTC: the date of a workshop's first commit; each commit is a minute later."""


@dataclass
class Workshop:
    """A repository to work in."""

    path: Path
    time: int = START

    def git(self, *args: str, feed: bytes | None = None, **extra: str) -> str:
        """Standard output of a git command, which must work."""
        environment = {**os.environ, **HERMETIC, **self._dates(), **extra}
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env=environment,
            input=feed,
            capture_output=True,
            check=False,
        )
        assert not done.returncode, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip("\n")

    def _dates(self) -> dict[str, str]:
        date = f"@{self.time} +0000"
        return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}

    def write(self, files: Mapping[str, bytes | str]) -> None:
        """Put files into the work tree."""
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, files: Mapping[str, bytes | str], message: str = "change", **extra: str
    ) -> str:
        """Commit files on top of what is there; the new SHA."""
        self.write(files)
        if files:
            self.git("add", "--force", "--", *files)
        self.git("commit", "--quiet", "--allow-empty", "-m", message, **extra)
        self.time += 60
        return self.sha("HEAD")

    def sha(self, name: str) -> str:
        """Full SHA of anything git can name."""
        return self.git("rev-parse", "--verify", name)

    def file(self, commit: str, path: str) -> bytes:
        """Exact bytes of a file at a commit."""
        done = subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"],
            cwd=self.path,
            capture_output=True,
            check=True,
        )
        return done.stdout


def new_repository(path: Path, *, bare: bool = False, branch: str = "main") -> Workshop:
    """An empty repository whose first branch is `branch`."""
    path.mkdir(parents=True)
    workshop = Workshop(path)
    how = ("--quiet", "--template=", f"--initial-branch={branch}")
    workshop.git("init", *how, *(["--bare"] if bare else []))
    for name in ("hooks", "info"):  # as git makes them, but without samples to copy about
        (path / ("" if bare else ".git") / name).mkdir()
    return workshop


def with_remote(folder: Path, files: Mapping[str, bytes | str]) -> tuple[Workshop, Workshop]:
    """A work repository with one pushed commit, and its bare remote."""
    remote = new_repository(folder / "remote.git", bare=True)
    work = new_repository(folder / "work")
    work.commit(files)
    work.git("remote", "add", "origin", remote.path.as_uri())
    work.git("push", "--quiet", "origin", "main")
    work.git("fetch", "--quiet", "origin")
    return work, remote


def clone(remote: Workshop, path: Path, *args: str) -> Workshop:
    """A second work repository of the same remote."""
    Workshop(remote.path.parent).git("clone", "--quiet", *args, remote.path.as_uri(), str(path))
    return Workshop(path, remote.time + 3600)


KEPT = "calibration-bot"


def snapshot(*places: Path) -> dict[str, str]:
    """Every file below some folders with a hash of its bytes: index, refs, objects and configuration too.

    Left out is what commands keep for the next one (`bot/git/kept.py`), which changes nobody's answer.
    """
    found = {}
    for place in places:
        for file in sorted(place.rglob("*")):
            if KEPT in file.parts:
                continue
            if file.is_symlink():
                found[str(file)] = f"link to {file.readlink()}"
            elif file.is_file():
                found[str(file)] = hashlib.sha256(file.read_bytes()).hexdigest()
            else:
                found[str(file)] = "folder"
    return found
