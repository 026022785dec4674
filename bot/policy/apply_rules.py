"""The part of the policy that says where the table binds: `[[apply]]` (SPEC § 9a)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from msgspec import field

from bot.allocation.names import SPELLING, Cell, agent_name, listed, phase_name, sole_phase
from bot.allocation.rules import Rules, Wrong
from bot.paths import matches
from bot.policy.reading import Conflict, Section, about, must, sound_fields
from bot.policy.values import Glob

# Plain ones that Python and JSON Schema read alike (bot.policy.values says why not `$` alone).
_KEY = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$(?!\n)"
_FILE = r"^(?!(.*/)?(\.\.|\.[Gg][Ii][Tt])/)[^/\x00-\x1f*?\[\]][^\x00-\x1f*?\[\]]*\.json$(?!\n)"

TableFile = Annotated[
    str, must("must be the path of a .json file, from the top of the repository", pattern=_FILE)
]


def _phases(value: str | list[str]) -> list[str]:
    return [phase_name(text) or text for text in ([value] if isinstance(value, str) else value)]


def _agents(value: dict[str, str]) -> dict[str, str]:
    found = {name: agent_name(agent) for name, agent in value.items()}
    wrong = next((name for name, agent in found.items() if agent is None), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r} must be given the name of an agent: {SPELLING}")
    return {name: agent for name, agent in found.items() if agent is not None}


def _models(value: dict[str, str]) -> dict[str, str]:
    for rung, model in value.items():
        if not model or not model.isprintable() or model != model.strip():
            raise ValueError(f"{rung!r} must be given one line of text, without blanks around it")
    return value


class ApplyRule(Section, frozen=True, rename={"except_": "except"}):
    """Files that must say what the table says. Without rules the table is advice."""

    files: Annotated[
        Glob | None,
        about("Glob of Markdown files with front matter, one an agent: .claude/agents/*.md"),
    ] = None
    except_: Annotated[
        list[Glob], about("Globs of files that are left out, though `files` means them.")
    ] = field(default_factory=list)
    key: Annotated[
        str,
        must('must be a key of the front matter, e.g. "model"', pattern=_KEY),
        about("Key of the front matter that holds the model."),
    ] = "model"
    phases_as_written: Annotated[
        str | list[str],
        must(
            'must be a phase, or a list of them, e.g. "EXEC" or ["PLAN", "EXEC"]',
            check=_phases,
            whatever_type=True,
        ),
        about(
            "The phase whose assignments the files follow. Of several the highest model counts; may be left "
            "out where there is only one."
        ),
    ] = field(name="phase", default_factory=list)
    agents: Annotated[
        dict[str, str],
        must(
            'must be a table of names, e.g. { code-reviewer = "REVIEW" }',
            check=_agents,
            whatever_type=True,
        ),
        about(
            "Name of a file, without its ending, or of its front matter → agent, where they differ."
        ),
    ] = field(default_factory=dict)
    models: Annotated[
        dict[str, str],
        must(
            'must be a table of rungs, e.g. { opus = "claude-opus-4-5" }',
            check=_models,
            whatever_type=True,
        ),
        about("What the files say for a rung, where that is not its name."),
    ] = field(default_factory=dict)
    add: Annotated[
        bool, about("Whether a file without the key, or that says inherit, is given the model too.")
    ] = False
    json: Annotated[
        TableFile | None,
        about(
            "In place of files: one file for the whole resolved table, as `table --format json`."
        ),
    ] = None

    def conflicts(self) -> Iterator[Conflict]:
        """A section is about agent files or about one file for all."""
        if (self.files is None) == (self.json is None):
            yield Conflict("files", "json", "needs either files or json, and not both")
        if self.json is not None:
            written = {"phase": "phases_as_written", "except": "except_"}
            for key in ("except", "phase", "agents", "models", "add"):
                if getattr(self, written.get(key, key)):
                    yield Conflict(key, "json", "goes with files only; remove it")

    @property
    def phases(self) -> list[str]:
        """The phases as written, canonical; none where the only one is meant."""
        return _phases(self.phases_as_written)

    def cells(self, agent: str, rules: Rules) -> tuple[Cell, ...]:
        """The cells that a file of an agent follows."""
        return tuple(Cell(phase, agent) for phase in self.phases or rules.phases[:1])

    def means(self, path: str) -> bool:
        """Whether a file is bound by it, by its name."""
        return path == self.json or (self.files is not None and matches(self.files, path))

    def written(self, rung: str) -> str:
        """What a file says for a rung."""
        return self.models.get(rung, rung)

    def rung_of(self, model: str, rules: Rules) -> str | None:
        """The rung that what a file says stands on, the lowest it may; None for an unknown model."""
        known = rules.ladder.rung_of(model)
        meant = (r for r in rules.ladder.names if r == known or self.models.get(r) == model)
        return next(meant, None)

    def untrue(self, rules: Rules) -> Iterator[tuple[str, str, str]]:
        """Rungs for which files would say what the ladder knows as a lower one: rung, model, that one."""
        ladder = rules.ladder
        for rung, model in self.models.items():
            known = ladder.rung_of(model)
            if known and rung in ladder.names and ladder.rank(known) < ladder.rank(rung):
                yield rung, model, known


def sound_sections(document: Mapping[str, Any]) -> list[ApplyRule]:
    """The sound sections of a parsed policy, whatever is wrong with the rest of it."""
    tables = document.get("apply")
    items = tables if isinstance(tables, list) else []
    read = [sound_fields(ApplyRule, item) for item in items if isinstance(item, dict)]
    return [ApplyRule(**sound) for sound, wrong in read if not wrong]


def rules_that_bind_nothing(rules: Sequence[ApplyRule], known: Rules) -> Iterator[Wrong]:
    """Sections that name no phase of the policy, or rungs that its ladder does not have."""
    for index, rule in enumerate(rules):
        if rule.json is not None:
            continue
        if not rule.phases and sole_phase(known.phases) is None:
            yield ("apply", index, "phase"), f"is missing; name some of {listed(known.phases)}"
        if any(phase not in known.phases for phase in rule.phases):
            yield ("apply", index, "phase"), f"must be of the phases {listed(known.phases)}"
        strange = [rung for rung in rule.models if rung not in known.ladder.names]
        if strange:
            said = f"{strange[0]!r} is no rung of the ladder; use {listed(known.ladder.names)}"
            yield ("apply", index, "models"), said
        for rung, model, lower in rule.untrue(known):
            said = (
                f"says {model!r} for {rung}, which the ladder knows as {lower}; name one of {rung}"
            )
            yield ("apply", index, "models"), said
