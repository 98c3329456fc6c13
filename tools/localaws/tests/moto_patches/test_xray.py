"""X-Ray groups are made with tags, changed and deleted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients

TAG = {"Key": "k", "Value": "v"}


def test_a_group_is_made_with_tags_changed_and_deleted(aws: Clients) -> None:
    name = uuid.uuid4().hex
    arn = aws.xray.create_group(GroupName=name, FilterExpression="error", Tags=[TAG])["Group"]["GroupARN"]
    aws.xray.update_group(GroupARN=arn, FilterExpression="fault")
    group = aws.xray.get_group(GroupName=name)["Group"]
    assert (group["FilterExpression"], group["InsightsConfiguration"]["InsightsEnabled"]) == ("fault", False)
    assert aws.xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [TAG]
    aws.xray.delete_group(GroupARN=arn)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        aws.xray.get_group(GroupName=name)
