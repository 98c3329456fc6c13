"""HTML of the page, and its file.

Everything that is shown is escaped. A foreign script that were still in the page would not run: the page's own policy names its one style and its
one script by their hashes, and lets nothing be loaded.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from devkit.demo.highlights import batches_summary, outcome_summary, records_summary
from devkit.demo.page.contents import RunRecord, contents_of
from devkit.demo.page.plots import number
from jobctl.queries.times import clock_time, local_time, offset_at, zone_at
from jobctl.views.dead_letter_view import letters_counted, reason_shown
from jobctl.views.job_log_view import clock_of, fields_of
from jobctl.views.job_states_view import why
from jobctl.views.visible import shortened, visible
from jobctl.views.waterfall import seconds_text, time_text

SHORT, LONG = 300, 4000
"""Characters of an error in a table; of a message, a body or a stack."""


def render(run: RunRecord) -> str:
    """The whole page."""
    environment = _environment()
    style = _source(environment, "page.css")
    script = _source(environment, "page.js")
    return environment.get_template("page.html").render(
        contents=contents_of(run),
        summary=outcome_summary(run.findings.fates),
        records=records_summary(run.findings.records, run.findings.differing),
        batches=batches_summary(run.findings.records),
        began=local_time(run.began_ms),
        offset=offset_at(run.began_ms),
        zone=zone_at(run.began_ms),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'",
    )


@cache
def _environment() -> Environment:
    """Compiles each template once."""
    environment = Environment(
        loader=PackageLoader("devkit.demo.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals |= {
        "clock_of": clock_of,
        "fields_of": fields_of,
        "letters_counted": letters_counted,
        "reason_shown": reason_shown,
        "time_text": time_text,
        "clock_time": clock_time,
        "why": why,
    }
    environment.filters |= {
        "breakable": _breakable,
        "percent": lambda value: f"{value:.2f}%",
        "number": number,
        "px": lambda value: f"{value:.1f}",
        "seconds": lambda value: "-" if value is None else seconds_text(value),
        "short": lambda text: shortened(text, SHORT),
        "long": lambda text: shortened(text, LONG),
    }
    return environment


def _finalize(value: Any) -> Any:
    """Applied to each value before escaping; markup is left as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(text: str) -> Markup:
    """Allow a line break behind an underscore, for phones; copied text is unchanged."""
    return Markup("_<wbr>").join(visible(part) for part in text.split("_"))


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def write_page(file: Path, run: RunRecord) -> int:
    """Write the page; returns its size in bytes.

    Raises:
        OSError: it could not be written.
    """
    content = render(run).encode()
    file = file.resolve()
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return len(content)
