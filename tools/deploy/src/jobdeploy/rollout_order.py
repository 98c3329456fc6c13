"""Order in which services get new images: receivers of a queue before its senders.

A new job type must meet workers that know it: the new main job may send what only the new background job can do, so the background job is updated
everywhere first. A rollback goes the other way round: first the senders of the new type are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobdeploy.declared import Declared


def in_order(services: Mapping[str, Declared], *, backwards: bool = False) -> list[set[str]]:
    """The services by wave: each sends only to those of earlier waves. Those that send to each other in a circle share the last."""
    receivers = {one.receives: name for name, one in services.items()}
    after = {
        name: {receivers[queue] for queue in one.sends if queue in receivers} - {name} for name, one in services.items()
    }
    waves: list[set[str]] = []
    left = set(services)
    while left:
        wave = {name for name in left if not after[name] & left} or set(left)
        waves.append(wave)
        left -= wave
    return waves[::-1] if backwards else waves


def waves_of(services: Mapping[str, Declared], changed: set[str], *, backwards: bool = False) -> list[set[str]]:
    """The waves that are needed for these changes; one, and an empty one where nothing is to be held back."""
    needed = [wave & changed for wave in in_order(services, backwards=backwards)]
    return [wave for wave in needed if wave] or [set()]
