"""Carries what git holds into the emulator, with identical SHAs, before any API request is answered.

Objects go through emulate's git-data API: one call per commit's tree (texts inline, other blobs
before it), one per commit, one per ref. Emulate computes the SHAs itself; a difference is reported.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from tests.support.forge.bare import BareRepository
from tests.support.forge.emulator import ADMINISTRATOR, OWNER, Emulator

_WHO = re.compile(r"(?P<name>.*?) ?<(?P<email>.*)> (?P<seconds>\d+) (?P<zone>[+-]\d{4})$")


class MirrorFailed(Exception):
    """An object cannot be carried over with the same SHA."""


class Mirror:
    """What one emulator already holds of one repository."""

    def __init__(self, emulator: Emulator, repository: BareRepository) -> None:
        self._emulator = emulator
        self._repository = repository
        owner = repository.full_name.partition("/")[0]
        self._login = ADMINISTRATOR if owner == OWNER else owner
        self._objects: set[str] = set()
        self.heads: dict[str, str] = {}
        """Branch → SHA as last carried over."""

    def forget(self, branch: str) -> None:
        """The emulator moved this branch by itself: set it again at the next update."""
        if branch in self.heads:
            self.heads[branch] = ""

    def update(self) -> set[str]:
        """Carry over what is new; returns the branches that are gone. Raises `MirrorFailed`."""
        wanted = self._repository.heads()
        if wanted == self.heads:
            return set()
        for commit in self._new_commits(set(wanted.values())):
            self._carry_commit(commit)
        for branch, sha in wanted.items():
            if self.heads.get(branch) != sha:
                self._carry_ref(branch, sha)
        gone = set(self.heads) - set(wanted)
        for branch in gone:
            self._emulator.as_login(
                self._login, "DELETE", self._url(f"git/refs/heads/{quote(branch)}")
            )
        self.heads = wanted
        return gone

    def _url(self, rest: str) -> str:
        return f"/repos/{self._repository.full_name}/{rest}"

    def _new_commits(self, tips: set[str]) -> list[str]:
        tips -= self._objects
        if not tips:
            return []
        known = [f"^{sha}" for sha in self.heads.values() if sha]
        listed = self._repository.git("rev-list", "--reverse", "--topo-order", *tips, *known)
        return [sha for sha in listed.split("\n") if sha and sha not in self._objects]

    def _post(self, kind: str, body: dict[str, Any], sha: str) -> None:
        reply = self._emulator.as_login(self._login, "POST", self._url(f"git/{kind}"), body)
        if reply.status != 201 or f'"sha":"{sha}"'.encode() not in reply.body:
            raise MirrorFailed(
                f"emulate does not store {kind} {sha} unchanged: {reply.body[:200]!r}"
            )
        self._objects.add(sha)

    def _carry_commit(self, sha: str) -> None:
        raw = self._repository.git_bytes("cat-file", "commit", sha).decode()
        head, _, message = raw.partition("\n\n")
        fields = [line.split(" ", 1) for line in head.split("\n")]
        single = {row[0]: row[1] for row in fields if len(row) == 2}
        self._carry_tree(single["tree"])
        body = {
            "message": message,
            "tree": single["tree"],
            "parents": [row[1] for row in fields if row[0] == "parent"],
            "author": _person(single["author"]),
            "committer": _person(single["committer"]),
        }
        self._post("commits", body, sha)

    def _carry_tree(self, sha: str) -> None:
        if sha in self._objects:
            return
        listed = self._repository.git("ls-tree", "-r", "-z", sha).split("\0")[:-1]
        rows = [(*meta.split(), path) for meta, path in (line.split("\t", 1) for line in listed)]
        new = {blob for _, kind, blob, _ in rows if kind == "blob"} - self._objects
        contents = self._repository.blobs(new)
        entries = [
            {"path": path, "mode": mode, "type": kind} | self._content(entry, contents)
            for mode, kind, entry, path in rows
        ]
        self._post("trees", {"tree": entries}, sha)

    def _content(self, sha: str, contents: dict[str, bytes]) -> dict[str, str]:
        """How a tree names an entry: a new text inline, everything else by its SHA."""
        raw = contents.get(sha)
        if raw is None or sha in self._objects:
            return {"sha": sha}
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            encoded = base64.b64encode(raw).decode()
            self._post("blobs", {"encoding": "base64", "content": encoded}, sha)
            return {"sha": sha}
        self._objects.add(sha)
        return {"content": text}

    def _carry_ref(self, branch: str, sha: str) -> None:
        exists = branch in self.heads
        method, rest = (
            ("PATCH", f"git/refs/heads/{quote(branch)}") if exists else ("POST", "git/refs")
        )
        body: dict[str, Any] = {"sha": sha} | (
            {"force": True} if exists else {"ref": f"refs/heads/{branch}"}
        )
        reply = self._emulator.as_login(self._login, method, self._url(rest), body)
        if reply.status == 422 and not exists:  # a fork starts with a branch of emulate's own
            self.heads[branch] = ""
            self._carry_ref(branch, sha)
        elif reply.status not in (200, 201):
            raise MirrorFailed(f"emulate does not set {branch}: {reply.body[:200]!r}")


def _person(line: str) -> dict[str, str]:
    """`Name <mail> 1764547200 +0100` as the git-data API takes it."""
    match = _WHO.match(line)
    if match is None:
        raise MirrorFailed(f"not a git identity: {line!r}")
    zone = match["zone"]
    sign = -1 if zone[0] == "-" else 1
    offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    when = datetime.fromtimestamp(int(match["seconds"]), timezone(offset))
    return {"name": match["name"], "email": match["email"], "date": when.isoformat()}
