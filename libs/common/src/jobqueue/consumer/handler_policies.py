"""Policies of handlers: the service's, with what each handler has of its own. Immutable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.consumer.catalogue import Runnable
    from jobqueue.consumer.policy import ConsumerPolicy


class HandlerPolicies:
    """`service`: the service's own. `limits`: how many jobs may run at once, of handlers that have a limit of their own."""

    def __init__(self, policy: ConsumerPolicy, table: Mapping[str, Runnable]) -> None:
        """`table`: handlers by name.

        Raises:
            SettingError: names every handler with options that cannot work, and the options.
        """
        self.service = policy
        self._own: dict[Runnable, ConsumerPolicy] = {}
        faults = []
        for name, runnable in table.items():
            if runnable.own:
                try:
                    self._own[runnable] = policy.with_own(name, runnable.own)
                except SettingError as error:
                    faults.append(str(error))
        if faults:
            raise SettingError("\n".join(faults))
        self.limits = {
            runnable: own.max_concurrency for runnable, own in self._own.items() if "max_concurrency" in runnable.own
        }

    def of(self, runnable: Runnable) -> ConsumerPolicy:
        """The policy of a handler of the table."""
        return self._own.get(runnable, self.service)
