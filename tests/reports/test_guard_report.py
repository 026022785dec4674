"""One report, four outputs: for people, for GitHub, for code scanning and for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bot import __version__
from bot.allocation.names import Cell
from bot.gates.refusals import Document, Refusal, Weakening
from bot.reports.guard_report import _REASONS, FORMATS, GuardReport, as_summary
from tests.support.hostile import corpus
from tests.support.markdown import obeyed, render

BASE, HEAD = "a" * 40, "b" * 40
LOWERED = Refusal(
    Weakening.ENTRY_LOWERED,
    "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it",
    Cell("EXEC", "SECURITY"),
    "opus",
    "haiku",
    Document.TABLE,
    ("EXEC", "SECURITY"),
    "config/overrides.toml",
    46,
)
MISSING = Refusal(
    Weakening.FILE_MISSING,
    "config/policy.toml is missing; put it back",
    document=Document.POLICY,
    file="config/policy.toml",
)
REFUSED = GuardReport(BASE, HEAD, (MISSING, LOWERED))
PASSED = GuardReport(BASE, HEAD, ())
SCHEMA = Path(__file__).parents[1] / "support" / "sarif" / "sarif-2.1.0-rtm.5.json"


def sarif(report: GuardReport) -> dict[str, Any]:
    """The SARIF document, valid by the official schema."""
    document: dict[str, Any] = json.loads(FORMATS["sarif"](report))
    Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    return document


def test_text_has_a_line_for_each_refusal_and_one_that_sums_up() -> None:
    assert FORMATS["text"](REFUSED) == (
        "config/policy.toml: file-missing: config/policy.toml is missing; put it back\n"
        "config/overrides.toml:46: entry-lowered: "
        "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it\n"
        "guard: bbbbbbbbbbbb is refused for 2 reasons against base aaaaaaaaaaaa\n"
    )


@pytest.mark.parametrize("shape", ["text", "github"])
def test_a_change_that_passes_is_one_line(shape: str) -> None:
    said = "guard: no gate gets weaker in bbbbbbbbbbbb against base aaaaaaaaaaaa\n"
    assert FORMATS[shape](PASSED) == said


def test_a_first_commit_has_no_base() -> None:
    assert FORMATS["text"](GuardReport("", "index", ())) == (
        "guard: no gate gets weaker in index, with no base\n"
    )
    assert FORMATS["text"](GuardReport("", "index", (MISSING,))).endswith(
        "guard: index is refused for 1 reason, with no base\n"
    )


def test_github_gets_an_annotation_on_the_file_and_line() -> None:
    assert FORMATS["github"](REFUSED) == (
        "::error file=config/policy.toml,line=1,title=A file is missing (file-missing)"
        "::config/policy.toml is missing; put it back\n"
        "::error file=config/overrides.toml,line=46,title=The entry of a gate is lowered (entry-lowered)"
        "::SECURITY/EXEC is lowered from opus to haiku; nobody lowers it\n"
        "guard: bbbbbbbbbbbb is refused for 2 reasons against base aaaaaaaaaaaa\n"
    )


def test_the_summary_of_the_job_lists_what_was_refused() -> None:
    assert as_summary(PASSED) == "### calibration-bot guard: no gate gets weaker\n\n"
    assert as_summary(REFUSED) == (
        "### calibration-bot guard: refused\n\n"
        "- `config/policy.toml` `config/policy.toml is missing; put it back`\n"
        "- `config/overrides.toml:46` `SECURITY/EXEC is lowered from opus to haiku; nobody lowers it`\n"
    )


def test_json_is_one_document_with_every_field() -> None:
    assert json.loads(FORMATS["json"](REFUSED)) == {
        "schema_version": 1,
        "passed": False,
        "base": BASE,
        "head": HEAD,
        "violations": [
            {
                "reason": "file-missing",
                "phase": None,
                "agent": None,
                "from": None,
                "to": None,
                "file": "config/policy.toml",
                "line": None,
                "message": "config/policy.toml is missing; put it back",
            },
            {
                "reason": "entry-lowered",
                "phase": "EXEC",
                "agent": "SECURITY",
                "from": "opus",
                "to": "haiku",
                "file": "config/overrides.toml",
                "line": 46,
                "message": "SECURITY/EXEC is lowered from opus to haiku; nobody lowers it",
            },
        ],
        "apart": [],
    }
    assert json.loads(FORMATS["json"](GuardReport("", "index", ()))) == {
        "schema_version": 1,
        "passed": True,
        "base": None,
        "head": "index",
        "violations": [],
        "apart": [],
    }


def test_sarif_names_the_tool_its_rules_and_the_place_of_each_result() -> None:
    run = sarif(REFUSED)["runs"][0]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("calibration-bot guard", __version__)
    assert [rule["id"] for rule in driver["rules"]] == ["entry-lowered", "file-missing"]
    lowered = run["results"][1]
    assert lowered["ruleId"] == driver["rules"][lowered["ruleIndex"]]["id"] == "entry-lowered"
    assert lowered["level"] == "error"
    assert lowered["message"]["text"] == LOWERED.message
    assert lowered["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "config/overrides.toml"},
                "region": {"startLine": 46},
            }
        }
    ]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_sarif_of_a_change_that_passes_has_no_results() -> None:
    assert sarif(PASSED)["runs"][0]["results"] == []


def test_every_reason_is_a_rule_with_words() -> None:
    assert set(_REASONS) == set(Weakening)
    one_each = tuple(Refusal(reason, "said", file="f") for reason in Weakening)
    assert len(
        sarif(GuardReport(BASE, HEAD, one_each))["runs"][0]["tool"]["driver"]["rules"]
    ) == len(Weakening)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param("config/my table.toml", "config/my%20table.toml", id="space"),
        pytest.param("a%b#c?.toml", "a%25b%23c%3F.toml", id="reserved"),
        pytest.param("ö.toml", "%C3%B6.toml", id="letter"),
        pytest.param("a\n::error::b", "a%0A%3A%3Aerror%3A%3Ab", id="line-break"),
    ],
)
def test_a_path_becomes_a_reference_in_sarif(path: str, uri: str) -> None:
    report = GuardReport(BASE, HEAD, (Refusal(Weakening.FILE_MOVED, "said", file=path),))
    location = sarif(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


def test_hostile_paths_and_messages_stay_text_in_every_format() -> None:
    for text in corpus():
        hostile = Refusal(Weakening.BAD_NAME, text[:3000], file=text[:3000], line=3)
        report = GuardReport(BASE, HEAD, (hostile,))
        commands = FORMATS["github"](report).splitlines()
        assert len(commands) == 2
        properties, _, message = commands[0].removeprefix("::error ").partition("::")
        assert len(properties.split(",")) == 3
        assert "\r" not in message
        lines = FORMATS["text"](report).split("\n")
        assert len(lines) == 3
        assert all(line.isprintable() for line in lines)
        assert not lines[0].startswith("::")
        json.loads(FORMATS["json"](report))
        assert obeyed(render(as_summary(report))) == []
    sarif(report)
