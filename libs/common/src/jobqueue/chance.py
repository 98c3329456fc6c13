"""Randomness of the runtime's own, for pauses and for trace ids.

Handlers share the process: one that calls `random.seed` (simulations and models do) must not give each job the same trace, nor let all workers come
back in step.
"""

from __future__ import annotations

from random import Random

CHANCE = Random()
"""Seeded by the system; any thread."""
