"""Routes the proxy answers itself, on real git, because emulate 0.11.2 models them too loosely.

Opening and changing pull requests (422s), merging, refs written through the API, dispatching a
workflow. Everything else goes to the emulator.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.support.forge.bare import BareRepository, GitFailed, MergeConflict, Signature
from tests.support.forge.faults import Fault, unprocessable
from tests.support.forge.pulls import PullRecord
from tests.support.forge.wire import ZERO, Answer, Request, error_answer, json_answer

if TYPE_CHECKING:
    from tests.support.forge.api import Api

Route = Callable[["Api", Request, str, re.Match[str]], Answer | None]


def answer(api: Api, request: Request, login: str) -> Answer | None:
    """The answer of the first route that takes the request, or None: ask the emulator."""
    for method, pattern, route in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match is not None and request.method == method:
            if not api.knows(match["repo"]):
                return error_answer(404, "Not Found")
            try:
                return route(api, request, login, match)
            except ValueError:
                return error_answer(400, "Problems parsing JSON")
    return None


def signature(login: str) -> Signature:
    """Who a commit made through the API is by."""
    return Signature(login, f"{login}@users.noreply.github.com")


def note_merge(api: Api, record: PullRecord, merge_sha: str, login: str) -> Answer:
    """Tell the emulator that git holds the merge already; git's base branch counts afterwards."""
    done = api.emulated(login, "PUT", f"{record.url}/merge", {})
    record.merge_sha, record.open = merge_sha, False
    api.forget_branch(record.base_repository, record.base_branch)
    return done


def _open_pull(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer | None:
    wanted = _fields(request)
    owner, colon, branch = str(wanted.get("head", "")).rpartition(":")
    repo = match["repo"]
    name = repo.partition("/")[2]
    head_repo = f"{owner}/{name}" if colon else repo
    if not api.knows(head_repo):
        return _refused(
            unprocessable({"resource": "PullRequest", "field": "head", "code": "invalid"})
        )
    candidate = PullRecord(repo, 0, head_repo, branch, str(wanted.get("base", "")))
    return _refused(api.ledger.creation_problem(candidate, wanted))


def _change_pull(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer | None:
    record = api.ledger.get(match["repo"], int(match["number"]))
    if record is None:
        return None
    return _refused(api.ledger.change_problem(record, _fields(request)))


def _ask_review(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer | None:
    """GitHub does not let the author review, and answers 201 where emulate answers 200."""
    pull = api.emulated(login, "GET", f"/repos/{match['repo']}/pulls/{match['number']}").json
    if pull["user"]["login"] in _fields(request).get("reviewers", ()):
        return error_answer(422, "Review cannot be requested from pull request author.")
    asked = api.emulated(login, "POST", request.path, request.json)
    return api.shown(replace(asked, status=201 if asked.status == 200 else asked.status))


def _merge(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer | None:
    record = api.ledger.get(match["repo"], int(match["number"]))
    if record is None:
        return None
    shown = api.emulated(login, "GET", record.url).json
    if not record.open or shown["draft"]:
        return error_answer(405, "Pull Request is not mergeable")
    method = _fields(request).get("merge_method", "merge")
    try:
        sha = _merged_commit(api, record, shown, method, signature(login))
    except MergeConflict:
        return error_answer(405, "Pull Request is not mergeable")
    api.repository(record.base_repository).set_head(record.base_branch, sha)
    note_merge(api, record, sha, login)
    api.catch_up()
    body = {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    return json_answer(200, body)


def _merged_commit(
    api: Api, record: PullRecord, shown: dict[str, Any], method: str, by: Signature
) -> str:
    """The commit that ends up on base, made the way GitHub's three buttons make it."""
    repository = api.repository(record.base_repository)
    base, head = repository.heads()[record.base_branch], record.head_sha
    if record.head_repository != record.base_repository:
        repository.git("fetch", "--quiet", str(api.repository(record.head_repository).path), head)
    if method == "rebase":
        return repository.rebased(base, head, by)
    tree = repository.merged_tree(base, head)
    if method == "squash":
        title = f"{shown['title']} (#{record.number})\n\n{shown['body'] or ''}"
        return repository.commit_tree(tree, [base], title.strip(), by)
    owner = record.head_repository.partition("/")[0]
    title = f"Merge pull request #{record.number} from {owner}/{record.head_branch}"
    message = f"{title}\n\n{shown['title']}"
    return repository.commit_tree(tree, [base, head], message, by)


def _create_ref(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    wanted, repository = _fields(request), api.repository(match["repo"])
    branch = str(wanted["ref"]).removeprefix("refs/heads/")
    if repository.head(branch) is not None:
        return error_answer(422, "Reference already exists")
    return _set_ref(api, repository, branch, str(wanted["sha"]), 201)


def _move_ref(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    wanted, repository, branch = _fields(request), api.repository(match["repo"]), match["branch"]
    old = repository.head(branch)
    if old is None:
        return error_answer(422, "Reference does not exist")
    if repository.is_protected(branch):
        return error_answer(422, "Reference cannot be updated")
    if not wanted.get("force") and not repository.contains(old, str(wanted["sha"])):
        return error_answer(422, "Update is not a fast forward")
    return _set_ref(api, repository, branch, str(wanted["sha"]), 200)


def _set_ref(api: Api, repository: BareRepository, branch: str, sha: str, status: int) -> Answer:
    known = repository.git("cat-file", "--batch-check", stdin=f"{sha}\n".encode())
    if known.endswith("missing") or sha == ZERO:
        return error_answer(422, "Object does not exist")
    repository.set_head(branch, sha)
    api.catch_up()
    url = f"/repos/{repository.full_name}/git/ref/heads/{quote(branch)}"
    shown = api.shown(api.emulated("administrator", "GET", url))
    return json_answer(status, shown.json)


def _delete_ref(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    repository, branch = api.repository(match["repo"]), match["branch"]
    if repository.head(branch) is None:
        return error_answer(422, "Reference does not exist")
    if repository.is_protected(branch):
        return error_answer(422, "Cannot delete this protected branch")
    repository.set_head(branch, None)
    api.catch_up()
    return Answer(204)


def _permission(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer | None:
    """What somebody may do, where the memory knows people; else the emulator's word."""
    known = {name.lower(): level for name, level in api.memory.permissions.items()}
    if not known:
        return None
    level = known.get(match["login"].lower())
    if level is None:
        return error_answer(404, f"{match['login']} is not a user")
    plain = {"maintain": "write", "triage": "read"}.get(level, level)
    return json_answer(200, {"permission": plain, "role_name": level, "user": None})


def _dispatch(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    """204 if the workflow exists on the ref and may be started by hand."""
    wanted, repository = _fields(request), api.repository(match["repo"])
    branch = str(wanted.get("ref", "")).removeprefix("refs/heads/")
    if repository.head(branch) is None:
        return error_answer(422, f"No ref found for: {branch}")
    path = f".github/workflows/{match['workflow']}"
    if not repository.git("ls-tree", branch, path):
        return error_answer(404, "Not Found")
    if "workflow_dispatch" not in repository.text(branch, path):
        return error_answer(422, "Workflow does not have 'workflow_dispatch' trigger")
    inputs = wanted.get("inputs", {})
    api.dispatches.append({"workflow": match["workflow"], "ref": branch, "inputs": inputs})
    return Answer(204)


def _make_blob(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    return api.workbench(match["repo"]).blob(_fields(request))


def _make_tree(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    return api.workbench(match["repo"]).tree(_fields(request))


def _make_commit(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    return api.workbench(match["repo"]).commit(_fields(request), login)


def _show_commit(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    try:
        return json_answer(200, api.workbench(match["repo"]).shown(match["sha"]))
    except GitFailed:
        return error_answer(404, "Not Found")


def _unsupported(api: Api, request: Request, login: str, match: re.Match[str]) -> Answer:
    words = f"the bed does not carry objects made through the API into git: {request}"
    api.problems.append(words)
    return error_answer(501, words)


def _fields(request: Request) -> dict[str, Any]:
    """The JSON object in the body; raises `ValueError` for anything else."""
    value = request.json or {}
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _refused(fault: Fault | None) -> Answer | None:
    return None if fault is None else fault.answer


def _route(method: str, rest: str, route: Route) -> tuple[str, re.Pattern[str], Route]:
    return method, re.compile(r"/repos/(?P<repo>[^/]+/[^/]+)" + rest), route


_NUMBER = r"/pulls/(?P<number>\d+)"
_BRANCH = r"/git/refs/heads/(?P<branch>.+)"
_ROUTES = (
    _route("POST", "/pulls", _open_pull),
    _route("PATCH", _NUMBER, _change_pull),
    _route("POST", _NUMBER + "/requested_reviewers", _ask_review),
    _route("PUT", _NUMBER + "/merge", _merge),
    _route("POST", "/git/refs", _create_ref),
    _route("PATCH", _BRANCH, _move_ref),
    _route("DELETE", _BRANCH, _delete_ref),
    _route("POST", r"/actions/workflows/(?P<workflow>[^/]+)/dispatches", _dispatch),
    _route("GET", r"/collaborators/(?P<login>[^/]+)/permission", _permission),
    _route("POST", "/git/blobs", _make_blob),
    _route("POST", "/git/trees", _make_tree),
    _route("POST", "/git/commits", _make_commit),
    _route("GET", "/git/commits/(?P<sha>[0-9a-f]{40})", _show_commit),
    _route("POST", "/git/tags", _unsupported),
    _route("PUT", r"/contents/.+", _unsupported),
    _route("DELETE", r"/contents/.+", _unsupported),
)
