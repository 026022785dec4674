"""The part of the policy that says what a fact means: `[[collect]]` (SPEC § 6a)."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from bot.allocation.names import Cell, listed, nearest, sole_phase
from bot.allocation.rules import Wrong
from bot.policy.reading import Conflict, Section, about
from bot.policy.values import AgentName, OneLine, PhaseName, Slug

When = Literal["changes-requested", "check-failed", "reverted", "closed-unmerged", "label"]
_NAMED = ("check-failed", "label")
"""Facts that have a name of their own: that of the check, or of the label."""


class CollectRule(Section, frozen=True, rename={"as_": "as"}):
    """What one kind of fact says about whose work. Without rules, only what people say outright counts."""

    when: Annotated[
        When,
        about(
            "The fact: a review that requested changes, a check that failed on a pushed head, a merge that "
            "was reverted, a pull request closed unmerged, a label that somebody set."
        ),
    ]
    agent: Annotated[AgentName, about("Whose work the fact is about; the table must list it.")]
    phase: Annotated[
        PhaseName | None, about("… and in which phase; may be left out where there is only one.")
    ] = None
    match: Annotated[
        OneLine | None,
        about("Glob over the name of the check or label; of checks, by default every one."),
    ] = None
    cause: Annotated[
        Slug | None, about("Why, one of [causes]; left out, it counts against the model.")
    ] = None
    as_: Annotated[
        Literal["rework", "issue"], about("Whether the work had to be redone, or went wrong.")
    ] = "rework"
    always: Annotated[
        bool,
        about(
            "Whether the agent ran in every SD. Otherwise it passes only SDs that the token log has it in."
        ),
    ] = False
    forks: Annotated[
        bool, about("Whether checks on a fork's head count: the code there is an outsider's.")
    ] = False

    def conflicts(self) -> Iterator[Conflict]:
        """A glob needs a name to match; a label without one would be every label."""
        if self.match is not None and self.when not in _NAMED:
            yield Conflict("match", "when", f"goes with {' or '.join(_NAMED)} only; remove it")
        if self.match is None and self.when == "label":
            yield Conflict("when", "match", 'needs match, the label: match = "rework"')
        if self.forks and self.when != "check-failed":
            yield Conflict("forks", "when", "goes with check-failed only; remove it")

    def cell(self, phases: Sequence[str]) -> Cell:
        """Whose work it is; `phases` are the policy's, one of which a valid rule names or means."""
        return Cell(self.phase or phases[0], self.agent)

    def means(self, when: str, name: str | None) -> bool:
        """Whether a fact of some kind, by the name of its check or label, is one of this rule's."""
        return self.when == when and (
            self.match is None or (name is not None and fnmatchcase(name, self.match))
        )


def rules_for_unknown_agents(
    rules: Sequence[CollectRule], agents: Collection[str]
) -> Iterator[Wrong]:
    """Rules about agents that are none of those known."""
    for index, rule in enumerate(rules):
        if rule.agent not in agents:
            said = "no phase of the table lists this agent; known are"
            yield ("collect", index, "agent"), f"{said} {listed(sorted(agents))}"


def rules_for_unknown_causes(
    rules: Sequence[CollectRule], causes: Collection[str]
) -> Iterator[Wrong]:
    """Rules with a cause that is none of the policy's."""
    for index, rule in enumerate(rules):
        if rule.cause is not None and rule.cause not in causes:
            known = f"known are {listed(sorted(causes))}" if causes else "it names none"
            near = nearest(rule.cause, causes)
            said = (
                f"[causes] does not name this cause, so it counts against the model; {known}{near}"
            )
            yield ("collect", index, "cause"), said


def rules_in_no_phase(rules: Sequence[CollectRule], phases: Sequence[str]) -> Iterator[Wrong]:
    """Rules that do not say a phase of the policy, and need to."""
    for index, rule in enumerate(rules):
        if rule.phase is None and sole_phase(phases) is None:
            yield ("collect", index, "phase"), f"is missing; name one of {listed(phases)}"
        elif rule.phase is not None and rule.phase not in phases:
            yield ("collect", index, "phase"), f"must be one of the phases {listed(phases)}"
