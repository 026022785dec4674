"""Sections of a configuration file: read strictly into msgspec structs, with every problem at once.

In: a class derived from `Section` and a table as plain values. Out: the values that are sound, and where
something is wrong, what, and what to do. What is right is said by the classes alone: types, bounds and
patterns by msgspec's own annotations, the rest by a `Rule`. msgspec stops at the first error of a value, so
it is asked about one field at a time. Knows nothing of agents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, get_args, get_origin

from msgspec import Meta, Struct, ValidationError, convert, structs

from bot.allocation.rules import Wrong
from bot.allocation.toml import Path

_RULE = "rule"


class Conflict(NamedTuple):
    """Two keys of a section, each fine by itself, that cannot stand together."""

    key: str
    """The one to blame."""
    other: str
    """The one it does not go with."""
    message: str
    """What is wrong with the first and what to do."""


class Section(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a configuration file."""

    of: ClassVar[str] = "the policy"
    """What the file is, for messages."""

    def conflicts(self) -> Iterable[Conflict]:
        """What is wrong between keys; each key has been checked by itself before."""
        return ()


class Rule(NamedTuple):
    """What a value must be beyond its type, and the words for one that is not."""

    message: str | None = None
    """For a value that its pattern does not allow, or no check has another word for."""
    check: Callable[[Any], Any] | None = None
    """Returns the value in its canonical form. Raises ValueError with the message for a wrong one."""
    whatever_type: bool = False
    """Whether the message is the right one for a value of another type too."""


def about(text: str) -> Meta:
    """What a field means, for its reader here and in the JSON Schema."""
    return Meta(description=text)


def must(
    message: str | None = None,
    *,
    pattern: str | None = None,
    check: Callable[[Any], Any] | None = None,
    whatever_type: bool = False,
) -> Meta:
    """A `Rule`, and the pattern it is about, as a part of a type."""
    return Meta(pattern=pattern, extra={_RULE: Rule(message, check, whatever_type)})


def sound_fields(
    kind: type[Section], table: Mapping[str, Any], path: Path = ()
) -> tuple[dict[str, Any], list[Wrong]]:
    """Arguments for `kind` from the fields that are right, and everything wrong below `path`."""
    fields = {field.encode_name: field for field in structs.fields(kind)}
    said = f"is no key of {kind.of}; remove it or correct its spelling"
    wrong: list[Wrong] = [((*path, key), said) for key in table if key not in fields]
    sound: dict[str, Any] = {}
    for key, field in fields.items():
        if key in table:
            value, found = _value(field.type, table[key], (*path, key))
            wrong += found
            sound |= {} if found else {field.name: value}
        elif field.required:
            wrong.append(((*path, key), "is missing; add it"))
    broken = {key for key in table if key in fields and fields[key].name not in sound}
    if all(field.name in sound for field in fields.values() if field.required):
        wrong += (
            ((*path, conflict.key), conflict.message)
            for conflict in kind(**sound).conflicts()
            if not broken & {conflict.key, conflict.other}
        )
    return sound, wrong


def _value(hint: Any, value: Any, path: Path) -> tuple[Any, list[Wrong]]:
    """The value as its field holds it, with what is wrong in it; it holds for nothing if that is anything."""
    kind = _kinds(hint)[0]
    if isinstance(kind, type) and issubclass(kind, Section):
        return _section(kind, value, path)
    if get_origin(kind) is list:
        return _list(get_args(kind)[0], value, path)
    return _plain(hint, value, path)


def _section(kind: type[Section], value: Any, path: Path) -> tuple[Any, list[Wrong]]:
    if not isinstance(value, dict):
        return None, [(path, "must be a table")]
    sound, wrong = sound_fields(kind, value, path)
    return (None if wrong else kind(**sound)), wrong


def _list(hint: Any, value: Any, path: Path) -> tuple[Any, list[Wrong]]:
    if not isinstance(value, list):
        return None, [(path, "must be a list in square brackets")]
    items = [_value(hint, item, (*path, index)) for index, item in enumerate(value)]
    return [item for item, _ in items], [one for _, found in items for one in found]


def _plain(hint: Any, value: Any, path: Path) -> tuple[Any, list[Wrong]]:
    try:
        found = convert(value, hint)
    except ValidationError as err:
        return None, [(path, _words(hint, value) or str(err))]
    try:
        for rule in _rules(hint):
            found = rule.check(found) if rule.check else found
    except ValueError as err:
        return None, [(path, str(err))]
    return found, []


_TYPES = {
    str: "must be text in quotes",
    int: "must be a whole number",
    bool: "must be true or false",
}
"""What to say of a value of another type."""


def _words(hint: Any, value: Any) -> str | None:
    """What to say of a value that is not what its type asks for."""
    rule = next(_rules(hint), Rule())
    kinds = _kinds(hint)
    if get_origin(kinds[0]) is Literal:
        return f"must be {_one_of(get_args(kinds[0]))}"
    if type(value) not in kinds and not rule.whatever_type:
        return _TYPES.get(kinds[0])
    return rule.message or _bounds(hint, value)


def _one_of(choices: tuple[Any, ...]) -> str:
    *some, last = map(repr, choices)
    return " or ".join(filter(None, (", ".join(some), last)))


def _bounds(hint: Any, value: Any) -> str | None:
    for meta in _metas(hint):
        if meta.ge is not None and value < meta.ge:
            return f"must be greater than or equal to {meta.ge}"
        if meta.le is not None and value > meta.le:
            return f"must be less than or equal to {meta.le}"
    return None


def _kinds(hint: Any) -> list[Any]:
    """The types a hint allows, without annotations and without None, which no file can say."""
    if get_origin(hint) is Annotated:
        return _kinds(get_args(hint)[0])
    if get_origin(hint) in (None, list, Literal):
        return [] if hint is NoneType else [hint]
    return [kind for part in get_args(hint) for kind in _kinds(part)]


def _metas(hint: Any) -> Iterator[Meta]:
    """Every annotation of a hint and of the types it is made of."""
    if get_origin(hint) is Annotated:
        inner, *metas = get_args(hint)
        yield from _metas(inner)
        yield from metas
    elif get_origin(hint) not in (None, list, Literal):
        for part in get_args(hint):
            yield from _metas(part)


def _rules(hint: Any) -> Iterator[Rule]:
    return (meta.extra[_RULE] for meta in _metas(hint) if meta.extra)
