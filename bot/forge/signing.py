"""Commits that GitHub makes and signs: what was built here, made again through its API.

In: blueprints of commits, one on the other. Out: their new SHAs, each one `verified` by GitHub's own word.
GitHub signs what an App (a workflow's token is one) makes over REST without naming author or committer, and
what anybody makes by the mutation `createCommitOnBranch`, which needs a branch: one of our own for the
moment, since the calibration branch itself moves by a leased push only.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from bot.errors import BotError
from bot.forge.protocol import Blueprint
from bot.forge.replies import Reply
from bot.forge.sending import Sender
from bot.forge.sign_in import GitHubSettings, TokenKind

_MUTATION = (
    "mutation($input: CreateCommitOnBranchInput!) "
    "{ createCommitOnBranch(input: $input) { commit { oid } } }"
)
_HEADS = "refs/heads/"
_OBJECT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_UNSIGNED = {
    True: "its server has to sign what Apps commit (web commit signing, in the administrator's hands)",
    False: "let the bot use GITHUB_TOKEN or a GitHub App",
}
"""What to do where GitHub has not signed, by whether an App asked."""
_NO_COMMIT = "GitHub answered with something that is no commit; nothing was pushed, run again"


def _named(sha: object) -> str:
    """A commit's name, which is given to git: an option or a branch is none. Raises BotError."""
    if not isinstance(sha, str) or _OBJECT.fullmatch(sha) is None:
        raise BotError(_NO_COMMIT)
    return sha


class Signer:
    """Has GitHub make commits in one repository."""

    def __init__(self, api: Sender, settings: GitHubSettings) -> None:
        self._api = api
        self._settings = settings
        self._git = f"/repos/{quote(settings.repository)}/git"
        self._as_app = settings.kind in (TokenKind.APP, TokenKind.INSTALLATION)

    def make(
        self,
        parent: str,
        blueprints: Sequence[Blueprint],
        beside: str,
        made: Callable[[str], None],
    ) -> tuple[str, ...]:
        """SHAs of the commits as GitHub made them, the first one on the commit `parent`.

        `beside` names a branch that may be there meanwhile. `made` is told the last SHA while GitHub surely
        has it. Raises BotError where one is not verified, or not what was built; no branch has it then.
        """
        if self._as_app:
            found = self._chain(parent, blueprints, self._over_rest)
            made(found[-1])
            return found
        with self._branch(beside, parent):
            found = self._chain(parent, blueprints, lambda *one: self._on_branch(beside, *one))
            made(found[-1])
        return found

    def _chain(
        self, parent: str, blueprints: Sequence[Blueprint], make: Callable[[str, Blueprint], Any]
    ) -> tuple[str, ...]:
        found: list[str] = []
        for blueprint in blueprints:
            parent = self._checked(make(parent, blueprint), blueprint)
            found.append(parent)
        return tuple(found)

    def _checked(self, made: Any, blueprint: Blueprint) -> str:
        """The SHA of a commit as GitHub shows it, if that is the one wanted and verified."""
        try:
            sha, tree, said = _named(made["sha"]), str(made["tree"]["sha"]), made["verification"]
            verified, reason = said["verified"] is True, str(said["reason"])
        except (KeyError, TypeError) as err:
            raise BotError(_NO_COMMIT) from err
        if tree != blueprint.tree:
            raise BotError("GitHub made a commit of other files than asked for; nothing was pushed")
        if not verified:
            raise BotError(
                f"GitHub did not sign the commit it made ({reason}), so nothing was pushed; "
                f"{_UNSIGNED[self._as_app]}, or take sign out of [pull_request.commits]"
            )
        return sha

    # ------------------------------------------------------------------ over REST

    def _over_rest(self, parent: str, blueprint: Blueprint) -> Any:
        """One commit without author and committer, which are what GitHub signs as."""
        entries = [
            {"path": path, "mode": mode, "type": "blob", "sha": self._blob(data)}
            for path, (mode, data) in blueprint.files.items()
        ]
        tree = self._made("trees", {"base_tree": blueprint.parent_tree, "tree": entries})
        said = {"message": blueprint.message, "tree": tree.get("sha"), "parents": [parent]}
        return self._made("commits", said)

    def _blob(self, data: bytes) -> Any:
        said = {"content": b64encode(data).decode(), "encoding": "base64"}
        return self._made("blobs", said).get("sha")

    def _made(self, kind: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What GitHub made. It may be sent twice: an object twice is one, a commit too many nobody sees."""
        return self._document(self._api.send("POST", f"{self._git}/{kind}", said))

    # ---------------------------------------------------------------- by mutation

    def _on_branch(self, branch: str, parent: str, blueprint: Blueprint) -> Any:
        """One commit on a branch that is at `parent`, as GitHub shows it afterwards."""
        headline, _, body = blueprint.message.partition("\n\n")
        additions = [
            {"path": path, "contents": b64encode(data).decode()}
            for path, (_, data) in blueprint.files.items()
        ]
        told = {
            "branch": {
                "repositoryNameWithOwner": self._settings.repository,
                "branchName": branch,
            },
            "expectedHeadOid": parent,
            "message": {"headline": headline, "body": body},
            "fileChanges": {"additions": additions},
        }
        said = {"query": _MUTATION, "variables": {"input": told}}

        def look() -> str | None:
            shown = self._document(self._api.send("GET", f"{self._git}/ref/heads/{quote(branch)}"))
            head = shown.get("object", {}).get("sha")
            return None if head == parent else str(head)

        answer = self._api.post(self._settings.graphql_url, said, look)
        sha = answer if isinstance(answer, str) else self._oid(answer)

        def shown() -> Reply | None:
            seen = self._api.send("GET", f"{self._git}/commits/{sha}")
            return None if seen.status == 404 else seen

        found = self._api.find(shown)
        if found is None:
            raise BotError(f"GitHub does not show the commit it made ({sha}) yet; run again")
        return self._document(found)

    def _oid(self, answer: Reply) -> str:
        try:
            oid = answer.data["data"]["createCommitOnBranch"]["commit"]["oid"]
        except (KeyError, TypeError):
            raise self._api.error(answer, "make a signed commit") from None
        return _named(oid)

    @contextmanager
    def _branch(self, name: str, sha: str) -> Iterator[None]:
        """A branch at a commit, for as long as it takes; one that an earlier run left there will do."""
        answer = self._api.send("POST", f"{self._git}/refs", {"ref": _HEADS + name, "sha": sha})
        place = f"{self._git}/{_HEADS}{quote(name)}"
        if answer.status == 422:
            answer = self._api.send("PATCH", place, {"sha": sha, "force": True})
        self._document(answer)
        try:
            yield
        except BaseException:
            with suppress(BotError):
                self._api.send("DELETE", place)
            raise
        gone = self._api.send("DELETE", place)
        if not gone.ok and gone.status != 422:  # 422: it is gone already
            raise self._api.error(gone, f"delete branch {name}")

    def _document(self, answer: Reply) -> Mapping[str, Any]:
        if not answer.ok or not isinstance(answer.data, Mapping):
            raise self._api.error(answer, "make a signed commit")
        return answer.data
