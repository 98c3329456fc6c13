"""Sampling rules of X-Ray, which moto lacks.

Rules are stored but not applied: no trace is left out locally.
"""

from __future__ import annotations

import json
import time
from typing import Any

from localaws.moto_patches.graft import shelf
from localaws.moto_patches.xray_tags import Refusal, add_xray_operations, put_tags, refuse


def close() -> None:
    """Adds the API's operations on sampling rules."""
    add_xray_operations(create_sampling_rule, get_sampling_rules, update_sampling_rule, delete_sampling_rule)


def create_sampling_rule(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_CreateSamplingRule.html"""
    rule = dict(self._get_param("SamplingRule"))
    known = shelf(self.xray_backend, "sampling_rules")
    if rule["RuleName"] in known:
        return refuse(f"Rule {rule['RuleName']} already exists.")
    rule.setdefault("Attributes", {})
    rule["RuleARN"] = f"arn:aws:xray:{self.region}:{self.current_account}:sampling-rule/{rule['RuleName']}"
    now = time.time()
    known[rule["RuleName"]] = {"SamplingRule": rule, "CreatedAt": now, "ModifiedAt": now}
    put_tags(self, rule["RuleARN"], self._get_param("Tags"))
    return json.dumps({"SamplingRuleRecord": known[rule["RuleName"]]})


def get_sampling_rules(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetSamplingRules.html"""
    return json.dumps({"SamplingRuleRecords": list(shelf(self.xray_backend, "sampling_rules").values())})


def update_sampling_rule(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_UpdateSamplingRule.html"""
    change = {name: value for name, value in self._get_param("SamplingRuleUpdate").items() if value is not None}
    record = _find(self, change.get("RuleARN") or change.get("RuleName"))
    if record is None:
        return refuse("Sampling rule does not exist.")
    record["SamplingRule"].update(change)
    record["ModifiedAt"] = time.time()
    return json.dumps({"SamplingRuleRecord": record})


def delete_sampling_rule(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_DeleteSamplingRule.html"""
    record = _find(self, self._get_param("RuleARN") or self._get_param("RuleName"))
    if record is None:
        return refuse("Sampling rule does not exist.")
    del shelf(self.xray_backend, "sampling_rules")[record["SamplingRule"]["RuleName"]]
    return json.dumps({"SamplingRuleRecord": record})


def _find(responses: Any, name_or_arn: str | None) -> dict[str, Any] | None:
    known: dict[str, dict[str, Any]] = shelf(responses.xray_backend, "sampling_rules")
    return next(
        (
            record
            for record in known.values()
            if name_or_arn in (record["SamplingRule"]["RuleName"], record["SamplingRule"]["RuleARN"])
        ),
        None,
    )
