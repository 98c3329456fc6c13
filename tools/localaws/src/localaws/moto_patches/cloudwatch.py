"""Composite alarms: PutCompositeAlarm and DescribeAlarms' AlarmTypes.

Moto's alarm has a rule, and DescribeAlarms lists composite alarms apart, but no operation puts one. The rule is stored but not evaluated: the alarm's
state is what SetAlarmState sets.
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from localaws.moto_patches.patching import add_operations, wrap

_KINDS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}


def patch() -> None:
    """Adds PutCompositeAlarm, and AlarmTypes to DescribeAlarms."""
    add_operations(CloudWatchResponse, put_composite_alarm)
    wrap(CloudWatchResponse, "describe_alarms", _of_the_types_asked_for)


def put_composite_alarm(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
    alarm = self.cloudwatch_backend.put_metric_alarm(
        name=self._get_param("AlarmName"),
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=self._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=self._get_param("AlarmActions", []),
        ok_actions=self._get_param("OKActions", []),
        insufficient_data_actions=self._get_param("InsufficientDataActions", []),
        actions_enabled=self._get_bool_param("ActionsEnabled"),
        rule=self._get_param("AlarmRule"),
        tags=self._get_param("Tags", []),
    )
    alarm.alarm_rule = alarm.rule  # the name under which DescribeAlarms says it
    for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        setattr(alarm, name, self._get_param(name))
    return EmptyResult()


def _of_the_types_asked_for(old: Any, responses: Any) -> ActionResult:
    answer: ActionResult = old(responses)
    # Without types AWS lists metric alarms only:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    types = responses._get_param("AlarmTypes") or ["MetricAlarm"]  # noqa: SLF001 (how every operation reads its parameters)
    found: Any = answer.result
    return ActionResult({key: found[key] for kind, key in _KINDS.items() if kind in types})
