"""The fields that a query of CloudWatch Logs Insights names, for the part of the language that the saved queries use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMANDS = frozenset({"fields", "filter", "stats", "sort", "limit", "display", "parse", "dedup"})
FUNCTIONS = frozenset(
    {"count", "count_distinct", "earliest", "latest", "max", "min", "avg", "sum", "pct", "bin", "ispresent"}
)
_WORDS = frozenset({"by", "as", "and", "or", "not", "in", "like", "asc", "desc"})
_TOKEN = re.compile(r"@?[A-Za-z_][\w.]*|\d+m\b")
_DURATION = re.compile(r"\d+m")


def plain(query: str) -> str:
    """The query without comments, and with all quoted texts empty."""
    return re.sub(r'"[^"]*"', '""', re.sub(r"^#.*$", "", query, flags=re.MULTILINE)).strip()


def named_fields(query: str) -> Iterator[str]:
    """The names that are neither commands, functions, words of the language nor defined by the query itself.

    Raises:
        ValueError: an unknown command or function.
    """
    text = plain(query)
    own = set(re.findall(r"\bas (\w+)", text))
    for command in re.split(r"\s*\|\s*", text):
        verb, _, rest = command.partition(" ")
        if verb not in COMMANDS:
            raise ValueError(f"{verb!r} is no command")
        for found in _TOKEN.finditer(rest):
            token = found.group()
            if rest[found.end() : found.end() + 1] == "(":
                if token not in FUNCTIONS:
                    raise ValueError(f"{token!r} is no function")
            elif token not in _WORDS | own and not _DURATION.fullmatch(token):
                yield token
