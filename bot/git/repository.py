"""The repository: everything the bot reads from git and writes to it.

In: a path. Out: plain values. The user's work tree, index, current branch and configuration are never
touched; every object fetched or built stays in a quarantine until it is pushed or stored.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from bot.errors import BotError
from bot.git import base, children, commits, environment, history, index, remote, uncommitted
from bot.git.base import Base
from bot.git.children import BatchChild
from bot.git.credentials import Credentials
from bot.git.history import Commit, FileChange, FileVersion, Identity, Merge
from bot.git.hook import told_as_hook
from bot.git.no_repository import CUT_OFF, a_folder, no_line_break, not_opened
from bot.git.objects import Entry, Objects
from bot.git.process import Answer, failed
from bot.git.quarantine import OBJECTS, child_environment, network_config
from bot.paths import LogFile
from bot.scratch import make_folder, remove_folder


class Repository(AbstractContextManager["Repository"]):
    """One opened repository; use as a context manager, so that the quarantine goes."""

    def __init__(
        self,
        root: Path,
        objects: Path,
        bare: bool,
        credentials: Credentials | None,
        around: Mapping[str, str],
        hook: Mapping[str, str],
    ) -> None:
        self.root = root
        """Top of the work tree; the git folder where there is none."""
        self.bare = bare
        """Whether there is no work tree."""
        self.objects = objects
        """Its own object database."""
        self.folder = make_folder()
        """Our temporary folder, the quarantine in it."""
        (self.folder / OBJECTS).mkdir()
        self.secret = around.get("CALIBRATION_APP_PRIVATE_KEY", "").encode()
        """What only whoever started us knows and hands to every run: the App's key; empty for none."""
        self._credentials = credentials
        local = {**environment.local(around), **hook}
        self._environment = child_environment(local, objects, self.folder)
        passed = {**environment.network(around, signed_in=credentials is not None), **hook}
        config = network_config(credentials.config() if credentials else ())
        ours = child_environment(passed, objects, self.folder)
        self._network = {**ours, **environment.config_variables(ours, config)}

    @classmethod
    def open(
        cls,
        path: Path,
        credentials: Credentials | None = None,
        *,
        shallow: bool = False,
        around: Mapping[str, str] | None = None,
    ) -> Repository:
        """The repository that holds `path`. `shallow`: whether a clone without its past will do.

        `around`: the environment that we were started with, where ours has been cleaned meanwhile: what a
        git around us tells its hook, and what signs the user in to the remote, is in there.
        Raises NoRepository where there is none, BotError for a shallow clone that will not do.
        """
        a_folder(path)
        ask = ("--is-shallow-repository", "--is-bare-repository", "--path-format=absolute")
        where = ("--git-path", "objects", "--git-dir", "--show-toplevel")
        args = ("rev-parse", *ask, *where)
        around = os.environ if around is None else around
        ours = child_environment(environment.local(around))
        answer = children.run(path, args, ours)
        if len(answer.lines) < 4:
            raise not_opened(path, answer)
        no_line_break(path, answer)
        hook = told_as_hook(around, answer.lines[3])
        if hook:
            answer = children.run(path, args, {**ours, **hook})
        cut_off, _, objects, folder, *tree = answer.lines
        if cut_off == "true" and not shallow:
            raise BotError(CUT_OFF)
        root = Path(tree[0] if tree else folder)
        return cls(root, Path(objects), not tree, credentials, around, hook)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the object reader and remove the quarantine."""
        if "_reader" in self.__dict__:
            self._reader.close()
        if "_child" in self.__dict__:
            self._child.close()
        remove_folder(self.folder)

    # ------------------------------------------------------------ running git

    def run(
        self,
        *args: str,
        feed: bytes = b"",
        extra: Mapping[str, str] | None = None,
        network: bool = False,
    ) -> Answer:
        """Run a git command to its end, whatever its status. `network`: with credentials.

        Raises BotError where something killed it: that is no answer.
        """
        variables = {**(self._network if network else self._environment), **(extra or {})}
        secrets = self._credentials.secrets if self._credentials else ()
        return children.run(self.root, args, variables, feed, secrets)

    def check(
        self, *args: str, feed: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a git command that has no business failing. Raises BotError with git's words if it does."""
        answer = self.run(*args, feed=feed, extra=extra)
        if answer.status:
            raise failed(args, answer)
        return answer

    def fields(self, *args: str) -> Generator[bytes, None, None]:
        """What a git command prints, parted at NUL, while it runs. Raises BotError where it fails."""
        return children.fields(self.root, args, self._environment)

    @cached_property
    def _child(self) -> BatchChild:
        return BatchChild(self.root, self._environment)

    @cached_property
    def _reader(self) -> Objects:
        return Objects(self._child.talk)

    # ---------------------------------------------------------------- reading

    def base(self, configured: str | None = None) -> Base:
        """The base branch as of now: `configured`, else the remote's HEAD, else the current branch.

        Asks the remote once and fetches into the quarantine what is missing. Raises BotError where there is
        no such branch, no commit, or no remote to be reached.
        """
        return base.find_base(self, self._reader, configured)

    def tip(self, of: Base, branch: str) -> str | None:
        """Newest commit of another branch, seen when base was, fetched if missing; None without one."""
        return base.tip(self, self._reader, of, branch)

    def read(self, commit: str, path: str) -> bytes | None:
        """Exact bytes of a file at a commit or tree, None for no such file.

        Raises InvalidInput for a link, a submodule, a folder, and a file above 1 MiB.
        """
        return self._reader.read(commit, path)

    def read_plain(self, commit: str, path: str) -> bytes | None:
        """As `read`, but None also for what `read` refuses."""
        return self._reader.read_plain(commit, path)

    def logs(self, commit: str, glob: str) -> tuple[LogFile, ...]:
        """Log files of a commit, by path, stored in the quarantine under our own names.

        `*` stays within a folder, `**` crosses folders. Raises InvalidInput for links and submodules.
        """
        return self.laid_out(self.listed(commit, glob))

    def listed(self, commit: str, glob: str) -> tuple[tuple[str, str], ...]:
        """Path and blob of the log files of a commit; otherwise as `logs`."""
        return self._reader.listed(commit, glob)

    def laid_out(self, files: Sequence[tuple[str, str]]) -> tuple[LogFile, ...]:
        """Log files that were `listed`, stored as `logs` does."""
        return self._reader.export(files, self.folder / "logs")

    def paths(self, commit: str, glob: str, *, links: bool = False) -> list[str]:
        """Paths of a commit's regular files (and links) that a glob matches, in no order."""
        return self._reader.paths(commit, glob, links=links)

    def uncommitted(self, glob: str, commit: str) -> tuple[str, ...]:
        """Log files of the work tree, by path, that hold something `commit` has not been given.

        Changed, untracked and ignored files, and what only the current branch has committed.
        """
        return () if self.bare else uncommitted.uncommitted(self, glob, commit)

    def versions(self, commit: str, path: str) -> tuple[FileVersion, ...]:
        """Versions of a file along the first-parent line, oldest first; `data` None where it was removed."""
        return history.versions(self, self._reader, commit, path)

    def commits_between(self, base: str, head: str) -> tuple[Commit, ...]:
        """Commits that `head` has and `base` has not, oldest first."""
        return history.commits_between(self, base, head)

    def changed(self, before: str, after: str) -> tuple[FileChange, ...]:
        """Every path at which two commits or trees differ; a move is two paths."""
        return history.changed(self, before, after)

    def merge(self, base: str, head: str) -> Merge:
        """How merging `head` into `base` would end; `read(merge.tree, path)` gives a file of the result."""
        return history.merge(self, base, head)

    def resolve(self, name: str, *, own_first: bool = False) -> str | None:
        """Full SHA of the commit a name stands for, None if it stands for none.

        Branches before tags, the remote's first unless `own_first`. Raises BotError for an ambiguous name.
        """
        return index.resolve(self, name, own_first=own_first)

    def entries(self, tree: str) -> Mapping[str, Entry]:
        """What stands in one tree, by name; `COMMIT^{tree}` is a commit's top."""
        return self._reader.entries(tree)

    def blob(self, sha: str, limit: int) -> bytes | None:
        """The bytes of a blob, None if there are more of them than `limit`."""
        return None if self._reader.size(sha) > limit else self._reader.blob(sha)

    def staged(self) -> str:
        """SHA of the tree that the index would commit. Raises BotError while it holds conflicts."""
        return index.staged(self)

    def moved_to(self, before: str, after: str, path: str) -> str | None:
        """Where a file of tree `before` went in tree `after`, edited or not; None if it is nowhere."""
        return index.moved_to(self, before, after, path)

    def attributes(
        self, tree: str, names: Sequence[str], paths: Sequence[str]
    ) -> tuple[tuple[str, str, str], ...]:
        """What the `.gitattributes` of a tree give some paths: path, attribute, value.

        Raises DamagedTree for a tree that git checks out nowhere.
        """
        return index.attributes(self, tree, names, paths)

    def touching(self, commit: str, *paths: str) -> Iterator[str]:
        """First-parent commits up to `commit` that changed any of the files, newest first."""
        return index.touching(self, commit, paths)

    # ---------------------------------------------------------------- writing

    def commit(
        self, parent: str, files: Mapping[str, bytes], message: str, identity: Identity, time: int
    ) -> str:
        """SHA of a commit on `parent` in which `files` hold what they say, by path; in the quarantine only.

        Modes kept, bytes unfiltered, both dates `time` (seconds since the epoch, UTC): the same arguments
        give the same SHA.
        """
        return commits.commit(self, self._reader, parent, files, message, identity, time)

    def push(self, of: Base, branch: str, sha: str, expected: str | None) -> None:
        """Make the remote's branch point to `sha`, if it still is at `expected` (None: absent).

        Raises BranchMoved where it is not, BotError with the server's words where it refuses.
        """
        remote.push(self, of.needed_remote, branch, sha, expected)

    def delete_branch(self, of: Base, branch: str, expected: str) -> None:
        """Delete the remote's branch, if it still is at `expected`; already gone is fine."""
        remote.delete(self, of.needed_remote, branch, expected)

    def store_branch(self, branch: str, sha: str, expected: str | None) -> None:
        """Make this repository's branch point to `sha`, if it is at `expected` (None: absent).

        Raises BotError where it has moved or is checked out in any work tree.
        """
        commits.set_branch(self, branch, sha, expected)

    def follow(self, remote_name: str, branch: str, sha: str) -> bool:
        """Make the branch as last fetched hold `sha`, as a fetch would; whether it does now."""
        return commits.follow(self, f"refs/remotes/{remote_name}/{branch}", sha)

    def tracked(self) -> frozenset[str]:
        """Paths of every file that the index knows."""
        return index.tracked(self)

    def remove_branch(self, branch: str, expected: str) -> None:
        """Delete this repository's branch, if it is at `expected`. Raises BotError otherwise."""
        commits.remove(self, branch, expected)

    def checked_out(self, branch: str) -> Path | None:
        """The work tree that has a branch checked out, None for none."""
        return commits.checked_out(self, branch)

    def local_branches(self) -> Mapping[str, str]:
        """SHA of each branch of this repository, by name."""
        return base.local_branches(self)
