"""The part of the policy a lookup needs: phases, ladder and gates.

In: `config/policy.toml` as plain values. Out: `Rules`. What a rule *means* is decided here; `bot.policy`
checks the types of the whole file on top. `model` reads only this, so nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from reprlib import repr as shown
from typing import Any, NamedTuple

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import (
    LONGEST_NAME,
    NO_PHASES,
    SPELLING,
    Cell,
    agent_name,
    is_rung_name,
    listed,
    phase_name,
)
from bot.allocation.toml import Path, dotted, line_of, lines_of, parse
from bot.errors import InvalidInput, Problem

SECURITY = "SECURITY"
VALIDATION = "VALIDATION"
PROTECTED = (SECURITY, VALIDATION)
"""Agents whose declared model nobody lowers in any phase, gate or not."""
Wrong = tuple[Path, str]
"""Where in a document something is wrong; what, and what to do."""
MOST = 64
"""Phases, and rungs, that a policy may have; messages name them and loops go over them."""
VALIDATION_PHASES = ("PLAN", "EXEC")


class Rules(NamedTuple):
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

    def allows(self, cell: Cell, lower: str) -> bool:
        """Whether people may bring a cell down to a model: to a rung, no lower than its floor."""
        if cell.agent in PROTECTED or lower not in self.ladder.names:
            return False
        floor = self.floor(cell)
        return floor is None or self.ladder.rank(lower) >= self.ladder.rank(floor)

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

    def plain(self) -> list[Any]:
        """As values that JSON can say."""
        gates = [[*cell, floor] for cell, floor in self.extra_gates.items()]
        return [self.phases, self.ladder.rungs, gates]


def rules_of(plain: Sequence[Any]) -> Rules:
    """The rules that `plain` once said."""
    phases, rungs, gates = plain
    ladder = Ladder(tuple(Rung(name, *map(tuple, lists)) for name, *lists in rungs))
    return Rules(
        tuple(phases), ladder, {Cell(phase, agent): floor for phase, agent, floor in gates}
    )


def read_rules(text: str, file: str) -> Rules:
    """Rules from the text of a policy file. Raises InvalidInput with file, line and key of each problem."""
    document = parse(text, file)
    rules, wrong = rules_from(document)
    if rules is None:
        raise InvalidInput(located(wrong, text, file))
    return rules


def located(wrong: Sequence[Wrong], text: str, file: str) -> tuple[Problem, ...]:
    """(path, message) pairs as problems in the order of the text, each with its line in the valid `text`.

    A key that is not there has the line of the closest table it would be in, and none at the top.
    """
    lines = lines_of(text)
    problems = [
        Problem(file, message, line_of(lines, path), dotted(path)) for path, message in wrong
    ]
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def rules_from(document: Mapping[str, Any]) -> tuple[Rules | None, list[Wrong]]:
    """Rules of a parsed policy, or None and every (path, what is wrong and what to do)."""
    wrong: list[Wrong] = []
    phases = tuple(_phases(document.get("phases"), wrong))
    ladder = Ladder(tuple(_rungs(document.get("ladder"), wrong)))
    gates = dict(_gates(document.get("gates", []), phases, ladder, wrong))
    return (None, wrong) if wrong else (Rules(phases, ladder, gates), wrong)


def _phases(value: Any, wrong: list[Wrong]) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        wrong.append((("phases",), 'must be a list of at least one phase, e.g. ["LEAD", "PLAN"]'))
        return
    if len(value) > MOST:
        wrong.append((("phases",), f"lists {len(value)} phases; {MOST} are the most"))
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        name = _name(phase_name, item)
        if name == NO_PHASES and len(value) > 1:
            said = f"{NO_PHASES} stands for no phases at all; list it alone or name another"
            wrong.append((("phases", index), said))
        if name is None:
            wrong.append((("phases", index), f"{shown(item)} is no phase name; use {SPELLING}"))
        elif name in seen:
            wrong.append((("phases", index), f"{name} is listed twice; keep one"))
        else:
            seen.add(name)
            yield name


def _rungs(value: Any, wrong: list[Wrong]) -> Iterator[Rung]:
    if not isinstance(value, list) or not value:
        wrong.append((("ladder",), "must list at least one rung, lowest first, each as [[ladder]]"))
        return
    if len(value) > MOST:
        wrong.append((("ladder",), f"lists {len(value)} rungs; {MOST} are the most"))
        return
    tables = [item if isinstance(item, dict) else {} for item in value]
    names = [item.get("name") for item in tables]
    placed = {name: name for name in names if isinstance(name, str)}
    for index, (name, item) in enumerate(zip(names, tables, strict=True)):
        if not is_rung_name(name):
            said = f'must name the rung in at most {LONGEST_NAME} characters, e.g. name = "sonnet"'
            wrong.append((("ladder", index, "name"), said))
        elif name in names[:index]:
            wrong.append((("ladder", index, "name"), f"{shown(name)} is listed twice; keep one"))
        else:
            versions = tuple(_versions(item, index, wrong))
            yield Rung(name, tuple(_models(item, index, placed, wrong)), versions)


def _versions(rung: Mapping[str, Any], index: int, wrong: list[Wrong]) -> Sequence[str]:
    versions = rung.get("versions", [])
    if isinstance(versions, list) and all(isinstance(glob, str) and glob for glob in versions):
        return versions
    wrong.append((("ladder", index, "versions"), "must be a list of patterns, oldest first"))
    return ()


def _models(
    rung: Mapping[str, Any], index: int, placed: dict[str, str], wrong: list[Wrong]
) -> Iterator[str]:
    """Ids of a rung that no other rung in `placed` has: id, or rung name, to the rung it is on."""
    models = rung.get("models", [])
    if not isinstance(models, list) or not all(isinstance(m, str) and m for m in models):
        wrong.append((("ladder", index, "models"), "must be a list of model ids or patterns"))
        return
    for place, model in enumerate(models):
        if placed.setdefault(model, rung["name"]) == rung["name"]:
            yield model
        else:
            message = f"{shown(model)} is already on rung {shown(placed[model])}; keep one"
            wrong.append((("ladder", index, "models", place), message))


def _gates(
    value: Any, phases: Sequence[str], ladder: Ladder, wrong: list[Wrong]
) -> Iterator[tuple[Cell, str]]:
    if not isinstance(value, list):
        wrong.append((("gates",), "must be a list of gates, each as [[gates]]"))
        return
    if not phases or not ladder.rungs:
        return  # said already; against nothing every gate would look wrong
    seen: set[Cell] = set()
    for index, item in enumerate(value):
        gate = _gate(item if isinstance(item, dict) else {}, index, phases, ladder, wrong)
        if gate is not None and gate[0] in seen:
            wrong.append((("gates", index), f"{gate[0]} is listed twice; keep one"))
        elif gate is not None:
            seen.add(gate[0])
            yield gate


def _gate(
    item: Mapping[str, Any], index: int, phases: Sequence[str], ladder: Ladder, wrong: list[Wrong]
) -> tuple[Cell, str] | None:
    phase, agent = _name(phase_name, item.get("phase")), _name(agent_name, item.get("agent"))
    floor = item.get("floor", ladder.gate_rung)
    before = len(wrong)
    if phase not in phases:
        said = f"must be one of the phases {listed(phases)}"
        wrong.append((("gates", index, "phase"), said))
    if agent is None:
        wrong.append((("gates", index, "agent"), 'must name an agent, e.g. agent = "TESTING"'))
    if floor not in ladder.names:
        said = f"must be a rung of the ladder: {listed(ladder.names)}"
        wrong.append((("gates", index, "floor"), said))
    if len(wrong) > before or phase is None or agent is None:
        return None
    return Cell(phase, agent), floor


def _name(canonical: Callable[[str], str | None], value: Any) -> str | None:
    return canonical(value) if isinstance(value, str) else None
