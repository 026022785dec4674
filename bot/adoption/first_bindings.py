"""Which agent files the first table can bind as they are: sections `[[apply]]` (SPEC § 9a).

In: agent files and where they are read from, rules and table as they will be. Out: sections under which
`apply --check` has nothing to say, because `init` edits no agent file, and why the other files are left out.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from bot.adoption.agent_files import AgentFile, PassedOver
from bot.adoption.harnesses import Harness
from bot.allocation.ladder import Ladder
from bot.allocation.rules import Rules
from bot.allocation.table import Table
from bot.binding.bound_files import Binding, BoundSource, bind
from bot.policy.apply_rules import ApplyRule


class FirstBindings(NamedTuple):
    """What is bound from the start."""

    sections: tuple[str, ...]
    """The text of each."""
    apart: tuple[PassedOver, ...]
    """Files that say another model than the table."""


def first_bindings(
    source: BoundSource, agents: Sequence[AgentFile], rules: Rules, table: Table
) -> FirstBindings:
    """One section a harness where all its files agree with the table, else one for each that does."""
    sections: list[str] = []
    apart: list[PassedOver] = []
    for harness, group in groupby(agents, key=lambda file: file.harness):
        files = list(group)
        speaking = [file for file in files if file.model is not None]
        models = _spellings(files, harness, rules.ladder)
        whole = _section(harness.files, harness, files, models, rules)
        if speaking and _agrees(_bound(whole, source, rules, table)):
            sections.append(whole)
            continue
        for file in speaking:
            own = {**models, file.rung: file.model} if file.rung and file.model else models
            one = _section(file.path, harness, [file], own, rules)
            found = _bound(one, source, rules, table)
            apart += (PassedOver(p.path, f"not bound: {p.sentence()}") for p in found.apart)
            sections += [one] if _agrees(found) else []
    return FirstBindings(tuple(sections), tuple(apart))


def _agrees(binding: Binding) -> bool:
    return not binding.apart and not any(left.listed for left in binding.left_alone)


def _bound(section: str, source: BoundSource, rules: Rules, table: Table) -> Binding:
    rule = msgspec.convert(tomllib.loads(section)["apply"][0], ApplyRule)
    return bind([rule], table, rules, source)


def _spellings(files: Iterable[AgentFile], harness: Harness, ladder: Ladder) -> Mapping[str, str]:
    """How each rung is written there: as most files do, else as known, else as the neighbouring rungs are."""
    said = Counter((file.rung, file.model) for file in files if file.rung and file.model)
    today = {rung: model for (rung, model), _ in reversed(said.most_common()) if rung and model}
    return {
        rung: today.get(rung) or harness.models.get(rung) or _alike(rung, today)
        for rung in ladder.names
    }


def _alike(rung: str, today: Mapping[str, str]) -> str:
    """The spelling of another rung with this one's name in its place: `claude-4.5-opus`; else the name."""
    for other, model in today.items():
        for old, new in ((other, rung), (other.capitalize(), rung.capitalize())):
            if model != other and re.search(rf"\b{re.escape(old)}\b", model):
                return model.replace(old, new)
    return rung


def _section(
    glob: str,
    harness: Harness,
    files: Iterable[AgentFile],
    models: Mapping[str, str],
    rules: Rules,
) -> str:
    phases = list(rules.phases)
    spelled = {rung: model for rung, model in models.items() if rung != model}
    meant = {file.stem: file.agent for file in files if not file.named}
    return (
        f"[[apply]]                     # {harness.name}\n"
        f"files = {json.dumps(glob)}\n"
        f"phase = {json.dumps(phases[0] if len(phases) == 1 else phases)}\n"
        + _inline("agents", meant)
        + _inline("models", spelled)
    )


def _inline(key: str, pairs: Mapping[str, str]) -> str:
    """A table in one line, none where it would be empty. JSON's strings are TOML's, beyond ASCII too."""
    said = (f"{json.dumps(k)} = {json.dumps(v, ensure_ascii=False)}" for k, v in pairs.items())
    return f"{key} = {{ {', '.join(said)} }}\n" if pairs else ""
