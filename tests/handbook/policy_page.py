"""`.github/POLICY.md`: every key of the policy, from the JSON Schema that its classes generate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.policy import schema
from tests.handbook.markdown_rows import cell, code, rows

_HEAD = """# The policy

Every key of `config/policy.toml`, generated from the classes that read it (`python -m tests.handbook`).
[The shipped policy](../config/policy.toml) shows them at work. People edit the file, the bot never does. An
unknown key or an impossible value is an error with its line: `calibration-bot validate`.

"""
_PLAIN = {"string": "text", "boolean": "`true` or `false`", "integer": "whole number"}

_UNBOUND = 2**63 - 1
"""What a number of the file can be at most, which needs no mention."""


class _Table(NamedTuple):
    """A table of the file."""

    path: str
    """As it is written in the file, without brackets; empty for the file itself."""
    listed: bool
    """Whether it may stand there several times, in double brackets."""
    schema: dict[str, Any]


def policy_page() -> str:
    """The page."""
    document = json.loads(schema())
    tables = _tables(_Table("", False, document), document["$defs"])
    return _HEAD + "\n".join(_section(table) for table in tables)


def _tables(table: _Table, named: dict[str, Any]) -> Iterator[_Table]:
    """A table, and all below it."""
    yield table
    for key, value in table.schema["properties"].items():
        name = _reference(value)
        if name is not None:
            path = f"{table.path}.{key}" if table.path else key
            yield from _tables(_Table(path, "items" in value, named[name]), named)


def _reference(value: dict[str, Any]) -> str | None:
    """The schema's name of what a key holds, where that is a table or a list of tables."""
    found: str | None = value.get("items", value).get("$ref")
    return found and found.rpartition("/")[2]


def _section(table: _Table) -> str:
    name = f"[[{table.path}]]" if table.listed else f"[{table.path}]"
    title = f"## `{name}`\n\n{cell(table.schema['description'])}\n\n" if table.path else ""
    needed = table.schema.get("required", ())
    lines = [
        (
            code(key),
            _kind(value),
            "required" if key in needed else _default(value),
            cell(value["description"]),
        )
        for key, value in table.schema["properties"].items()
        if _reference(value) is None
    ]
    return title + rows(("key", "type", "default", "meaning"), lines)


def _default(value: dict[str, Any]) -> str:
    found = value.get("default")
    return "none" if found in (None, {}) else code(json.dumps(found, ensure_ascii=False))


def _kind(value: dict[str, Any]) -> str:
    """What a key may hold, in words."""
    if "anyOf" in value:
        kinds = [_kind(one) for one in value["anyOf"] if one.get("type") != "null"]
        return ", or ".join(dict.fromkeys(kinds))
    if "enum" in value:
        return " or ".join(code(json.dumps(one)) for one in value["enum"])
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}"
    if value.get("type") == "object":
        return f"table of {_kind(value['additionalProperties'])}"
    return _PLAIN[value["type"]] + _bounds(value)


def _bounds(value: dict[str, Any]) -> str:
    least, most = value.get("minimum"), value.get("maximum", _UNBOUND)
    if least is None:
        return "" if most >= _UNBOUND else f", {most} or less"
    return f", {least} or more" if most >= _UNBOUND else f", {least} to {most}"
