"""Objects made through the API, in real git, and which commits GitHub calls verified.

The conditions are those of GitHub's documentation ("Signature verification for bots", "Displaying
verification statuses", the mutation `createCommitOnBranch`): GitHub signs what a bot's token makes over
REST with no author, committer or signature of its own, and whatever the mutation makes. What a person's
token makes over REST is unsigned. The signature itself is not modelled: emulate could not carry it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.forge.bare import BareRepository, Signature
from tests.support.forge.wire import Answer, error_answer, json_answer

GITHUB = Signature("GitHub", "noreply@github.com")
"""Who commits what GitHub makes and signs itself."""
_UNSIGNED = {"signature": None, "payload": None, "verified_at": None}


class Stale(Exception):
    """The branch is not where the mutation expects it."""


def owner_of(login: str) -> Signature:
    """Author of what is made with a credential of this login, where none is named."""
    if not login.endswith("[bot]"):
        return Signature(login, f"{login}@example.com")
    number = int(hashlib.sha256(login.encode()).hexdigest()[:6], 16)
    return Signature(login, f"{number}+{login}@users.noreply.github.com")


@dataclass
class Workbench:
    """Makes objects in one repository, and remembers which commits GitHub has signed."""

    repository: BareRepository
    url: str
    """Of the repository in the API."""
    signs: bool = True
    """False: a server whose administrator has not set up signing."""
    _signed: dict[str, str] = field(default_factory=dict)

    def blob(self, said: Mapping[str, Any]) -> Answer:
        """`POST /git/blobs`."""
        data = str(said.get("content", "")).encode()
        if said.get("encoding") == "base64":
            try:
                data = base64.b64decode(data, validate=True)
            except binascii.Error:
                return error_answer(422, "content is not valid Base64")
        sha = self.repository.git("hash-object", "-w", "--stdin", stdin=data)
        return json_answer(201, {"sha": sha, "url": f"{self.url}/git/blobs/{sha}"})

    def tree(self, said: Mapping[str, Any]) -> Answer:
        """`POST /git/trees`, of blobs that are there, on a tree that is there."""
        changes = [(one["mode"], one["sha"], one["path"]) for one in said["tree"]]
        for sha in (*(sha for _, sha, _ in changes), said["base_tree"]):
            if not self._has(sha):
                return error_answer(422, f"tree.sha {sha} is not a valid object")
        sha = self._tree(said["base_tree"], changes)
        return json_answer(
            201,
            {
                "sha": sha,
                "url": f"{self.url}/git/trees/{sha}",
                "truncated": False,
                "tree": self._listed(sha),
            },
        )

    def commit(self, said: Mapping[str, Any], login: str) -> Answer:
        """`POST /git/commits`."""
        for sha in (said["tree"], *said.get("parents", ())):
            if not self._has(sha):
                return error_answer(422, f"{sha} is not a valid object")
        named = any(said.get(key) for key in ("author", "committer", "signature"))
        bots = login.endswith("[bot]") and not named
        author = owner_of(login) if not said.get("author") else _named(said["author"])
        committer = GITHUB if bots and self.signs else author
        sha = self._commit(
            said["tree"], said.get("parents", ()), said["message"], (author, committer), signed=bots
        )
        return json_answer(201, self.shown(sha))

    def on_branch(self, said: Mapping[str, Any], login: str) -> str:
        """`createCommitOnBranch`: SHA of the commit, which its branch is at then. Raises `Stale`."""
        branch, expected = said["branch"]["branchName"], said["expectedHeadOid"]
        if self.repository.head(branch) != expected:
            raise Stale(
                f'Expected branch to point to "{expected}" but it did not. Pull and try again.'
            )
        changes = []
        for one in said["fileChanges"]["additions"]:
            data = base64.b64decode(one["contents"], validate=True)
            blob = self.repository.git("hash-object", "-w", "--stdin", stdin=data)
            changes.append((self._mode(expected, one["path"]), blob, one["path"]))
        tree = self._tree(f"{expected}^{{tree}}", changes)
        body = said["message"].get("body")
        message = said["message"]["headline"] + (f"\n\n{body}" if body else "")
        sha = self._commit(tree, [expected], message, (owner_of(login), GITHUB), signed=True)
        self.repository.set_head(branch, sha)
        return sha

    def shown(self, sha: str) -> dict[str, Any]:
        """A commit as `GET /git/commits/{sha}` shows it; raises `GitFailed` for none."""
        shape = "%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        said = self.repository.git("show", "--no-patch", f"--format={shape}", sha, "--")
        tree, parents, *names, message = said.split("\0")
        author, committer = (
            dict(zip(("name", "email", "date"), part, strict=True))
            for part in (names[:3], names[3:])
        )
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{self.url}/git/commits/{sha}",
            "html_url": f"{self.url}/commit/{sha}",
            "author": author,
            "committer": committer,
            "tree": {"sha": tree, "url": f"{self.url}/git/trees/{tree}"},
            "message": message.rstrip("\n"),
            "parents": [self._parent(parent) for parent in parents.split()],
            "verification": self.verification(sha),
        }

    def verification(self, sha: str) -> dict[str, Any]:
        """What GitHub thinks of a commit's signature."""
        if sha not in self._signed:
            return {"verified": False, "reason": "unsigned", **_UNSIGNED}
        signature = "-----BEGIN PGP SIGNATURE-----\n\nbed\n-----END PGP SIGNATURE-----"
        return {
            "verified": True,
            "reason": "valid",
            "signature": signature,
            "payload": self._signed[sha],
            "verified_at": "2026-01-01T00:00:00Z",
        }

    def _parent(self, sha: str) -> dict[str, str]:
        return {
            "sha": sha,
            "url": f"{self.url}/git/commits/{sha}",
            "html_url": f"{self.url}/commit/{sha}",
        }

    def _has(self, sha: str) -> bool:
        known = self.repository.git("cat-file", "--batch-check", stdin=f"{sha}\n".encode())
        return not known.endswith("missing")

    def _mode(self, commit: str, path: str) -> str:
        listed = self.repository.git("ls-tree", commit, "--", path)
        return listed.split(" ", 1)[0] if listed else "100644"

    def _tree(self, base: str, changes: Sequence[tuple[str, str, str]]) -> str:
        index = self.repository.path / f"index-{os.urandom(8).hex()}"
        lines = "".join(f"{mode} {sha}\t{path}\n" for mode, sha, path in changes)
        with_index = {"GIT_INDEX_FILE": str(index)}
        try:
            self.repository.git("read-tree", base, more=with_index)
            self.repository.git(
                "update-index", "--add", "--index-info", stdin=lines.encode(), more=with_index
            )
            return self.repository.git("write-tree", more=with_index)
        finally:
            index.unlink(missing_ok=True)

    def _commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        names: tuple[Signature, Signature],
        *,
        signed: bool,
    ) -> str:
        now = f"{int(time.time())} +0000"
        author, committer = (f"{one.name} <{one.email}> {now}" for one in names)
        head = "".join(
            f"{key} {value}\n"
            for key, value in (
                ("tree", tree),
                *(("parent", one) for one in parents),
                ("author", author),
                ("committer", committer),
            )
        )
        raw = f"{head}\n{message.rstrip()}\n"  # with a line break at its end, as emulate stores it
        sha = self.repository.git(
            "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode()
        )
        if signed and self.signs:
            self._signed[sha] = raw
        return sha

    def _listed(self, tree: str) -> list[dict[str, Any]]:
        rows = self.repository.git("ls-tree", "-z", "--long", tree).split("\0")[:-1]
        return [_entry(*meta.split(), path) for meta, path in (row.split("\t", 1) for row in rows)]


def _entry(mode: str, kind: str, sha: str, size: str, path: str) -> dict[str, Any]:
    return {"path": path, "mode": mode, "type": kind, "sha": sha} | (
        {"size": int(size)} if size != "-" else {}
    )


def _named(said: Mapping[str, Any]) -> Signature:
    return Signature(said["name"], said["email"])
