"""What GitHub is asked of pull requests, in its query language (GraphQL). `nodes.py` reads the answers.

A query costs by what it may bring: a page of pull requests has as much of each as most of them have, and who
has more is asked for the rest alone (`REST_OF_PULL`, `REST_OF_HEAD`, `REST_OF_SUITE`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST_IDS = 100
"""Nodes that GitHub lets one list name."""
_PLACE = "$owner: String!, $name: String!"
_REPOSITORY = "repository(owner: $owner, name: $name)"
_PAGE = "pageInfo { hasNextPage endCursor }"
_SPOKEN = "id url author { __typename login }"
_EVENTS = "LABELED_EVENT, CLOSED_EVENT, REVIEW_DISMISSED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT"
_BY = "id createdAt actor { __typename login }"
_PARTS = f"""
fragment Reviews on PullRequestReviewConnection {{
  {_PAGE}
  nodes {{ {_SPOKEN} state submittedAt }}
}}
fragment Comments on IssueCommentConnection {{
  {_PAGE}
  nodes {{ {_SPOKEN} body createdAt lastEditedAt }}
}}
fragment Events on PullRequestTimelineItemsConnection {{
  {_PAGE}
  nodes {{
    __typename
    ... on LabeledEvent {{ {_BY} label {{ name }} }}
    ... on ClosedEvent {{ {_BY} }}
    ... on ReviewDismissedEvent {{ previousReviewState review {{ id }} }}
    ... on HeadRefForcePushedEvent {{
      beforeCommit {{ id oid history(first: 20) {{ nodes {{ id oid }} }} }}
    }}
  }}
}}
fragment Commits on PullRequestCommitConnection {{
  {_PAGE}
  nodes {{ commit {{ id oid }} }}
}}
"""
_PULL = f"""
fragment Pull on PullRequest {{
  id number url body updatedAt mergedAt closedAt headRefName baseRefName
  author {{ __typename login }}
  headRepository {{ nameWithOwner }}
  mergeCommit {{ oid }}
  reviews(first: 50, states: [CHANGES_REQUESTED, DISMISSED]) {{ ...Reviews }}
  comments(first: 50) {{ ...Comments }}
  events: timelineItems(first: 50, itemTypes: [{_EVENTS}]) {{ ...Events }}
  commits(first: 50) {{ ...Commits }}
}}
{_PARTS}
"""
_RUNS = "filterBy: { checkType: ALL }"
_SUITES = f"""
fragment Suites on CheckSuiteConnection {{
  {_PAGE}
  nodes {{ id checkRuns(first: 50, {_RUNS}) {{ ...Runs }} }}
}}
fragment Runs on CheckRunConnection {{
  {_PAGE}
  nodes {{ id name conclusion completedAt permalink }}
}}
"""

PULLS = f"""
query Pulls({_PLACE}, $size: Int!, $after: String) {{
  {_REPOSITORY} {{
    nameWithOwner
    pullRequests(
      first: $size, after: $after, states: [MERGED, CLOSED], orderBy: {{ field: UPDATED_AT, direction: DESC }}
    ) {{
      {_PAGE}
      nodes {{ ...Pull }}
    }}
  }}
}}
{_PULL}
"""
"""Pull requests that are no longer open, what changed last first."""

NAMED_PULLS = f"""
query NamedPulls($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on PullRequest {{ ...Pull }} }}
}}
{_PULL}
"""
"""Pull requests by node id."""

REST_OF_PULL = f"""
query RestOfPull(
  $id: ID!, $reviews: String, $comments: String, $events: String, $commits: String,
  $moreReviews: Boolean!, $moreComments: Boolean!, $moreEvents: Boolean!, $moreCommits: Boolean!
) {{
  node(id: $id) {{
    ... on PullRequest {{
      updatedAt
      reviews(first: 100, after: $reviews, states: [CHANGES_REQUESTED, DISMISSED])
        @include(if: $moreReviews) {{ ...Reviews }}
      comments(first: 100, after: $comments) @include(if: $moreComments) {{ ...Comments }}
      events: timelineItems(first: 100, after: $events, itemTypes: [{_EVENTS}])
        @include(if: $moreEvents) {{ ...Events }}
      commits(first: 100, after: $commits) @include(if: $moreCommits) {{ ...Commits }}
    }}
  }}
}}
{_PARTS}
"""
"""The next pages of what is longer than a page."""

HEADS = f"""
query Heads($ids: [ID!]!, $more: [ID!]!) {{
  ids: nodes(ids: $ids) {{ ...Head }}
  more: nodes(ids: $more) {{ ...Head }}
}}
fragment Head on Commit {{
  id oid url
  status {{ contexts {{ id context state createdAt }} }}
  checkSuites(first: 30) {{ ...Suites }}
}}
{_SUITES}
"""
"""Verdicts on commits, every run of every check."""

REST_OF_HEAD = f"""
query RestOfHead($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Commit {{ checkSuites(first: 100, after: $after) {{ ...Suites }} }} }}
}}
{_SUITES}
"""

REST_OF_SUITE = f"""
query RestOfSuite($id: ID!, $after: String) {{
  node(id: $id) {{ ... on CheckSuite {{ checkRuns(first: 100, after: $after, {_RUNS}) {{ ...Runs }} }} }}
}}
fragment Runs on CheckRunConnection {{
  {_PAGE}
  nodes {{ id name conclusion completedAt permalink }}
}}
"""


def brought_by(shas: Sequence[str]) -> tuple[str, Mapping[str, str]]:
    """The query for the pull requests that brought commits to base, and its own variables: name to SHA."""
    names = {f"sha{index}": sha for index, sha in enumerate(shas)}
    told = "".join(f", ${name}: GitObjectID!" for name in names)
    wanted = "... on Commit { associatedPullRequests(first: 10) { nodes { id } } }"
    asked = "".join(f"{name}: object(oid: ${name}) {{ {wanted} }}\n" for name in names)
    return f"query BroughtBy({_PLACE}{told}) {{\n{_REPOSITORY} {{\n{asked}}}\n}}", names


def numbered(numbers: Sequence[int]) -> str:
    """The query for pull requests by number."""
    asked = "".join(f"pull{number}: pullRequest(number: {number}) {{ id }}\n" for number in numbers)
    return f"query Numbered({_PLACE}) {{\n{_REPOSITORY} {{\n{asked}}}\n}}"
