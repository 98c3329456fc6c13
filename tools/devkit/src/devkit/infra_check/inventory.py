"""Inventory of the local AWS, read with boto3, never from Terraform's state.

Knows each resource type that this project uses: a type without a reader is an error, so that "nothing left" cannot overlook one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from devkit.infra_check.readers import PARTS, READERS
from jobctl.environment.target import Clients

Inventory = dict[str, set[str]]
"""The identities of what exists, by Terraform's type."""


class NotAsSaid(Exception):  # noqa: N818 (says what is wrong)
    """AWS does not hold what Terraform says, or holds more. The text says what."""


def take_inventory(clients: Clients) -> Inventory:
    """Everything that exists now."""
    return {kind: reader.read(clients) for kind, reader in READERS.items()}


def check_all_exist(resources: Iterable[dict[str, Any]], inventory: Inventory) -> int:
    """Find each resource by its identity; returns their number.

    Raises:
        NotAsSaid: one is not there, or is of a type without a reader.
    """
    count, wrong = 0, []
    for resource in resources:
        count += 1
        kind = resource["type"]
        if kind in PARTS:
            continue
        if kind not in READERS:
            wrong.append(f"{resource['address']}: no reader for {kind} in devkit/infra_check/readers.py")
        elif resource["values"][READERS[kind].attribute] not in inventory[kind]:
            wrong.append(f"{resource['address']}: {resource['values'][READERS[kind].attribute]} is not there")
    if wrong:
        raise NotAsSaid("After apply:\n  " + "\n  ".join(wrong))
    return count


def check_nothing_left(before: Inventory, after: Inventory) -> None:
    """Raises NotAsSaid when there is anything now that was not there before."""
    left = [f"{kind} {identity}" for kind in after for identity in sorted(after[kind] - before.get(kind, set()))]
    if left:
        raise NotAsSaid("Left after destroy:\n  " + "\n  ".join(left))
