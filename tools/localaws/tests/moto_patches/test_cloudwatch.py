"""Composite alarms are put, listed apart from metric alarms, and deleted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


def test_a_composite_alarm_comes_back_with_its_rule_and_actions_until_it_is_deleted(aws: Clients) -> None:
    name = f"all-{uuid.uuid4().hex}"
    topic = "arn:aws:sns:us-east-1:123456789012:alerts"
    aws.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(a) OR ALARM(b)", AlarmActions=[topic])
    found = aws.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    assert "MetricAlarms" not in found
    (alarm,) = found["CompositeAlarms"]
    assert (alarm["AlarmRule"], alarm["AlarmActions"]) == ("ALARM(a) OR ALARM(b)", [topic])
    assert alarm["ActionsEnabled"]
    aws.cloudwatch.delete_alarms(AlarmNames=[name])
    assert aws.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []


def test_a_composite_alarm_has_tags(aws: Clients) -> None:
    name = f"all-{uuid.uuid4().hex}"
    aws.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(a)", Tags=[{"Key": "k", "Value": "v"}])
    (alarm,) = aws.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert aws.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
