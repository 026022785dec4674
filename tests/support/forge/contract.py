"""Every request and answer checked against GitHub's own OpenAPI description.

In: one exchange. Out: a list of plain sentences, empty if both sides keep to the description.
The data is `tests/support/github-openapi-subset.json`, cut from npm `@octokit/openapi` (MIT).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs

from tests.support.forge.known_deviations import is_known
from tests.support.forge.node import SUPPORT
from tests.support.forge.wire import Answer, Request

_SPANS_SLASHES = frozenset({"ref", "path", "branch", "basehead"})
_ANNOTATIONS = frozenset(
    {"default", "deprecated", "discriminator", "example", "examples", "x-multi-segment", "xml"}
)

# Not in the description of most operations although GitHub's own guide says any may answer so.
_ALWAYS_POSSIBLE = frozenset({400, 401, 403, 404, 429})


@dataclass(frozen=True)
class Operation:
    """One method on one path of the description."""

    name: str
    """`GET /repos/{owner}/{repo}/pulls`."""
    method: str
    pattern: re.Pattern[str]
    description: Mapping[str, Any]


class Contract:
    """The description, ready to check by."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = description
        self._components = _as_json_schema(description["components"])
        self._validators: dict[tuple[str, str], Any] = {}
        # Fixed paths before those with parameters: `/git/refs` is no `/git/{x}`.
        paths = sorted(description["paths"].items(), key=lambda item: (item[0].count("{"), item[0]))
        self._operations = [
            Operation(f"{method.upper()} {path}", method.upper(), _path_pattern(path), operation)
            for path, methods in paths
            for method, operation in methods.items()
        ]

    def violations(self, request: Request, answer: Answer | None) -> list[str]:
        """What is against the description; no answer (a fault's): only the request is checked."""
        operation = self._find(request)
        if operation is None:
            return [
                f"{request.method} {request.path}: no such operation in the description's subset"
            ]
        found = [*self._in_query(operation, request), *self._in_body(operation, request)]
        if answer is not None:
            found.extend(self._in_answer(operation, answer))
        return [problem for problem in found if not is_known(problem)]

    def _find(self, request: Request) -> Operation | None:
        for operation in self._operations:
            if operation.method == request.method and operation.pattern.fullmatch(request.path):
                return operation
        return None

    def _in_query(self, operation: Operation, request: Request) -> Iterator[str]:
        listed = map(self._resolve, operation.description.get("parameters", ()))
        known = {item["name"]: item["schema"] for item in listed if item["in"] == "query"}
        for name, value in request.parameters.items():
            if name not in known:
                yield f"{operation.name} request: unknown query parameter {name!r}"
                continue
            schema = self._resolve(known[name])
            if schema.get("type") == "integer" and not value.isdigit():
                yield f"{operation.name} request: {name}={value!r} is not an integer"
            if value not in schema.get("enum", [value]):
                yield f"{operation.name} request: {name}={value!r} is none of {schema['enum']}"

    def _in_body(self, operation: Operation, request: Request) -> Iterator[str]:
        described = operation.description.get("requestBody")
        if described is None:
            if request.body not in (b"", b"{}"):
                yield f"{operation.name} request: a body where none belongs"
            return
        described = self._resolve(described)
        if not request.body:
            if described.get("required"):
                yield f"{operation.name} request: no body"
            return
        schema = described["content"]["application/json"]["schema"]
        validator = self._validator(operation.name, "request", schema, strict=True)
        try:
            yield from _errors(f"{operation.name} request", validator, request.json)
        except ValueError:
            yield f"{operation.name} request: the body is not JSON"

    def _in_answer(self, operation: Operation, answer: Answer) -> Iterator[str]:
        described = operation.description["responses"].get(str(answer.status))
        if described is None:
            if answer.status not in _ALWAYS_POSSIBLE:
                yield f"{operation.name} answer: status {answer.status} is not described"
            return
        content = self._resolve(described).get("content", {}).get("application/json")
        if content is None:
            return
        where = f"{operation.name} answer {answer.status}"
        validator = self._validator(operation.name, str(answer.status), content["schema"])
        if answer.json is None:
            yield f"{where}: not JSON"
        else:
            yield from _errors(where, validator, answer.json)

    def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            found: Any = self._description
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _validator(
        self, name: str, side: str, schema: Mapping[str, Any], *, strict: bool = False
    ) -> Any:
        key = (name, side)
        if key not in self._validators:
            converted = _as_json_schema(schema)
            if strict and "properties" in converted:
                # GitHub ignores what it does not know: a misspelt key would pass unnoticed.
                converted.setdefault("additionalProperties", False)
            document = converted | {"components": self._components}
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                document, validate_formats=True
            )
        return self._validators[key]


@cache
def github_contract() -> Contract:
    """GitHub's description, read once a process."""
    text = (SUPPORT / "github-openapi-subset.json").read_text(encoding="utf-8")
    return Contract(json.loads(text))


def _errors(where: str, validator: Any, value: Any) -> Iterator[str]:
    for error in validator.iter_errors(value):
        place = "/".join(str(part) for part in error.instance_path)
        yield f"{where}: {place or 'body'}: {error.message[:200]}"


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    for position in range(1, len(parts), 2):
        parts[position] = ".+" if parts[position] in _SPANS_SLASHES else "[^/]+"
    for position in range(0, len(parts), 2):
        parts[position] = re.escape(parts[position])
    return re.compile("".join(parts))


def _as_json_schema(node: Any, *, keys_are_fields: bool = False) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema 2020-12: `nullable` becomes a type."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    if keys_are_fields:
        return {name: _as_json_schema(schema) for name, schema in node.items()}
    converted = {
        key: _as_json_schema(value, keys_are_fields=key == "properties")
        for key, value in node.items()
        if key not in _ANNOTATIONS
    }
    return _or_null(converted) if converted.pop("nullable", False) else converted


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    combined = any(key in schema for key in ("$ref", "allOf", "oneOf", "anyOf"))
    return {"anyOf": [{"type": "null"}, schema]} if combined else schema
