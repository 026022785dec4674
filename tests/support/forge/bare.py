"""A bare repository on the host's disk: facts the forge reads, and changes people make, as git."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.repositories import GIT_CONFIG

_PROTECTION = """\
#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" protected-refs; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1
  fi
done
"""


def git_environment(home: Path) -> dict[str, str]:
    """An environment in which git sees no configuration but the repository's own and the tests'."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    fixed = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(GIT_CONFIG)}
    return kept | fixed | {"HOME": str(home), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


class GitFailed(AssertionError):
    """A git command of the bed itself failed; the message holds its words."""


class MergeConflict(Exception):
    """Base and head cannot be merged by themselves."""


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    when: str = "now"
    """As git's `GIT_AUTHOR_DATE` takes it: `1764547200 +0000`."""

    @property
    def environment(self) -> dict[str, str]:
        """As git's porcelain takes it, for author and committer."""
        names = {f"GIT_{role}_NAME": self.name for role in ("AUTHOR", "COMMITTER")}
        return names | {f"GIT_{role}_EMAIL": self.email for role in ("AUTHOR", "COMMITTER")}

    @property
    def stream(self) -> str:
        """As `git fast-import` takes it."""
        return f"{self.name} <{self.email}> {self.when}"


@dataclass(frozen=True)
class Difference:
    """What a pull request changes."""

    commits: int
    changed_files: int
    additions: int
    deletions: int


@dataclass(frozen=True)
class BareRepository:
    """One `OWNER/REPO.git` below the host's root."""

    root: Path
    full_name: str
    """`acme/widget`."""

    @property
    def path(self) -> Path:
        """The folder git serves."""
        return self.root / f"{self.full_name}.git"

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        by: Signature | None = None,
        more: Mapping[str, str] | None = None,
    ) -> str:
        """Run git here and return its output, final newline stripped; raises `GitFailed`."""
        return self.git_bytes(*arguments, stdin=stdin, by=by, more=more).decode().rstrip("\n")

    def git_bytes(
        self,
        *arguments: str,
        stdin: bytes = b"",
        by: Signature | None = None,
        more: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run git here and return its output as it is; raises `GitFailed`."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            env=git_environment(self.root)
            | ({} if by is None else by.environment)
            | dict(more or {}),
            check=False,
        )
        if done.returncode != 0:
            raise GitFailed(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
        return done.stdout

    def create(self, default_branch: str = "main") -> None:
        """Make it, empty."""
        self.path.mkdir(parents=True)
        self.git(
            "init", "--quiet", "--bare", f"--initial-branch={default_branch}", "--template=", "."
        )
        # GitHub gives whatever is asked for by its SHA, reachable or not.
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")

    def heads(self) -> dict[str, str]:
        """Branch → SHA, for all branches."""
        listed = self.git(
            "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"
        )
        return {
            name: sha for sha, name in (line.split(" ", 1) for line in listed.split("\n") if line)
        }

    def head(self, branch: str) -> str | None:
        """The SHA of a branch, or None."""
        return self.heads().get(branch)

    def refs(self) -> dict[str, str]:
        """Full ref name → SHA, for everything a remote can see."""
        listed = self.git("for-each-ref", "--format=%(objectname) %(refname)")
        return {
            name: sha for sha, name in (line.split(" ", 1) for line in listed.split("\n") if line)
        }

    def text(self, revision: str, path: str) -> str:
        """A file as it is at a revision, byte for byte."""
        return self.git_bytes("cat-file", "blob", f"{revision}:{path}").decode()

    def blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        """The contents of these blobs, by one process."""
        wanted = "".join(f"{sha}\n" for sha in shas).encode()
        if not wanted:
            return {}
        output, found, position = self.git_bytes("cat-file", "--batch", stdin=wanted), {}, 0
        while position < len(output):
            line_end = output.index(b"\n", position)
            sha, _, size = output[position:line_end].decode().split()
            position = line_end + 1 + int(size) + 1
            found[sha] = output[line_end + 1 : position - 1]
        return found

    def contains(self, commit: str, branch_tip: str) -> bool:
        """Whether `commit` is reachable from `branch_tip`."""
        return self.git("rev-list", "--max-count=1", commit, f"^{branch_tip}") == ""

    def _related(self, base: str, head: str) -> bool:
        """Whether two commits have one in common."""
        try:
            return bool(self.git("merge-base", base, head))
        except GitFailed:
            return False

    def difference(self, base: str, head: str) -> Difference:
        """What a pull request of `head` into `base` shows."""
        start = self.git("merge-base", base, head) if self._related(base, head) else base
        rows = [
            line.split("\t")
            for line in self.git("diff", "--numstat", "-z", f"{start}..{head}").split("\0")
            if line
        ]
        added, deleted = (
            sum(int(row[column]) for row in rows if row[column] != "-") for column in (0, 1)
        )
        commits = int(self.git("rev-list", "--count", f"{base}..{head}"))
        return Difference(commits, len(rows), added, deleted)

    def merged_tree(self, base: str, head: str) -> str:
        """The tree of the merge of two commits; raises `MergeConflict`."""
        try:
            return self.git("merge-tree", "--write-tree", base, head).split("\n")[0]
        except GitFailed as failed:
            raise MergeConflict(str(failed)) from failed

    def commit_tree(
        self, tree: str, parents: Iterable[str], message: str, author: Signature
    ) -> str:
        """Make a commit object; returns its SHA."""
        flags = [flag for parent in parents for flag in ("-p", parent)]
        text = message if message.endswith("\n") else message + "\n"
        return self.git("commit-tree", tree, *flags, stdin=text.encode(), by=author)

    def rebased(self, base: str, head: str, committer: Signature) -> str:
        """`head`'s commits put on top of `base`; returns the new tip, raises `MergeConflict`."""
        with tempfile.TemporaryDirectory(dir=self.root) as folder:
            tree = str(Path(folder) / "tree")
            self.git("worktree", "add", "--quiet", "--detach", tree, head)
            try:
                self.git("-C", tree, "rebase", "--quiet", "--force-rebase", base, by=committer)
                return self.git("-C", tree, "rev-parse", "HEAD")
            except GitFailed as failed:
                raise MergeConflict(str(failed)) from failed
            finally:
                self.git("worktree", "remove", "--force", tree)

    def commit(
        self,
        branch: str,
        files: Mapping[str, str | None],
        message: str,
        author: Signature,
        start: str | None = None,
    ) -> str:
        """Add a commit to a branch (created if missing, from `start`); a file of None is deleted.

        Returns the new SHA. Hooks do not run: this is the host's own hand.
        """
        parent = (
            self.head(branch) if start is None else self.git("rev-parse", f"{start}^{{commit}}")
        )
        data = message if message.endswith("\n") else message + "\n"
        lines = (f"commit refs/heads/{branch}", f"author {author.stream}")
        stream = "\n".join((*lines, f"committer {author.stream}\n")).encode() + _data(data)
        if parent is not None:
            stream += f"from {parent}\n".encode()
        for path, text in files.items():
            stream += _change(path, text)
        dates = "now" if author.when == "now" else "raw"
        self.git("fast-import", "--quiet", "--force", f"--date-format={dates}", stdin=stream)
        return self.git("rev-parse", f"refs/heads/{branch}")

    def set_head(self, branch: str, sha: str | None) -> None:
        """Move a branch, or delete it (None), whatever it holds."""
        ref = f"refs/heads/{branch}"
        arguments = ("-d", ref) if sha is None else (ref, sha)
        self.git("update-ref", *arguments)

    def protect(self, *branches: str) -> None:
        """Refuse every push to these branches from now on, in GitHub's words; none: allow all."""
        listed = "".join(f"refs/heads/{branch}\n" for branch in branches)
        (self.path / "protected-refs").write_text(listed, encoding="utf-8")
        hook = self.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_PROTECTION, encoding="utf-8")
        hook.chmod(0o755)

    def is_protected(self, branch: str) -> bool:
        """Whether `protect` names this branch."""
        listed = self.path / "protected-refs"
        return listed.exists() and f"refs/heads/{branch}" in listed.read_text().splitlines()


def _change(path: str, text: str | None) -> bytes:
    """One file of a commit in git's fast-import stream; None deletes it."""
    if text is None:
        return f"D {path}\n".encode()
    return f"M 100644 inline {path}\n".encode() + _data(text)


def _data(text: str) -> bytes:
    """A `data` block of git's fast-import stream."""
    raw = text.encode()
    return f"data {len(raw)}\n".encode() + raw + b"\n"
