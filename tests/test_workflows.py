"""What the workflows and the action promise, read from the files GitHub reads."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.calibration.findings import Scope
from bot.calibration.scope import read_scope
from bot.errors import UsageError
from bot.proposal.marker import Marker, render
from bot.wording.commit_messages import branch
from tests.support.programs import program

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
CALIBRATE = GITHUB / "workflows" / "calibrate.yml"
GUARD = GITHUB / "workflows" / "guard.yml"
BOXES = GITHUB / "workflows" / "boxes.yml"
CALIBRATE_ACTION = GITHUB / "actions" / "calibrate" / "action.yml"
COLLECT_ACTION = GITHUB / "actions" / "collect" / "action.yml"
ALARM_ACTION = GITHUB / "actions" / "alarm" / "action.yml"

RUNS_ON = (
    "${{ (startsWith(inputs.runs-on, '[') || startsWith(inputs.runs-on, '{')) && fromJSON(inputs.runs-on)"
    " || inputs.runs-on || 'ubuntu-24.04' }}"
)
PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40}")
PIN_LINE = re.compile(r"uses: [^ ]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
each_file = pytest.mark.parametrize(
    "path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}"
)


def load(path):
    return YAML(typ="safe").load(path)


def steps(document):
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job.get("steps", [])]


def used(document):
    calls = [job["uses"] for job in document.get("jobs", {}).values() if "uses" in job]
    return calls + [step["uses"] for step in steps(document) if "uses" in step]


@each_file
def test_no_expression_is_expanded_inside_a_script(path):
    assert [step for step in steps(load(path)) if "${{" in step.get("run", "")] == []


OF_BASH_4 = re.compile(
    r"\$\{\w+(?:\^|,)|\b(?:mapfile|readarray|coproc)\b|\b(?:declare|local) -[Ang]|\|&|&>>"
    r'|(?<!\+)"\$\{\w+\[[@*]\]\}"'  # of an empty array an error, together with `set -u`
)


@pytest.mark.parametrize(
    "path", [CALIBRATE, GUARD, BOXES, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_what_a_caller_runs_anywhere_needs_no_newer_bash_than_that_of_macos(path):
    scripts = [step["run"] for step in steps(load(path)) if "run" in step]
    code = [re.sub(r"(?m)(^|\s)#.*", "", script) for script in scripts]
    assert [found for script in code for found in OF_BASH_4.findall(script)] == []


@each_file
def test_every_foreign_action_is_pinned_to_a_commit(path):
    foreign = [name for name in used(load(path)) if not name.startswith("./")]
    assert [name for name in foreign if not PINNED.fullmatch(name)] == []


@each_file
def test_every_pin_names_the_version_it_stands_for(path):
    pins = [
        line for line in path.read_text("utf-8").splitlines() if re.search(r"uses: [^.].*@", line)
    ]
    assert [line for line in pins if not PIN_LINE.search(line)] == []


def test_zizmor_has_nothing_to_say_in_its_pedantic_persona() -> None:
    said = subprocess.run(
        [program("zizmor"), "--offline", "--pedantic", "--quiet", GITHUB],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


@each_workflow
def test_permissions_are_granted_to_jobs_only(path):
    document = load(path)
    assert document["permissions"] == {}
    assert all("permissions" in job for job in document["jobs"].values())


@each_workflow
def test_every_job_ends_by_itself(path):
    jobs = load(path)["jobs"].values()
    assert all("timeout-minutes" in job for job in jobs if "uses" not in job)


@each_workflow
def test_no_checkout_leaves_its_token_behind(path):
    checkouts = [
        step for step in steps(load(path)) if step.get("uses", "").startswith("actions/checkout")
    ]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_calibration_is_weekly_and_off_the_hour():
    (schedule,) = load(CALIBRATE)["on"]["schedule"]
    minute, hour, day, month, weekday = schedule["cron"].split()
    assert (hour.isdigit(), day, month, weekday) == (True, "*", "*", "1")
    assert int(minute) % 15


@pytest.mark.parametrize("releases", ["newest", "lowest-direct"])
def test_both_ends_of_the_dependency_ranges_are_tried_weekly_and_off_the_hour(releases):
    document = load(GITHUB / "workflows" / "ci.yml")
    (schedule,) = document["on"]["schedule"]
    minute, hour, day, month, weekday = schedule["cron"].split()
    assert (hour.isdigit(), day, month, weekday.isdigit()) == (True, "*", "*", True)
    assert int(minute) % 15
    job = document["jobs"][releases]
    assert job["permissions"] == {"contents": "read"}
    measured = " --cov" if releases == "newest" else ""
    assert job["steps"][-1]["run"].partition(" #")[0] == f".ci/tests-with {releases}{measured}"


@pytest.mark.parametrize(
    ("path", "job"),
    [(CALIBRATE_ACTION, None), (COLLECT_ACTION, None), (ALARM_ACTION, None), (GUARD, "guard")],
    ids=["calibrate", "collect", "alarm", "guard"],
)
def test_what_judges_or_writes_installs_nothing_without_a_hash(path, job):
    document = load(path)
    scope = document["jobs"][job] if job else document["runs"]
    script = "".join(step.get("run", "") for step in scope["steps"])
    installs = [line.strip() for line in script.splitlines() if "pip install" in line]
    dependencies, bot = installs
    assert dependencies.startswith("pip install --require-hashes --requirement ")
    assert dependencies.rstrip('"').endswith(".ci/requirements.txt")
    assert bot.startswith("pip install --no-deps --no-build-isolation ")


def test_another_repository_calls_the_guard_with_a_base_of_its_own_and_our_bot():
    triggers = load(GUARD)["on"]
    called, by_hand = (triggers[how]["inputs"] for how in ("workflow_call", "workflow_dispatch"))
    assert {name: called[name] for name in by_hand} == by_hand
    # Whoever starts it by hand under the name "Guard" chooses no other policy to judge by.
    assert (list(by_hand), list(called)) == (["base"], ["base", "policy", "runs-on"])
    judged, bot = (s["with"] for s in steps(load(GUARD)) if "checkout" in s.get("uses", ""))
    assert (judged["path"], bot["path"]) == ("repository", "calibration-bot")
    assert bot["repository"] == "${{ job.workflow_repository || github.repository }}"
    foreign, _, here = bot["ref"].partition(" && job.workflow_sha) || ")
    assert foreign == "${{ ((job.workflow_repository || github.repository) != github.repository"
    assert f"${{{{ {here}" == judged["ref"]


def test_calibration_runs_one_at_a_time_per_scope_and_is_never_cancelled():
    document = load(CALIBRATE)
    assert "concurrency" not in document
    assert "scope" in document["jobs"]["calibrate"]["needs"]
    assert document["jobs"]["calibrate"]["concurrency"] == {
        "group": "${{ needs.scope.outputs.group }}",
        "cancel-in-progress": False,
    }


def group_of(agent, phase, folder):
    """The concurrency group of a calibration started with these inputs, by the workflow's own script."""
    (step,) = load(CALIBRATE)["jobs"]["scope"]["steps"]
    out = folder / "output"
    out.write_text("")
    environment = {
        "PATH": os.environ["PATH"],
        "AGENT": agent,
        "PHASE": phase,
        "GITHUB_OUTPUT": str(out),
    }
    subprocess.run(["bash", "-c", step["run"]], env=environment, check=True)
    (line,) = out.read_text().splitlines()
    return line.removeprefix("group=")


SPELLINGS = (
    *("", "TESTING", "testing", "Testing", "testing-agent", "TESTING_AGENT", "Testing-Agent_AGENT"),
    *("agent", "agent-agent", "WEEKLY", "weekly-agent", "UAT", "a", "A_B", "a-b", "AGENT-X"),
    *("TESTING ", " TESTING", "$(x)", "a\nb", "-agent", "_AGENT", "é", "ſ", "x" * 300, "a.b", "*"),
)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["", "EXEC", "exec", "Plan", "exec "])
def test_one_branch_is_one_concurrency_group_however_its_agent_is_spelt(phase, tmp_path):
    """As the bot spells it: two inputs share a group exactly if the bot would use one branch for both."""

    def scoped(agent):
        try:
            return branch(read_scope(agent or None, phase or None))
        except UsageError:
            return "no run"

    groups = {}
    for agent in SPELLINGS:
        groups.setdefault(scoped(agent), set()).add(group_of(agent, phase, tmp_path))
    stopped = groups.pop("no run", set())
    assert all(len(found) == 1 for found in groups.values()), groups
    used = [group for (group,) in groups.values()]
    assert len(set(used)) == len(used)
    assert all(re.fullmatch(r"calibration-[a-z0-9_.-]+", group) for group in [*used, *stopped])


def test_the_weekly_schedule_and_a_review_of_all_by_hand_share_a_group(tmp_path):
    assert group_of("", "", tmp_path) == "calibration-weekly"


@pytest.mark.parametrize("job", ["collect", "calibrate"])
def test_calibration_and_collection_see_the_whole_history(job):
    repository, _ = checkouts(job)
    assert repository["fetch-depth"] == 0


def checkouts(job):
    """What the repository and the bot are checked out with in a job of calibrate.yml."""
    found = load(CALIBRATE)["jobs"][job]["steps"]
    return [step["with"] for step in found if "checkout" in step.get("uses", "")]


def test_a_person_a_caller_and_the_action_are_offered_the_same_inputs():
    triggers = load(CALIBRATE)["on"]
    by_hand = triggers["workflow_dispatch"]["inputs"]
    assert by_hand == triggers["workflow_call"]["inputs"]
    options = ["week", "agent", "phase", "dry-run", "take-over", "policy"]
    assert list(by_hand) == [*options[:-1], "collect", "policy", "runs-on"]
    call = next(step for step in steps(load(CALIBRATE)) if step.get("id") == "calibrate")
    credentials = {"token", "app-id", "app-private-key"}
    places = {"path", "page"}  # on the runner, which are nobody's to choose
    assert set(call["with"]) == {*places, *options, *credentials}
    assert set(load(CALIBRATE_ACTION)["inputs"]) == {*places, *options, *credentials}


@pytest.mark.parametrize("path", [CALIBRATE, GUARD], ids=["calibrate", "guard"])
def test_a_caller_chooses_the_runner_of_every_job_by_a_label_or_in_json(path):
    """By act: `test_a_person_names_agent_and_phase` of the calibrating workflow."""
    jobs = load(path)["jobs"].values()
    assert {job["runs-on"] for job in jobs if "uses" not in job} == {RUNS_ON}
    assert load(path)["defaults"] == {"run": {"shell": "bash"}}


@pytest.mark.parametrize("policy", ["", "team/policy.toml", "a b.toml", "$(id).toml", "--week"])
@pytest.mark.parametrize(
    ("path", "place", "command"),
    [
        (CALIBRATE_ACTION, "calibration-bot", "run"),
        (COLLECT_ACTION, "calibration-bot", "collect git"),
        (ALARM_ACTION, "calibration-bot", "alarm"),
        (GUARD, "guard", "guard"),
    ],
    ids=["action", "collect", "alarm", "guard"],
)
def test_the_path_of_the_policy_reaches_the_bot_as_one_word(path, place, command, policy, tmp_path):
    """By the workflow's own script, with a stand-in that writes down how it was called."""
    step = next(s for s in steps(load(path)) if f'calibration-bot" {command}' in s.get("run", ""))
    bot = tmp_path / place / "bin" / "calibration-bot"
    bot.parent.mkdir(parents=True)
    bot.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >> "$CALLED"\n')
    bot.chmod(0o755)
    given = dict.fromkeys(step["env"], "") | {"POLICY": policy, "PATH": os.environ["PATH"]}
    files = ("CALLED", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    given |= {name: str(tmp_path / name) for name in files} | {"RUNNER_TEMP": str(tmp_path)}
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=given, check=True)
    called = (tmp_path / "CALLED").read_text().splitlines()
    wanted = {f"--policy={policy}"} if policy else set()
    told = {word for word in called if "policy" in word or word == policy}
    assert (called[0], told) == (command.split()[0], wanted)


def test_every_output_of_the_action_reaches_the_caller():
    workflow, action = load(CALIBRATE), load(CALIBRATE_ACTION)
    names = {
        name.replace("page", "page-url") for name in action["outputs"]
    }  # a file is an artifact by then
    assert set(workflow["on"]["workflow_call"]["outputs"]) == names
    assert set(workflow["jobs"]["calibrate"]["outputs"]) == names


def test_the_token_is_handed_over_in_the_environment_of_one_step_only():
    holders = [
        step for step in steps(load(CALIBRATE_ACTION)) if "token" in str(step.get("env", ""))
    ]
    assert [step["env"]["GITHUB_TOKEN"] for step in holders] == ["${{ inputs.token }}"]
    assert holders[0]["env"]["CALIBRATION_APP_PRIVATE_KEY"] == "${{ inputs.app-private-key }}"


def test_the_weekly_run_asks_for_what_it_needs_and_no_more():
    jobs = load(CALIBRATE)["jobs"]
    assert list(jobs) == ["scope", "collect", "calibrate", "alarm"]
    assert jobs["scope"]["permissions"] == {}
    job = jobs["calibrate"]
    assert job["permissions"] == dict.fromkeys(("contents", "pull-requests", "actions"), "write")
    reads = dict.fromkeys(("pull-requests", "checks", "statuses"), "read")
    assert jobs["collect"]["permissions"] == {"contents": "write", **reads}
    assert jobs["alarm"]["permissions"] == {"contents": "read", "issues": "write"}
    writers = [name for name, job in jobs.items() if "issues" in job["permissions"]]
    assert writers == ["alarm"]


def test_what_reads_the_words_of_strangers_holds_no_token_that_proposes():
    job = str(load(CALIBRATE)["jobs"]["collect"])
    assert re.findall(r"secrets\.(\w+)", job) == ["CALIBRATION_LOGS_TOKEN"]
    assert "${{ secrets.CALIBRATION_LOGS_TOKEN || github.token }}" in job
    (holder,) = [step for step in steps(load(COLLECT_ACTION)) if "env" in step]
    assert holder["env"]["GITHUB_TOKEN"] == "${{ inputs.token }}"
    assert load(COLLECT_ACTION)["inputs"]["token"]["default"] == "${{ github.token }}"


def test_collecting_comes_first_and_what_failed_halfway_decides_nothing():
    jobs = load(CALIBRATE)["jobs"]
    assert jobs["collect"]["if"] == "inputs.collect != 'false' && !inputs.dry-run"
    assert jobs["calibrate"]["needs"] == ["scope", "collect"]
    assert jobs["calibrate"]["if"] == (
        "!cancelled() && needs.scope.result == 'success'"
        " && (needs.collect.result == 'success' || needs.collect.result == 'skipped')"
    )


def test_the_alarm_is_raised_on_the_schedule_however_the_other_jobs_ended():
    """By act: `test_alarm_workflow`. A caller's event is the caller's own, the schedule too."""
    job = load(CALIBRATE)["jobs"]["alarm"]
    assert job["if"] == "always() && github.event_name == 'schedule'"
    assert job["needs"] == [name for name in load(CALIBRATE)["jobs"] if name != "alarm"]
    assert job["concurrency"]["cancel-in-progress"] is False
    call = next(step for step in job["steps"] if step.get("id") == "alarm")
    assert call["with"] == {
        "path": "repository",
        "policy": "${{ inputs.policy }}",
        "jobs": "${{ toJSON(needs) }}",
    }


def test_the_alarm_needs_neither_the_bot_of_another_job_nor_the_team_s_secrets():
    job = load(CALIBRATE)["jobs"]["alarm"]
    assert "secrets." not in str(job)
    assert job["steps"][0]["continue-on-error"] is True
    assert steps(load(ALARM_ACTION))[0]["name"] == "Install calibration-bot"


def test_two_scopes_may_collect_at_once():
    assert "concurrency" not in load(CALIBRATE)["jobs"]["collect"]


@pytest.mark.parametrize(
    ("name", "installs", "runs"),
    [
        ("demo", "install -q -r .ci/requirements.txt", "calibration-bot demo"),
        ("tests", "install -q -r .ci/requirements-dev.txt", "pytest -n auto"),
    ],
    ids=["demo", "tests"],
)
def test_ci_runs_the_very_commands_of_the_readme(name, installs, runs):
    printed = subprocess.run(
        [ROOT / ".ci" / "readme-command", name], check=True, capture_output=True, text=True
    ).stdout
    assert f"<!-- {name} -->\n```sh\n{printed}```\n" in (ROOT / "README.md").read_text("utf-8")
    assert installs in printed
    assert runs in printed
    assert f"\nas_readme_says {name}\n" in (ROOT / ".ci" / "run").read_text("utf-8")


# ---------------------------------------------------------------- boxes: an edited pull request


def test_an_edited_pull_request_starts_a_run_without_the_rights_of_its_target():
    assert load(BOXES)["on"] == {"pull_request": {"types": ["edited"]}}


def test_boxes_are_asked_only_of_a_text_that_changed_on_a_branch_of_the_bot_here():
    said = load(BOXES)["jobs"]["which"]["if"]
    assert said.split(" && ") == [
        "github.event.pull_request.head.repo.full_name == github.repository",
        "startsWith(github.event.pull_request.head.ref, 'calibration/')",
        "github.event.pull_request.head.ref != 'calibration/logs'",
        "github.event.changes.body",
    ]
    assert load(BOXES)["jobs"]["calibrate"]["if"] == "needs.which.outputs.week != ''"


@pytest.mark.parametrize("job", ["collect", "calibrate"])
def test_an_edited_pull_request_has_base_checked_out_and_never_the_head(job):
    repository, bot = (checkout["ref"] for checkout in checkouts(job))
    assert repository == "${{ github.event.pull_request.base.ref }}"
    assert "github.event.pull_request.base.sha) || job.workflow_sha" in bot
    text = BOXES.read_text("utf-8") + CALIBRATE.read_text("utf-8")
    assert "head.sha" not in text
    assert "checkout" not in str(steps(load(BOXES)))


def test_boxes_ask_for_what_the_weekly_run_asks_for_and_no_more():
    """Of every job of it, which is what GitHub wants granted whether that job runs or not."""
    jobs = load(BOXES)["jobs"]
    assert jobs["which"]["permissions"] == {}
    assert jobs["calibrate"]["permissions"] == asked_for(CALIBRATE)
    assert set(jobs["calibrate"]["with"]) == {"week", "agent", "phase", "collect"}
    of_collecting = {"CALIBRATION_LOGS_TOKEN"}
    every = set(load(CALIBRATE)["on"]["workflow_call"]["secrets"])
    assert set(jobs["calibrate"]["secrets"]) == every - of_collecting


def test_a_click_collects_nothing():
    assert load(BOXES)["jobs"]["calibrate"]["with"]["collect"] == "false"


def asked_for(path):
    """The permissions that the jobs of a workflow ask for, together."""
    found = {}
    for job in load(path)["jobs"].values():
        for name, level in job["permissions"].items():
            found[name] = "write" if "write" in (level, found.get(name)) else level
    return found


def asked(head, body, folder):
    """What boxes.yml would calibrate, by its own script; empty for nothing."""
    (step,) = load(BOXES)["jobs"]["which"]["steps"]
    out, event = folder / "output", folder / "event.json"
    out.write_text("")
    event.write_text(json.dumps({"pull_request": {"body": body}}))
    environment = {
        "PATH": os.environ["PATH"],
        "BRANCH": head,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(out),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }
    subprocess.run(["bash", "-c", step["run"]], env=environment, check=True)
    return dict(line.split("=", 1) for line in out.read_text().splitlines())


SCOPES = {
    "calibration/weekly": Scope(),
    "calibration/adhoc-testing": Scope("TESTING"),
    "calibration/adhoc-a_b-c.exec": Scope("A_B-C", "EXEC"),
}


@pytest.mark.parametrize(("head", "scope"), SCOPES.items(), ids=SCOPES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["plain", "browser"])
def test_week_and_scope_are_those_of_the_pull_request(head, scope, ends, tmp_path):
    marker = render(Marker("2025-W49", scope, (), "a" * 64, "b" * 40, closed_by_bot=False))
    found = asked(head, f"What changes.\n\n{marker}\nA note 2024-W01".replace("\n", ends), tmp_path)
    assert found.pop("week") == "2025-W49"
    read = read_scope(found["agent"] or None, found["phase"] or None)
    assert (read, branch(read)) == (scope, head)


MARKER = render(Marker("2025-W49", Scope(), (), "a" * 64, "b" * 40, closed_by_bot=False))
STRANGE = {
    "another branch": ("calibration/other", MARKER),
    "a backup": ("calibration/backup/weekly-3f2a91c0d4e5", MARKER),
    "the branch of the logs": ("calibration/logs", MARKER),
    "another case": ("Calibration/Weekly", MARKER),
    "a name with more in it": ("calibration/adhoc-a$(x)", MARKER),
    "no marker": ("calibration/weekly", "theirs"),
    "no text": ("calibration/weekly", None),
    "a quoted marker": ("calibration/weekly", f"> {MARKER}"),
    "two markers": ("calibration/weekly", f"{MARKER}\n{MARKER}"),
    "a week of another shape": (
        "calibration/weekly",
        MARKER.replace("2025", "$(id)").replace("W49", "W4\ny=1"),
    ),
}


@pytest.mark.parametrize(("head", "body"), STRANGE.values(), ids=STRANGE)
def test_what_is_no_proposal_is_not_calibrated(head, body, tmp_path):
    assert asked(head, body, tmp_path) == {}


def test_a_text_of_a_megabyte_is_read_too(tmp_path):
    body = "\U0001f600" * 250_000 + f"\n{MARKER}\n" + "x" * 1_000_000
    assert asked("calibration/weekly", body, tmp_path)["week"] == "2025-W49"


def test_every_output_is_documented():
    outputs = load(CALIBRATE)["on"]["workflow_call"]["outputs"]
    of_the_action = {
        "page-url" if name == "page" else name for name in load(CALIBRATE_ACTION)["outputs"]
    }
    told = (GITHUB / "PUBLISHING.md").read_text("utf-8")
    assert {*outputs} == of_the_action
    assert re.findall(r"(?m)^\| `([a-z-]+)` \| ", told) == list(outputs)
