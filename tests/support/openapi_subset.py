"""Cuts GitHub's own OpenAPI description down to the operations a pull-request bot can meet.

In: `generated/api.github.com.json` of npm `@octokit/openapi` 23.0.2 (13 MB, MIT).
Out: `github-openapi-subset.json` beside this file, the data `tests.support.forge.contract` checks by.
Run as `python tests/support/openapi_subset.py api.github.com.json` when GitHub's API changes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("github-openapi-subset.json")

_REPO = "/repos/{owner}/{repo}"
_PULL = _REPO + "/pulls/{pull_number}"
_ISSUE = _REPO + "/issues/{issue_number}"

OPERATIONS: dict[str, tuple[str, ...]] = {
    "/user": ("get",),
    "/users/{username}": ("get",),
    "/rate_limit": ("get",),
    "/search/issues": ("get",),
    "/app": ("get",),
    "/app/installations": ("get",),
    "/app/installations/{installation_id}/access_tokens": ("post",),
    "/installation/repositories": ("get",),
    "/orgs/{org}/installation": ("get",),
    _REPO: ("get",),
    _REPO + "/installation": ("get",),
    _REPO + "/actions/permissions/workflow": ("get",),
    _REPO + "/actions/workflows/{workflow_id}/dispatches": ("post",),
    _REPO + "/branches": ("get",),
    _REPO + "/branches/{branch}": ("get",),
    _REPO + "/collaborators/{username}/permission": ("get",),
    _REPO + "/commits/{ref}": ("get",),
    _REPO + "/compare/{basehead}": ("get",),
    _REPO + "/contents/{path}": ("get",),
    _REPO + "/git/blobs": ("post",),
    _REPO + "/git/commits": ("post",),
    _REPO + "/git/commits/{commit_sha}": ("get",),
    _REPO + "/git/matching-refs/{ref}": ("get",),
    _REPO + "/git/ref/{ref}": ("get",),
    _REPO + "/git/refs": ("post",),
    _REPO + "/git/refs/{ref}": ("patch", "delete"),
    _REPO + "/git/trees": ("post",),
    _REPO + "/git/trees/{tree_sha}": ("get",),
    _REPO + "/issues": ("get", "post"),
    _REPO + "/issues/comments/{comment_id}": ("patch", "delete"),
    _REPO + "/labels": ("get", "post"),
    _REPO + "/labels/{name}": ("get",),
    _REPO + "/pulls": ("get", "post"),
    _ISSUE: ("get", "patch"),
    _ISSUE + "/assignees": ("post",),
    _ISSUE + "/comments": ("get", "post"),
    _ISSUE + "/labels": ("get", "post", "put", "delete"),
    _ISSUE + "/labels/{name}": ("delete",),
    _PULL: ("get", "patch"),
    _PULL + "/commits": ("get",),
    _PULL + "/files": ("get",),
    _PULL + "/merge": ("put",),
    _PULL + "/requested_reviewers": ("get", "post", "delete"),
    _PULL + "/reviews": ("get",),
}

_PROSE = frozenset({"summary", "externalDocs", "title", "example", "examples", "description"})
_VENDOR = frozenset({"x-github", "x-octokit", "x-github-breaking-changes"})


def without_prose(node: Any, *, keys_are_fields: bool = False) -> Any:
    """The same description without prose and vendor keys; below `properties` keys are field names."""
    if isinstance(node, list):
        return [without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    if keys_are_fields:
        return {name: without_prose(schema) for name, schema in node.items()}
    return {
        key: without_prose(value, keys_are_fields=key == "properties")
        for key, value in node.items()
        if key not in _PROSE and key not in _VENDOR
    }


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)


def subset(description: dict[str, Any]) -> dict[str, Any]:
    """The wanted operations and every component they reach."""
    paths = {
        path: without_prose({m: description["paths"][path][m] for m in methods})
        for path, methods in OPERATIONS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/", 1)
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = without_prose(description["components"][kind][name])
        waiting.extend(references(components[kind][name]))
    return {
        "openapi": description["openapi"],
        "info": description["info"],
        "x-source": "npm @octokit/openapi 23.0.2 (MIT), cut by tests/support/openapi_subset.py",
        "paths": paths,
        "components": components,
    }


if __name__ == "__main__":
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(subset(source), separators=(",", ":"), sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")
