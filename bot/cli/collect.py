"""`calibration-bot collect …`: outcomes that nobody types, from facts that exist anyway."""

from __future__ import annotations

import argparse

from bot.cli import options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command and its sub-commands."""
    parser = commands.add_parser(
        "collect",
        help="log outcomes from history, so that nobody types them",
        description="Logs outcomes from facts that exist anyway, so that nobody types them.",
        example="calibration-bot collect git --sync",
    )
    parser.set_defaults(stops="Collecting")
    kinds = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_github(kinds)
    _add_git(kinds)


def _add_git(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "git",
        help="from trailers and reverts on base",
        description="Reads the first-parent commits on base: trailers (Rework: TESTING/EXEC "
        "edge-case-detection, Issue: …, Passed: …, SD: …), and reverts, by the policy's [[collect]] rules.",
        example="calibration-bot collect git --since 2025-12-01",
    )
    _learn(parser)
    parser.set_defaults(run=_git)


def _add_github(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "github",
        help="from pull requests that were merged or closed",
        description="Reads the pull requests into base that were merged or closed: reviews, checks, labels, "
        "reverts, and comments like `/rework TESTING/EXEC edge-case-detection` of people with write access, "
        "by the policy's [[collect]] rules. Needs GITHUB_REPOSITORY and GITHUB_TOKEN.",
        example="calibration-bot collect github --dry-run",
    )
    _learn(parser)
    parser.set_defaults(run=_github)


def _learn(parser: argparse.ArgumentParser) -> None:
    """What every collection can be told."""
    options.add_repository(parser)
    options.add_format(parser, "text", "json")
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="look at what came since then, e.g. 2025-12-01 (default: 7 days before the last collection "
        "ended, the first time everything)",
    )
    parser.add_argument(
        "--if-rules",
        action="store_true",
        help="collect nothing where the policy has no [[collect]] rules",
    )
    then = parser.add_mutually_exclusive_group()
    then.add_argument(
        "--sync", action="store_true", help="then do `log sync`, of files that git does not track"
    )
    then.add_argument(
        "--dry-run", action="store_true", help="say what would be logged, write nothing"
    )
    parser.set_defaults(logs=True, stops="Collecting")


def _git(args: argparse.Namespace) -> int:
    from bot.cli.collect_git import run

    return run(args)


def _github(args: argparse.Namespace) -> int:
    from bot.cli.collect_github import run

    return run(args)
