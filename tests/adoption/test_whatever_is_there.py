"""Whatever agent files there are, and whatever they say, the first configuration is in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adoption.first_configuration import KeptFiles, Wish, first_configuration
from bot.adoption.first_policy import read_ladder, read_phases
from bot.adoption.how_work_lands import NOTHING_KNOWN
from bot.allocation.table import read_table
from bot.binding.bound_files import bind
from bot.gates.floors import World, below_floor
from bot.policy import read_policy
from tests.support.agent_files import PLACES, HeldFiles, agent_text

_NASTY = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)
NAMES = st.one_of(
    st.sampled_from(
        ["security", "SECURITY", "validation-agent", "testing", "default", "a.b", "x" * 65]
    ),
    _NASTY,
)
NAMES |= st.builds("docs.{}".format, _NASTY)
MODELS = st.one_of(
    st.none(),
    st.sampled_from(
        ["haiku", "sonnet", '"opus"', "inherit", "claude-4.5-opus", "gpt-5", "openai/gpt-5"]
    ),
    st.sampled_from(
        ["Claude Opus 4.5", "anthropic/claude-haiku-4-5", "&a opus", "[opus]", "|\n  opus", "'''"]
    ),
    _NASTY,
)
FILES = st.dictionaries(
    st.builds(lambda place, name: place.format(name), st.sampled_from([*PLACES.values()]), NAMES),
    st.builds(
        lambda model, name, end: agent_text(model, name=name, end=end).encode("utf-8"),
        MODELS,
        st.none() | NAMES,
        st.sampled_from(["\n", "\r\n"]),
    ),
    max_size=6,
)
WISHES = st.builds(
    lambda phases, ladder: Wish(
        phases and read_phases(phases), (ladder and read_ladder(ladder)) or ()
    ),
    st.sampled_from([None, "ALL", "LEAD,PLAN,EXEC", "EXEC"]),
    st.sampled_from([None, "haiku,sonnet", "gpt-5-mini:1/5,gpt-5:1", "haiku,sonnet,opus,gpt-5:9"]),
)


@settings(max_examples=60)
@given(FILES, WISHES)
def test_the_first_configuration_is_valid_and_binds_what_agrees(
    files: dict[str, bytes], wish: Wish
) -> None:
    source = HeldFiles(files)
    found = first_configuration(KeptFiles(None, None), wish, NOTHING_KNOWN, source)
    policy = read_policy(found.policy_text, "policy")
    table = read_table(found.table_text, "table", policy.rules)
    assert below_floor(World(table, policy.rules)) == ()
    bound = bind(policy.apply, table, policy.rules, source)
    assert (bound.apart, bound.clashes) == ((), ())
    assert [left for left in bound.left_alone if left.listed] == []
    again = first_configuration(
        KeptFiles(found.policy_text.encode(), found.table_text.encode()),
        wish,
        NOTHING_KNOWN,
        source,
    )
    assert (again.table, again.unused_sections) == (
        table,
        () if policy.apply else again.unused_sections,
    )
