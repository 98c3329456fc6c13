"""Links into the AWS console; for a target on this machine, which has none, the names to look for.

Each partition has a console of its own, in which each Region has its own address: aws, aws-cn and aws-us-gov.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from jobctl.environment.target import Target

_DOMAINS = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}


def log_stream(target: Target, group: str, stream: str) -> str:
    """A log stream's events."""
    if target.local:
        return f"log group {group}, stream {stream}"
    return f"{_home(target, 'cloudwatch')}#logsV2:log-groups/log-group/{_twice(group)}/log-events/{_twice(stream)}"


def trace(target: Target, trace_id: str) -> str:
    """A trace by its W3C id (32 hex digits), which X-Ray writes as 1-8-24:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids"""
    name = f"1-{trace_id[:8]}-{trace_id[8:]}"
    return f"X-Ray trace {name}" if target.local else f"{_home(target, 'cloudwatch')}#xray:traces/{name}"


def service_page(target: Target, cluster: str, service: str) -> str:
    """An ECS service: its tasks, deployments and events."""
    if target.local:
        return f"ECS service {service}"
    return f"https://{_host(target)}/ecs/v2/clusters/{cluster}/services/{service}/health?region={target.region}"


def dashboard(target: Target, name: str) -> str:
    """The stack's CloudWatch dashboard."""
    if target.local:
        return f"CloudWatch dashboard {name}"
    return f"{_home(target, 'cloudwatch')}#dashboards/dashboard/{quote(name, safe='')}"


def alarm(target: Target, name: str) -> str:
    """A CloudWatch alarm, by its name."""
    if target.local:
        return f"CloudWatch alarm {name}"
    return f"{_home(target, 'cloudwatch')}#alarmsV2:alarm/{quote(name, safe='')}"


def queue_page(target: Target, url: str) -> str:
    """An SQS queue, by its URL."""
    if target.local:
        return f"SQS queue {url.rpartition('/')[2]}"
    return f"https://{_host(target)}/sqs/v3/home?region={target.region}#/queues/{quote(url, safe='')}"


def _home(target: Target, service: str) -> str:
    return f"https://{_host(target)}/{service}/home?region={target.region}"


def _host(target: Target) -> str:
    domain = next(
        (name for start, name in _DOMAINS.items() if target.region.startswith(start)), "console.aws.amazon.com"
    )
    return f"{target.region}.{domain}"


def _twice(text: str) -> str:
    """Percent-encode a name twice and write `$` for `%`, as the console does behind `#logsV2:` (documented nowhere).

    So `/` is `$252F`, and the stream `2026/01/01/[$LATEST]x` ends in `$255B$2524LATEST$255Dx`, as in the links that Lambda's console gives.
    """
    return quote(quote(text, safe=""), safe="").replace("%", "$")
