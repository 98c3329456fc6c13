import pytest
from opentelemetry.sdk.metrics import Counter, Histogram, ObservableCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, ExponentialBucketHistogramAggregation

from jobqueue.settings import SettingError
from jobqueue.telemetry.export_plan import TIMEOUT_SECONDS, ExportPlan, SignalPlan
from jobqueue.telemetry.exporters import aggregation, temporality

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def test_nothing_is_exported_without_an_endpoint_or_with_the_sdk_disabled() -> None:
    for environ in ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, ENDPOINT | {"OTEL_SDK_DISABLED": "True"}):
        plan = ExportPlan.read(environ)
        assert plan.traces is None
        assert plan.metrics is None


def test_an_endpoint_exports_both_signals_over_http_with_a_short_timeout() -> None:
    plan = ExportPlan.read(ENDPOINT)

    assert plan.traces == plan.metrics == SignalPlan("http/protobuf", TIMEOUT_SECONDS)
    assert temporality(plan)[Counter] is AggregationTemporality.DELTA
    assert isinstance(aggregation(plan)[Histogram], ExponentialBucketHistogramAggregation)


def test_each_signal_may_go_its_own_way() -> None:
    plan = ExportPlan.read(
        ENDPOINT | {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "9"}
    )
    only_traces = ExportPlan.read({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x", "OTEL_METRICS_EXPORTER": "none"})

    assert plan.traces == SignalPlan("grpc", TIMEOUT_SECONDS)
    assert plan.metrics == SignalPlan("http/protobuf", None)
    assert only_traces.traces is not None
    assert only_traces.metrics is None


@pytest.mark.parametrize(
    ("preference", "counter", "observable"),
    [("CUMULATIVE", "CUMULATIVE", "CUMULATIVE"), ("lowmemory", "DELTA", "CUMULATIVE"), ("delta", "DELTA", "DELTA")],
)
def test_the_temporality_that_is_asked_for_is_used(preference: str, counter: str, observable: str) -> None:
    plan = ExportPlan.read({"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": preference})

    assert temporality(plan)[Counter].name == counter
    assert temporality(plan)[ObservableCounter].name == observable


def test_explicit_buckets_are_used_where_they_are_asked_for() -> None:
    name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"

    plan = ExportPlan.read({name: "EXPLICIT_BUCKET_HISTOGRAM"})

    assert isinstance(aggregation(plan)[Histogram], ExplicitBucketHistogramAggregation)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "sometimes"),
    ],
)
def test_a_value_that_nobody_knows_is_refused_by_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        ExportPlan.read(ENDPOINT | {name: value})


def test_every_such_value_is_named_and_each_once() -> None:
    with pytest.raises(SettingError) as refused:
        ExportPlan.read(ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_METRICS_EXPORTER": "console"})
    assert [line.split("=")[0] for line in str(refused.value).splitlines()] == [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_METRICS_EXPORTER",
    ]
    with pytest.raises(SettingError) as refused:
        ExportPlan.read(ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "sometimes"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "-1"),
        ("OTEL_PYTHON_TRACER_PROVIDER", "nobodys"),
        ("OTEL_PYTHON_METER_PROVIDER", ""),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "soon"),
    ],
)
def test_what_the_sdk_raises_for_is_refused_where_it_is_loaded_and_only_there(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}"):
        ExportPlan.read(ENDPOINT | {name: value})

    assert ExportPlan.read({name: value}).traces is None


def test_a_header_that_cannot_be_read_is_named_and_never_shown() -> None:
    for value in ("api-key: s3cret", "api-key=s3cret%0As3cret"):
        with pytest.raises(SettingError) as refused:
            ExportPlan.read(ENDPOINT | {"OTEL_EXPORTER_OTLP_HEADERS": value})
        assert "OTEL_EXPORTER_OTLP_HEADERS is not " in str(refused.value)
        assert "s3cret" not in str(refused.value)


def test_a_variable_that_another_one_stands_in_for_or_that_nobody_reads_is_not_looked_at() -> None:
    own = {f"OTEL_EXPORTER_OTLP_{signal}_TIMEOUT": "1" for signal in ("TRACES", "METRICS")}
    read = ExportPlan.read(
        ENDPOINT | own | {"OTEL_EXPORTER_OTLP_TIMEOUT": "x", "OTEL_BLRP_MAX_QUEUE_SIZE": "x", "OTEL_OF_TOMORROW": "x"}
    )

    assert read.traces is not None
