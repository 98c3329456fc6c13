"""Export plan, read from the standard OTEL_* variables. Main thread, once, at start; a pure reading of what it is given.

Only what decides whether and by what to export is read here. Endpoints, headers, certificates, compression, sampling, limits, batch sizes and
intervals are read by the OpenTelemetry SDK and its exporters themselves, as its documentation lists them; `variables.py` knows which of their
values they cannot take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from jobqueue.settings import SettingError, load_all
from jobqueue.telemetry.variables import faults

TIMEOUT_SECONDS = 5.0
"""One export, retries included, where OTEL_EXPORTER_OTLP_TIMEOUT is not set: half the SDK's, because the stop path waits for the last one."""
_PROTOCOLS = ("http/protobuf", "grpc")
_TEMPORALITIES = ("delta", "cumulative", "lowmemory")
_AGGREGATIONS = ("base2_exponential_bucket_histogram", "explicit_bucket_histogram")


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """How one signal, `traces` or `metrics`, is exported. `timeout` is None where a variable sets it."""

    protocol: str
    timeout: float | None
    endpoint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is exported at all. The defaults of temporality and aggregation are what CloudWatch needs, not the SDK's."""

    traces: SignalPlan | None
    metrics: SignalPlan | None
    temporality: str = "delta"
    aggregation: str = "base2_exponential_bucket_histogram"
    exemplars: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> ExportPlan:
        """Reads the variables; an empty one counts as not set.

        Raises:
            SettingError: names each that has a value that we do not know, or that the SDK cannot take.
        """
        if _get(environ, "OTEL_SDK_DISABLED").lower() == "true":
            return cls(None, None)
        metrics = "OTEL_EXPORTER_OTLP_METRICS"
        traces, points, temporality, aggregation = load_all(
            (),
            environ,
            partial(_signal, environ, "TRACES"),
            partial(_signal, environ, "METRICS"),
            partial(_one_of, environ, f"{metrics}_TEMPORALITY_PREFERENCE", _TEMPORALITIES),
            partial(_one_of, environ, f"{metrics}_DEFAULT_HISTOGRAM_AGGREGATION", _AGGREGATIONS),
        )
        refused = faults(
            environ,
            traces=None if traces is None else traces.protocol,
            metrics=None if points is None else points.protocol,
        )
        if (traces or points) and refused:
            raise SettingError("\n".join(refused))
        exemplars = bool(_get(environ, "OTEL_METRICS_EXEMPLAR_FILTER"))
        return cls(traces, points, temporality, aggregation, exemplars)


def _signal(environ: Mapping[str, str], signal: str) -> SignalPlan | None:
    """Nothing is sent to an address that is not set: OTLP's default of localhost would cost every worker without a collector."""
    exporter = _one_of(environ, f"OTEL_{signal}_EXPORTER", ("otlp", "none"))
    endpoint = _either(environ, signal, "ENDPOINT")
    if exporter == "none" or not endpoint:
        return None
    name = f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"
    if not _get(environ, name):
        name = "OTEL_EXPORTER_OTLP_PROTOCOL"
    return SignalPlan(
        protocol=_one_of(environ, name, _PROTOCOLS),
        timeout=None if _either(environ, signal, "TIMEOUT") else TIMEOUT_SECONDS,
        endpoint=endpoint,
    )


def _either(environ: Mapping[str, str], signal: str, name: str) -> str:
    return _get(environ, f"OTEL_EXPORTER_OTLP_{signal}_{name}") or _get(environ, f"OTEL_EXPORTER_OTLP_{name}")


def _one_of(environ: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """The first of `known` is the default."""
    text = _get(environ, name).lower() or known[0]
    if text not in known:
        raise SettingError(f"{name}={text!r} is not one of {', '.join(known)}")
    return text


def _get(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()
