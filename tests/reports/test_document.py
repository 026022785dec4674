"""The JSON document: the fixed names, true to its schema, and safe to print into a log."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib import resources

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from bot.calibration.conclusions import Conclusion, Earlier, Ended
from bot.calibration.findings import (
    Change,
    CostEffect,
    GatedPromotion,
    Note,
    Outcome,
    Reason,
    Scope,
    Zone,
)
from bot.errors import Problem
from bot.proposal.report import Action, CommitReport, PullRequestReport
from bot.reports.document import document, dumps
from tests.support.hostile import ALL
from tests.support.reviews import (
    BASE_SHA,
    budget,
    cell,
    investigate,
    keep,
    report,
    review,
    rise,
    shifted,
    twelve_promotions,
    verdict,
    worked_weeks,
)

SCHEMA = json.loads(
    resources.files("bot.reports").joinpath("document.schema.json").read_text("utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def published():
    """A report with everything set that can be."""
    cost = CostEffect(45_000, Fraction(5, 3), Fraction(27, 20), priced=True)
    of = review(
        verdict(cost=cost),
        investigate("API/PLAN", Reason.THIN_EVIDENCE, (2, 5), more_sds=5, notes=tuple(Note)),
        refused=(GatedPromotion(cell("API/PLAN"), "It is a gate."),),
        scope=Scope("TESTING", "EXEC"),
        budget=budget(zone=Zone.RED),
    )
    request = PullRequestReport(
        "calibration/weekly", "t", "b", "https://github.com/o/r/pull/1", Action.UPDATE, "Figures."
    )
    change = Change(cell("TESTING/EXEC"), "sonnet", "opus")
    return report(
        of,
        diff="-a\n+b\n",
        commits=(CommitReport(change, "subject\n\nbody\n", BASE_SHA),),
        pull_request=request,
        rejected=(Problem("a.jsonl", "bad", 3, "tokens"), Problem("b.jsonl", "worse")),
        warnings=("careful",),
    )


REPORTS = {
    "promotion": report(worked_weeks()[0]),
    "a rise is news": report(worked_weeks()[1]),
    "what did not help, and what late facts moved": report(
        review(
            afterwards=(
                rise(conclusion=Conclusion.DID_NOT_HELP, revert=(BASE_SHA,)),
                rise(since=None, was=Earlier(Conclusion.HELPED, "2025-W50")),
                rise(conclusion=Conclusion.SUPERSEDED, ended=Ended.NEW_VERSION),
            )
        )
    ),
    "twelve": report(twelve_promotions()),
    "published": published(),
    "shifted": report(shifted()),
    "nothing logged": report(review(nothing_logged=True, budget=budget(0))),
}


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS.keys())
def test_every_document_fits_the_schema(of):
    VALIDATOR.validate(json.loads(dumps(of)))


@pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS.keys())
def test_every_name_in_a_document_is_described(of):
    """The schema stays open for later names; what there is today must stand in it."""
    VALIDATOR_CLOSED.validate(json.loads(dumps(of)))


def closed(schema):
    """The schema with every object closed."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: closed(value) for key, value in schema.items()}
    return {**changed, "additionalProperties": False} if "required" in schema else changed


VALIDATOR_CLOSED = Draft202012Validator(closed(SCHEMA))


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema_version": 2},
        {"week": "last week"},
        {"verdicts": [{}]},
        {"inputs": "x"},
        {"pull_request": {}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_document(wrong):
    good = document(REPORTS["promotion"])
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**good, **wrong})


def test_the_codes_of_the_schema_are_those_of_the_code():
    properties = SCHEMA["$defs"]["verdict"]["properties"]
    assert properties["reasons"]["items"]["enum"] == [reason.value for reason in Reason]
    assert properties["notes"]["items"]["enum"] == [note.value for note in Note]
    assert properties["verdict"]["enum"] == [outcome.value for outcome in Outcome]
    assert SCHEMA["properties"]["budget"]["properties"]["zone"]["enum"] == [z.value for z in Zone]
    of_rise = SCHEMA["$defs"]["rise"]["properties"]
    assert of_rise["conclusion"]["enum"] == [conclusion.value for conclusion in Conclusion]
    assert of_rise["ended"]["anyOf"][0]["enum"] == [ended.value for ended in Ended]
    request = SCHEMA["properties"]["pull_request"]["anyOf"][0]
    assert request["properties"]["action"]["enum"] == [action.value for action in Action]


def test_the_fixed_names_hold_the_worked_example():
    shown = document(REPORTS["promotion"])
    first = shown["verdicts"][0]
    assert {key: first[key] for key in ("phase", "agent", "model", "verdict", "proposed")} == {
        "phase": "EXEC",
        "agent": "TESTING",
        "model": "sonnet",
        "verdict": "PROMOTE",
        "proposed": "opus",
    }
    assert (first["tally"], first["week"]) == ("2.00", {"sds": 5, "rework": 3})
    assert shown["changes"] == [
        {
            "phase": "EXEC",
            "agent": "TESTING",
            "from": "sonnet",
            "to": "opus",
            "subject": "calibration: testing-agent exec upgraded to opus (edge case detection)",
            "commit": None,
        }
    ]
    assert shown["budget"]["percent"] == "62.4"
    assert document(report(review(keep("A/EXEC", (0, 5)))))["pull_request"] is None


def test_a_rejected_line_names_file_line_and_problem():
    first, second = document(published())["rejected_lines"]
    assert first == {"file": "a.jsonl", "line": 3, "key": "tokens", "problem": "bad"}
    assert second["line"] is None


def test_added_cost_has_two_decimals():
    cost = document(published())["verdicts"][0]["cost"]
    assert cost == {
        "tokens": 45_000,
        "factor": "5/3",
        "added": "1.35",
        "unit": "usd",
        "tokens_ratio": "1",
        "measured_on": None,
    }


def test_hostile_text_stays_data():
    """Every string comes back as it was, and the printed text moves no terminal and no runner."""
    of = verdict(causes=tuple((text, 1) for text in ALL))
    printed = dumps(report(review(of), warnings=ALL))
    read = json.loads(printed)
    assert read["warnings"] == list(ALL)
    assert [cause["cause"] for cause in read["verdicts"][0]["causes"]] == list(ALL)
    assert printed.isascii()
    assert printed.replace("\n", "").isprintable()
    assert "##[" not in printed
    assert not any(line.lstrip().startswith("::") for line in printed.split("\n"))
