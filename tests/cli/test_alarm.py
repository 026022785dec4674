"""The alarm (issue 13, item 5; SPEC § 12): one issue, kept up and closed by scheduled runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.cli import alarm
from bot.wording.alarm_text import ALARM_TITLE, alarm_mark, alarm_tag
from tests.support.commands import Bot, Said
from tests.support.forge import faults, tokens
from tests.support.forge.faults import calls
from tests.support.forge.host import Host
from tests.support.forge.tokens import Token
from tests.support.forge.wire import Request, error_answer
from tests.support.teams import POLICY, policy

MONDAY = 1_764_565_000
"""2025-12-01, in week 49; seconds since the epoch."""
WEEK = 7 * 86_400
WELL = {"scope": "success", "collect": "skipped", "calibrate": "success"}
FAILED = {"scope": "success", "collect": "failure", "calibrate": "skipped"}
READER = Token("ghs_readsIssues", tokens.ACTIONS.login, tokens.ACTIONS.kind, (), {"issues": "read"})
RUN = "[The scheduled calibration]({url}/acme/widget/actions/runs/7)"


def needs(results: dict[str, str], job: str = "calibrate", **outputs: str) -> str:
    """GitHub's toJSON(needs)."""
    return json.dumps(
        {
            name: {"result": result, "outputs": outputs if name == job else {}}
            for name, result in results.items()
        }
    )


@dataclass
class Team:
    """A checkout with a policy, and the host whose issues are looked at."""

    host: Host
    folder: Path
    bot: Bot
    patch: pytest.MonkeyPatch
    now: int = MONDAY

    def __call__(self, jobs: str, token: Token = tokens.ACTIONS, *args: str) -> Said:
        """Raise or end the alarm as the workflow does."""
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(alarm, "time", SimpleNamespace(time=lambda: self.now))
            told = {**self.host.environment(token), "GITHUB_RUN_ID": "7"}
            for name, value in told.items():
                patch.setenv(name, value)
            return self.bot("alarm", None, f"--jobs={jobs}", *args)

    def says(self, text: str, file: str = POLICY) -> None:
        """Write the policy."""
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(text, encoding="utf-8")

    def api(self, method: str, path: str = "", body: Any = None, login: str = "reviewer") -> Any:
        """Somebody's request about issues; nothing is logged."""
        place = f"/repos/acme/widget/issues{path}"
        query = "state=all&per_page=100" if method == "GET" and not path else ""
        return self.host.people.api(method, place, body, login=login, query=query).json

    @property
    def issues(self) -> list[Any]:
        """All of them, the oldest first."""
        return sorted(self.api("GET"), key=lambda issue: int(issue["number"]))

    @property
    def states(self) -> list[str]:
        """`1 open`, a line each."""
        return [f"{issue['number']} {issue['state']}" for issue in self.issues]

    def comments(self, number: int = 1) -> list[str]:
        """Texts of an issue's comments."""
        return [comment["body"] for comment in self.api("GET", f"/{number}/comments")]


@pytest.fixture
def team(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Team:
    found = Team(host, tmp_path / "team", Bot(capsys), monkeypatch)
    found.says(policy())
    return found


def test_a_failed_run_opens_an_issue_that_says_what_failed_and_what_to_do(team: Team) -> None:
    said = team(needs(FAILED, "collect", **{"exit-code": "1"}))
    assert (said.code, said.err) == (0, "")
    assert said.out == f"The alarm is raised: {team.host.url}/acme/widget/issues/1\n"
    (issue,) = team.issues
    assert (issue["title"], issue["user"]["login"]) == (ALARM_TITLE, tokens.ACTIONS.login)
    first, _, reasons, _, then, *_ = issue["body"].split("\n")
    assert first == f"{RUN.format(url=team.host.url)} needs somebody:"
    assert reasons.startswith("- Job `collect` failed with exit code 1. **Next**: its summary says")
    assert then.startswith("While it stays so, this issue gets a comment a week;")
    assert issue["body"].endswith(f"\n{alarm_tag(POLICY, '2025-W49')}\n")


@pytest.mark.parametrize(
    ("result", "code", "words"),
    [
        ("failure", "", "failed. **Next**: see its log: what failed is around the bot"),
        (
            "failure",
            "2",
            "failed with exit code 2. **Next**: correct what the run was started with",
        ),
        ("failure", "3", "failed with exit code 3. **Next**: bring the entry back to its floor"),
        ("failure", "4", "failed with exit code 4. **Next**: its summary names the setting"),
        ("failure", "0", "failed with exit code 0. **Next**: see its log"),
        ("failure", "x`\n1", "failed. **Next**: see its log"),
        ("failure", "70", "failed with exit code 70. **Next**: report it"),
        ("failure", "99", "failed with exit code 99. **Next**: see its log"),
        ("cancelled", "", "was stopped. **Next**: see in its log what took so long"),
        ("cancelled", "0", "was stopped with exit code 0. **Next**: see in its log"),
        ("unheard-of", "", "ended as `unheard-of`. **Next**: see its log: what failed is around"),
    ],
)
@pytest.mark.parametrize("job", ["scope", "collect", "calibrate"])
def test_each_way_to_fail_comes_with_what_to_do(
    team: Team, job: str, result: str, code: str, words: str
) -> None:
    """A job that ran out of time is `cancelled` in GitHub's words, while its run is not."""
    assert team(needs({**WELL, job: result}, job, **{"exit-code": code})).code == 0
    assert f"- Job `{job}` {words}" in team.issues[0]["body"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("rows", "the logs hold no row. **Next**: see that agents log"),
        ("outcomes", "nobody logged an outcome in it nor in the three weeks before. **Next**: let"),
    ],
)
def test_a_week_without_rows_or_outcomes_raises_it_though_nothing_failed(
    team: Team, missing: str, words: str
) -> None:
    team(needs(WELL, missing=missing, week="2025-W48"))
    assert f"- Week `2025-W48` decides nothing: {words}" in team.issues[0]["body"]


def test_while_it_lasts_there_is_one_comment_a_week_however_often_it_fails(team: Team) -> None:
    jobs = needs(FAILED)
    for week in range(3):
        team.now = MONDAY + week * WEEK
        for _ in range(3):
            said = team(jobs)
            assert said.code == 0
    assert said.out == f"The alarm stands: {team.host.url}/acme/widget/issues/1\n"
    assert team.states == ["1 open"]
    assert [text.partition("\n\n")[0] for text in team.comments()] == [
        f"It is still so. {RUN.format(url=team.host.url)} needs somebody:"
    ] * 2
    assert [
        alarm_tag(POLICY, f"2025-W{week}") in text
        for week, text in zip((50, 51), team.comments(), strict=True)
    ] == [True, True]


def test_the_next_run_that_is_well_says_so_and_closes_it(team: Team) -> None:
    team(needs(FAILED))
    said = team(needs(WELL))
    assert (said.code, said.out) == (0, "The alarm is over: closed #1.\n")
    assert team.states == ["1 closed"]
    assert team.issues[0]["state_reason"] == "completed"
    (told,) = team.comments()
    assert told.startswith(f"{RUN.format(url=team.host.url)} is well: nothing failed")
    before = len(team.host.writes())
    assert team(needs(WELL)).out == "No alarm: all is well.\n"
    assert len(team.host.writes()) == before


SKIPPED = dict.fromkeys(WELL, "skipped")


@pytest.mark.parametrize("before", [[], [FAILED]], ids=["none open", "one open"])
def test_a_run_whose_jobs_were_all_skipped_leaves_the_alarm_as_it_is(
    team: Team, before: list[dict[str, str]]
) -> None:
    for jobs in before:
        team(needs(jobs))
    writes, states = len(team.host.writes()), team.states
    said = team(needs(SKIPPED))
    told = "Every job was skipped, which shows nothing: the alarm is left as it is.\n"
    assert (said.code, said.out, said.err) == (0, told, "")
    assert (team.states, team.comments() if states else []) == (states, [])
    assert len(team.host.writes()) == writes


def test_one_job_that_was_done_is_enough_to_close_it(team: Team) -> None:
    team(needs(FAILED))
    team(needs({**SKIPPED, "calibrate": "success"}))
    assert team.states == ["1 closed"]


def test_after_that_another_failure_is_another_issue(team: Team) -> None:
    for jobs in (FAILED, WELL, FAILED, WELL):
        team(needs(jobs))
    assert team.states == ["1 closed", "2 closed"]


def test_one_that_a_person_closed_stays_closed_and_the_next_failure_opens_another(
    team: Team,
) -> None:
    team(needs(FAILED))
    team.api("PATCH", "/1", {"state": "closed"})
    team.now += WEEK
    team(needs(FAILED))
    assert team.states == ["1 closed", "2 open"]
    assert team.comments(1) == []


def test_what_a_person_did_to_it_stays(team: Team) -> None:
    team(needs(FAILED))
    body = f"We are at it.\n\n{team.issues[0]['body']}"
    team.api("PATCH", "/1", {"title": "Ours", "body": body})
    team(needs(WELL))
    (issue,) = team.issues
    assert (issue["title"], issue["body"], issue["state"]) == ("Ours", body, "closed")


@pytest.mark.parametrize("jobs", [FAILED, WELL], ids=["failed", "well"])
def test_a_look_alike_of_somebody_else_is_neither_believed_nor_touched(
    team: Team, jobs: dict[str, str]
) -> None:
    fake = {"title": ALARM_TITLE, "body": alarm_tag(POLICY, "2025-W49")}
    for login in ("reviewer", "stranger"):
        team.api("POST", "", fake, login=login)
    team.api("POST", "/1/comments", {"body": alarm_tag(POLICY, "2025-W50")}, login="stranger")
    team(needs(jobs))
    own = ["3 open"] if jobs is FAILED else []
    assert team.states == ["1 open", "2 open", *own]
    assert len(team.comments(1)) == 1


def test_a_comment_of_somebody_else_does_not_silence_it(team: Team) -> None:
    team(needs(FAILED))
    team.api("POST", "/1/comments", {"body": alarm_tag(POLICY, "2025-W50")}, login="stranger")
    team.now += WEEK
    team(needs(FAILED))
    assert len(team.comments()) == 2


def test_a_pull_request_of_the_bot_with_that_mark_is_no_alarm(team: Team) -> None:
    team.host.seed({"a": "1"})
    team.host.people.commit("side", {"a": "2"}, start="main")
    body = {"title": "x", "head": "side", "base": "main", "body": alarm_tag(POLICY, "2025-W49")}
    as_bot(team.host, "/pulls", body)
    team(needs(WELL))
    assert team.host.pull(1)["state"] == "open"


def as_bot(host: Host, path: str, body: Any) -> None:
    """The bot's request from another run; nothing is logged."""
    headers = {
        "authorization": f"token {tokens.ACTIONS.value}",
        "content-type": "application/json",
    }
    raw = json.dumps(body).encode()
    place = f"/repos/acme/widget{path}"
    answer = host.api.answer(Request("POST", place, headers=headers, body=raw))
    assert answer.status < 300, answer.body


def test_of_two_runs_at_once_the_later_one_closes_its_own_again(team: Team) -> None:
    other = {"title": ALARM_TITLE, "body": alarm_tag(POLICY, "2025-W49")}

    def faster(request: Request) -> None:
        if calls("POST", "/issues")(request):
            team.host.before.clear()
            as_bot(team.host, "/issues", other)

    team.host.before.append(faster)
    said = team(needs(FAILED))
    assert (said.code, said.out) == (
        0,
        f"The alarm stands: {team.host.url}/acme/widget/issues/1\n",
    )
    assert team.states == ["1 open", "2 closed"]
    assert team.issues[1]["state_reason"] == "not_planned"
    assert team.comments(2)[0].startswith("Two runs raised the alarm at once; #1 says the same.")
    assert team.comments(1) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", [faults.server_error(), faults.dropped().after()], ids=str)
@pytest.mark.parametrize(
    ("method", "ending"), [("POST", "/issues"), ("POST", "/comments"), ("PATCH", "/1")]
)
def test_a_fault_that_passes_leaves_one_issue_and_one_comment(
    team: Team, method: str, ending: str, fault: faults.Fault
) -> None:
    team.host.faults.when(calls(method, ending), fault)
    for jobs in (FAILED, WELL):
        assert team(needs(jobs)).code == 0
    assert team.states == ["1 closed"]
    assert len(team.comments()) == 1


@pytest.mark.parametrize("token", [READER, tokens.ACTIONS_READ_ONLY], ids=["issues", "all"])
def test_without_the_permission_it_says_so_and_fails(team: Team, token: Token) -> None:
    team.host.add_token(token)
    said = team(needs(FAILED), token)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: GitHub did not let the bot open an issue (403: ")
    assert "give the workflow's job this permission: `issues: write`" in said.err
    assert team.states == []


def test_a_token_that_may_not_even_look_names_the_same_permission(team: Team) -> None:
    blind = Token("ghs_blind", tokens.ACTIONS.login, tokens.ACTIONS.kind, (), {"contents": "read"})
    team.host.add_token(blind)
    said = team(needs(WELL), blind)
    assert (said.code, "`issues: read`" in said.err) == (1, True)


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_where_issues_are_switched_off_a_failure_says_what_to_do(team: Team, verb: str) -> None:
    gone = faults.Fault("410", error_answer(410, "Issues has been disabled in this repository."))
    team.host.faults.when(calls(verb, "/issues"), gone, times=None)
    said = team(needs(FAILED))
    assert said.code == 1
    assert f"switch issues on ({team.host.url}/acme/widget/settings, Features)" in said.err
    assert "`alarm = false` in the policy" in said.err


def test_where_issues_are_switched_off_a_run_that_is_well_is_no_failure(team: Team) -> None:
    gone = faults.Fault("410", error_answer(410, "Issues are disabled for this repo"))
    team.host.faults.when(calls("GET", "/issues"), gone)
    said = team(needs(WELL))
    assert (said.code, said.out) == (
        0,
        "No alarm: all is well, and there are no issues in this repository.\n",
    )


@pytest.mark.parametrize("jobs", [FAILED, WELL], ids=["failed", "well"])
def test_the_policy_switches_it_off(team: Team, jobs: dict[str, str]) -> None:
    team.says(policy(alarm="false"))
    said = team(needs(jobs))
    assert (said.code, said.out) == (0, "no alarm: config/policy.toml says alarm = false\n")
    assert team.host.requests() == []


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("", True),
        ("[[", True),
        ('phases = "LEAD"\n', True),
        ('alarm = "no"\n', True),
        ("alarm = false\nphases = 3\n", False),
        ("alarm = false\n[week]\nstarts_on = 7\n", False),
    ],
)
def test_a_policy_that_is_wrong_raises_it_unless_it_soundly_says_no(
    team: Team, text: str, raised: bool
) -> None:
    """A wrong policy is what the run itself may have failed by."""
    team.says(text)
    assert team(needs(FAILED)).code == 0
    assert (team.issues != []) is raised


def test_without_any_checkout_it_is_raised_all_the_same(team: Team) -> None:
    (team.folder / POLICY).unlink()
    assert team(needs(FAILED)).code == 0
    assert team.states == ["1 open"]


def test_two_policies_have_an_issue_each(team: Team) -> None:
    team.says(policy(), "docs/policy.toml")
    other = ("--policy=docs/policy.toml",)
    team(needs(FAILED))
    team(needs(FAILED), tokens.ACTIONS, *other)
    team(needs(WELL), tokens.ACTIONS, *other)
    assert team.states == ["1 open", "2 closed"]
    assert alarm_mark(POLICY) != alarm_mark("docs/policy.toml")


@pytest.mark.parametrize(
    "token", [tokens.ACTIONS, tokens.PAT, tokens.FINE_GRAINED], ids=["workflow", "classic", "fine"]
)
def test_whoever_acts_finds_the_own_issue_again(team: Team, token: Token) -> None:
    for jobs in (FAILED, FAILED, WELL):
        assert team(needs(jobs), token).code == 0
    assert team.states == ["1 closed"]
    assert team.issues[0]["user"]["login"] == token.login


def test_an_app_finds_its_own_again_and_the_token_of_one_too(team: Team) -> None:
    app = "calibration-app[bot]"
    team.says(policy(author=f'"{app}"'))
    with team.patch.context() as patch:
        patch.setenv("CALIBRATION_APP_ID", str(team.host.app_id))
        patch.setenv("CALIBRATION_APP_PRIVATE_KEY", team.host.app_private_key)
        assert team(needs(FAILED)).code == 0
    assert team.issues[0]["user"]["login"] == app
    given = Token("ghs_given", app, tokens.ACTIONS.kind, (), {"issues": "write"})
    team.host.add_token(given)
    assert team(needs(WELL), given).code == 0
    assert team.states == ["1 closed"]


def test_an_app_that_was_not_given_issues_is_told_to_be(team: Team) -> None:
    team.host.api.app_permissions = {"contents": "write", "metadata": "read"}
    with team.patch.context() as patch:
        patch.setenv("CALIBRATION_APP_ID", str(team.host.app_id))
        patch.setenv("CALIBRATION_APP_PRIVATE_KEY", team.host.app_private_key)
        said = team(needs(FAILED))
    assert said.code == 1
    assert "give the App the repository permission Issues: Read and write (" in said.err


HOSTILE = "x](http://evil.example) @org/team `#1 </details><img src=x> -->\n::error::\u202e"


def test_nothing_that_a_job_is_called_or_says_is_obeyed(team: Team) -> None:
    outputs = {"exit-code": HOSTILE, "missing": "rows", "week": HOSTILE}
    jobs = {HOSTILE: {"result": HOSTILE, "outputs": outputs}}
    said = team(json.dumps(jobs))
    assert said.code == 0
    body = team.issues[0]["body"]
    for raw in ("](http://evil", "@org", "</details>", "<img", "\n::error", "\u202e", "#1 "):
        assert raw not in body
        assert raw not in said.out
    assert body.count("-->") == 1


def test_the_environment_s_address_is_linked_only_if_it_is_one(team: Team) -> None:
    with team.patch.context() as patch:
        patch.setenv("GITHUB_RUN_ID", ")[x](http://evil.example")
        assert team(needs(FAILED)).code == 0
    assert "[The scheduled calibration](" in team.issues[0]["body"]


@pytest.mark.parametrize("jobs", ["", "{", "[]", "null", '{"a": 1}', "7", "{}", "[" * 200_000])
def test_what_is_no_list_of_jobs_is_wrong_usage(team: Team, jobs: str) -> None:
    said = team(jobs)
    assert (said.code, "--jobs takes what GitHub's toJSON(needs) gives" in said.err) == (2, True)


@pytest.mark.parametrize("jobs", ['{"a": {}}', '{"a": {"result": null, "outputs": []}}'])
def test_a_job_without_a_result_is_told_as_it_is(team: Team, jobs: str) -> None:
    assert team(jobs).code == 0
    assert "- Job `a` ended as `None`" in team.issues[0]["body"]


def test_without_a_github_it_says_what_it_needs(bot: Bot, tmp_path: Path) -> None:
    said = bot("alarm", None, f"--repo={tmp_path}", f"--jobs={needs(WELL)}")
    assert (said.code, "alarm needs GITHUB_REPOSITORY and GITHUB_TOKEN" in said.err) == (2, True)


def test_where_nobody_is_told_the_summary_says_so(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    team.host.faults.when(calls("GET", "/issues"), faults.not_found())
    said = team(needs(FAILED))
    assert said.code == 1
    assert (
        "::error title=calibration-bot::GitHub did not let the bot look at its issues" in said.err
    )
    assert (tmp_path / "summary").read_text("utf-8").startswith("## The alarm stopped\n")
    assert team(needs(FAILED)).code == 0
    told = (tmp_path / "summary").read_text("utf-8")
    assert told.endswith(f"The alarm is raised: {team.host.url}/acme/widget/issues/1\n")


def test_it_costs_one_request_where_all_is_well_and_three_to_raise(team: Team) -> None:
    team(needs(WELL))
    assert len(team.host.requests()) == 1
    team.host.forget()
    team(needs(FAILED))
    assert [one.request.method for one in team.host.requests()] == ["GET", "POST", "GET"]
