"""Keys of `[promotion]` set otherwise, to try another rule. Pure.

In: `--set` as typed, and a rule. Out: the rule with these keys changed, or UsageError in words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence

import msgspec

from bot.errors import UsageError
from bot.policy.promotion import Promotion
from bot.policy.reading import sound_fields


def read_changes(words: Sequence[str]) -> Mapping[str, object]:
    """Each `promotion.KEY=VALUE` as the policy would write it; a later one replaces an earlier one.

    Raises UsageError for what no policy could hold, so that wrong usage is told before anything is read.
    """
    changes: dict[str, object] = {}
    for word in words:
        key, _, value = word.partition("=")
        section, _, name = key.strip().partition(".")
        if section != "promotion" or not name:
            raise UsageError(
                f"--set {word}: write a key of [promotion], e.g. promotion.bar=3; the rest of the policy "
                "cannot be tried"
            )
        changes[name] = _value(value)
        _sound({name: changes[name]}, alone=True)
    return changes


def tried(promotion: Promotion, changes: Mapping[str, object]) -> Promotion:
    """A rule with some keys set otherwise. Raises UsageError where they do not go with the others."""
    return _sound({**msgspec.to_builtins(promotion), **changes})


def _sound(table: Mapping[str, object], *, alone: bool = False) -> Promotion:
    """`alone`: whatever the other keys may be, so that none of them is in the way."""
    sound, wrong = sound_fields(Promotion, table, ("promotion",))
    if wrong and not (alone and {path[1] for path, _ in wrong} <= sound.keys()):
        path, said = wrong[0]
        raise UsageError(f"--set {'.'.join(map(str, path))}: {said}")
    return Promotion(**sound)


def _value(text: str) -> object:
    """A value as the policy would write it; a bare word is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()
