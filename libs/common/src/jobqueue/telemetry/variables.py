"""The values that the OpenTelemetry SDK and its OTLP exporters take, by the variable that they read them from.

The SDK meets a wrong value where it is loaded or where it exports: too late to refuse it, with messages already received. So the start looks
here, without loading the SDK. A rule refuses what the SDK raises for, what makes every export fail, and what the SDK itself calls invalid and
replaces by its default; it takes whatever the SDK takes, and knows only variables that are read in this process, by the protocol in use. A test
holds the table to the SDK that is installed: what is refused here fails there, what is taken works.
"""

from __future__ import annotations

import math
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

MAX_SHOWN_CHARACTERS = 80
MAX_WAIT_SECONDS = threading.TIMEOUT_MAX
"""Beyond it a wait raises (threading.TIMEOUT_MAX)."""
DEFAULT_QUEUE_SIZE, DEFAULT_BATCH_SIZE = 2048, 512
"""Of the batch span processor (OpenTelemetry specification, "Batch Span Processor")."""
_BATCH_AND_QUEUE = ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE")
RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
SAMPLERS = ("always_on", "always_off", "parentbased_always_on", "parentbased_always_off", *RATIO_SAMPLERS)
_GRPC_CODE = re.compile(
    "OK|CANCELLED|UNKNOWN|INVALID_ARGUMENT|DEADLINE_EXCEEDED|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|RESOURCE_EXHAUSTED|"
    "FAILED_PRECONDITION|ABORTED|OUT_OF_RANGE|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS|UNAUTHENTICATED"
)
"""gRPC's status codes (grpc.StatusCode)."""
_HEADER = re.compile(r"[ \t]*[!#-'*+\-.0-9A-Z^-z|~]+[ \t]*=[ !#-+\--:<-\[\]-~\t]*")
"""`name=value` as OpenTelemetry reads it (opentelemetry.util.re)."""
_GRPC_NAME = re.compile(r"[0-9a-z_.-]+")
_GRPC_VALUE = re.compile(r"[ -~]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """`read` raises ValueError for what is refused, and is not asked about an empty value, which counts as not set, unless `blank`: the SDK does
    not see it so. A `secret` value is never shown."""

    expected: str
    read: Callable[[str], object]
    blank: bool = False
    secret: bool = False


def faults(environ: Mapping[str, str], *, traces: str | None, metrics: str | None) -> list[str]:
    """A line for every variable with a value that cannot work. `traces` and `metrics`: the protocol of each signal that is exported."""
    found = []
    for name, rule in _rules(environ, traces, metrics):
        text = environ.get(name)
        if text is None or not (rule.blank or text.strip()):
            continue
        try:
            rule.read(text)
        except ValueError:
            shown = "" if rule.secret else f"={text!r:.{MAX_SHOWN_CHARACTERS}}"
            found.append(f"{name}{shown} is not {rule.expected}")
    if traces is not None and not any(line.startswith(_BATCH_AND_QUEUE) for line in found):
        found += _batch_beyond_queue(environ)
    return list(dict.fromkeys(found))


def _rules(environ: Mapping[str, str], traces: str | None, metrics: str | None) -> Iterator[tuple[str, Rule]]:
    yield from _SHARED.items()
    if traces is not None:
        yield from _TRACES.items()
        if environ.get("OTEL_TRACES_SAMPLER", "").lower() in RATIO_SAMPLERS:
            yield "OTEL_TRACES_SAMPLER_ARG", _RATIO
        yield from _exporter_rules(environ, "TRACES", traces)
    if metrics is not None:
        yield from _METRICS.items()
        yield from _exporter_rules(environ, "METRICS", metrics)


def _exporter_rules(environ: Mapping[str, str], signal: str, protocol: str) -> Iterator[tuple[str, Rule]]:
    """The signal's own variable is read in place of the one for all signals where it is set; gRPC's exporters take an empty one for set."""
    grpc = protocol == "grpc"

    def stated(name: str) -> str:
        own = f"OTEL_EXPORTER_OTLP_{signal}_{name}"
        return own if environ.get(own) or (grpc and own in environ) else f"OTEL_EXPORTER_OTLP_{name}"

    for name, rule in (_GRPC if grpc else _HTTP).items():
        yield stated(name), rule
    endpoint = stated("ENDPOINT") if environ.get(stated("ENDPOINT")) else "OTEL_EXPORTER_OTLP_ENDPOINT"
    yield endpoint, _ENDPOINT
    scheme = environ.get(endpoint, "").partition(":")[0].lower()
    if scheme == "https":
        for name in ("CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"):
            yield stated(name), _FILE
    if not grpc:
        own, all_signals = (f"OTEL_PYTHON_EXPORTER_OTLP_HTTP_{part}CREDENTIAL_PROVIDER" for part in (f"{signal}_", ""))
        yield all_signals if environ.get(all_signals) else own, _CREDENTIAL_PROVIDER
        return
    yield "OTEL_PYTHON_EXPORTER_OTLP_GRPC_RETRYABLE_ERROR_CODES", _GRPC_RETRYABLE
    insecure = environ.get(stated("INSECURE"))
    if scheme == "https" or (insecure.lower() != "true" if insecure is not None else scheme != "http"):
        if f"OTEL_EXPORTER_OTLP_{signal}_CERTIFICATE" in environ:
            yield f"OTEL_PYTHON_EXPORTER_OTLP_GRPC_{signal}_CREDENTIAL_PROVIDER", _CREDENTIAL_PROVIDER
        else:
            yield "OTEL_PYTHON_EXPORTER_OTLP_GRPC_CREDENTIAL_PROVIDER", _CREDENTIAL_PROVIDER


def _batch_beyond_queue(environ: Mapping[str, str]) -> list[str]:
    names = _BATCH_AND_QUEUE
    batch, queue = (
        int(environ[name]) if environ.get(name, "").strip() else default
        for name, default in zip(names, (DEFAULT_BATCH_SIZE, DEFAULT_QUEUE_SIZE), strict=True)
    )
    if batch <= queue:
        return []
    return [
        f"{names[1]}={queue} must be at least {names[0]}={batch} (without them {DEFAULT_QUEUE_SIZE}, {DEFAULT_BATCH_SIZE})"
    ]


def _whole(minimum: int | None, maximum: float = math.inf) -> Callable[[str], None]:
    def read(text: str) -> None:
        value = int(text)
        if minimum is not None and not minimum <= value <= maximum:
            raise ValueError(text)

    return read


def _number(takes: Callable[[float], bool], text: str) -> None:
    if not takes(float(text)):
        raise ValueError(text)


def _word(known: tuple[str, ...], shape: Callable[[str], str], text: str) -> None:
    if shape(text) not in known:
        raise ValueError(text)


def _plug_ins(group: str, fallbacks: tuple[str, ...], names: list[str]) -> None:
    """Names that installed packages registered, or one that is built in."""
    from importlib.metadata import entry_points  # late: for the few who set such a name

    for name in names:
        if name not in fallbacks and not any(entry_points(group=group, name=name)):
            raise ValueError(name)


def _headers(text: str) -> None:
    for header in filter(None, re.split(r"[ \t]*,[ \t]*", text)):
        if _HEADER.fullmatch(header.strip()) is None:
            raise ValueError("not name=value")
        value = unquote(header.partition("=")[2]).strip()
        if "\n" in value or "\r" in value:
            raise ValueError("a line end")
        value.encode("latin-1")


def _grpc_headers(text: str) -> None:
    _headers(text)
    for header in filter(None, re.split(r"[ \t]*,[ \t]*", text)):
        name, _, value = (unquote(part).strip() for part in header.partition("="))
        if _GRPC_NAME.fullmatch(name.lower()) is None or _GRPC_VALUE.fullmatch(value) is None:
            raise ValueError("not a metadata entry")


def _endpoint(text: str) -> None:
    text.encode()
    _ = urlsplit(text).port


def _file(path: str) -> None:
    if not os.access(path, os.R_OK):
        raise ValueError(path)


def _strip_lower(text: str) -> str:
    return text.strip().lower()


def _codes(text: str) -> None:
    for code in filter(None, (part.strip().upper() for part in text.split(","))):
        if _GRPC_CODE.fullmatch(code) is None:
            raise ValueError(code)


def _named(group: str, *, blank: bool = False) -> Rule:
    return Rule("a name that an installed package registers", lambda name: _plug_ins(group, (), [name]), blank=blank)


_POSITIVE = Rule("a whole number of at least 1", _whole(1, sys.maxsize))
_TIME = Rule("a number of seconds above 0", partial(_number, lambda value: 0 < value <= MAX_WAIT_SECONDS))
_LIMIT = Rule("a whole number of at least 0", _whole(0))
_LENGTH = Rule(f"a whole number between 0 and {sys.maxsize}", _whole(0, sys.maxsize))  # of a deque
_RATIO = Rule("a number between 0 and 1", partial(_number, lambda value: 0 <= value <= 1))
_ENDPOINT = Rule("a URL", _endpoint, secret=True)
_FILE = Rule("a file that can be read", _file)
_CREDENTIAL_PROVIDER = _named("opentelemetry_otlp_credential_provider")
_GRPC_RETRYABLE = Rule("a list of gRPC's status codes", _codes)
_UTF_8 = Rule("UTF-8", str.encode)

_SHARED = {
    "OTEL_SERVICE_NAME": _UTF_8,
    "OTEL_RESOURCE_ATTRIBUTES": _UTF_8,
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": Rule(
        "a list of resource detectors that installed packages register",
        lambda text: _plug_ins(
            "opentelemetry_resource_detector", ("*",), [name.strip() for name in text.split(",") if name.strip()]
        ),
    ),
    "OTEL_PYTHON_CONTEXT": _named("opentelemetry_context"),
    "OTEL_PYTHON_METER_PROVIDER": _named("opentelemetry_meter_provider", blank=True),
    "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": Rule("true or false", partial(_word, ("true", "false"), _strip_lower)),
}
"""Read whatever is exported."""

_TRACES = {
    "OTEL_PYTHON_TRACER_PROVIDER": _named("opentelemetry_tracer_provider", blank=True),
    "OTEL_TRACES_SAMPLER": Rule(f"one of {', '.join(SAMPLERS)}", partial(_word, SAMPLERS, str.lower)),
    "OTEL_BSP_SCHEDULE_DELAY": Rule(
        "a whole number of milliseconds, at least 1", _whole(1, int(MAX_WAIT_SECONDS) * 1000)
    ),
    "OTEL_BSP_EXPORT_TIMEOUT": Rule("a whole number of milliseconds", _whole(None)),
    "OTEL_BSP_MAX_QUEUE_SIZE": _POSITIVE,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": _POSITIVE,
    **dict.fromkeys(
        (
            "OTEL_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        ),
        _LIMIT,
    ),
    "OTEL_SPAN_EVENT_COUNT_LIMIT": _LENGTH,
    "OTEL_SPAN_LINK_COUNT_LIMIT": _LENGTH,
}

_METRICS = {
    "OTEL_METRIC_EXPORT_INTERVAL": Rule(
        "a number of milliseconds above 0",
        partial(_number, lambda value: not (value <= 0 or MAX_WAIT_SECONDS * 1000 < value < math.inf)),
    ),
    "OTEL_METRIC_EXPORT_TIMEOUT": Rule(
        "a number of milliseconds above 0", partial(_number, lambda value: not value <= 0)
    ),
    "OTEL_METRICS_EXEMPLAR_FILTER": Rule(
        "one of always_on, always_off, trace_based", partial(_word, ("always_on", "always_off", "trace_based"), str)
    ),
}

_HTTP = {
    "TIMEOUT": _TIME,
    "HEADERS": Rule("a list of name=value with URL-encoded values", _headers, secret=True),
    "COMPRESSION": Rule("one of none, deflate, gzip", partial(_word, ("none", "deflate", "gzip"), _strip_lower)),
}
"""By what stands behind OTEL_EXPORTER_OTLP_ and OTEL_EXPORTER_OTLP_{signal}_."""

_GRPC = {
    "TIMEOUT": Rule(_TIME.expected, _TIME.read, blank=True),
    "HEADERS": Rule("a list of name=value that gRPC takes as metadata", _grpc_headers, secret=True),
    "COMPRESSION": Rule(
        "gzip, the one that gRPC's exporters know", partial(_word, ("gzip",), _strip_lower), blank=True
    ),
}
