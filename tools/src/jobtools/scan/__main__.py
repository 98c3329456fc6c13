"""Is what we ship clean? `python -m jobtools.scan [--offline] [--json] [NAME ...]`; without a name: every scanner.

Layer: tools, main thread. Exit codes: 0 what ran has passed (with --offline or names the last line, and `complete` in the JSON, say that
not everything ran); 1 findings, a scanner that could not look, or an ignore that is expired or unused; 2 wrong arguments, or a scan.toml
that cannot be used (a missing reason or date, say); 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from jobtools.scan.policy import PolicyInvalid, read_policy
from jobtools.scan.report import as_json, lines_of, summary
from jobtools.scan.run import ALL, Ran, Scan, choose, run

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        chosen = choose(asked.names, offline=asked.offline)
    except KeyError as error:
        parser.error(f"no such scanner: {error.args[0]}; there are {', '.join(scanner.name for scanner in ALL)}")
    if not chosen:
        parser.error("--offline leaves nothing of what is named")
    ran: list[Ran] = []
    try:
        policy = read_policy(asked.root)
        for one in run(chosen, asked.root, policy, datetime.now(UTC).date()):
            ran.append(one)
            if not asked.json:
                print("\n".join(lines_of(one)), flush=True)
    except PolicyInvalid as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped: that is no pass.", file=sys.stderr)
        return STOPPED_EXIT_CODE
    scan = Scan(tuple(ran), tuple(scanner for scanner in ALL if scanner not in chosen))
    print(json.dumps(as_json(scan), indent=2) if asked.json else "\n".join(summary(scan)), flush=True)
    return 0 if scan.passed else 1


def _parser() -> argparse.ArgumentParser:
    width = max(len(scanner.name) for scanner in ALL)
    parser = argparse.ArgumentParser(
        prog="jobtools.scan",
        description="Scans what is shipped. scan.toml has the thresholds and the dated ignores.",
        epilog="scanners:\n"
        + "\n".join(
            f"  {scanner.name:<{width}}  {scanner.what} ({scanner.tool}{', asks a database' if scanner.needs_network else ''})"
            for scanner in ALL
        )
        + "\n\nexit codes: 0 what ran has passed; 1 something has not, or could not look; 2 wrong arguments or scan.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these scanners; none: all")
    parser.add_argument("--offline", action="store_true", help="only those that ask no database; says what did not run")
    parser.add_argument("--json", action="store_true", help="one JSON value on stdout instead of lines")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: the working folder)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
