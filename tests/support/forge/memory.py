"""What the bed remembers of pull requests that ended: reviews, checks, labels, comments, heads.

Everything is a `Shown`: a value by the names of GitHub's schema. A name that is missing is an error of the
bed, which fails the test, and never null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

Shown = dict[str, Any]
DAY = "2025-12-03"


def instant(minute: int) -> str:
    """A minute of the memory's day, which may be the next one."""
    day, rest = divmod(minute, 24 * 60)
    return f"2025-12-{3 + day:02}T{rest // 60:02}:{rest % 60:02}:00Z"


def actor(login: str | None) -> Shown | None:
    """Somebody: an App by `name[bot]`, a deleted user by None."""
    if login is None:
        return None
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"__typename": kind, "login": login.removesuffix("[bot]")}


def sha_of(name: str) -> str:
    """A commit's SHA, made up of any name."""
    return sha1(name.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Memory:
    """Of one repository."""

    repository: str
    url: str
    """Of the host."""
    old_name: str = ""
    """What the repository was called once."""
    pulls: dict[int, Shown] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    """What people may do, by login; of anybody else GitHub says that it is not a user."""
    _nodes: dict[str, Shown] = field(default_factory=dict)

    def forget(self) -> None:
        """Nothing happened yet."""
        self.pulls.clear()
        self.permissions.clear()
        self._nodes.clear()
        self.old_name = ""

    def node(self, id: str) -> Shown | None:
        """Anything by its id."""
        return self._nodes.get(id)

    def _keep(self, kind: str, id: str, **fields: Any) -> Shown:
        shown = {"__typename": kind, "id": id, **fields}
        self._nodes[id] = shown
        return shown

    # ------------------------------------------------------------- pull requests

    def pull(self, branch: str, by: str | None = "ada", **fields: Any) -> Shown:
        """A pull request, merged at minute 600 unless it is told otherwise."""
        number = fields.pop("number", len(self.pulls) + 1)
        at = fields.pop("at", instant(600))
        merged = fields.pop("merged", True)
        shown = self._keep(
            "PullRequest",
            f"PR_{number}",
            number=number,
            url=f"{self.url}/{self.repository}/pull/{number}",
            body="",
            state="MERGED" if merged else "CLOSED",
            updatedAt=at,
            mergedAt=at if merged else None,
            closedAt=at,
            headRefName=branch,
            baseRefName="main",
            author=actor(by),
            headRepository={"nameWithOwner": self.repository},
            mergeCommit={"oid": sha_of(f"merge {number}")} if merged else None,
            reviews=[],
            comments=[],
            timelineItems=[],
            commits=[],
        )
        shown.update(fields)
        self.pulls[number] = shown
        return shown

    def review(
        self, pull: Shown, by: str | None = "ria", state: str = "CHANGES_REQUESTED", at: int = 100
    ) -> Shown:
        """A review of a pull request."""
        shown = self._part(pull, "PullRequestReview", "reviews", "pullrequestreview", by, at)
        shown.update(state=state, submittedAt=instant(at))
        return shown

    def dismiss(self, pull: Shown, review: Shown, by: str = "ada", at: int = 200) -> None:
        """Dismiss a review."""
        before, review["state"] = review["state"], "DISMISSED"
        said = {"previousReviewState": before, "review": review}
        self._event(pull, "ReviewDismissedEvent", by, at, **said)

    def comment(
        self,
        pull: Shown,
        body: str,
        by: str | None = "ria",
        at: int = 300,
        edited: int | None = None,
    ) -> Shown:
        """A comment in the conversation."""
        shown = self._part(pull, "IssueComment", "comments", "issuecomment", by, at)
        shown.update(body=body, lastEditedAt=None if edited is None else instant(edited))
        return shown

    def label(self, pull: Shown, name: str, by: str | None = "ria", at: int = 400) -> None:
        """Put a label on."""
        self._event(pull, "LabeledEvent", by, at, label={"name": name})

    def close(self, pull: Shown, by: str | None = "ria", at: int = 600) -> None:
        """Say who closed it."""
        self._event(pull, "ClosedEvent", by, at)

    def _part(
        self, pull: Shown, kind: str, where: str, anchor: str, by: str | None, at: int
    ) -> Shown:
        count = len(pull[where])
        id = f"{kind}_{pull['number']}_{count}"
        shown = self._keep(kind, id, author=actor(by), createdAt=instant(at))
        shown["url"] = f"{pull['url']}#{anchor}-{count}"
        pull[where].append(shown)
        return shown

    def _event(self, pull: Shown, kind: str, by: str | None, at: int, **fields: Any) -> None:
        id = f"{kind}_{pull['number']}_{len(pull['timelineItems'])}"
        event = self._keep(kind, id, actor=actor(by), createdAt=instant(at), **fields)
        pull["timelineItems"].append(event)

    # -------------------------------------------------------------------- commits

    def commit(self, sha: str) -> Shown:
        """A commit that GitHub knows, made if it did not."""
        found = self.node(f"C_{sha}")
        if found is None:
            url = f"{self.url}/{self.repository}/commit/{sha}"
            found = self._keep("Commit", f"C_{sha}", oid=sha, url=url, status=None, checkSuites=[])
            found["history"] = [found]
            found["associatedPullRequests"] = []
        return found

    def lose(self, sha: str) -> None:
        """Let GitHub know a commit no more."""
        del self._nodes[f"C_{sha}"]

    def push(self, pull: Shown, *shas: str) -> None:
        """Add commits to a pull request."""
        for sha in shas:
            commit = self.commit(sha)
            pull["commits"].append(
                {"__typename": "PullRequestCommit", "id": f"PC_{sha}", "commit": commit}
            )

    def push_over(self, pull: Shown, before: str, *beneath: str, at: int = 50) -> None:
        """Say that a head with some commits beneath it was pushed over."""
        head = self.commit(before)
        head["history"] = [head, *map(self.commit, beneath)]
        self._event(pull, "HeadRefForcePushedEvent", "ada", at, beforeCommit=head)

    def check(
        self,
        sha: str,
        conclusion: str | None = "FAILURE",
        name: str = "e2e",
        at: int = 150,
        suite: str = "actions",
    ) -> None:
        """A run of a check on a commit, in some app's suite."""
        commit = self.commit(sha)
        id = f"CS_{sha}_{suite}"
        found = self.node(id)
        if found is None:
            found = self._keep("CheckSuite", id, checkRuns=[])
            commit["checkSuites"].append(found)
        run = f"CR_{sha}_{suite}_{len(found['checkRuns'])}"
        done = None if conclusion is None else instant(at)
        link = f"{commit['url']}/checks/{len(found['checkRuns'])}"
        shown = {"name": name, "conclusion": conclusion, "completedAt": done, "permalink": link}
        found["checkRuns"].append(self._keep("CheckRun", run, **shown))

    def status(self, sha: str, state: str = "FAILURE", name: str = "e2e", at: int = 150) -> None:
        """What a status of a commit says now."""
        commit = self.commit(sha)
        shown = {"state": state, "context": name, "createdAt": instant(at)}
        known = commit["status"]["contexts"] if commit["status"] else []
        kept = [status for status in known if status["context"] != name]
        commit["status"] = {
            "contexts": [*kept, self._keep("StatusContext", f"SC_{sha}_{name}", **shown)]
        }

    def commit_on_base(self, oid: str) -> Shown:
        """Any commit of base, with the pull requests that brought it."""
        brought = [
            pull
            for pull in self.pulls.values()
            if pull["mergeCommit"] is not None and pull["mergeCommit"]["oid"] == oid
        ]
        commit = self.commit(oid)
        commit["associatedPullRequests"] = commit["associatedPullRequests"] or brought
        return commit
