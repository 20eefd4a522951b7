"""`cara plugins`: which are installed, from metadata; `cara plugins check [SLUG]`: whether each loads, and answers."""

import contextlib
import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from cara.platform.plugins.installed import installed_plugins

if TYPE_CHECKING:
    from cara.platform.plugins.loader import Report


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=["check"],
        help="load each plugin alone, ask it about invented cases, and say how that went",
    )
    parser.add_argument("slug", nargs="?", metavar="SLUG", help="check this one only")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Lists or checks. 0 done, 1 a checked plugin failed, 2 nothing has that slug."""
    return _check(args.slug, as_json=args.json) if args.action == "check" else _list(as_json=args.json)


def _list(*, as_json: bool) -> int:
    plugins = installed_plugins()
    if as_json:
        print(json.dumps([plugin.as_dict() for plugin in plugins]))  # noqa: T201
        return 0
    for plugin in plugins:
        off = "" if plugin.enabled else "  (switched off)"
        print(f"{plugin.slug:<16} {plugin.distribution} {plugin.version}{off}")  # noqa: T201
    return 0


def _check(slug: str | None, *, as_json: bool) -> int:
    from cara.platform.plugins.loader import check_plugins

    # What a plugin prints while it loads or answers must not get into the document.
    with contextlib.redirect_stdout(sys.stderr):
        reports = [_asked(report) for report in check_plugins(only=None if slug is None else {slug})]
    if slug is not None and not reports:
        print("No plugin of that name is installed, and none is expected.", file=sys.stderr)  # noqa: T201
        return 2
    if as_json:
        print(json.dumps([report.as_dict() for report in reports]))  # noqa: T201
    else:
        for report in reports:
            print(f"{report.slug:<16} {report.status:<9} {report.error or ', '.join(report.hooks)}")  # noqa: T201
    return 1 if any(report.status == "failed" for report in reports) else 0


def _asked(report: "Report") -> "Report":
    """The report of a force's plugin that loads, after its decision hooks were asked about invented cases."""
    from cara.platform.plugins.self_test import failure

    loaded = report.loaded
    if loaded is None or loaded.profile is None:
        return report
    error = failure(loaded.plugin, loaded.slug, loaded.profile.pathways, loaded.questions)
    return replace(report, status="failed", error=error) if error else report
