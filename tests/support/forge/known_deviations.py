"""Where emulate 0.11.2's answers differ from GitHub's description, each with what is wrong.

Only the emulator's faults belong here, never the bot's requests; the exceptions at the end are
places where GitHub itself differs from its description.
"""

from __future__ import annotations

import re

_REPO = re.escape("/repos/{owner}/{repo}")

_DEVIATIONS = (
    # Emulate does not count forks and watchers, nor remember when a seeded repository was pushed to.
    rf"^GET {_REPO} answer 200: body: \"(network_count|subscribers_count)\" is a required property",
    rf"^GET {_REPO} answer 200: (.*/)?pushed_at: null is not of type",
    # A branch is shown with its commit's SHA and link only, and without links of its own.
    rf"^GET {_REPO}/branches/{{branch}} answer 200: (body|commit): \"\w+\" is a required property",
    # The commits of a pull request lack the link of their tree.
    rf"^GET {_REPO}/pulls/{{pull_number}}/commits answer 200: \d+/commit/tree: \"url\" is a required",
    # An App has no owner, an installation no target id.
    r"^GET /app answer 200: owner: null is not valid",
    r"^GET /(repos|orgs)/.*/installation answer 200: body: \"target_id\" is a required property",
    # A token for named repositories is answered with little more than their names.
    r"^POST /app/installations/{installation_id}/access_tokens answer 201: repositories/\d+: .* required",
    # GitHub accepts a bare array of names (PyGithub sends one); the description lists objects only.
    rf"^(POST|PUT) {_REPO}/issues/{{issue_number}}/labels request: body: \[",
    # A label without description: GitHub sends null where the description wants a string.
    rf"{_REPO}/pulls.* answer 20\d: (.*/)?labels/\d+/description: null is not of type",
    # GitHub answers 422 for a ref or a trigger that is not there; the description forgets it.
    rf"^POST {_REPO}/actions/workflows/{{workflow_id}}/dispatches answer: status 422 is not described",
)
_PATTERNS = tuple(re.compile(pattern) for pattern in _DEVIATIONS)


def is_known(problem: str) -> bool:
    """Whether a sentence of `Contract.violations` is one of the known differences."""
    return any(pattern.search(problem) for pattern in _PATTERNS)
