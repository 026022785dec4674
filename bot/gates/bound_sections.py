"""What a change does to `[[apply]]` itself: which files it lets go below their gate's floor. Pure.

In: both sides' sections and what they bind, base's rules. Out: refusals. A section that is gone binds nothing
and is no reason; one that binds a gate's file as another agent's, or calls a weak model by a strong rung's
name, would have the next calibration write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.allocation.rules import Rules
from bot.binding.bound_files import Binding
from bot.gates.refusals import Document, Refusal, Weakening
from bot.policy.apply_rules import ApplyRule


def untrue_models(
    old: Sequence[ApplyRule], new: Sequence[ApplyRule], rules: Rules, policy: str
) -> Iterator[Refusal]:
    """Every model that the change has files say for a rung, and that base's ladder knows as a lower one."""
    known = {lie for rule in old for lie in rule.untrue(rules)}
    for index, rule in enumerate(new):
        for rung, model, lower in rule.untrue(rules):
            if (rung, model, lower) not in known:
                said = f"apply[{index}].models says {model!r} for {rung}; base's ladder knows it as {lower}"
                yield Refusal(
                    Weakening.ALIAS_REDEFINED, said, None, lower, rung, Document.POLICY, file=policy
                )


def ungated(then: Binding, now: Binding, rules: Rules, policy: str) -> Iterator[Refusal]:
    """Every file that base binds as a gate's and the change binds as something less. Floors are base's."""
    bound = {(place.path, place.key): place for place in now.places}
    for place in then.places:
        after = bound.get((place.path, place.key))
        gates = [cell for cell in place.cells if rules.floor(cell) is not None]
        if after is None or not gates:
            continue
        lowest = max(rules.ladder.rank(rules.floor(cell) or "") for cell in gates)
        left = [rules.floor(cell) for cell in after.cells]
        if all(floor is None or rules.ladder.rank(floor) < lowest for floor in left):
            said = (
                f"[[apply]] binds {place.path}, the file of the gate {gates[0]}, as another agent's"
            )
            yield Refusal(
                Weakening.GATE_REMOVED, said, gates[0], document=Document.POLICY, file=policy
            )
