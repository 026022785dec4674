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

_NOT_PLAIN = re.compile(r"[^\w./-]", re.ASCII)
"""What a glob says as any character, so that no hostile name stands in the policy."""


class FirstBindings(NamedTuple):
    """What is bound from the start."""

    sections: tuple[str, ...]
    """The text of each."""
    apart: tuple[PassedOver, ...]
    """Files that say another model than the table."""


def first_bindings(
    source: BoundSource, agents: Sequence[AgentFile], rules: Rules, table: Table
) -> FirstBindings:
    """One section a harness, without the files that disagree; one for each that is only spelt otherwise."""
    sections: list[str] = []
    apart: list[PassedOver] = []
    for harness, group in groupby(agents, key=lambda file: file.harness):
        files = list(group)
        models = _spellings(files, harness, rules.ladder)
        whole = _Section(harness, harness.files, tuple(files), models, rules)
        bound = _bound(whole.text(), source, rules, table)
        off = {place.path for place in bound.apart}
        off |= {left.path for left in bound.left_alone if left.listed}
        speaking = [file for file in files if file.model is not None]
        if any(file.path not in off for file in speaking):
            sections.append(whole.text(sorted(off)))
        for file in (file for file in speaking if file.path in off):
            own = {**models, file.rung: file.model} if file.rung and file.model else models
            one = _Section(harness, file.path, (file,), own, rules).text()
            found = _bound(one, source, rules, table)
            apart += (PassedOver(p.path, f"not bound: {p.sentence()}") for p in found.apart)
            sections += [] if found.apart or found.left_alone else [one]
    return FirstBindings(tuple(sections), tuple(apart))


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


class _Section(NamedTuple):
    harness: Harness
    glob: str
    files: tuple[AgentFile, ...]
    """Those it means."""
    models: Mapping[str, str]
    rules: Rules

    def text(self, left_out: Sequence[str] = ()) -> str:
        """The section as TOML, without some files."""
        phases = list(self.rules.phases)
        spelled = {rung: model for rung, model in self.models.items() if rung != model}
        meant = {file.stem: file.agent for file in self.files if not file.named}
        return (
            f"[[apply]]                     # {self.harness.name}\n"
            f"files = {json.dumps(self.glob)}\n"
            + (
                f"except = {json.dumps([_NOT_PLAIN.sub('?', path) for path in left_out])}\n"
                if left_out
                else ""
            )
            + f"phase = {json.dumps(phases[0] if len(phases) == 1 else phases)}\n"
            + _inline("agents", meant)
            + _inline("models", spelled)
        )


def _inline(key: str, pairs: Mapping[str, str]) -> str:
    """A table in one line, none where it would be empty. JSON's strings are TOML's, beyond ASCII too."""
    said = (f"{json.dumps(k)} = {json.dumps(v, ensure_ascii=False)}" for k, v in pairs.items())
    return f"{key} = {{ {', '.join(said)} }}\n" if pairs else ""
