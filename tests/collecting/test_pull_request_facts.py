"""What pull requests say of agents' work, and who says it: every combination that matters (issue 11)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.calendar import SECOND
from bot.collecting.fact_records import Harvest, Origin
from bot.collecting.messages import Reading
from bot.collecting.outcomes import Collected, Logged, collected, event
from bot.collecting.pull_request_facts import Court, facts_of, matched_globs, to_be_asked
from bot.collecting.speaking import Permissions
from bot.collecting.spoken import Listener
from bot.evidence.imports.branches import Attribution
from bot.evidence.rows import read_row
from bot.forge.pull_requests import (
    Actor,
    CheckVerdict,
    Comment,
    Labelling,
    PullRecord,
    ReviewGiven,
    Undoing,
)
from bot.policy import BranchPattern, CollectRule
from tests.support.repositories import START

PHASES = ("PLAN", "EXEC")
ADA, EVE, RIA = Actor("ada"), Actor("eve"), Actor("ria")
"""The author; an outsider; somebody who may write."""
READER, NOBODY, LOST = Actor("rob"), Actor("new"), Actor(None)
BOT = Actor("labeler[bot]", is_bot=True)
PERMISSIONS = Permissions(
    {
        "ada": "write",
        "ria": "maintain",
        "amy": "admin",
        "wim": "write",
        "rob": "read",
        "tom": "triage",
        "eve": "none",
        "labeler[bot]": "write",
        "new": None,
    }
)
RULES = [
    CollectRule(when="changes-requested", agent="API", phase="EXEC", as_="issue"),
    CollectRule(when="check-failed", agent="TESTING", phase="EXEC", match="e2e*", cause="tool-use"),
    CollectRule(when="reverted", agent="DESIGN", phase="EXEC"),
    CollectRule(when="closed-unmerged", agent="RISK", phase="PLAN"),
    CollectRule(when="label", agent="DATABASE", phase="EXEC", match="rework*"),
]
COURT = Court(
    "o/r",
    PERMISSIONS,
    Reading(
        Attribution(None, None, [BranchPattern("(?P<sd>SD-[0-9]+).*")], PHASES),
        Listener(PHASES, (), {"flaky-test", "hallucination", "tool-use"}),
        numbers=False,
    ),
    RULES,
)
NUMBERED = replace(COURT, reading=replace(COURT.reading, numbers=True))
MERGED, CLOSED = {"merged_at": 90, "closed_at": 90}, {"closed_at": 90, "closed_by": RIA}
FORK = {"head_repository": "eve/r", "by": EVE}


def pull(**fields: Any) -> PullRecord:
    """Pull request 7 of SD-7 by Ada, merged, unless it is told otherwise."""
    told = {**({} if "closed_at" in fields else MERGED), **fields}
    base = PullRecord("PR", 7, ADA, "SD-7-login", "o/r", "https://g/o/r/pull/7")
    return replace(base, **told)


def review(by: Actor = RIA, state: str = "CHANGES_REQUESTED", **fields: Any) -> ReviewGiven:
    return ReviewGiven(
        **{"node_id": "R", "by": by, "at": 10, "state": state, "address": "r", **fields}
    )


def check(
    conclusion: str = "failure", at: int = 20, name: str = "e2e (x)", head: str = "h1"
) -> CheckVerdict:
    return CheckVerdict(f"C{head}{at}", name, head, at, conclusion, "c")


def label(by: Actor = RIA, name: str = "rework-db") -> Labelling:
    return Labelling("L", name, by, 30)


def comment(body: str, by: Actor = RIA, **fields: Any) -> Comment:
    return Comment(**{"node_id": "M", "by": by, "at": 40, "body": body, "address": "m", **fields})


def harvest(*pulls: PullRecord, court: Court = COURT) -> Harvest:
    return facts_of(pulls, court)


def brief(found: Harvest, rules: list[CollectRule] = RULES, logged: Logged = Logged()) -> list[str]:  # noqa: B008
    """Rows but passes, as `SD AGENT/PHASE rework cause`."""
    return [row for row in every(found, rules, logged) if not row.endswith(" passed")]


def outcomes(found: Harvest, rules: list[CollectRule], logged: Logged) -> Collected:
    return collected(found, Origin("github", "o/r"), rules, PHASES, logged)


def every(found: Harvest, rules: list[CollectRule], logged: Logged) -> list[str]:
    rows = []
    for one in outcomes(found, rules, logged).outcomes:
        dated = replace(one, at=(START + one.at) * SECOND)  # instants here are small numbers
        row = read_row(event(Origin("github", "o/r"), dated).line.strip(), PHASES, rework=True)
        assert row is not None
        kind = "rework" if row.rework else "issue" if row.issue else "passed"
        rows.append(" ".join(filter(None, [row.sd, f"{row.agent}/{row.phase}", kind, row.cause])))
    return rows


SPEAKERS = [
    pytest.param(RIA, True, id="maintain"),
    pytest.param(Actor("wim"), True, id="write"),
    pytest.param(Actor("AMY"), True, id="admin, in capitals"),
    pytest.param(READER, False, id="read"),
    pytest.param(Actor("tom"), False, id="triage"),
    pytest.param(EVE, False, id="outsider"),
    pytest.param(NOBODY, False, id="no answer"),
    pytest.param(Actor("who"), False, id="never asked"),
    pytest.param(ADA, False, id="the author"),
    pytest.param(Actor("Ada"), False, id="the author, in capitals"),
    pytest.param(BOT, False, id="bot with write access"),
    pytest.param(LOST, False, id="deleted user"),
]
SPOKEN = [
    (lambda by: pull(reviews=(review(by),)), "SD-7 API/EXEC issue"),
    (lambda by: pull(labels=(label(by),)), "SD-7 DATABASE/EXEC rework"),
    (
        lambda by: pull(comments=(comment("/rework TESTING/EXEC flaky-test so it is", by),)),
        "SD-7 TESTING/EXEC rework flaky-test",
    ),
    (lambda by: pull(**{**CLOSED, "closed_by": by}), "SD-7 RISK/PLAN rework"),
]


@pytest.mark.parametrize(("by", "speaks"), SPEAKERS)
@pytest.mark.parametrize(("of", "row"), SPOKEN, ids=["review", "label", "comment", "closing"])
def test_only_people_with_write_access_speak_and_never_of_their_own(
    of: Any, row: str, by: Actor, speaks: bool
) -> None:
    found = harvest(of(by))
    assert brief(found) == ([row] if speaks else [])
    assert len(found.left_out) == (0 if speaks else 1)


FACTS = [
    ("merged", pull(), []),
    ("open", replace(pull(), merged_at=None, closed_at=None, reviews=(review(),)), []),
    ("approved", pull(reviews=(review(state="APPROVED"),)), []),
    ("commented", pull(reviews=(review(state="COMMENTED"),)), []),
    ("changes requested", pull(reviews=(review(),)), ["SD-7 API/EXEC issue"]),
    (
        "dismissed later",
        pull(reviews=(review(state="DISMISSED", dismissed_from="CHANGES_REQUESTED"),)),
        ["SD-7 API/EXEC issue"],
    ),
    (
        "an approval dismissed later",
        pull(reviews=(review(state="DISMISSED", dismissed_from="APPROVED"),)),
        [],
    ),
    (
        "requested twice",
        pull(reviews=(review(), review(node_id="R2", at=11))),
        ["SD-7 API/EXEC issue"],
    ),
    ("red", pull(checks=(check(),)), ["SD-7 TESTING/EXEC rework tool-use"]),
    ("too long", pull(checks=(check("timed_out"),)), ["SD-7 TESTING/EXEC rework tool-use"]),
    ("green", pull(checks=(check("success"),)), []),
    ("cancelled", pull(checks=(check("cancelled"),)), []),
    ("skipped", pull(checks=(check("skipped"),)), []),
    ("broken by itself", pull(checks=(check("startup_failure"), check("error", 21))), []),
    ("another check", pull(checks=(check(name="lint"),)), []),
    (
        "red, then green when it ran again",
        pull(checks=(check(), check("success", 21))),
        ["SD-7 TESTING/EXEC rework tool-use"],
    ),
    ("green, then red when it ran again", pull(checks=(check("success"), check(at=21))), []),
    (
        "cancelled, then red",
        pull(checks=(check("cancelled"), check(at=21))),
        ["SD-7 TESTING/EXEC rework tool-use"],
    ),
    (
        "green, then red on another head",
        pull(checks=(check("success"), check(at=21, head="h2"))),
        ["SD-7 TESTING/EXEC rework tool-use"],
    ),
    ("red on a fork's head", pull(checks=(check(),), head_repository="ada/r"), []),
    ("red on a fork that is gone", pull(checks=(check(),), head_repository=None), []),
    (
        "red here, the name in capitals",
        pull(checks=(check(),), head_repository="O/R"),
        ["SD-7 TESTING/EXEC rework tool-use"],
    ),
    ("another label", pull(labels=(label(name="bug"),)), []),
    ("reverted", pull(undone=(Undoing("x", 99, "u"),)), ["SD-7 DESIGN/EXEC rework"]),
    (
        "reverted twice",
        pull(undone=(Undoing("x", 99, "u"), Undoing("y", 100, "u"))),
        ["SD-7 DESIGN/EXEC rework"],
    ),
    ("closed unmerged", pull(**CLOSED), ["SD-7 RISK/PLAN rework"]),
    (
        "closed, and reverted before",
        pull(**CLOSED, undone=(Undoing("x", 9, "u"),)),
        ["SD-7 RISK/PLAN rework"],
    ),
]


@pytest.mark.parametrize(("of", "rows"), [f[1:] for f in FACTS], ids=[f[0] for f in FACTS])
def test_each_fact_becomes_the_row_that_a_rule_makes_of_it(of: PullRecord, rows: list[str]) -> None:
    assert brief(harvest(of)) == rows


def test_all_facts_of_one_pull_request_come_in_order_of_time() -> None:
    of = pull(
        reviews=(review(),),
        checks=(check(),),
        labels=(label(),),
        comments=(comment("/issue RISK/EXEC"),),
        undone=(Undoing("x", 99, "u"),),
    )
    assert brief(harvest(of)) == [
        "SD-7 API/EXEC issue",
        "SD-7 TESTING/EXEC rework tool-use",
        "SD-7 DATABASE/EXEC rework",
        "SD-7 RISK/EXEC issue",
        "SD-7 DESIGN/EXEC rework",
    ]


COMMANDS = [
    ("/rework TESTING/EXEC", ["SD-7 TESTING/EXEC rework"]),
    ("/rework testing-agent/exec tool-use broke it", ["SD-7 TESTING/EXEC rework tool-use"]),
    ("/rework TESTING/EXEC Broke it", ["SD-7 TESTING/EXEC rework unknown"]),
    ("/rework TESTING/EXEC HALLUCINATION", ["SD-7 TESTING/EXEC rework hallucination"]),
    ("/issue TESTING/EXEC Flaky-Test", ["SD-7 TESTING/EXEC issue flaky-test"]),
    ("/issue TESTING/EXEC flaky-test", ["SD-7 TESTING/EXEC issue flaky-test"]),
    ("/passed TESTING/EXEC flaky-test", ["SD-7 TESTING/EXEC passed"]),
    (
        "Thanks!\r\n/rework API/PLAN\r\n/issue API/EXEC\r\nbye",
        ["SD-7 API/PLAN rework", "SD-7 API/EXEC issue"],
    ),
    ("/rework API/PLAN\n/rework API/PLAN tool-use", ["SD-7 API/PLAN rework"]),
    ("/rework TESTING", []),
    ("/rework TESTING/DEPLOY", []),
    ("/rework", []),
    ("/rework /EXEC", []),
    ("/reworked TESTING/EXEC", []),
    ("/REWORK TESTING/EXEC", []),
    ("Say /rework TESTING/EXEC", []),
    (" /rework TESTING/EXEC", []),
    ("> /rework TESTING/EXEC", []),
    ("```\n/rework TESTING/EXEC\n```", []),
    ("~~~\n/rework TESTING/EXEC", []),
    ("```\nx\n```\n/rework API/EXEC", ["SD-7 API/EXEC rework"]),
    ("/rework API/EXEC\n" + "x" * 70_000, []),
]


@pytest.mark.parametrize(("body", "rows"), COMMANDS, ids=[c[0][:40] for c in COMMANDS])
def test_a_command_is_a_line_of_its_own_that_nobody_quotes(body: str, rows: list[str]) -> None:
    found = outcomes(harvest(pull(comments=(comment(body),))), [], Logged())
    shown = every(harvest(pull(comments=(comment(body),))), [], Logged())
    assert sorted(shown) == sorted(rows)
    assert len(found.outcomes) == len(rows)


@pytest.mark.parametrize(("agent", "cells"), [("CODER", ["CODER"]), ("NONE", [])])
def test_an_agent_of_the_table_alone_is_enough_where_there_is_one_phase(
    agent: str, cells: list[str]
) -> None:
    reading = replace(COURT.reading, listener=Listener(("ALL",), {"CODER"}))
    of = pull(comments=(comment(f"/rework {agent}"),))
    found = harvest(of, court=replace(COURT, reading=reading))
    assert [str(fact.word and fact.word.cell) for fact in found.facts] == cells


def test_an_edited_comment_says_nothing_before_and_after() -> None:
    first = harvest(pull(comments=(comment("/rework API/EXEC"),)))
    row = outcomes(first, [], Logged()).outcomes[0]
    known = Logged(places=frozenset({row.place}))
    edited = harvest(pull(comments=(comment("/rework TESTING/EXEC", edited=True),)))
    assert every(edited, [], known) == every(edited, [], Logged()) == []
    (left,) = edited.left_out
    assert left.reason == "/rework in a comment that was edited; write another one"


def test_ten_thousand_comments_of_an_outsider_are_ten_thousand_nothings() -> None:
    comments = tuple(comment(f"/rework API/EXEC\n{n}", EVE, node_id=str(n)) for n in range(10_000))
    found = harvest(pull(comments=comments))
    assert found.facts == ()
    assert len(found.left_out) == 10_000
    assert {left.reason for left in found.left_out} == {"/rework by somebody without write access"}


TRAILERS = (("SD", "SD-1"), ("sd", "SD-2"), ("Rework", "API/EXEC"), ("Passed", "RISK/EXEC"))
WORK_ITEMS = [
    ("branch", pull(), COURT, "SD-7"),
    ("trailer", pull(trailers=TRAILERS), COURT, "SD-1"),
    ("number", pull(branch="x"), NUMBERED, "7"),
    ("an empty trailer before branch", pull(trailers=(("SD", ""),)), COURT, "SD-7"),
    ("an empty trailer before number", pull(branch="x", trailers=(("SD", ""),)), NUMBERED, "7"),
    ("an empty trailer before another", pull(trailers=(("SD", ""), *TRAILERS)), COURT, "SD-1"),
    ("branch before number", pull(), NUMBERED, "SD-7"),
    ("nothing", pull(branch="x"), COURT, None),
    ("own fork of somebody with access", pull(head_repository="ada/r"), COURT, "SD-7"),
    ("an outsider's fork", pull(**FORK, trailers=TRAILERS), COURT, None),
    ("an outsider's fork by number", pull(**FORK, trailers=TRAILERS), NUMBERED, "7"),
    ("an app's branch here", pull(by=Actor("coder[bot]", True)), COURT, "SD-7"),
    ("a deleted author's branch here", pull(by=LOST), COURT, "SD-7"),
    ("a name no log can hold", pull(trailers=(("SD", "\u202ex"),)), NUMBERED, None),
]


@pytest.mark.parametrize(
    ("of", "court", "sd"), [w[1:] for w in WORK_ITEMS], ids=[w[0] for w in WORK_ITEMS]
)
def test_a_pull_request_belongs_to_the_sd_that_somebody_with_access_says(
    of: PullRecord, court: Court, sd: str | None
) -> None:
    found = harvest(replace(of, reviews=(review(),)), court=court)
    assert [work.sd for work in found.settled] == ([sd] if sd else [])
    assert {fact.sd for fact in found.facts} == ({sd} if sd else set())
    nobody = [left for left in found.left_out if "belongs to no SD" in left.reason]
    assert len(nobody) == (0 if sd else 1)


def test_trailers_of_a_description_are_listed_and_not_used() -> None:
    found = harvest(pull(trailers=TRAILERS))
    assert brief(found) == []
    assert [left.reason.split(" are ")[0] for left in found.left_out] == [
        "SD: 'SD-2' is not used; the first, 'SD-1', counts",
        "trailers in the description",
        "trailers in the description",
    ]


def test_an_outsiders_second_sd_is_as_silent_as_the_first() -> None:
    found = harvest(pull(**FORK, trailers=TRAILERS[:2]), court=NUMBERED)
    assert found.left_out == ()


@pytest.mark.parametrize("closed_by", [EVE, RIA, LOST])
def test_what_an_outsider_closes_unmerged_is_nobodys(closed_by: Actor) -> None:
    of = pull(**{**CLOSED, "closed_by": closed_by}, **FORK, reviews=(review(),), checks=(check(),))
    found = harvest(of, court=NUMBERED)
    assert (found.facts, found.settled) == ((), ())
    assert found.left_out[0].reason == "a pull request by an outsider that nobody merged"


@pytest.mark.parametrize("branch", ["calibration/weekly", "revert-12-SD-7-login"])
def test_a_calibration_and_a_revert_are_no_work_items(branch: str) -> None:
    assert harvest(pull(branch=branch), court=NUMBERED) == Harvest((), (), ())


ALWAYS = [
    CollectRule(when=rule.when, agent=rule.agent, phase=rule.phase, match=rule.match, always=True)
    for rule in RULES
]
PASSES = [
    ("merged", pull(), RULES, {"API": 1}, ["API"]),
    ("merged, nobody ran", pull(), RULES, {}, []),
    ("merged, always", pull(), ALWAYS, {}, ["API", "DATABASE", "DESIGN", "RISK", "TESTING"]),
    ("with a fact", pull(reviews=(review(),)), RULES, {"API": 1}, []),
    ("with another's fact", pull(checks=(check(),)), RULES, {"API": 1, "TESTING": 1}, ["API"]),
    ("with a fact later", pull(undone=(Undoing("x", 99, "u"),)), RULES, {"DESIGN": 1}, ["DESIGN"]),
    ("with a command", pull(comments=(comment("/rework API/EXEC"),)), RULES, {"API": 1}, []),
    ("what an outsider says is none", pull(reviews=(review(EVE),)), RULES, {"API": 1}, ["API"]),
    ("closed by somebody else", pull(**CLOSED), RULES, {"API": 1, "RISK": 1}, ["API"]),
    ("given up", pull(**{**CLOSED, "closed_by": ADA}), RULES, {"API": 1, "RISK": 1}, ["API"]),
    (
        "a fork's checks are not seen",
        pull(head_repository="ada/r"),
        RULES,
        {"API": 1, "TESTING": 1},
        ["API"],
    ),
    ("of no SD", pull(branch="x"), ALWAYS, {}, []),
]


@pytest.mark.parametrize(
    ("of", "rules", "ran", "agents"), [p[1:] for p in PASSES], ids=[p[0] for p in PASSES]
)
def test_silence_is_a_pass_of_who_ran_where_the_fact_would_have_been_seen(
    of: PullRecord, rules: list[CollectRule], ran: dict[str, int], agents: list[str]
) -> None:
    cells = {(rule.agent, rule.cell(PHASES)) for rule in rules}
    logged = Logged(ran=frozenset(("SD-7", cell) for agent, cell in cells if agent in ran))
    passed = [row for row in every(harvest(of), rules, logged) if row.endswith("passed")]
    assert sorted(row.split()[1].partition("/")[0] for row in passed) == agents


def test_a_rule_may_look_at_forks() -> None:
    rules = [
        CollectRule(when="check-failed", agent="TESTING", phase="EXEC", forks=True, always=True)
    ]
    fork = pull(head_repository="ada/r")
    court = replace(COURT, rules=rules)
    assert every(harvest(fork, court=court), rules, Logged()) == ["SD-7 TESTING/EXEC passed"]
    red = replace(fork, checks=(check(name="any"),))
    assert every(harvest(red, court=court), rules, Logged()) == ["SD-7 TESTING/EXEC rework"]


def test_the_order_in_which_github_answers_is_no_matter() -> None:
    pulls = [
        pull(node_id="A", reviews=(review(node_id="R1"),)),
        pull(
            node_id="B",
            reviews=(review(node_id="R2", at=5),),
            checks=(check(), check("success", 3)),
        ),
        pull(node_id="C", labels=(label(),), comments=(comment("/rework API/EXEC"),)),
    ]
    seen = {
        tuple(outcomes(harvest(*order), RULES, Logged()).outcomes) for order in permutations(pulls)
    }
    assert len(seen) == 1


def test_what_was_collected_is_not_collected_again() -> None:
    found = harvest(pull(reviews=(review(),), checks=(check(),)))
    first = outcomes(found, RULES, Logged())
    origin = Origin("github", "o/r")
    logged = Logged(ids=frozenset(str(event(origin, one).fields["id"]) for one in first.outcomes))
    again = outcomes(found, RULES, logged)
    assert (again.outcomes, again.already) == ((), 2)


def test_globs_are_matched_by_every_check_and_label_that_was_there() -> None:
    rules = [*RULES, CollectRule(when="check-failed", agent="API", phase="EXEC", match="build*")]
    of = pull(checks=(check("success"),), labels=(label(EVE, "rework"),))
    assert matched_globs([of], rules) == ("e2e*", "rework*")
    assert matched_globs([pull()], rules) == ()


HOSTILE = "::error::\x1b[31m\u202e<!-- @ada | `x`\n"


def test_hostile_names_and_texts_stay_on_one_plain_line_of_500_characters() -> None:
    rules = [CollectRule(when="check-failed", agent="API", phase="EXEC")]
    of = pull(
        checks=(check(name=HOSTILE * 99),), comments=(comment(f"/rework RISK/EXEC {HOSTILE}"),)
    )
    found = outcomes(harvest(of, court=replace(COURT, rules=rules)), rules, Logged())
    assert len(found.outcomes) == 2
    for one in found.outcomes:
        note = event(Origin("github", "o/r"), one).fields.get("note", "")
        assert note.isprintable()
        assert len(note) <= 500


SILENT = st.sampled_from([EVE, READER, NOBODY, LOST, BOT, ADA, Actor("tom"), Actor("EVE")])
BODIES = st.sampled_from([body for body, _ in COMMANDS])
OTHERS_WORDS = st.builds(
    pull,
    reviews=st.lists(st.builds(review, SILENT), max_size=2).map(tuple),
    labels=st.lists(st.builds(label, SILENT), max_size=2).map(tuple),
    comments=st.lists(st.builds(comment, BODIES, SILENT), max_size=3).map(tuple),
    trailers=st.just(TRAILERS),
    by=st.sampled_from([ADA, EVE, BOT]),
    head_repository=st.sampled_from(["o/r", "eve/r", None]),
    merged_at=st.sampled_from([90, None]),
    closed_at=st.just(90),
    closed_by=SILENT,
)


@given(OTHERS_WORDS)
def test_nobody_without_a_voice_ever_makes_a_row(of: PullRecord) -> None:
    """Ada may write: here she speaks only where the pull request is hers, which is not at all."""
    spoken = (
        *[one.by for one in (*of.reviews, *of.labels, *of.comments)],
        *([of.closed_by] if of.merged_at is None else []),
    )
    assume(of.by == ADA or ADA not in spoken)
    assert harvest(of, court=NUMBERED).facts == ()


SAID_BY_ALL = pull(
    reviews=(review(RIA), review(Actor("WIM"), state="APPROVED"), review(LOST, node_id="R3")),
    labels=(label(READER), label(Actor("tom"), "bug"), label(BOT)),
    comments=(comment("/issue API/EXEC", EVE), comment("thanks", Actor("amy"))),
)


def test_only_those_are_asked_about_whose_permission_decides_something() -> None:
    court = replace(COURT, permissions=Permissions({}))
    assert to_be_asked([SAID_BY_ALL], court) == ("eve", "ria", "rob")
    assert to_be_asked([replace(SAID_BY_ALL, head_repository=None)], court)[0] == "ada"
    assert to_be_asked([pull(**CLOSED)], court) == ("ria",)
    assert to_be_asked([replace(SAID_BY_ALL, closed_at=None, merged_at=None)], court) == ()
    assert to_be_asked([replace(SAID_BY_ALL, branch="calibration/weekly")], court) == ()
    assert to_be_asked([SAID_BY_ALL], replace(court, rules=[])) == ("eve",)


def test_what_no_rule_asks_for_is_not_looked_at() -> None:
    court = replace(COURT, rules=[])
    of = replace(SAID_BY_ALL, checks=(check(),), undone=(Undoing("x", 99, "u"),))
    found = harvest(of, court=court)
    assert found.facts == ()
    assert [left.reason for left in found.left_out] == ["/issue by somebody without write access"]
