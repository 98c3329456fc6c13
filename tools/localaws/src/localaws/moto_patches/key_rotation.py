"""Rotation periods of KMS keys, which moto does not keep: Terraform's second plan would set them again."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.responses import KmsResponse

from localaws.moto_patches.graft import shelf, wrap

_DEFAULT_DAYS = 365
"""https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html"""


def close() -> None:
    """EnableKeyRotation keeps the period, GetKeyRotationStatus returns it."""
    wrap(KmsResponse, "enable_key_rotation", _enable)
    wrap(KmsResponse, "get_key_rotation_status", _status)


def _enable(old: Any, responses: Any) -> str:
    answer: str = old(responses)
    _periods(responses)[_key(responses)] = responses._get_param("RotationPeriodInDays") or _DEFAULT_DAYS  # noqa: SLF001
    return answer


def _status(old: Any, responses: Any) -> str:
    status = json.loads(old(responses))
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = _periods(responses).get(_key(responses), _DEFAULT_DAYS)
    return json.dumps(status)


def _periods(responses: Any) -> dict[str, Any]:
    return shelf(responses.kms_backend, "rotation_periods")


def _key(responses: Any) -> str:
    # Asked for by id or by ARN: one name for both.
    key: str = responses.kms_backend.get_key_id(responses._get_param("KeyId"))  # noqa: SLF001
    return key
