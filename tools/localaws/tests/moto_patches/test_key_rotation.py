"""Rotation periods of KMS keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


def test_a_key_says_how_often_it_is_rotated_by_id_and_by_arn(aws: Clients) -> None:
    key = aws.kms.create_key()["KeyMetadata"]
    aws.kms.enable_key_rotation(KeyId=key["Arn"], RotationPeriodInDays=180)
    assert aws.kms.get_key_rotation_status(KeyId=key["KeyId"])["RotationPeriodInDays"] == 180
    aws.kms.disable_key_rotation(KeyId=key["KeyId"])
    assert "RotationPeriodInDays" not in aws.kms.get_key_rotation_status(KeyId=key["KeyId"])
