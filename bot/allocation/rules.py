"""The part of the policy a lookup needs: phases, ladder and gates.

In: `config/policy.toml` as plain values. Out: `Rules`. What a rule *means* is decided here; `bot.policy`
checks the types of the whole file on top. `model` reads only this, so nothing heavy is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import Cell, agent_name, phase_name
from bot.allocation.source import Key, line_of, parse
from bot.errors import InvalidInput, Problem

SECURITY = "SECURITY"
VALIDATION = "VALIDATION"
_RUNG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VALIDATION_PHASES = ("PLAN", "EXEC")


@dataclass(frozen=True)
class Rules:
    """What decides the model of a cell, besides the table itself."""

    phases: tuple[str, ...]
    """Canonical names, in the order the team works through them."""
    ladder: Ladder
    extra_gates: Mapping[Cell, str]
    """Gates the policy adds: cell to the rung it may not go below."""

    def built_in_floor(self, cell: Cell) -> str | None:
        """Floor by the code's own rules: SECURITY everywhere, VALIDATION in PLAN and EXEC."""
        gated = cell.agent == SECURITY or (
            cell.agent == VALIDATION and cell.phase in VALIDATION_PHASES
        )
        return self.ladder.gate_rung if gated else None

    def floor(self, cell: Cell) -> str | None:
        """The rung a cell may not go below, None where it is no gate. A gate is never weakened by another."""
        floors = (self.built_in_floor(cell), self.extra_gates.get(cell))
        known = [floor for floor in floors if floor is not None]
        return self.ladder.highest(*known) if known else None

    def gates(self) -> tuple[Cell, ...]:
        """Every gate cell, in phase order, then by agent."""
        cells = {Cell(phase, SECURITY) for phase in self.phases} | set(self.extra_gates)
        cells |= {Cell(phase, VALIDATION) for phase in VALIDATION_PHASES if phase in self.phases}
        return tuple(sorted(cells, key=self.order))

    def order(self, cell: Cell) -> tuple[int, str, str]:
        """Sort key: the policy's phase order, then agent; unknown phases last."""
        known = cell.phase in self.phases
        return (
            self.phases.index(cell.phase) if known else len(self.phases),
            cell.phase,
            cell.agent,
        )


def read_rules(text: str, file: str) -> Rules:
    """Rules from the text of a policy file. Raises InvalidInput with file, line and key of each problem."""
    document = parse(text, file)
    rules, wrong = rules_from(document)
    if rules is None:
        raise InvalidInput(located(wrong, text, file))
    return rules


def located(
    wrong: Sequence[tuple[tuple[Key, ...], str]], text: str, file: str
) -> tuple[Problem, ...]:
    """(path, message) pairs as problems with the line the path stands on in `text`."""
    return tuple(
        Problem(file, message, line_of(text, path), dotted(path)) for path, message in wrong
    )


def dotted(path: Sequence[Key]) -> str | None:
    """`("ladder", 1, "name")` as `ladder[1].name`; None for the document itself."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(parts).removeprefix(".") or None


def rules_from(
    document: Mapping[str, Any],
) -> tuple[Rules | None, list[tuple[tuple[Key, ...], str]]]:
    """Rules of a parsed policy, or None and every (path, what is wrong and what to do)."""
    wrong: list[tuple[tuple[Key, ...], str]] = []
    phases = tuple(_phases(document.get("phases"), wrong))
    ladder = Ladder(tuple(_rungs(document.get("ladder"), wrong)))
    gates = dict(_gates(document.get("gates", []), phases, ladder, wrong))
    return (None, wrong) if wrong else (Rules(phases, ladder, gates), wrong)


_Wrong = list[tuple[tuple[Key, ...], str]]


def _phases(value: Any, wrong: _Wrong) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        wrong.append((("phases",), 'must be a list of at least one phase, e.g. ["LEAD", "PLAN"]'))
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        name = phase_name(item) if isinstance(item, str) else None
        if name is None:
            wrong.append(
                (("phases", index), f"{item!r} is no phase name; use letters, digits, _ and -")
            )
        elif name in seen:
            wrong.append((("phases", index), f"{name} is listed twice; keep one"))
        else:
            seen.add(name)
            yield name


def _rungs(value: Any, wrong: _Wrong) -> Iterator[Rung]:
    if not isinstance(value, list) or not value:
        wrong.append((("ladder",), "must list at least one rung, lowest first, each as [[ladder]]"))
        return
    seen: set[str] = set()
    placed: dict[str, str] = {}
    for index, item in enumerate(value):
        name = item.get("name") if isinstance(item, dict) else None
        models = item.get("models", []) if isinstance(item, dict) else []
        if not isinstance(name, str) or not _RUNG_NAME.fullmatch(name):
            wrong.append((("ladder", index, "name"), 'must name the rung, e.g. name = "sonnet"'))
            continue
        if name in seen:
            wrong.append((("ladder", index, "name"), f"{name!r} is listed twice; keep one"))
            continue
        if not isinstance(models, list) or not all(isinstance(m, str) and m for m in models):
            wrong.append((("ladder", index, "models"), "must be a list of model ids or patterns"))
            continue
        for place, model in enumerate(models):
            if placed.setdefault(model, name) != name:
                wrong.append(
                    (
                        ("ladder", index, "models", place),
                        f"{model!r} is already on rung {placed[model]!r}; keep one",
                    )
                )
        seen.add(name)
        yield Rung(name, tuple(models))


def _gates(
    value: Any, phases: Sequence[str], ladder: Ladder, wrong: _Wrong
) -> Iterator[tuple[Cell, str]]:
    if not isinstance(value, list):
        wrong.append((("gates",), "must be a list of gates, each as [[gates]]"))
        return
    seen: set[Cell] = set()
    for index, item in enumerate(value):
        table = item if isinstance(item, dict) else {}
        phase, agent = table.get("phase"), table.get("agent")
        phase = phase_name(phase) if isinstance(phase, str) else None
        agent = agent_name(agent) if isinstance(agent, str) else None
        if phase is None or phase not in phases:
            known = ", ".join(phases)
            wrong.append((("gates", index, "phase"), f"must be one of the phases {known}"))
        elif agent is None:
            wrong.append((("gates", index, "agent"), 'must name an agent, e.g. agent = "TESTING"'))
        elif Cell(phase, agent) in seen:
            wrong.append((("gates", index), f"{agent}/{phase} is listed twice; keep one"))
        elif ladder.rungs:
            floor = table.get("floor", ladder.gate_rung)
            if floor not in ladder.names:
                names = ", ".join(ladder.names)
                wrong.append((("gates", index, "floor"), f"must be a rung of the ladder: {names}"))
            else:
                seen.add(Cell(phase, agent))
                yield Cell(phase, agent), floor
