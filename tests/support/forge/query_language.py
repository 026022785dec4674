"""GitHub's query language: questions checked against GitHub's own schema, executed over the bed's memory.

The schema is that of npm `@octokit/graphql-schema`; `graphql-core` validates and executes. GitHub's
limits are kept here too: a page of 1 to 100, 100 ids in a list, 500,000 nodes in a question.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import graphql
from graphql import GraphQLError, GraphQLResolveInfo
from graphql.language import FieldNode, FragmentSpreadNode, IntValueNode

from tests.support.forge.made_commits import Stale
from tests.support.forge.memory import Memory, Shown
from tests.support.forge.node import ensure_node_modules
from tests.support.forge.tokens import Token, TokenKind
from tests.support.forge.wire import Answer, Request, json_answer

MOST_NODES, MOST_IDS, MOST_OF_PAGE = 500_000, 100, 100
_NEEDS = {
    "checkSuites": "checks",
    "status": "statuses",
    "pullRequests": "pull_requests",
    "createCommitOnBranch": "contents",
}
"""Permission by the field that it is needed for."""


@cache
def github_schema() -> graphql.GraphQLSchema:
    """GitHub's description of its query language, read once a process."""
    file = ensure_node_modules() / "@octokit/graphql-schema/schema.graphql"
    return graphql.build_schema(file.read_text("utf-8"), assume_valid=True, no_location=True)


class QueryLanguage:
    """Answers questions from a memory."""

    def __init__(
        self,
        memory: Memory,
        problems: list[str],
        commit: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        self._memory = memory
        self._commit = commit
        """Carries out `createCommitOnBranch`."""
        self._problems = problems
        """What is no fault of GitHub's: a question against the schema, or beyond the bed."""

    def answer(self, request: Request, token: Token) -> Answer:
        """One question."""
        asked = request.json
        document = graphql.parse(asked["query"])
        wrong = _problems(asked["query"])
        nodes = _nodes(document, asked.get("variables") or {})
        if nodes > MOST_NODES:
            wrong = [*wrong, f"the question may bring {nodes:,} nodes"]
        if wrong:
            self._problems.extend(f"question against GitHub's schema: {words}" for words in wrong)
            return json_answer(200, {"errors": [{"message": words} for words in wrong]})
        level = "write" if request.is_write else "read"
        lacking = sorted(what for what in _needed(document) if not token.grants(what, level))
        if lacking and token.kind is not TokenKind.CLASSIC:
            said = {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}
            return json_answer(200, {"data": {"repository": None}, "errors": [said]})
        done = graphql.execute_sync(
            github_schema(),
            document,
            {
                "repository": self._repository,
                "node": self._node,
                "nodes": self._nodes,
                "createCommitOnBranch": self._made,
            },
            variable_values=asked.get("variables"),
            field_resolver=_resolved,
        )
        errors = [_shown_error(error) for error in done.errors or []]
        self._problems += [str(e) for e in done.errors or [] if "type" not in (e.extensions or {})]
        return json_answer(200, {"data": done.data, **({"errors": errors} if errors else {})})

    def _repository(self, owner: str, name: str, followRenames: bool = True) -> Any:  # noqa: N803
        memory = self._memory
        if f"{owner}/{name}".lower() not in (memory.repository.lower(), memory.old_name.lower()):
            said = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise _not_found(said)
        return {
            "nameWithOwner": memory.repository,
            "pullRequests": list(memory.pulls.values()),
            "object": lambda oid: memory.commit_on_base(oid),
            "pullRequest": self._pull,
        }

    def _made(self, input: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._commit(input)
        except Stale as stale:
            raise GraphQLError(str(stale), extensions={"type": "STALE_DATA"}) from stale

    def _pull(self, number: int) -> Shown:
        if number not in self._memory.pulls:
            raise _not_found(f"Could not resolve to a PullRequest with the number of {number}.")
        return self._memory.pulls[number]

    def _node(self, id: str) -> Shown:
        found = self._memory.node(id)
        if found is None:
            raise _not_found(f"Could not resolve to a node with the global id of '{id}'")
        return found

    def _nodes(self, ids: list[str]) -> list[Any]:
        if len(ids) > MOST_IDS:
            said = f"You may not provide more than {MOST_IDS} node ids; you provided {len(ids)}."
            self._problems.append(said)
            raise GraphQLError(said)
        none = "Could not resolve to a node with the global id of"
        return [self._memory.node(one) or _not_found(f"{none} '{one}'") for one in ids]


def _resolved(source: Mapping[str, Any], info: GraphQLResolveInfo, **told: Any) -> Any:
    """A field of something shown; of a list, the page that was asked for."""
    value = source[info.field_name]
    if callable(value):
        return value(**told)
    if graphql.get_named_type(info.return_type).name.endswith("Connection"):
        return _page(value, told)
    return value


def _page(items: Iterable[Shown], told: Mapping[str, Any]) -> Any:
    wanted, after = told["first"], told.get("after")
    if not 1 <= wanted <= MOST_OF_PAGE:
        raise GraphQLError(f"`first` must be 1 to {MOST_OF_PAGE}")
    order = told.get("orderBy")
    if order == {"field": "CREATED_AT", "direction": "ASC"}:
        order = None  # as the memory has them
    found = [item for item in items if _is_wanted(item, told)]
    if told.get("filterBy", {}).get("checkType") == "LATEST":
        found = list({item["name"]: item for item in found}.values())
    keys = [item["id"] for item in found]
    if order is not None:
        assert order == {"field": "UPDATED_AT", "direction": "DESC"}, order
        found.sort(key=lambda item: (item["updatedAt"], item["id"]), reverse=True)
        keys = [f"{item['updatedAt']} {item['id']}" for item in found]
    start = (
        0 if after is None else _beyond(keys, base64.b64decode(after).decode(), order is not None)
    )
    part = found[start : start + wanted]
    end = base64.b64encode(keys[start + len(part) - 1].encode()).decode() if part else None
    more = start + len(part) < len(found)
    return {
        "nodes": part,
        "pageInfo": {"hasNextPage": more, "endCursor": end},
        "totalCount": len(found),
    }


def _beyond(keys: list[str], last: str, ordered: bool) -> int:
    """Where a page begins: behind the last one of the page before, wherever that is by now."""
    if not ordered:
        return keys.index(last) + 1
    return next((n for n, key in enumerate(keys) if key < last), len(keys))


def _is_wanted(item: Shown, told: Mapping[str, Any]) -> bool:
    """By the filters that the bed knows; another one is an error."""
    unknown = set(told) - {"first", "after", "orderBy", "states", "itemTypes", "filterBy"}
    assert not unknown, unknown
    kinds = told.get("itemTypes")
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", item["__typename"]).upper()
    states = told.get("states")
    return (kinds is None or kind in kinds) and (states is None or item["state"] in states)


@cache
def _problems(query: str) -> list[str]:
    rules = (*graphql.specified_rules, graphql.NoDeprecatedCustomRule)
    document = graphql.parse(query)
    return [error.message for error in graphql.validate(github_schema(), document, rules)]


def _needed(document: graphql.DocumentNode) -> set[str]:
    found: set[str] = set()

    class Fields(graphql.Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            found.update({_NEEDS[node.name.value]} if node.name.value in _NEEDS else set())

    graphql.visit(document, Fields())
    return found


def _nodes(document: graphql.DocumentNode, told: Mapping[str, Any]) -> int:
    """How many nodes a question may bring, as GitHub counts them: pages times what is in them."""
    operations = [d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode)]
    fragments = {
        d.name.value: d
        for d in document.definitions
        if isinstance(d, graphql.FragmentDefinitionNode)
    }

    def below(selected: Any, times: int) -> int:
        total = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FragmentSpreadNode):
                total += below(fragments[node.name.value].selection_set, times)
                continue
            given = getattr(node, "arguments", None) or ()  # an inline fragment has none
            arguments = {argument.name.value: argument.value for argument in given}
            size = arguments.get("first")
            ids = arguments.get("ids")
            here = times
            if size is not None:
                here = times * _number(size, told)
                total += here
            elif ids is not None:
                here = times * len(told[ids.name.value])
            total += below(node.selection_set, here)
        return total

    return sum(below(operation.selection_set, 1) for operation in operations)


def _number(value: Any, told: Mapping[str, Any]) -> int:
    return int(value.value if isinstance(value, IntValueNode) else told[value.name.value])


def _not_found(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


def _shown_error(error: GraphQLError) -> dict[str, Any]:
    """GitHub puts the type of an error beside its message."""
    formatted = dict(error.formatted)
    return {**formatted.pop("extensions", {}), **formatted}
