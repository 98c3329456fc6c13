"""One local AWS for the steps of a deployment, as the tests of `jobctl.environment` have it."""

from ...cli.tests.environment.conftest import cluster, endpoint, local_credentials, own_folder_for_locks, target, told

__all__ = ["cluster", "endpoint", "local_credentials", "own_folder_for_locks", "target", "told"]
